//! Coming in by a passkey. The page's script fetches the question; the answer comes as a plain form, as everything at the door.

use super::errors::ApiError;
use super::login::{address, enter, safe_next, sign_in_address, unstored};
use crate::session::{self, AuthSession};
use crate::state::AppState;
use axum::Extension;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::response::{IntoResponse, Redirect, Response};
use contract::ErrorCode;
use http::{HeaderMap, header};
use services::identity::{Half, PASSWORD_CLOSED};
use services::{Arrival, ServiceError};
use std::time::Instant;

/// Where a passkey is asked.
#[derive(Debug, Default, serde::Deserialize)]
pub struct At {
    /// Whether address and password were given before.
    #[serde(default)]
    second: bool,
}

/// What the form sends.
#[derive(serde::Deserialize)]
pub struct Answer {
    answer: String,
    #[serde(default)]
    next: String,
    #[serde(default)]
    second: bool,
}

impl std::fmt::Debug for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Answer").finish_non_exhaustive()
    }
}

async fn half_of(session: &AuthSession, second: bool) -> anyhow::Result<Option<Half>> {
    if second {
        session::half_of(session).await
    } else {
        Ok(None)
    }
}

/// `POST /login/passkey`: what the browser is to ask its devices, as JSON. Query: `second=true` after address and password; then only keys
/// of that person are asked, else the question is the same for everybody.
pub async fn ask(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    session: AuthSession,
    at: Result<Query<At>, QueryRejection>,
) -> Response {
    let standing = state.rates.of_stranger(&arrival.source);
    if standing.is_too_many() {
        return standing.refuse(&arrival.request_id);
    }
    let at = at.map(|Query(at)| at).unwrap_or_default();
    let kept = async {
        let half = half_of(&session, at.second).await?;
        anyhow::Ok((half, session::passkey_holder(&session).await?))
    };
    let (half, holder) = match kept.await {
        Ok(kept) => kept,
        Err(error) => {
            tracing::error!(
                error = format!("{error:#}"),
                "the session could not be stored"
            );
            let message = "The question could not be kept. Please try again.";
            return ApiError::new(ErrorCode::Unavailable, message, &arrival.request_id)
                .into_response();
        }
    };
    if at.second && half.is_none() {
        let ended = ServiceError::NotFound("sign-in");
        return ApiError::from_service(ended, &arrival.request_id).into_response();
    }
    let people = state.services.identity();
    match people.ask_passkey(&arrival, half.as_ref(), holder).await {
        Ok(question) => {
            let kind = [(header::CONTENT_TYPE, "application/json")];
            (kind, question.options).into_response()
        }
        Err(error) => ApiError::from_service(error, &arrival.request_id).into_response(),
    }
}

/// `POST /login/passkey/answer`: back to where the person was going under a new session id, to the page that asked with a reason, or to the
/// beginning.
pub async fn answer(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Answer>, FormRejection>,
) -> Response {
    let started = Instant::now();
    let Ok(Form(given)) = form else {
        return Redirect::to(&sign_in_address("/", Some("other"))).into_response();
    };
    let next = safe_next(&given.next).unwrap_or("/").to_owned();
    let page = if given.second {
        "/login/code"
    } else {
        "/login"
    };
    let back = |reason: &str| Redirect::to(&address(page, &next, Some(reason))).into_response();
    if state.rates.of_stranger(&arrival.source).is_too_many() {
        return back("locked");
    }
    let kept = async {
        let half = half_of(&session, given.second).await?;
        anyhow::Ok((half, session::known_passkey_holder(&session).await?))
    };
    let (half, holder) = match kept.await {
        Ok(kept) => kept,
        Err(error) => return unstored(&error, &next),
    };
    if given.second && half.is_none() {
        return Redirect::to(&sign_in_address(&next, Some("ended"))).into_response();
    }
    let Some(holder) = holder else {
        return back("passkey_over");
    };
    let people = state.services.identity();
    let entered = people.enter_by_passkey(&arrival, half.as_ref(), holder, &given.answer);
    let error = match entered.await {
        Ok(identity) => return enter(&mut session, identity, &arrival, &headers, &next).await,
        Err(error) => error,
    };
    let reason = match &error {
        ServiceError::NotFound(_) => "ended",
        ServiceError::Suspended => "suspended",
        ServiceError::Unauthenticated => "passkey",
        ServiceError::Rule { reason, .. } if *reason == "passkey.over" => "passkey_over",
        ServiceError::Rule { reason, .. } if *reason == PASSWORD_CLOSED => "password_closed",
        _ => "other",
    };
    // Logs what is worth logging; the person is told by the page.
    let _ = error.into_app_error(&arrival.request_id);
    tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
    if matches!(reason, "ended" | "suspended") {
        return Redirect::to(&sign_in_address(&next, Some(reason))).into_response();
    }
    back(reason)
}
