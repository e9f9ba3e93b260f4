//! Which program answers.

use super::{Access, Endpoint};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/info", Access::Public, info)
            .named("readInfo")
            .summary("Which program answers")
            .gives::<Info>(),
    ]
}

/// Which program answers.
#[derive(Debug, Serialize, ToSchema)]
#[schema(as = ProgramInfo)]
struct Info {
    /// Always `hornada`.
    name: &'static str,
    /// Of the program.
    version: &'static str,
    /// Of the site folder that it serves; empty in development.
    build: String,
    api_version: &'static str,
    /// Of moments that carry no offset.
    time_zone: &'static str,
}

/// `GET /api/v1/info`: name and version of the program, version of the site folder that it serves (empty in development), version of
/// the API, and the time zone of moments that carry no offset.
async fn info(State(state): State<AppState>) -> Json<Info> {
    Json(Info {
        name: "hornada",
        version: env!("CARGO_PKG_VERSION"),
        build: state.build.to_string(),
        api_version: "v1",
        time_zone: "UTC",
    })
}
