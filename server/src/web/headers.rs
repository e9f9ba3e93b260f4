//! Headers that every answer carries.

use crate::state::AppState;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderName, HeaderValue, header};
use leptos::nonce::use_nonce;
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Everything from ourselves. A page's own script stands in it under the word that only this answer knows (its nonce);
/// files of the site may be loaded by name, among them the parts of the program and the chart library. Not
/// `'strict-dynamic'`: it would take the names away, and with them the preloading of modules. Charts write `style`
/// attributes into what they draw and some boxes have a computed height, so attributes may carry styles; `<style>` may not.
fn policy(nonce: Option<&str>) -> String {
    let own = nonce.map_or_else(String::new, |nonce| format!(" 'nonce-{nonce}'"));
    format!(
        "default-src 'none'; script-src 'self'{own} 'wasm-unsafe-eval'; script-src-attr 'none'; \
        style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self'; \
        connect-src 'self'; manifest-src 'self'; worker-src 'self'; form-action 'self'; base-uri 'none'; \
        frame-ancestors 'none'; object-src 'none'"
    )
}

/// Lets the page that is being drawn run the scripts that the renderer writes into it: its nonce goes into this answer's
/// policy. Does nothing where no page is drawn. An answer that the service worker keeps is kept with its headers, so that
/// page and policy stay together.
pub fn admit_scripts() {
    let (Some(nonce), Some(answer)) = (use_nonce(), use_context::<ResponseOptions>()) else {
        return;
    };
    if let Ok(policy) = HeaderValue::from_str(&policy(Some(&nonce))) {
        answer.insert_header(header::CONTENT_SECURITY_POLICY, policy);
    }
}

/// Names in lower case, as HTTP/2 wants them.
const FIXED: &[(&str, &str)] = &[
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
    ("x-permitted-cross-domain-policies", "none"),
    ("referrer-policy", "same-origin"),
    ("origin-agent-cluster", "?1"),
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
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY)
        && let Ok(policy) = HeaderValue::from_str(&policy(None))
    {
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_policy_lets_scripts_run_that_nobody_vouches_for() {
        for policy in [policy(None), policy(Some("dGhlIG5vbmNl"))] {
            let scripts = policy
                .split(';')
                .map(str::trim)
                .find(|part| part.starts_with("script-src "))
                .unwrap();
            assert!(!scripts.contains("unsafe-inline"), "{scripts}");
            assert!(!scripts.contains("'unsafe-eval'"), "{scripts}");
            assert!(!scripts.contains('*'), "{scripts}");
            assert!(HeaderValue::from_str(&policy).is_ok());
        }
        assert!(policy(Some("abc")).contains("'nonce-abc'"));
        assert!(!policy(None).contains("nonce"));
    }
}
