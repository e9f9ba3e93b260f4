//! Coming in through an organization's own provider: plain forms, links and redirects, which work before, and without, any script.
//!
//! A form leads to our own page alone, never to a provider: browsers hold redirects after a form to the content security policy
//! (`form-action`). From there a link leads on.

use super::login::{
    address, enter, escaped, safe_next, serde_urlencoded_pairs, sign_in_address, unstored,
};
use crate::session::away;
use crate::session::{self, AuthSession};
use crate::single_sign_on::{Pending, SignOnError};
use crate::state::AppState;
use app::SeenProviders;
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Path, Query, Request, State};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use axum::{Extension, Router};
use domain::sign_in::{domain_of, tried_email};
use http::{HeaderMap, HeaderName};
use services::identity::SignedIn;
use services::single_sign_on::{Provider, REFUSALS};
use services::{Arrival, ServiceError};
use uuid::Uuid;

/// Where somebody says which organization they are of.
pub const PAGE: &str = "/login/sso";

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Longest text that is looked at as what a provider sends back.
const LONGEST: usize = 4_096;

/// The ways to a provider and back.
pub fn router() -> Router<AppState> {
    Router::new()
        .route(PAGE, post(name))
        .route("/login/sso/{id}", get(set_out))
        .route("/login/sso/{id}/answer", get(come_back))
        .route("/login/sso/{id}/leave", get(leave))
}

/// What the form says: an address, or the short name of an organization.
#[derive(serde::Deserialize)]
pub struct Named {
    hint: String,
    #[serde(default)]
    next: String,
}

impl std::fmt::Debug for Named {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Named").finish_non_exhaustive()
    }
}

/// The page, with what somebody named.
fn page(hint: &str, next: &str, error: Option<&str>) -> Response {
    let mut target = address(PAGE, next, error);
    if !hint.is_empty() {
        let sign = if target.contains('?') { '&' } else { '?' };
        target = format!("{target}{sign}for={}", escaped(hint));
    }
    Redirect::to(&target).into_response()
}

fn is_too_many(state: &AppState, arrival: &Arrival) -> bool {
    state.rates.of_stranger(&arrival.source).is_too_many()
}

/// `POST /login/sso`: to the providers of who was named. Of an address only the domain goes on.
async fn name(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    form: Result<Form<Named>, FormRejection>,
) -> Response {
    let Ok(Form(named)) = form else {
        return page("", "/", Some("other"));
    };
    if is_too_many(&state, &arrival) {
        return page("", &named.next, Some("locked"));
    }
    let hint = tried_email(&named.hint);
    let hint = domain_of(&hint).unwrap_or(hint);
    match state.services.single_sign_on().offers(&hint).await {
        Ok(offers) if offers.is_empty() => page("", &named.next, Some("sso_none")),
        Ok(_) => page(&hint, &named.next, None),
        Err(error) => {
            let _ = error.into_app_error(&arrival.request_id);
            page("", &named.next, Some("other"))
        }
    }
}

/// Looks at which providers the page is to name before it is drawn.
pub async fn look(state: &AppState, mut request: Request) -> Request {
    let pairs = request.uri().query().map(serde_urlencoded_pairs);
    let hint = pairs
        .unwrap_or_default()
        .into_iter()
        .find(|(key, _)| key == "for")
        .map(|(_, value)| value)
        .filter(|hint| !hint.is_empty());
    let arrival = request.extensions().get::<Arrival>().cloned();
    if let (Some(hint), Some(arrival)) = (hint, arrival)
        && !is_too_many(state, &arrival)
    {
        match state.services.single_sign_on().offers(&hint).await {
            Ok(offers) => {
                request.extensions_mut().insert(SeenProviders(offers));
            }
            // The page then names none; the log says why.
            Err(error) => {
                let _ = error.into_app_error(&arrival.request_id);
            }
        }
    }
    request
}

/// Whether one of our own pages, or nobody's page, led here. Another site's must not begin what ends with somebody signed in.
fn is_deliberate(headers: &HeaderMap) -> bool {
    headers
        .get(SEC_FETCH_SITE)
        .is_none_or(|site| site == "same-origin" || site == "none")
}

fn redirect_uri(state: &AppState, provider: &Provider) -> String {
    format!("{}{}", state.config.origin(), provider.redirect_path)
}

/// The provider that an address names, or where to go instead.
async fn opened(state: &AppState, arrival: &Arrival, id: &str) -> Result<Provider, Response> {
    let back = |error| Redirect::to(&sign_in_address("/", Some(error))).into_response();
    let Ok(id) = id.parse::<Uuid>() else {
        return Err(back("sso_none"));
    };
    match state.services.single_sign_on().open(id).await {
        Ok(provider) => Ok(provider),
        Err(ServiceError::NotFound(_)) => Err(back("sso_none")),
        Err(ServiceError::Suspended) => Err(back("suspended")),
        Err(error) => {
            let _ = error.into_app_error(&arrival.request_id);
            Err(back("other"))
        }
    }
}

/// What is said of a provider that could not be asked, or whose word is not taken.
fn word_of(error: &SignOnError, provider: &Provider) -> &'static str {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::warn!(provider_id = %provider.id, %error, cause = cause.as_deref(), "nobody was let in by single sign-on");
    if error.is_out_of_order() {
        "sso_provider"
    } else {
        "sso_refused"
    }
}

/// Where somebody goes on to.
#[derive(Debug, serde::Deserialize)]
pub struct Onward {
    #[serde(default)]
    next: String,
}

/// `GET /login/sso/{id}`: to the provider, with what proves later that the person set out here.
async fn set_out(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    Path(id): Path<String>,
    mut session: AuthSession,
    headers: HeaderMap,
    onward: Result<Query<Onward>, QueryRejection>,
) -> Response {
    let next = onward.map(|Query(onward)| onward.next).unwrap_or_default();
    let next = safe_next(&next).unwrap_or("/");
    if session.user.is_some() {
        return Redirect::to(next).into_response();
    }
    if !is_deliberate(&headers) {
        // With a button, which a person presses.
        return page(&id, next, None);
    }
    if is_too_many(&state, &arrival) {
        return Redirect::to(&sign_in_address(next, Some("locked"))).into_response();
    }
    let provider = match opened(&state, &arrival, &id).await {
        Ok(provider) => provider,
        Err(response) => return response,
    };
    let pending = Pending::new(provider.id, next.to_owned(), arrival.now);
    let uri = redirect_uri(&state, &provider);
    let out = match state.sign_on.way_out(&provider, &uri, &pending).await {
        Ok(url) => url,
        Err(error) => {
            let word = word_of(&error, &provider);
            return Redirect::to(&sign_in_address(next, Some(word))).into_response();
        }
    };
    match away::set_out(&mut session, &pending).await {
        Ok(()) => Redirect::to(out.as_str()).into_response(),
        Err(error) => unstored(&error, next),
    }
}

/// What a provider sends back.
#[derive(serde::Deserialize)]
pub struct Sent {
    code: Option<String>,
    state: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl std::fmt::Debug for Sent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sent").finish_non_exhaustive()
    }
}

/// `GET /login/sso/{id}/answer`: back to where the person was going under a new session id, to the second step, or to the sign-in page with a
/// reason.
async fn come_back(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    Path(id): Path<String>,
    mut session: AuthSession,
    headers: HeaderMap,
    sent: Result<Query<Sent>, QueryRejection>,
) -> Response {
    let to_door =
        |next: &str, word: &str| Redirect::to(&sign_in_address(next, Some(word))).into_response();
    if session.user.is_some() {
        return Redirect::to("/").into_response();
    }
    let pending = match away::on_the_way(&session).await {
        Ok(pending) => pending,
        Err(error) => return unstored(&error, "/"),
    };
    let (Some(pending), Ok(Query(sent))) = (pending, sent) else {
        return to_door("/", "sso_ended");
    };
    let known = id.parse::<Uuid>().is_ok_and(|id| {
        let word = sent.state.as_deref().unwrap_or_default();
        pending.is_answered_by(id, word, arrival.now)
    });
    if !known {
        // Whoever set out may still come back.
        return to_door("/", "sso_ended");
    }
    let next = pending.next.clone();
    if let Err(error) = away::come_back(&mut session).await {
        return unstored(&error, &next);
    }
    let provider = match opened(&state, &arrival, &id).await {
        Ok(provider) => provider,
        Err(response) => return response,
    };
    let code = sent
        .code
        .filter(|code| sent.error.is_none() && !code.is_empty() && code.len() <= LONGEST);
    let Some(code) = code else {
        return to_door(&next, "sso_refused");
    };
    let uri = redirect_uri(&state, &provider);
    let iss = sent.iss.as_deref();
    let asked = state
        .sign_on
        .who(&provider, &uri, &pending, &code, iss, arrival.now);
    let told = match asked.await {
        Ok(told) => told,
        Err(error) => return to_door(&next, word_of(&error, &provider)),
    };
    let people = state.services.single_sign_on();
    match people.accept(&arrival, &provider, &told).await {
        Ok(SignedIn::Done(identity)) => {
            let response = enter(&mut session, *identity, &arrival, &headers, &next).await;
            if let Err(error) = away::came_through(&session, provider.id).await {
                tracing::warn!(
                    error = format!("{error:#}"),
                    "a session does not know its provider"
                );
            }
            response
        }
        Ok(SignedIn::Half(half)) => match session::begin_half(&mut session, &half).await {
            Ok(()) => Redirect::to(&address("/login/code", &next, None)).into_response(),
            Err(error) => unstored(&error, &next),
        },
        Err(error) => {
            let word = match &error {
                ServiceError::Rule { reason, .. } if REFUSALS.contains(reason) => *reason,
                ServiceError::Unauthenticated => "inactive",
                ServiceError::Suspended => "suspended",
                ServiceError::NotFound(_) => "sso_ended",
                _ => "other",
            };
            // Logs what is worth logging; the person is told by the page.
            let _ = error.into_app_error(&arrival.request_id);
            to_door(&next, word)
        }
    }
}

/// `GET /login/sso/{id}/leave`: out of the provider too, for whoever has signed out here.
async fn leave(
    State(state): State<AppState>,
    Extension(arrival): Extension<Arrival>,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Response {
    let door = "/login?signed_out=1";
    if !is_deliberate(&headers) || is_too_many(&state, &arrival) {
        return Redirect::to(door).into_response();
    }
    let provider = match opened(&state, &arrival, &id).await {
        Ok(provider) => provider,
        Err(response) => return response,
    };
    let back = format!("{}/login", state.config.origin());
    match state.sign_on.way_off(&provider, &back).await {
        Ok(Some(url)) => Redirect::to(url.as_str()).into_response(),
        Ok(None) => Redirect::to(door).into_response(),
        Err(error) => {
            let word = word_of(&error, &provider);
            Redirect::to(&sign_in_address("/", Some(word))).into_response()
        }
    }
}
