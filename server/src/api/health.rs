//! Whether the process lives, and whether it can work.

use super::{Access, Endpoint};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde_json::json;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/health", Access::Public, health),
        Endpoint::get("/api/v1/ready", Access::Public, ready),
    ]
}

/// The process answers.
async fn health() -> Json<serde_json::Value> {
    Json(json!({ "status": "ok", "version": env!("CARGO_PKG_VERSION") }))
}

/// The process answers and reaches its database.
async fn ready(State(state): State<AppState>) -> Response {
    match state.services.db().ping().await {
        Ok(()) => Json(json!({ "status": "ready" })).into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(json!({ "status": "unavailable", "part": "database" })),
            )
                .into_response()
        }
    }
}
