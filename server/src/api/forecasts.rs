//! Forecasts over REST.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use contract::forecasts::{ForecastTotals, ListTotals};
use domain::Permission;
use services::ServiceError;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::ForecastsRead);
    vec![
        Endpoint::get("/api/v1/forecasts/totals", read, totals)
            .named("readForecastTotals")
            .summary("What a shop, a product or everything sells in all on each of the days ahead")
            .asks::<ListTotals>()
            .gives::<ForecastTotals>(),
    ]
}

/// `GET /api/v1/forecasts/totals?level=store&store_id=ID`, `?level=product&product_id=ID` or `?level=chain`: what a shop, a product or
/// everything sells in all on each of the days ahead, with quantiles of the sum.
async fn totals(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListTotals>, QueryRejection>,
) -> ApiResult<ForecastTotals> {
    let Query(asked) = asked.map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })?;
    answer(&ctx, state.services.forecasts().totals(&ctx, &asked).await)
}
