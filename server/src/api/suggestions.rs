//! What was proposed to bake, over REST.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use contract::ErrorCode;
use contract::suggestions::{ListOutcomes, OutcomesView, SuggestionHistory};
use domain::Permission;
use services::ServiceError;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::SuggestionsRead);
    vec![
        Endpoint::get("/api/v1/suggestions/outcomes", read, outcomes)
            .named("listOutcomes")
            .summary("How people's changes to suggestions turned out, the latest day first")
            .asks::<ListOutcomes>()
            .gives::<OutcomesView>(),
        Endpoint::get("/api/v1/suggestions/{id}/history", read, history)
            .named("readSuggestionHistory")
            .summary("What a suggestion said before it was computed again, the latest first")
            .gives::<SuggestionHistory>(),
    ]
}

/// `GET /api/v1/suggestions/outcomes?store_id=ID&product_id=ID&from=DATE&until=DATE&after=PLACE&limit=50`: how people's changes to
/// suggestions turned out, by production date, the latest first: what was wanted, what the system's number would have cost in leftovers
/// and missed sales, what the person's did; and what all that are wanted come to.
async fn outcomes(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListOutcomes>, QueryRejection>,
) -> ApiResult<OutcomesView> {
    let Query(wanted) = asked.map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })?;
    answer(
        &ctx,
        state.services.suggestions().outcomes(&ctx, wanted).await,
    )
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
