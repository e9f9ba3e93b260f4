//! Forms of a person's own account. Plain ones: a new password and a new session come together, and the language is a cookie.

use super::login::{enter, speaking};
use crate::session::AuthSession;
use crate::state::AppState;
use crate::web::errors::Caller;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::post;
use axum::{Extension, Router};
use domain::Language;
use http::HeaderMap;
use services::{Arrival, Ctx, ServiceError, ServiceResult};
use uuid::Uuid;

/// The forms of the account page.
pub fn router() -> Router<AppState> {
    Router::new()
        .route("/account/profile", post(profile))
        .route("/account/password", post(password))
        .route("/account/sessions/end", post(end_session))
        .route("/account/sessions/end-all", post(end_everything))
}

/// Back to the page, which says what came of it.
fn back(ctx: &Ctx, done: &str, result: ServiceResult<()>) -> Response {
    let error = match result {
        Ok(()) => return Redirect::to(&format!("/account?done={done}")).into_response(),
        Err(error) => error,
    };
    let (field, reason) = match &error {
        ServiceError::Invalid(fields) => fields
            .first()
            .map_or(("", "other"), |f| (f.field.as_str(), f.reason.as_str())),
        ServiceError::Rule { reason, .. } => ("", *reason),
        ServiceError::TooManyRequests(_) => ("", "locked"),
        // Only a session by PIN may not.
        ServiceError::Forbidden(_) => ("", "account.by_pin"),
        _ => ("", "other"),
    };
    let address = format!("/account?of={done}&field={field}&error={reason}");
    // Logs what is worth logging; the person is told by the page.
    let _ = error.into_app_error(&ctx.request_id);
    Redirect::to(&address).into_response()
}

fn unreadable() -> ServiceError {
    ServiceError::field("form", "format", "The form cannot be read.")
}

/// Name and language.
#[derive(Debug, serde::Deserialize)]
pub struct Profile {
    display_name: String,
    #[serde(default)]
    language: String,
}

/// `POST /account/profile`.
async fn profile(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    form: Result<Form<Profile>, FormRejection>,
) -> Response {
    let Ok(Form(asked)) = form else {
        return back(&ctx, "profile", Err(unreadable()));
    };
    let language = asked.language.parse::<Language>().ok();
    let account = state.services.account();
    let changed = account
        .change_profile(&ctx, &asked.display_name, language)
        .await;
    let language = language.filter(|_| changed.is_ok());
    speaking(language, back(&ctx, "profile", changed))
}

/// The password that was and the one that is to be.
#[derive(serde::Deserialize)]
pub struct Passwords {
    current_password: String,
    password: String,
}

/// `POST /account/password`: everything that was signed in ends, and this browser begins anew.
async fn password(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Passwords>, FormRejection>,
) -> Response {
    let Ok(Form(asked)) = form else {
        return back(&ctx, "password", Err(unreadable()));
    };
    let account = state.services.account();
    let changed = account
        .change_password(&ctx, &asked.current_password, &asked.password)
        .await;
    match changed {
        Ok(identity) => {
            let next = "/account?done=password";
            enter(&mut session, identity, &arrival, &headers, next).await
        }
        Err(error) => back(&ctx, "password", Err(error)),
    }
}

/// The session that is to end.
#[derive(Debug, serde::Deserialize)]
pub struct Ended {
    id: Uuid,
}

/// `POST /account/sessions/end`. One that has ended meanwhile is as good as ended.
async fn end_session(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    form: Result<Form<Ended>, FormRejection>,
) -> Response {
    let Ok(Form(Ended { id })) = form else {
        return back(&ctx, "session", Err(unreadable()));
    };
    let ended = match state.services.account().end_session(&ctx, id).await {
        Err(ServiceError::NotFound(_)) => Ok(()),
        other => other,
    };
    back(&ctx, "session", ended)
}

/// `POST /account/sessions/end-all`: nobody is signed in any more, neither here.
async fn end_everything(State(state): State<AppState>, Caller(ctx): Caller) -> Response {
    match state.services.account().end_everything(&ctx).await {
        Ok(()) => Redirect::to("/login?signed_out=1").into_response(),
        Err(error) => back(&ctx, "session", Err(error)),
    }
}
