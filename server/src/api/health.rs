//! Whether the process lives, and whether it can work.

use super::{Access, Endpoint};
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use serde::Serialize;
use utoipa::ToSchema;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![
        Endpoint::get("/api/v1/health", Access::Public, health)
            .named("readHealth")
            .summary("The process lives")
            .gives::<Health>(),
        Endpoint::get("/api/v1/ready", Access::Public, ready)
            .named("readReadiness")
            .summary("The process can work: it reaches its database")
            .gives::<Readiness>()
            .also_gives::<Readiness>(503),
    ]
}

/// That the process lives.
#[derive(Debug, Serialize, ToSchema)]
struct Health {
    /// Always `ok`.
    status: &'static str,
    /// Of the program.
    version: &'static str,
}

/// Whether the process can work.
#[derive(Debug, Serialize, ToSchema)]
struct Readiness {
    /// `ready` or `unavailable`.
    status: &'static str,
    /// What does not answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    part: Option<&'static str>,
}

/// The process answers.
async fn health() -> Json<Health> {
    Json(Health {
        status: "ok",
        version: env!("CARGO_PKG_VERSION"),
    })
}

/// The process answers and reaches its database.
async fn ready(State(state): State<AppState>) -> Response {
    match state.services.db().ping().await {
        Ok(()) => Json(Readiness {
            status: "ready",
            part: None,
        })
        .into_response(),
        Err(error) => {
            tracing::warn!(%error, "not ready: the database does not answer");
            (
                StatusCode::SERVICE_UNAVAILABLE,
                Json(Readiness {
                    status: "unavailable",
                    part: Some("database"),
                }),
            )
                .into_response()
        }
    }
}
