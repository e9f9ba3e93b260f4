//! `GET /metrics` on the address of the application: who may read it.

use super::Metrics;
use crate::config::Secret;
use crate::state::AppState;
use crate::web::errors::ApiError;
use axum::extract::connect_info::ConnectInfo;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use contract::ErrorCode;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use services::Arrival;
use sha2::{Digest, Sha256};
use std::net::SocketAddr;

/// Where metrics are read.
pub const PATH: &str = "/metrics";

/// Prometheus' text format.
const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";

/// Headers that proxies add: a request with one of them does not come from this machine, whatever the connection says.
const FORWARDED: [&str; 5] = [
    "forwarded",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
];

/// `GET /metrics`: with a token where one is configured, else for programs on this machine only, and only where nothing says that a
/// proxy stands before us. Everybody else is told that there is nothing here.
pub async fn scrape(State(state): State<AppState>, request: Request) -> Response {
    let request_id = request
        .extensions()
        .get::<Arrival>()
        .map(|arrival| arrival.request_id.clone())
        .unwrap_or_default();
    if let Some(token) = &state.config.observe.metrics_token {
        if !has_token(request.headers(), token) {
            return unauthenticated(&request_id);
        }
        return told(&state.metrics).await;
    }
    let behind_a_proxy =
        state.config.public_origin.is_some() || !state.config.trusted_proxies.is_empty();
    if behind_a_proxy || !is_local(&request) {
        let text = "There is nothing at this address.";
        return ApiError::new(ErrorCode::NotFound, text, &request_id).into_response();
    }
    told(&state.metrics).await
}

fn is_local(request: &Request) -> bool {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>();
    peer.is_some_and(|peer| peer.0.ip().to_canonical().is_loopback())
        && !FORWARDED
            .iter()
            .any(|name| request.headers().contains_key(*name))
}

/// Whether a request carries the token. Digests are compared, so that the time that it takes tells nothing of the token.
pub(super) fn has_token(headers: &HeaderMap, token: &Secret) -> bool {
    headers
        .get(header::AUTHORIZATION)
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .is_some_and(|given| {
            Sha256::digest(given.as_bytes()) == Sha256::digest(token.expose().as_bytes())
        })
}

pub(super) fn unauthenticated(request_id: &str) -> Response {
    let text = "Send the token as Authorization: Bearer TOKEN.";
    let mut response = ApiError::new(ErrorCode::Unauthenticated, text, request_id).into_response();
    response
        .headers_mut()
        .insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    response
}

pub(super) async fn told(metrics: &Metrics) -> Response {
    (
        StatusCode::OK,
        [
            (header::CONTENT_TYPE, TEXT),
            (header::CACHE_CONTROL, "no-store"),
        ],
        metrics.render().await,
    )
        .into_response()
}
