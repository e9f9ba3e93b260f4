//! Sales over REST: what tills and scripts send while the day runs.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::Json;
use axum::extract::State;
use axum::extract::rejection::JsonRejection;
use contract::sales::{RecordSales, RecordedSales, VoidSale, VoidedSale};
use domain::Permission;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let record = Access::Needs(Permission::SalesRecord);
    vec![
        Endpoint::post("/api/v1/sales", record, self::record)
            .named("recordSales")
            .summary("Takes 1 to 1,000 tickets, with a result for each")
            .takes::<RecordSales>()
            .gives::<RecordedSales>(),
        Endpoint::post("/api/v1/sales/void", record, void)
            .named("voidSale")
            .summary("Takes a ticket back as a whole")
            .takes::<VoidSale>()
            .gives::<VoidedSale>(),
    ]
}

/// `POST /api/v1/sales`: 1 to 1,000 tickets, with a result for each. Known by store, ticket number and line: sent again, nothing happens
/// again. A ticket that is refused holds up no other.
async fn record(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<RecordSales>, JsonRejection>,
) -> ApiResult<RecordedSales> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.sales().record(&ctx, command).await)
}

/// `POST /api/v1/sales/void`: takes a ticket back as a whole: its shelves, the sums of its day. The same `command_id` has one effect and one
/// answer; a ticket that is voided already is refused.
async fn void(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<VoidSale>, JsonRejection>,
) -> ApiResult<VoidedSale> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.sales().void(&ctx, command).await)
}
