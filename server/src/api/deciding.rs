//! Deciding on suggestions over REST.

use super::changes::{Because, Meant, identifier, query};
use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use contract::orders::OrderView;
use contract::suggestions::{
    AcceptSuggestion, AcceptSuggestions, AcceptedSuggestions, AdjustSuggestion, DaySuggestions,
    DismissSuggestion, ListSuggestions, ReopenSuggestion, SuggestionView,
};
use domain::Permission;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::SuggestionsRead);
    let decide = Access::Needs(Permission::SuggestionsDecide);
    // What is accepted becomes an order: who may do the one must be able to do the other.
    let order = Access::Needs(Permission::OrdersCreate);
    vec![
        Endpoint::get("/api/v1/suggestions", read, list)
            .named("listSuggestions")
            .summary("The suggestions of a production day")
            .asks::<ListSuggestions>()
            .gives::<DaySuggestions>(),
        Endpoint::post("/api/v1/suggestions/accept", order, accept_many)
            .named("acceptSuggestions")
            .summary("Turns 1 to 500 suggestions into orders; needs `suggestions.decide` too")
            .takes::<AcceptSuggestions>()
            .gives::<AcceptedSuggestions>(),
        Endpoint::post("/api/v1/suggestions/{id}/accept", order, accept)
            .named("acceptSuggestion")
            .summary("Turns a suggestion into an order; needs `suggestions.decide` too")
            .takes::<Accept>()
            .gives::<OrderView>(),
        Endpoint::post("/api/v1/suggestions/{id}/adjust", decide, adjust)
            .named("adjustSuggestion")
            .summary("Puts a person's number beside the system's; it stays open")
            .takes::<Adjust>()
            .gives::<SuggestionView>(),
        Endpoint::post("/api/v1/suggestions/{id}/dismiss", decide, dismiss)
            .named("dismissSuggestion")
            .summary("Decides against a suggestion")
            .takes::<Because>()
            .gives::<SuggestionView>(),
        Endpoint::post("/api/v1/suggestions/{id}/reopen", decide, reopen)
            .named("reopenSuggestion")
            .summary("Takes up again what was dismissed, until its day is over")
            .takes::<Meant>()
            .gives::<SuggestionView>(),
    ]
}

const MISSING: &str = "suggestion not found";

/// Body of `POST /api/v1/suggestions/{id}/adjust`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SuggestionAdjustment)]
#[serde(deny_unknown_fields)]
struct Adjust {
    command_id: Uuid,
    #[schema(minimum = 0, maximum = 10000000)]
    quantity: i64,
}

/// Body of `POST /api/v1/suggestions/{id}/accept`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SuggestionAcceptance)]
#[serde(deny_unknown_fields)]
struct Accept {
    command_id: Uuid,
    /// Another number than the suggested or adjusted one.
    #[schema(minimum = 1, maximum = 10000000)]
    #[serde(default)]
    quantity: Option<i64>,
    /// Another day than the suggested one: from today to 7 days ahead.
    #[serde(default)]
    production_date: Option<NaiveDate>,
}

/// `GET /api/v1/suggestions?production_date=DATE&store_id=ID`: the suggestions of a production day, of one store or of all in scope. Where none is
/// named and more than 40 have some, `items` is empty and `choose_from` names them.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListSuggestions>, QueryRejection>,
) -> ApiResult<DaySuggestions> {
    let wanted = query(&ctx, asked)?;
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.list(&ctx, wanted).await)
}

/// `POST /api/v1/suggestions/accept`: turns 1 to 500 suggestions (`suggestion_ids`) into orders, each with its number or the one in
/// `quantities`; what somebody decided on first is skipped and named. Needs `suggestions.decide` too. The same `command_id` has one effect
/// and one answer.
async fn accept_many(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<AcceptSuggestions>, JsonRejection>,
) -> ApiResult<AcceptedSuggestions> {
    let command = body(&ctx, asked)?;
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.accept_many(&ctx, command).await)
}

/// `POST /api/v1/suggestions/{id}/accept`: turns it into an order, with another `quantity` or for another `production_date` where they are
/// named. Needs `suggestions.decide` too. The same `command_id` has one effect and one answer.
async fn accept(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Accept>, JsonRejection>,
) -> ApiResult<OrderView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = AcceptSuggestion {
        command_id: asked.command_id,
        suggestion_id: id,
        quantity: asked.quantity,
        production_date: asked.production_date,
    };
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.accept(&ctx, command).await)
}

/// `POST /api/v1/suggestions/{id}/adjust`: puts a person's `quantity` beside the system's; it stays open. The same `command_id` has one effect
/// and one answer.
async fn adjust(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Adjust>, JsonRejection>,
) -> ApiResult<SuggestionView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = AdjustSuggestion {
        command_id: asked.command_id,
        suggestion_id: id,
        quantity: asked.quantity,
    };
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.adjust(&ctx, command).await)
}

/// `POST /api/v1/suggestions/{id}/dismiss`: decides against it, with a `reason`. The same `command_id` has one effect and one answer.
async fn dismiss(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Because>, JsonRejection>,
) -> ApiResult<SuggestionView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = DismissSuggestion {
        command_id: asked.command_id,
        suggestion_id: id,
        reason: asked.reason,
    };
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.dismiss(&ctx, command).await)
}

/// `POST /api/v1/suggestions/{id}/reopen`: takes up again what was dismissed, until its day is over. The same `command_id` has one effect and
/// one answer.
async fn reopen(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<SuggestionView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = ReopenSuggestion {
        command_id: asked.command_id,
        suggestion_id: id,
    };
    let suggestions = state.services.suggestions();
    answer(&ctx, suggestions.reopen(&ctx, command).await)
}
