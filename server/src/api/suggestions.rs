//! What was proposed to bake, over REST.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::extract::{Path, State};
use contract::ErrorCode;
use contract::suggestions::SuggestionHistory;
use domain::Permission;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint::get(
        "/api/v1/suggestions/{id}/history",
        Access::Needs(Permission::SuggestionsRead),
        history,
    )]
}

/// `GET /api/v1/suggestions/{id}/history`: what a suggestion said before it was computed again, with the reasons of then, the latest
/// first.
async fn history(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<SuggestionHistory> {
    // What is no identifier names nothing.
    let id: Uuid = id
        .parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, "suggestion not found", &ctx.request_id))?;
    answer(&ctx, state.services.suggestions().history(&ctx, id).await)
}
