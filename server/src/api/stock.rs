//! Stock over REST: the shelves of a store, what they will leave unsold, what lay on them first, and bookings by hand.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Query, State};
use contract::stock::{
    AdjustStock, OpeningSheet, OpeningView, PostOpening, ProjectedWaste, RemoveStock,
    ReverseMovement, StockChange, StockLevels,
};
use domain::Permission;
use serde::Deserialize;
use services::{Ctx, ServiceError};
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::StockRead);
    let adjust = Access::Needs(Permission::StockAdjust);
    let waste = Access::Needs(Permission::StockWaste);
    vec![
        Endpoint::get("/api/v1/stock", read, levels)
            .named("listStock")
            .summary("Every shelf of a store")
            .asks::<OfStore>()
            .gives::<StockLevels>(),
        Endpoint::get("/api/v1/stock/projected-waste", read, projected_waste)
            .named("readProjectedWaste")
            .summary("Batches that will not be sold before they expire, the costliest first")
            .asks::<OfStore>()
            .gives::<ProjectedWaste>(),
        Endpoint::get("/api/v1/stock/opening", adjust, opening_sheet)
            .named("readOpeningSheet")
            .summary("What a store carries, and of which of it something moved already")
            .asks::<OfStore>()
            .gives::<OpeningSheet>(),
        Endpoint::post("/api/v1/stock/opening", adjust, open)
            .named("openStock")
            .summary("The first stock of products of which nothing moved yet")
            .takes::<PostOpening>()
            .gives::<OpeningView>(),
        Endpoint::post("/api/v1/stock/adjust", adjust, self::adjust)
            .named("adjustStock")
            .summary("Corrects what is on hand by a difference")
            .takes::<AdjustStock>()
            .gives::<StockChange>(),
        Endpoint::post("/api/v1/stock/remove", waste, remove)
            .named("removeStock")
            .summary("Waste or a donation")
            .takes::<RemoveStock>()
            .gives::<StockChange>(),
        Endpoint::post("/api/v1/stock/reverse", waste, reverse)
            .named("reverseMovement")
            .summary("Takes waste, a donation or a correction back while it is fresh")
            .takes::<ReverseMovement>()
            .gives::<StockChange>(),
    ]
}

/// Which store is asked about.
#[derive(Debug, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
struct OfStore {
    store_id: Uuid,
}

/// What is asked, or what is wrong with it.
fn query<T>(ctx: &Ctx, asked: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    asked.map(|Query(asked)| asked).map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// `GET /api/v1/stock?store_id=ID`: every shelf of a store, with what is on hand, reserved, available, on the road and on order.
async fn levels(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<OfStore>, QueryRejection>,
) -> ApiResult<StockLevels> {
    let asked = query(&ctx, asked)?;
    answer(
        &ctx,
        state.services.stock().levels(&ctx, asked.store_id).await,
    )
}

/// `GET /api/v1/stock/projected-waste?store_id=ID`: batches that will not be sold before they expire, the costliest first.
async fn projected_waste(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<OfStore>, QueryRejection>,
) -> ApiResult<ProjectedWaste> {
    let asked = query(&ctx, asked)?;
    let stock = state.services.stock();
    answer(&ctx, stock.projected_waste(&ctx, asked.store_id).await)
}

/// `GET /api/v1/stock/opening?store_id=ID`: what a store carries, and of which of it something moved already.
async fn opening_sheet(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<OfStore>, QueryRejection>,
) -> ApiResult<OpeningSheet> {
    let asked = query(&ctx, asked)?;
    let stock = state.services.stock();
    answer(&ctx, stock.opening_sheet(&ctx, asked.store_id).await)
}

/// `POST /api/v1/stock/opening`: the first stock of products of which nothing moved yet, all of it or nothing. The same `command_id` has
/// one effect and one answer.
async fn open(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<PostOpening>, JsonRejection>,
) -> ApiResult<OpeningView> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.stock().open(&ctx, command).await)
}

/// `POST /api/v1/stock/adjust`: corrects what is on hand by a difference, with a reason; taking away stops at zero and before what expired. The same `command_id`
/// has one effect and one answer.
async fn adjust(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<AdjustStock>, JsonRejection>,
) -> ApiResult<StockChange> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.stock().adjust(&ctx, command).await)
}

/// `POST /api/v1/stock/remove`: waste or a donation, with a reason, of what is there. The same `command_id` has one effect and one answer.
async fn remove(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<RemoveStock>, JsonRejection>,
) -> ApiResult<StockChange> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.stock().remove(&ctx, command).await)
}

/// `POST /api/v1/stock/reverse`: takes waste, a donation or an adjustment back while it is fresh; it needs what the booking needed. The
/// same `command_id` has one effect and one answer.
async fn reverse(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<ReverseMovement>, JsonRejection>,
) -> ApiResult<StockChange> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.stock().reverse(&ctx, command).await)
}
