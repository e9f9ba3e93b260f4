//! Forecasts and people's own numbers.

use contract::AppResult;
use contract::forecasts as wire;
use contract::wire::Compact;
use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, Json};

/// The forecasts of a store for a day.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_forecasts", input = GetUrl, output = Compact)]
pub async fn list_forecasts(asked: wire::ListForecasts) -> AppResult<wire::ForecastList> {
    crate::ssr::run(async |services, ctx| services.forecasts().list(&ctx, &asked).await).await
}

/// One product of a store: history, past forecasts and the days ahead.
///
/// # Errors
/// The use case's.
#[server(endpoint = "view_forecast", input = GetUrl, output = Compact)]
pub async fn view_forecast(asked: wire::ForecastDetailQuery) -> AppResult<wire::ForecastDetail> {
    crate::ssr::run(async |services, ctx| services.forecasts().detail(&ctx, &asked).await).await
}

/// How forecasts turned out.
///
/// # Errors
/// The use case's.
#[server(endpoint = "list_forecast_scores", input = GetUrl, output = Compact)]
pub async fn list_forecast_scores(asked: wire::ListScores) -> AppResult<wire::ScoresView> {
    crate::ssr::run(async |services, ctx| services.forecasts().scores(&ctx, &asked).await).await
}

/// Puts a person's number beside a forecast.
///
/// # Errors
/// The use case's.
#[server(endpoint = "set_override", input = Json, output = Compact)]
pub async fn set_override(command: wire::SetOverride) -> AppResult<wire::OverrideView> {
    crate::ssr::run(async |services, ctx| services.forecasts().set_override(&ctx, &command).await)
        .await
}

/// Takes a person's number away.
///
/// # Errors
/// The use case's.
#[server(endpoint = "delete_override", input = Json, output = Compact)]
pub async fn delete_override(command: wire::DeleteOverride) -> AppResult<()> {
    crate::ssr::run(async |services, ctx| {
        services.forecasts().delete_override(&ctx, &command).await
    })
    .await
}
