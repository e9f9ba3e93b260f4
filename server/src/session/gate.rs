//! Deny by default: whoever is not signed in sees the sign-in page or 401, before anything is rendered or run.

use super::{AuthSession, COOKIE, HOST_COOKIE, bearer, recognise, tablet};
use crate::state::AppState;
use crate::web::errors::{ApiError, wants_html};
use crate::web::login::{next_of, sign_in_address};
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::{IntoResponse, Redirect, Response};
use contract::ErrorCode;
use http::{HeaderName, HeaderValue, Method, header};
use services::sessions::SessionName;
use services::{Arrival, Ctx};
use uuid::Uuid;

/// Header with the version of the program.
const BUILD: HeaderName = HeaderName::from_static("x-hornada-build");
/// Header with the id of the person whose session asked; in a request that of the person who gave the command.
const PERSON: HeaderName = HeaderName::from_static("x-hornada-person");

/// Pages that a stranger may see. Everything else needs a session.
const PUBLIC_PAGES: &[&str] = &[
    "/login",
    "/login/code",
    "/login/passkey",
    "/login/passkey/answer",
    "/login/sso",
    "/logout",
    "/forgot",
    "/reset",
    "/invitation",
    "/sign-up",
    "/sign-up/ask",
    "/tablet",
];

/// Below it lie the ways to providers of single sign-on and back.
const TO_PROVIDERS: &str = "/login/sso/";

fn is_public(path: &str) -> bool {
    PUBLIC_PAGES.contains(&path) || path.starts_with(TO_PROVIDERS)
}

/// Where a second factor is made.
pub const ENROL: &str = "/account/security";

/// What somebody can do whose role asks for a second factor, as long as there is none; and leave.
const ENROLLING: &[&str] = &[
    ENROL,
    "/api/read_security",
    "/api/begin_factor",
    "/api/confirm_factor",
    "/api/begin_passkey",
    "/api/add_passkey",
];

/// That whoever asks must make a second factor first; in the extensions of a request.
#[derive(Clone, Copy, Debug)]
struct MustEnrol;

/// What a credential that is none, or none any more, is answered with (RFC 6750, section 3.1).
const INVALID_TOKEN: HeaderValue = HeaderValue::from_static(
    "Bearer realm=\"hornada\", error=\"invalid_token\", error_description=\"unknown, expired or revoked\"",
);

/// Over every known route.
pub async fn gate(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let given = bearer::given(request.uri().path(), request.headers()).map(str::to_owned);
    if let Some(credential) = given {
        return with_bearer(&state, &credential, request, next).await;
    }
    let public = is_public(request.uri().path());
    let page = is_page(&request);
    match enter(&state, request).await {
        Ok(request)
            if page
                && request.uri().path() == "/login"
                && request.extensions().get::<Ctx>().is_some() =>
        {
            Redirect::to(&next_of(request.uri().query()).unwrap_or_else(|| "/".to_owned()))
                .into_response()
        }
        Ok(request) if !public && is_anothers(&request) => stranger(
            &request,
            ErrorCode::Unauthenticated,
            "Somebody else is signed in. Sign in as the person who did this.",
        ),
        Ok(request) if !public && must_enrol_first(&request) => enrol_first(&request),
        Ok(request)
            if public
                || request.extensions().get::<Ctx>().is_some()
                || tablet::may_pass(&request) =>
        {
            let person = request
                .extensions()
                .get::<Ctx>()
                .and_then(|ctx| ctx.actor.user_id);
            let mut response = next.run(request).await;
            sign(&state, person, &mut response);
            response
        }
        Ok(request) => stranger(&request, ErrorCode::Unauthenticated, "Sign in first."),
        Err(response) => response,
    }
}

/// Whether somebody asks for more than making a second factor who must make one first.
fn must_enrol_first(request: &Request) -> bool {
    request.extensions().get::<MustEnrol>().is_some() && !ENROLLING.contains(&request.uri().path())
}

/// Leads pages to where a second factor is made, and refuses everything else.
fn enrol_first(request: &Request) -> Response {
    if is_page(request) && wants_html(request.headers()) {
        return (http::StatusCode::FOUND, [(header::LOCATION, ENROL)]).into_response();
    }
    let request_id = request
        .extensions()
        .get::<Arrival>()
        .map(|a| a.request_id.clone())
        .unwrap_or_default();
    let message = "Your role asks for a second factor. Make one first.";
    let mut error = ApiError::new(ErrorCode::Forbidden, message, &request_id);
    error.0.reason = "factor.required".to_owned();
    error.into_response()
}

/// Lets a program in by its credential alone: neither the cookie nor its absence counts.
async fn with_bearer(
    state: &AppState,
    credential: &str,
    mut request: Request,
    next: Next,
) -> Response {
    let Some(arrival) = request.extensions().get::<Arrival>().cloned() else {
        tracing::error!("a route is missing its layers");
        return http::StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let id = arrival.request_id.clone();
    let found = match bearer::recognise(state, credential, &arrival).await {
        Ok(found) => found,
        Err(error) => return ApiError::from_service(error, &id).into_response(),
    };
    let Some((actor, program)) = found else {
        let standing = state.rates.of_stranger(&arrival.source);
        if standing.is_too_many() {
            return standing.refuse(&id);
        }
        let message = "This key or token is unknown, has expired or was revoked.";
        let mut response = ApiError::new(ErrorCode::Unauthenticated, message, &id).into_response();
        let headers = response.headers_mut();
        headers.insert(header::WWW_AUTHENTICATE, INVALID_TOKEN);
        standing.sign(&mut response);
        return response;
    };
    let standing = state.rates.of_program(&program);
    if standing.is_too_many() {
        return standing.refuse(&id);
    }
    let person = actor.user_id;
    request.extensions_mut().insert(arrival.by(actor));
    request.extensions_mut().insert(program);
    if is_anothers(&request) {
        let message = "This credential is another person's. Sign in as the person who did this.";
        return ApiError::new(ErrorCode::Unauthenticated, message, &id).into_response();
    }
    let mut response = next.run(request).await;
    sign(state, person, &mut response);
    standing.sign(&mut response);
    response
}

/// Whether a request is in the name of another person than the one who is signed in: a device keeps what people did until it can be
/// sent, and must not send it in the name of whoever holds the device by then.
fn is_anothers(request: &Request) -> bool {
    let signed_in = request
        .extensions()
        .get::<Ctx>()
        .and_then(|ctx| ctx.actor.user_id);
    request.headers().get(PERSON).is_some_and(|person| {
        signed_in.is_none_or(|id| person.as_bytes() != id.to_string().as_bytes())
    })
}

/// Says which version answers and whom: the service worker on the device keeps nothing of one version for another, and nothing of one
/// person for another.
fn sign(state: &AppState, person: Option<Uuid>, response: &mut Response) {
    let (build, person) = (state.build.as_ref(), person.map(|id| id.to_string()));
    for (name, value) in [(BUILD, Some(build)), (PERSON, person.as_deref())] {
        if let Some(value) = value.and_then(|value| HeaderValue::from_str(value).ok())
            && !value.is_empty()
        {
            response.headers_mut().insert(name, value);
        }
    }
}

/// Over addresses that lead nowhere: a stranger learns nothing about them, a person sees a page that says so.
pub async fn gate_unknown(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let html = wants_html(request.headers()) && is_page(&request);
    match enter(&state, request).await {
        Ok(request) if !html => stranger(
            &request,
            ErrorCode::NotFound,
            "There is nothing at this address.",
        ),
        Ok(request) if request.extensions().get::<Ctx>().is_some() => next.run(request).await,
        Ok(request) => stranger(&request, ErrorCode::Unauthenticated, "Sign in first."),
        Err(response) => response,
    }
}

fn is_page(request: &Request) -> bool {
    matches!(*request.method(), Method::GET | Method::HEAD)
        && !request.uri().path().starts_with("/api/")
}

/// Adds the frame of the request, and on pages the person as screens need to know them.
async fn enter(state: &AppState, mut request: Request) -> Result<Request, Response> {
    let arrival = request.extensions().get::<Arrival>().cloned();
    let session = request.extensions().get::<AuthSession>().cloned();
    let (Some(arrival), Some(session)) = (arrival, session) else {
        tracing::error!("a route is missing its layers");
        return Err(http::StatusCode::INTERNAL_SERVER_ERROR.into_response());
    };
    let refused = |error| ApiError::from_service(error, &arrival.request_id).into_response();
    if tablet::is_asked(&request) {
        let known = tablet::known(state, request.headers()).await;
        if let Some(known) = known.map_err(refused)? {
            request.extensions_mut().insert(known);
        }
    }
    let found = recognise(state, &session, &arrival).await;
    let Some(mut ctx) = found.map_err(refused)? else {
        return Ok(request);
    };
    if session.user.as_ref().is_some_and(|p| p.0.must_enrol()) {
        request.extensions_mut().insert(MustEnrol);
    }
    if is_page(&request)
        && let Some(person) = &session.user
    {
        let described = state.services.identity().describe(&ctx, &person.0).await;
        let described = described.map_err(refused)?;
        request.extensions_mut().insert(described);
    }
    if let Some(id) = session.session.id() {
        let name = SessionName::of(&id.to_string());
        ctx.session = Some(name);
        request.extensions_mut().insert(name);
    }
    request.extensions_mut().insert(ctx);
    Ok(request)
}

fn stranger(request: &Request, code: ErrorCode, message: &str) -> Response {
    if code == ErrorCode::Unauthenticated && is_page(request) && wants_html(request.headers()) {
        if tablet::is_one(request.headers()) {
            return (http::StatusCode::FOUND, [(header::LOCATION, tablet::PAGE)]).into_response();
        }
        let here = request.uri().path_and_query().map_or("/", |p| p.as_str());
        let had_session = request
            .headers()
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|v| v.to_str().ok())
            .flat_map(|cookies| cookies.split(';').map(str::trim))
            .any(|cookie| cookie.starts_with(COOKIE) || cookie.starts_with(HOST_COOKIE));
        let error = had_session.then_some("ended");
        return (
            http::StatusCode::FOUND,
            [(header::LOCATION, sign_in_address(here, error))],
        )
            .into_response();
    }
    let request_id = request
        .extensions()
        .get::<Arrival>()
        .map(|a| a.request_id.clone())
        .unwrap_or_default();
    ApiError::new(code, message, &request_id).into_response()
}
