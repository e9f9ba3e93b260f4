//! Suggestions, for the screens.

use contract::AppError;
use contract::orders::OrderView;
use contract::suggestions as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::Json;

/// The suggestions of a production day.
#[server(endpoint = "list_suggestions", input = Json, output = Compact)]
pub async fn list_suggestions(
    wanted: wire::ListSuggestions,
) -> Result<wire::DaySuggestions, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().list(&ctx, wanted).await).await
}

/// Puts a person's number beside the system's.
#[server(endpoint = "adjust_suggestion", input = Json, output = Compact)]
pub async fn adjust_suggestion(
    command: wire::AdjustSuggestion,
) -> Result<wire::SuggestionView, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().adjust(&ctx, command).await).await
}

/// Turns a suggestion into an order.
#[server(endpoint = "accept_suggestion", input = Json, output = Compact)]
pub async fn accept_suggestion(command: wire::AcceptSuggestion) -> Result<OrderView, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().accept(&ctx, command).await).await
}

/// Turns several suggestions into orders.
#[server(endpoint = "accept_suggestions", input = Json, output = Compact)]
pub async fn accept_suggestions(
    command: wire::AcceptSuggestions,
) -> Result<wire::AcceptedSuggestions, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().accept_many(&ctx, command).await)
        .await
}

/// What a suggestion said before it was computed again.
#[server(endpoint = "suggestion_history", input = Json, output = Compact)]
pub async fn suggestion_history(
    suggestion_id: uuid::Uuid,
) -> Result<wire::SuggestionHistory, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().history(&ctx, suggestion_id).await)
        .await
}

/// How people's changes turned out.
#[server(endpoint = "list_outcomes", input = Json, output = Compact)]
pub async fn list_outcomes(wanted: wire::ListOutcomes) -> Result<wire::OutcomesView, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().outcomes(&ctx, wanted).await).await
}

/// Takes up again what was dismissed.
#[server(endpoint = "reopen_suggestion", input = Json, output = Compact)]
pub async fn reopen_suggestion(
    command: wire::ReopenSuggestion,
) -> Result<wire::SuggestionView, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().reopen(&ctx, command).await).await
}

/// Decides against a suggestion.
#[server(endpoint = "dismiss_suggestion", input = Json, output = Compact)]
pub async fn dismiss_suggestion(
    command: wire::DismissSuggestion,
) -> Result<wire::SuggestionView, AppError> {
    crate::ssr::run(async |services, ctx| services.suggestions().dismiss(&ctx, command).await).await
}
