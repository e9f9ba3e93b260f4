//! Production orders over REST: what goes out, and what stands on it.

use super::{Access, Endpoint};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use contract::dispatch::{DispatchView, LabelsView, ReadDispatch, ReadLabels};
use domain::Permission;
use services::{Ctx, ServiceError};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::OrdersRead);
    vec![
        Endpoint::get("/api/v1/orders/dispatch", read, dispatch)
            .named("readDispatch")
            .summary("What goes out on a day, by shop, with lots and totals")
            .asks::<ReadDispatch>()
            .gives::<DispatchView>(),
        Endpoint::get("/api/v1/orders/labels", read, labels)
            .named("readLabels")
            .summary("What stands on the label of every lot")
            .asks::<ReadLabels>()
            .gives::<LabelsView>(),
    ]
}

/// What is asked, or what is wrong with it.
fn query<T>(ctx: &Ctx, asked: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    asked.map(|Query(asked)| asked).map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// `GET /api/v1/orders/dispatch?date=2026-03-10`, with `&store_id=ID` for one shop: the batches of a day that are finished or still
/// expected, by shop, with their lots, and the totals of each product. Where no shop is named and more than 40 have batches, the totals and the
/// shops to choose from.
async fn dispatch(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadDispatch>, QueryRejection>,
) -> ApiResult<DispatchView> {
    let asked = query(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.dispatch(&ctx, asked).await)
}

/// `GET /api/v1/orders/labels?date=2026-03-10`, with `&store_id=ID` for one shop, or `?order_id=ID`: what stands on the label of every
/// lot, ingredients by weight and allergens among it. Where neither is named and more than 40 shops have batches, the shops to choose from.
async fn labels(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadLabels>, QueryRejection>,
) -> ApiResult<LabelsView> {
    let asked = query(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.labels(&ctx, asked).await)
}
