//! The frame of every request: an id that ties answer and log together, the caller's address, the moment.

use crate::metrics::{UNMATCHED, route};
use crate::state::AppState;
use crate::web::trace::Trace;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;
use http::{HeaderMap, HeaderName, HeaderValue};
use services::Arrival;
use std::net::{IpAddr, SocketAddr};
use std::time::Instant;
use tracing::Instrument;
use tracing::field::Empty;
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
    let method = request.method().clone();
    let route = route(request.extensions()).map(str::to_owned);
    let path = shown(route.as_deref(), request.uri().path());
    let network = address.map_or_else(|| "unknown".to_owned(), network);
    let route = route.unwrap_or_else(|| UNMATCHED.to_owned());
    let span = tracing::info_span!("request", request_id, trace_id = Empty, span_id = Empty);
    let trace = Trace::begin(&method, &route, request.headers());
    trace.name(&span);
    let under_way = state.metrics.enter();
    request.extensions_mut().insert(Arrival {
        now: (state.clock)(),
        request_id: request_id.clone(),
        source: source.clone(),
    });
    let mut response = next
        .run(request)
        .instrument(trace.span())
        .instrument(span.clone())
        .await;
    drop(under_way);
    state
        .metrics
        .answered(&route, &method, response.status(), started.elapsed());
    trace.end(response.status(), response.headers_mut());
    if let Ok(value) = HeaderValue::from_str(&request_id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let (status, ms) = (response.status().as_u16(), started.elapsed().as_millis());
    span.in_scope(|| match status {
        500.. => tracing::error!(%method, path, status, ms, network, "answered"),
        _ => tracing::info!(%method, path, status, ms, network, "answered"),
    });
    response
}

/// An address as log lines show it: what stands in the place of an id is shown only where it is one, as it may as well be a token, and
/// of what leads nowhere only what looks like a name of a file.
fn shown(route: Option<&str>, path: &str) -> String {
    let mut pattern = route.unwrap_or_default().split('/');
    let part = |part: &str| {
        let is_fixed = pattern.next() == Some(part);
        let is_number = part.len() <= 20 && part.bytes().all(|b| b.is_ascii_digit() || b == b'-');
        let is_name = route.is_none()
            && part.len() <= 32
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"-_.".contains(&b));
        let is_plain = is_fixed || is_number || is_name || part.parse::<Uuid>().is_ok();
        let text = if is_plain { part } else { "..." };
        text.to_owned()
    };
    path.split('/').map(part).collect::<Vec<_>>().join("/")
}

/// The network of an address: enough to see where a burst comes from, and nobody's address. The whole one stands in the audit log.
fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(address) => {
            let [a, b, c, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}::/48")
        }
    }
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

/// The caller's address: the last one in `X-Forwarded-For` that no trusted proxy of ours has, if a trusted proxy asks. What stands in front
/// of something that cannot be read was written by whoever that hides, and is not believed.
fn caller(peer: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    // A socket for both families shows IPv4 addresses mapped.
    let peer = peer.to_canonical();
    if !trusted.contains(&peer) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter();
    let texts: Vec<&str> = lines
        .map(|line| line.to_str().unwrap_or_default())
        .flat_map(|line| line.split(','))
        .map(str::trim)
        .collect();
    for text in texts.into_iter().rev() {
        match forwarded(text) {
            Some(ip) if trusted.contains(&ip) => {}
            Some(ip) => return ip,
            None => return peer,
        }
    }
    peer
}

/// One address of `X-Forwarded-For`. Some proxies add the port.
fn forwarded(text: &str) -> Option<IpAddr> {
    let ip = text.parse::<IpAddr>().ok();
    let ip = ip.or_else(|| text.parse::<SocketAddr>().ok().map(|both| both.ip()));
    ip.map(|ip| ip.to_canonical())
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
        assert_eq!(
            caller(ip("::ffff:10.0.0.1"), &headers, &trusted),
            ip("198.51.100.4")
        );
        let from = |text: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(FORWARDED_FOR, text.parse().unwrap());
            caller(ip("10.0.0.1"), &headers, &trusted)
        };
        assert_eq!(from("203.0.113.9, 198.51.100.4:50123"), ip("198.51.100.4"));
        assert_eq!(from("203.0.113.9, [2001:db8::4]:50123"), ip("2001:db8::4"));
        assert_eq!(
            from("203.0.113.9, unknown"),
            ip("10.0.0.1"),
            "what a caller writes in front of a name is not believed"
        );
    }

    #[test]
    fn addresses_in_log_lines_hold_ids_and_no_secrets() {
        let id = "0198c000-0000-7000-8000-000000000009";
        let orders = format!("/api/v1/orders/{id}");
        assert_eq!(shown(Some("/api/v1/orders/{id}"), &orders), orders);
        assert_eq!(
            shown(Some("/days/{day}"), "/days/2026-03-10"),
            "/days/2026-03-10"
        );
        assert_eq!(
            shown(Some("/invited/{token}"), "/invited/s3cret"),
            "/invited/..."
        );
        assert_eq!(shown(None, "/pkg/hornada.css"), "/pkg/hornada.css");
        assert_eq!(shown(None, "/reset/ana@horno.example"), "/reset/...");
        assert_eq!(shown(None, &format!("/x/{}", "a".repeat(43))), "/x/...");
        assert_eq!(shown(Some("/"), "/"), "/");
    }

    #[test]
    fn log_lines_name_networks_and_no_addresses() {
        assert_eq!(network(ip("203.0.113.9")), "203.0.113.0/24");
        assert_eq!(network(ip("::ffff:203.0.113.9")), "203.0.113.0/24");
        assert_eq!(network(ip("2001:db8:7::9")), "2001:db8:7::/48");
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
