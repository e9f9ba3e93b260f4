//! The other ways in: a link of an invitation, a link for a new password, and asking for one. Plain forms, as the door itself: they work
//! before, and without, any script.

use super::login::{self, enter, escaped, serde_urlencoded_pairs};
use super::{passkeys, second_step, sign_up, single_sign_on, tablets};
use crate::session::AuthSession;
use crate::state::AppState;
use app::SeenLink;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use domain::Language;
use http::HeaderMap;
use services::invitations::AcceptInvitation;
use services::{Arrival, ServiceError};
use std::time::Instant;

/// The forms of all doors.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/login", post(login::sign_in))
        .route("/login/code", post(second_step::answer))
        .route("/login/passkey", post(passkeys::ask))
        .route("/login/passkey/answer", post(passkeys::answer))
        .route("/tablet", post(tablets::take_over))
        .route("/logout", post(login::sign_out))
        .route("/forgot", post(ask))
        .route("/reset", post(reset))
        .route("/invitation", post(accept))
        .route("/sign-up", post(sign_up::sign_up))
        .route("/sign-up/ask", post(sign_up::ask))
        .merge(single_sign_on::router())
}

/// Looks at what a link is for before its page is drawn: the page is told, and nobody else.
pub async fn look(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if path == single_sign_on::PAGE {
        return next.run(single_sign_on::look(&state, request).await).await;
    }
    let is_invitation = path == "/invitation";
    if !is_invitation && path != "/reset" {
        return next.run(request).await;
    }
    let token = token_of(request.uri().query());
    if let Some(arrival) = request.extensions().get::<Arrival>().cloned() {
        let looked = if is_invitation {
            state.services.invitations().look(&token, arrival.now).await
        } else {
            state.services.recovery().look(&token, arrival.now).await
        };
        match looked {
            Ok(link) => {
                request.extensions_mut().insert(SeenLink(link));
            }
            // The page then says that the link is good for nothing; the log says why.
            Err(error) => {
                let _ = error.into_app_error(&arrival.request_id);
            }
        }
    }
    next.run(request).await
}

fn token_of(query: Option<&str>) -> String {
    let pairs = query.map(serde_urlencoded_pairs).unwrap_or_default();
    pairs
        .into_iter()
        .find(|(key, _)| key == "token")
        .map(|(_, value)| value)
        .unwrap_or_default()
}

/// What was wrong, in the word by which the page knows it.
fn reason(error: ServiceError, arrival: &Arrival) -> String {
    let known = match &error {
        ServiceError::Invalid(fields) => fields.first().map(|field| field.reason.clone()),
        ServiceError::Rule { reason, .. } => Some((*reason).to_owned()),
        ServiceError::TooManyRequests(_) => Some("locked".to_owned()),
        ServiceError::Suspended => Some("suspended".to_owned()),
        _ => None,
    };
    // Logs what is worth logging; the person is told by the page.
    let _ = error.into_app_error(&arrival.request_id);
    known.unwrap_or_else(|| "other".to_owned())
}

/// What the form says that asks for a link.
#[derive(Debug, serde::Deserialize)]
pub struct Asked {
    email: String,
}

/// `POST /forgot`: says that a mail is on its way, whoever asks for whichever address, after the same work and the same time.
async fn ask(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    form: Result<Form<Asked>, FormRejection>,
) -> Response {
    let started = Instant::now();
    let Ok(Form(Asked { email })) = form else {
        return Redirect::to("/forgot?error=other").into_response();
    };
    let asked = state.services.recovery().ask(&arrival, &email).await;
    tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
    match asked {
        Ok(()) => Redirect::to("/forgot?sent=1").into_response(),
        Err(error) => {
            let address = format!("/forgot?error={}", reason(error, &arrival));
            Redirect::to(&address).into_response()
        }
    }
}

/// What the form of a new password says.
#[derive(serde::Deserialize)]
pub struct Chosen {
    token: String,
    password: String,
}

/// `POST /reset`: the new password counts from now on, and everything that was signed in with the old one has ended.
async fn reset(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    form: Result<Form<Chosen>, FormRejection>,
) -> Response {
    let Ok(Form(Chosen { token, password })) = form else {
        return Redirect::to("/forgot?error=other").into_response();
    };
    let recovery = state.services.recovery();
    match recovery.set(&arrival, &token, &password).await {
        Ok(()) => Redirect::to("/login?password=1").into_response(),
        Err(error) => {
            let (token, reason) = (escaped(&token), reason(error, &arrival));
            Redirect::to(&format!("/reset?token={token}&error={reason}")).into_response()
        }
    }
}

/// What the form of an invitation says.
#[derive(serde::Deserialize)]
pub struct Accepted {
    token: String,
    display_name: String,
    #[serde(default)]
    language: String,
    password: String,
}

/// `POST /invitation`: the person is there, signed in and on their first page.
async fn accept(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Accepted>, FormRejection>,
) -> Response {
    let Ok(Form(accepted)) = form else {
        return Redirect::to("/login?error=other").into_response();
    };
    let (token, name) = (
        escaped(&accepted.token),
        escaped(accepted.display_name.trim()),
    );
    let asked = AcceptInvitation {
        token: accepted.token,
        display_name: accepted.display_name,
        language: accepted.language.parse::<Language>().ok(),
        password: accepted.password,
    };
    match state.services.invitations().accept(&arrival, asked).await {
        Ok(identity) => enter(&mut session, identity, &arrival, &headers, "/").await,
        Err(error) => {
            let reason = reason(error, &arrival);
            // What was typed comes back, the password does not.
            let address = format!("/invitation?token={token}&error={reason}&name={name}");
            Redirect::to(&address).into_response()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_token_is_read_from_wherever_it_stands() {
        assert_eq!(token_of(Some("token=ab12")), "ab12");
        assert_eq!(token_of(Some("error=x&token=ab%2012")), "ab 12");
        assert_eq!(token_of(Some("tokens=1")), "");
        assert_eq!(token_of(None), "");
    }
}
