//! Which other sites' pages may call the interface: those that the operator names, none where nobody does.
//!
//! With a bearer credential only: browsers are never told that they may send cookies along.

use crate::session::bearer::API;
use crate::web::frame::REQUEST_ID;
use anyhow::bail;
use http::{HeaderName, HeaderValue, Method, header};
use std::time::Duration;
use tower_http::cors::{AllowOrigin, CorsLayer};

/// So long a browser remembers that it may call.
const REMEMBERED: Duration = Duration::from_secs(600);

/// Refuses what is no origin: a scheme and a host, and nothing after them.
///
/// # Errors
/// Naming it.
pub fn check(origins: &[String]) -> anyhow::Result<()> {
    for origin in origins {
        let host = origin
            .strip_prefix("https://")
            .or_else(|| origin.strip_prefix("http://"));
        let is_origin = host.is_some_and(|host| {
            !host.is_empty()
                && host
                    .bytes()
                    .all(|b| b.is_ascii_graphic() && !b"/?#@*\\\"".contains(&b))
        });
        if !is_origin {
            bail!("cors_origins: {origin:?} is not of the form http(s)://HOST[:PORT]");
        }
    }
    Ok(())
}

/// The layer that tells browsers so; `None` where no origin is allowed.
#[must_use]
pub fn layer(origins: &[String]) -> Option<CorsLayer> {
    let allowed: Vec<HeaderValue> = origins
        .iter()
        .filter_map(|origin| HeaderValue::from_str(&origin.to_ascii_lowercase()).ok())
        .collect();
    if allowed.is_empty() {
        return None;
    }
    let origin = AllowOrigin::predicate(move |origin, parts| {
        parts.uri.path().starts_with(API) && allowed.contains(origin)
    });
    let layer = CorsLayer::new()
        .allow_origin(origin)
        .allow_methods([
            Method::GET,
            Method::POST,
            Method::PUT,
            Method::PATCH,
            Method::DELETE,
        ])
        .allow_headers([
            header::AUTHORIZATION,
            header::CONTENT_TYPE,
            header::IF_MATCH,
            header::IF_NONE_MATCH,
            HeaderName::from_static("idempotency-key"),
            REQUEST_ID,
        ])
        .expose_headers([
            header::ETAG,
            header::LOCATION,
            header::RETRY_AFTER,
            header::WWW_AUTHENTICATE,
            HeaderName::from_static("idempotency-replayed"),
            HeaderName::from_static("ratelimit-limit"),
            HeaderName::from_static("ratelimit-remaining"),
            HeaderName::from_static("ratelimit-reset"),
            REQUEST_ID,
        ])
        .max_age(REMEMBERED);
    Some(layer)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_are_taken() {
        let check = |origin: &str| check(&[origin.to_owned()]);
        check("https://till.example").unwrap();
        check("http://localhost:5173").unwrap();
        for wrong in [
            "*",
            "till.example",
            "https://",
            "https://till.example/",
            "https://*.example",
            "null",
        ] {
            assert!(check(wrong).is_err(), "{wrong}");
        }
        assert!(layer(&[]).is_none());
    }
}
