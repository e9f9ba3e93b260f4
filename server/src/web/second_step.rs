//! The second step of signing in: a plain form too.

use super::login::{address, enter, safe_next, sign_in_address, unstored};
use crate::session::{self, AuthSession};
use crate::state::AppState;
use axum::Extension;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use http::HeaderMap;
use services::{Arrival, ServiceError};
use std::time::Instant;

/// What the form sends.
#[derive(serde::Deserialize)]
pub struct Code {
    code: String,
    #[serde(default)]
    next: String,
}

impl std::fmt::Debug for Code {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Code").finish_non_exhaustive()
    }
}

/// `POST /login/code`: back to where the person was going under a new session id, to the form with a reason, or to the beginning.
pub async fn answer(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Code>, FormRejection>,
) -> Response {
    let started = Instant::now();
    let Ok(Form(code)) = form else {
        return Redirect::to(&address("/login/code", "/", Some("other"))).into_response();
    };
    let next = safe_next(&code.next).unwrap_or("/").to_owned();
    let half = match session::half_of(&session).await {
        Ok(Some(half)) => half,
        Ok(None) => return Redirect::to(&sign_in_address(&next, Some("ended"))).into_response(),
        Err(error) => return unstored(&error, &next),
    };
    let people = state.services.identity();
    let identity = match people.second_step(&arrival, &half, &code.code).await {
        Ok(identity) => identity,
        Err(error @ (ServiceError::NotFound(_) | ServiceError::Suspended)) => {
            let reason = match error {
                ServiceError::Suspended => "suspended",
                _ => "ended",
            };
            if let Err(error) = session.session.flush().await {
                return unstored(&error.into(), &next);
            }
            return Redirect::to(&sign_in_address(&next, Some(reason))).into_response();
        }
        Err(error) => {
            let reason = match &error {
                ServiceError::Unauthenticated => "code",
                ServiceError::TooManyRequests(_) => "locked",
                _ => "other",
            };
            // Logs what is worth logging; the person is told by the page.
            let _ = error.into_app_error(&arrival.request_id);
            tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
            return Redirect::to(&address("/login/code", &next, Some(reason))).into_response();
        }
    };
    enter(&mut session, identity, &arrival, &headers, &next).await
}
