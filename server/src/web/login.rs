//! The door: plain forms that work before, and without, any script.

use crate::session::{self, AuthSession, away, tablet};
use crate::state::AppState;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, http::header};
use domain::Language;
use http::HeaderMap;
use services::identity::{Identity, PASSWORD_CLOSED, SignIn, SignedIn};
use services::{Arrival, Ctx, ServiceError};
use std::time::Instant;

/// Cookie under which the browser's side keeps the language of its texts.
const LANGUAGE_COOKIE: &str = "hornada_language";

/// What the sign-in form sends.
#[derive(serde::Deserialize)]
pub struct Door {
    email: String,
    password: String,
    #[serde(default)]
    next: String,
}

impl std::fmt::Debug for Door {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Door").finish_non_exhaustive()
    }
}

/// `POST /login`: back to where the person was going, to the second step, or to the form with a reason.
pub async fn sign_in(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    mut session: AuthSession,
    headers: HeaderMap,
    form: Result<Form<Door>, FormRejection>,
) -> Response {
    let started = Instant::now();
    let Ok(Form(door)) = form else {
        return Redirect::to(&sign_in_address("/", Some("other"))).into_response();
    };
    let next = safe_next(&door.next).unwrap_or("/").to_owned();
    let asked = SignIn {
        email: door.email,
        password: door.password,
    };
    let identity = match state.services.identity().sign_in(&arrival, asked).await {
        Ok(SignedIn::Done(identity)) => *identity,
        Ok(SignedIn::Half(half)) => {
            if let Err(error) = session::begin_half(&mut session, &half).await {
                return unstored(&error, &next);
            }
            return Redirect::to(&address("/login/code", &next, None)).into_response();
        }
        Err(error) => {
            let reason = match &error {
                ServiceError::Unauthenticated => "credentials",
                ServiceError::TooManyRequests(_) => "locked",
                ServiceError::Suspended => "suspended",
                ServiceError::Rule { reason, .. } if *reason == PASSWORD_CLOSED => {
                    "password_closed"
                }
                _ => "other",
            };
            // Logs what is worth logging; the person is told by the page.
            let _ = error.into_app_error(&arrival.request_id);
            tokio::time::sleep_until((started + state.config.sign_in_floor).into()).await;
            return Redirect::to(&sign_in_address(&next, Some(reason))).into_response();
        }
    };
    enter(&mut session, identity, &arrival, &headers, &next).await
}

/// Begins a session for a person who has proved who they are, and leads them on in their language.
pub(super) async fn enter(
    session: &mut AuthSession,
    identity: Identity,
    arrival: &Arrival,
    headers: &HeaderMap,
    next: &str,
) -> Response {
    let language = identity.actor.language;
    if let Err(error) = session::begin(session, identity, arrival, headers).await {
        return unstored(&error, next);
    }
    welcome(language, next)
}

/// Says that a session could not be stored.
pub(super) fn unstored(error: &anyhow::Error, next: &str) -> Response {
    tracing::error!(
        error = format!("{error:#}"),
        "the session could not be stored"
    );
    Redirect::to(&sign_in_address(next, Some("other"))).into_response()
}

/// Leads on who has come in, in their own language where they have one.
pub(super) fn welcome(language: Option<Language>, next: &str) -> Response {
    speaking(language, Redirect::to(next).into_response())
}

/// An answer that also sets the language of the pages to come, where the person has one.
pub(super) fn speaking(language: Option<Language>, response: Response) -> Response {
    match language {
        Some(language) => {
            let cookie =
                format!("{LANGUAGE_COOKIE}={language}; Path=/; Max-Age=31536000; SameSite=Lax");
            ([(header::SET_COOKIE, cookie)], response).into_response()
        }
        None => response,
    }
}

/// `POST /logout`: the session ends on the server too. On a shared device the next person is asked for.
pub async fn sign_out(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    ctx: Option<Extension<Ctx>>,
    headers: HeaderMap,
    mut session: AuthSession,
) -> Response {
    if let Some(Extension(ctx)) = ctx
        && let Err(error) = state.services.identity().sign_out(&ctx).await
    {
        // Leaving must always work; that it could not be written down is our trouble.
        let _ = error.into_app_error(&arrival.request_id);
    }
    let provider = away::provider_of(&session).await;
    if session.session.id().is_some()
        && let Err(error) = session.logout().await
    {
        tracing::error!(?error, "the session could not be ended");
        return crate::web::errors::ApiError::new(
            contract::ErrorCode::Unavailable,
            "You could not be signed out. Please try again.",
            &arrival.request_id,
        )
        .into_response();
    }
    match tablet::known(&state, &headers).await {
        Ok(Some(_)) => Redirect::to(tablet::PAGE).into_response(),
        _ => match provider {
            // Whether they leave the provider too is theirs to say.
            Some(id) => Redirect::to(&format!("/login?signed_out=1&left={id}")).into_response(),
            None => Redirect::to("/login?signed_out=1").into_response(),
        },
    }
}

/// Pages that nobody goes on to after signing in.
const DOORS: &[&str] = &[
    "/login",
    "/login/code",
    "/login/passkey",
    "/login/passkey/answer",
    "/logout",
    "/forgot",
    "/reset",
    "/invitation",
    "/sign-up",
    "/sign-up/ask",
    "/tablet",
];

/// An address of our own that may follow a sign-in; anything else is dropped.
#[must_use]
pub fn safe_next(next: &str) -> Option<&str> {
    let own = next.starts_with('/')
        && !next.starts_with("//")
        && !next.contains('\\')
        && !next.chars().any(char::is_control)
        && next.len() <= 2_000;
    let path = next.split(['?', '#']).next().unwrap_or_default();
    let leads_on = path != "/"
        && !DOORS.contains(&path)
        && !path.starts_with("/login/")
        && !path.starts_with("/api/");
    (own && leads_on).then_some(next)
}

/// The wish of a sign-in page's address, if it may be followed.
#[must_use]
pub fn next_of(query: Option<&str>) -> Option<String> {
    let pairs: Vec<(String, String)> = serde_urlencoded_pairs(query?);
    pairs
        .iter()
        .find(|(key, _)| key == "next")
        .and_then(|(_, value)| safe_next(value))
        .map(str::to_owned)
}

pub(super) fn serde_urlencoded_pairs(query: &str) -> Vec<(String, String)> {
    let uri: Option<http::Uri> = format!("/?{query}").parse().ok();
    uri.and_then(|uri| axum::extract::Query::<Vec<(String, String)>>::try_from_uri(&uri).ok())
        .map(|q| q.0)
        .unwrap_or_default()
}

/// The sign-in page, with where to go afterwards and why one is here.
#[must_use]
pub fn sign_in_address(next: &str, error: Option<&str>) -> String {
    address("/login", next, error)
}

/// A page of the door, with where to go afterwards and why one is here.
#[must_use]
pub(super) fn address(page: &str, next: &str, error: Option<&str>) -> String {
    let mut parts = Vec::new();
    if let Some(error) = error {
        parts.push(format!("error={error}"));
    }
    if let Some(next) = safe_next(next) {
        parts.push(format!("next={}", escaped(next)));
    }
    if parts.is_empty() {
        page.to_owned()
    } else {
        format!("{page}?{}", parts.join("&"))
    }
}

/// RFC 3986, 2.3: everything but the unreserved characters is escaped; the slash may stand in a query.
pub(super) fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_own_addresses_follow_a_sign_in() {
        assert_eq!(safe_next("/stock?store=7&a=b"), Some("/stock?store=7&a=b"));
        for foreign in [
            "https://evil.example",
            "//evil.example",
            "/\\evil.example",
            "stock",
            "",
            "/",
            "/login?next=/x",
            "/login/sso/1",
            "/a\r\nSet-Cookie: b",
            "/api/v1/live",
        ] {
            assert_eq!(safe_next(foreign), None, "{foreign}");
        }
    }

    #[test]
    fn the_wish_survives_the_way_through_the_address() {
        let address = sign_in_address("/orders?status=pending&q=ñ", Some("credentials"));
        assert_eq!(
            address,
            "/login?error=credentials&next=/orders%3Fstatus%3Dpending%26q%3D%C3%B1"
        );
        let query = address.split_once('?').map(|(_, q)| q);
        assert_eq!(
            next_of(query).as_deref(),
            Some("/orders?status=pending&q=ñ")
        );
        assert_eq!(sign_in_address("//evil.example", None), "/login");
    }
}
