//! Headers that every answer carries.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};

/// Everything from ourselves. Pages carry their data and the start of their script inline, and what they carry differs
/// from page to page, so `script-src` needs `'unsafe-inline'` as long as the renderer is built without nonces; what
/// keeps foreign script out is that the renderer escapes every text. Charts set styles on their elements.
const POLICY: &str = "default-src 'none'; script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'; \
    style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; \
    manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; object-src 'none'";

/// Names in lower case, as HTTP/2 wants them.
const FIXED: &[(&str, &str)] = &[
    ("content-security-policy", POLICY),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("referrer-policy", "same-origin"),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    (
        "permissions-policy",
        "camera=(), microphone=(), geolocation=(), payment=(), usb=(), screen-wake-lock=(self)",
    ),
];

/// A year, as browsers' preload lists ask.
const TRANSPORT: &str = "max-age=31536000; includeSubDomains";

/// Adds them.
pub async fn secure(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        // A page may bring a stricter policy of its own.
        headers
            .entry(HeaderName::from_static(name))
            .or_insert(HeaderValue::from_static(value));
    }
    if state
        .config
        .public_origin
        .as_ref()
        .is_some_and(|o| o.starts_with("https://"))
    {
        headers.insert(
            header::STRICT_TRANSPORT_SECURITY,
            HeaderValue::from_static(TRANSPORT),
        );
    }
    response
}

/// What depends on who asks is kept by no cache, not even the browser's.
pub async fn keep_private(request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// Files of the site carry no version in their names: browsers ask each time and are mostly told that nothing changed.
/// Fonts never change under their name.
pub async fn keep_files(request: Request, next: Next) -> Response {
    let font = request.uri().path().starts_with("/fonts/");
    let mut response = next.run(request).await;
    let found =
        response.status().is_success() || response.status() == http::StatusCode::NOT_MODIFIED;
    let value = if font && found {
        "public, max-age=2592000"
    } else {
        "no-cache"
    };
    response
        .headers_mut()
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static(value));
    response
}
