//! Whether the process lives, and whether it can work.

use super::{Access, Endpoint};
use crate::metrics::disk;
use crate::state::AppState;
use axum::Json;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use migration::{Migrator, MigratorTrait};
use serde::Serialize;
use std::io::Write;
use std::path::Path;
use utoipa::ToSchema;

/// With less on the disk of the data folder nothing new is taken on.
const LEAST_FREE_BYTES: u64 = 64 * 1_024 * 1_024;

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

/// The process answers and can work: it is not stopping, reaches its database in the shape that it needs, and can write to its data
/// folder with room to spare. `part` names the first that fails.
async fn ready(State(state): State<AppState>) -> Response {
    let Some(part) = failing(&state).await else {
        return Json(Readiness {
            status: "ready",
            part: None,
        })
        .into_response();
    };
    (
        StatusCode::SERVICE_UNAVAILABLE,
        Json(Readiness {
            status: "unavailable",
            part: Some(part),
        }),
    )
        .into_response()
}

/// The first part that does not work.
async fn failing(state: &AppState) -> Option<&'static str> {
    if state.stop.is_cancelled() {
        return Some("stopping");
    }
    if let Err(error) = state.services.db().ping().await {
        tracing::warn!(%error, "not ready: the database does not answer");
        return Some("database");
    }
    let wanted: Vec<String> = Migrator::migrations()
        .iter()
        .map(|migration| migration.name().to_owned())
        .collect();
    match state.services.observing().has_migrations(&wanted).await {
        Ok(true) => {}
        Ok(false) => {
            tracing::warn!("not ready: the database lacks changes that this program needs");
            return Some("migrations");
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the database's shape cannot be read");
            return Some("migrations");
        }
    }
    let folder = state.services.data_dir().to_owned();
    let probed = tokio::task::spawn_blocking(move || probe(&folder)).await;
    match probed {
        Ok(Ok(())) => None,
        Ok(Err(Unfit::Full)) => {
            tracing::warn!("not ready: the disk of the data folder is nearly full");
            Some("disk")
        }
        Ok(Err(Unfit::Unwritable(error))) => {
            tracing::warn!(%error, "not ready: the data folder cannot be written");
            Some("data_folder")
        }
        Err(error) => {
            tracing::warn!(%error, "not ready: the data folder could not be looked at");
            Some("data_folder")
        }
    }
}

/// Why a folder cannot be worked with.
enum Unfit {
    Full,
    Unwritable(std::io::Error),
}

fn probe(folder: &Path) -> Result<(), Unfit> {
    let mut file = tempfile::tempfile_in(folder).map_err(Unfit::Unwritable)?;
    file.write_all(b"ready").map_err(Unfit::Unwritable)?;
    // A system that does not tell is taken for one with room.
    if disk(folder).is_some_and(|(free, _)| free < LEAST_FREE_BYTES) {
        return Err(Unfit::Full);
    }
    Ok(())
}
