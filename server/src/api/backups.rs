//! Backups of the installation.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::extract::State;
use contract::backups::BackupView;
use domain::Permission;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/api/v1/backups",
        Access::Needs(Permission::BackupsRead),
        list,
    )]
}

/// `GET /api/v1/backups`: backups of the whole installation, newest first, at most 100, those that failed and the one that is being taken too.
async fn list(State(state): State<AppState>, Caller(ctx): Caller) -> ApiResult<Vec<BackupView>> {
    answer(&ctx, state.services.backups().list(&ctx).await)
}
