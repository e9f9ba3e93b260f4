//! The frame of every request: an id that ties answer and log together, the caller's address, the moment.

use crate::state::AppState;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use services::Arrival;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use tracing::Instrument;
use uuid::Uuid;

/// Header that carries the id in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Gives the request its frame, answers with its id and writes one line about it.
pub async fn frame(State(state): State<AppState>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|c| c.0.ip());
    let address = peer.map(|peer| caller(peer, request.headers(), &state.config.trusted_proxies));
    let request_id = given_id(request.headers()).unwrap_or_else(|| Uuid::now_v7().to_string());
    let source = address.map_or_else(|| "unknown".to_owned(), |a| a.to_string());
    let span = tracing::info_span!("request", request_id);
    request.extensions_mut().insert(Arrival {
        now: (state.clock)(),
        request_id: request_id.clone(),
        source: source.clone(),
    });
    let (method, path) = (request.method().clone(), request.uri().path().to_owned());
    let mut response = next.run(request).instrument(span.clone()).await;
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
    span.in_scope(|| match status {
        500.. => tracing::error!(%method, path, status, ms, source, "answered"),
        _ => tracing::info!(%method, path, status, ms, source, "answered"),
    });
    response
}

/// An id that came with the request, if it can stand in a log line.
fn given_id(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(REQUEST_ID)?.to_str().ok()?;
    let fits = (8..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_');
    fits.then(|| text.to_owned())
}

/// The caller's address: the last one in `X-Forwarded-For` that no trusted proxy of ours has, if a trusted proxy asks.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    if !trusted.contains(&peer) {
        return peer;
    }
    headers
        .get_all(FORWARDED_FOR)
        .iter()
        .filter_map(|v| v.to_str().ok())
        .flat_map(|v| v.split(','))
        .filter_map(|v| v.trim().parse().ok())
        .rfind(|ip| !trusted.contains(ip))
        .unwrap_or(peer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_forwarded_address_counts_only_from_a_proxy_that_is_trusted() {
        let mut headers = HeaderMap::new();
        headers.insert(
            FORWARDED_FOR,
            "203.0.113.9, 198.51.100.4, 10.0.0.2".parse().unwrap(),
        );
        assert_eq!(caller(ip("192.0.2.1"), &headers, &[]), ip("192.0.2.1"));
        assert_eq!(
            caller(ip("192.0.2.1"), &headers, &[ip("10.0.0.2")]),
            ip("192.0.2.1")
        );
        let trusted = [ip("10.0.0.1"), ip("10.0.0.2")];
        assert_eq!(
            caller(ip("10.0.0.1"), &headers, &trusted),
            ip("198.51.100.4"),
            "what a caller writes in front is not believed"
        );
        assert_eq!(
            caller(ip("10.0.0.1"), &HeaderMap::new(), &trusted),
            ip("10.0.0.1")
        );
    }

    #[test]
    fn an_id_that_could_break_a_log_line_is_replaced() {
        let id = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, text.parse().unwrap());
            given_id(&headers)
        };
        assert_eq!(id("0198-abc_DEF").as_deref(), Some("0198-abc_DEF"));
        for bad in [
            "short",
            "has space in it",
            "quote\"quote\"",
            &"x".repeat(65),
        ] {
            assert_eq!(id(bad), None, "{bad}");
        }
    }
}
