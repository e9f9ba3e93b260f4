//! Backups of the installation.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::extract::State;
use contract::backups::BackupView;
use domain::Permission;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::BackupsRead);
    vec![
        Endpoint::get("/api/v1/backups", read, list)
            .named("listBackups")
            .summary("Backups of the whole installation, newest first, at most 100")
            .gives_list::<BackupView>(),
    ]
}

/// `GET /api/v1/backups`: backups of the whole installation, newest first, at most 100, those that failed and the one that is being taken too.
async fn list(State(state): State<AppState>, Caller(ctx): Caller) -> ApiResult<Vec<BackupView>> {
    answer(&ctx, state.services.backups().list(&ctx).await)
}
