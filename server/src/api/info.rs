//! Which program answers.

use super::{Access, Endpoint};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde_json::json;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get("/api/v1/info", Access::Public, info)]
}

/// `GET /api/v1/info`: name and version of the program, version of the site folder that it serves (empty in development), version of
/// the API, and the time zone of moments that carry no offset.
async fn info(State(state): State<AppState>) -> Json<serde_json::Value> {
    Json(json!({
        "name": "hornada",
        "version": env!("CARGO_PKG_VERSION"),
        "build": &*state.build,
        "api_version": "v1",
        "time_zone": "UTC",
    }))
}
