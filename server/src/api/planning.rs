//! Planning over REST: one product for many stores, standing orders, what oven and mixer hold.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use chrono::NaiveDate;
use contract::capacity::{CapacityView, MixesView, ReadCapacity, ReadMixes};
use contract::orders::{CreateOrders, CreatedOrders, ReadSplitWeights, SplitWeights};
use contract::standing_orders::{
    CreateStandingOrder, EditStandingOrder, EndStandingOrder, ListStandingOrders, StandingOrderView,
};
use contract::{ErrorCode, Page};
use domain::Permission;
use serde::Deserialize;
use services::{Ctx, ServiceError};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::OrdersRead);
    let write = Access::Needs(Permission::OrdersCreate);
    vec![
        Endpoint::post("/api/v1/orders/many", write, create_many)
            .named("createOrders")
            .summary(
                "Plans one product for 1 to 200 shops: an order for each of them, or none at all",
            )
            .takes::<CreateOrders>()
            .gives::<CreatedOrders>(),
        Endpoint::get("/api/v1/orders/split", write, split)
            .named("readSplitWeights")
            .summary("What each shop will probably sell of a batch, to split it by")
            .asks::<ReadSplitWeights>()
            .gives::<SplitWeights>(),
        Endpoint::get("/api/v1/capacity", read, capacity)
            .named("readCapacity")
            .summary("Whether the plan of a day fits into the ovens")
            .asks::<ReadCapacity>()
            .gives::<CapacityView>(),
        Endpoint::get(
            "/api/v1/mixes",
            Access::Needs(Permission::RecipesRead),
            mixes,
        )
        .named("readMixes")
        .summary("The doughs of the batches of a day that wait, split to the mixers")
        .asks::<ReadMixes>()
        .gives::<MixesView>(),
        Endpoint::get("/api/v1/standing-orders", read, list)
            .named("listStandingOrders")
            .summary("Standing orders, newest first")
            .asks::<ListStandingOrders>()
            .gives_page::<StandingOrderView>(),
        Endpoint::post("/api/v1/standing-orders", write, create)
            .named("createStandingOrder")
            .summary("Has a product baked for a shop on the same days of the week")
            .takes::<CreateStandingOrder>()
            .gives::<StandingOrderView>(),
        Endpoint::post("/api/v1/standing-orders/{id}", write, edit)
            .named("editStandingOrder")
            .summary("Changes what is made from now on")
            .takes::<Edit>()
            .gives::<StandingOrderView>(),
        Endpoint::post("/api/v1/standing-orders/{id}/end", write, end)
            .named("endStandingOrder")
            .summary("Makes no more orders; those that are there stay")
            .takes::<End>()
            .gives::<StandingOrderView>(),
    ]
}

/// Body of `POST /api/v1/standing-orders/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StandingOrderEdit)]
#[serde(deny_unknown_fields)]
struct Edit {
    command_id: Uuid,
    version: i32,
    /// Bit 0 is Monday, bit 6 is Sunday.
    #[schema(minimum = 1, maximum = 127)]
    weekdays: i32,
    #[schema(minimum = 1, maximum = 10000000)]
    quantity: i64,
    valid_from: NaiveDate,
    #[serde(default)]
    valid_until: Option<NaiveDate>,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
}

/// Body of `POST /api/v1/standing-orders/{id}/end`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = StandingOrderEnd)]
#[serde(deny_unknown_fields)]
struct End {
    command_id: Uuid,
    version: i32,
}

fn identifier(ctx: &Ctx, text: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse().map_err(|_| {
        ApiError::new(
            ErrorCode::NotFound,
            "standing order not found",
            &ctx.request_id,
        )
    })
}

/// What stands in the address after the question mark, or what is wrong with it.
fn query<T>(ctx: &Ctx, asked: Result<Query<T>, QueryRejection>) -> Result<T, ApiError> {
    asked.map(|Query(value)| value).map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// `POST /api/v1/orders/many`: one product for 1 to 200 stores, an order for each of them or none at all. The same `command_id` has one
/// effect and one answer.
async fn create_many(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateOrders>, JsonRejection>,
) -> ApiResult<CreatedOrders> {
    let command = body(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.create_many(&ctx, command).await)
}

/// `GET /api/v1/orders/split?product_id=ID&production_date=DATE`: what each store will probably sell of a batch of that day.
async fn split(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadSplitWeights>, QueryRejection>,
) -> ApiResult<SplitWeights> {
    let wanted = query(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.split_weights(&ctx, wanted).await)
}

/// `GET /api/v1/capacity?production_date=DATE&store_id=ID`: whether the plan of a day fits into the ovens: at every moment at which trays
/// are due how many there are, how many the oven bakes until then, and how late the last one is.
async fn capacity(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadCapacity>, QueryRejection>,
) -> ApiResult<CapacityView> {
    let wanted = query(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.capacity(&ctx, wanted).await)
}

/// `GET /api/v1/mixes?date=DATE&store_id=ID`: the doughs of the batches of a day that wait, split to the mixers.
async fn mixes(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadMixes>, QueryRejection>,
) -> ApiResult<MixesView> {
    let wanted = query(&ctx, asked)?;
    let recipes = state.services.recipes();
    answer(&ctx, recipes.mixes(&ctx, wanted).await)
}

/// `GET /api/v1/standing-orders?store_id=ID&product_id=ID&ended=true&after=ID&limit=50`: newest first, ended ones only where asked for.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListStandingOrders>, QueryRejection>,
) -> ApiResult<Page<StandingOrderView>> {
    let wanted = query(&ctx, asked)?;
    let standing = state.services.standing_orders();
    answer(&ctx, standing.list(&ctx, wanted).await)
}

/// `POST /api/v1/standing-orders`: the same quantity on the same days of the week (`weekdays`: bit 0 is Monday).
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateStandingOrder>, JsonRejection>,
) -> ApiResult<StandingOrderView> {
    let command = body(&ctx, asked)?;
    let standing = state.services.standing_orders();
    answer(&ctx, standing.create(&ctx, command).await)
}

/// `POST /api/v1/standing-orders/{id}`: another plan from now on; a stale `version` is a conflict.
async fn edit(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Edit>, JsonRejection>,
) -> ApiResult<StandingOrderView> {
    let id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = EditStandingOrder {
        command_id: asked.command_id,
        standing_order_id: id,
        version: asked.version,
        weekdays: asked.weekdays,
        quantity: asked.quantity,
        valid_from: asked.valid_from,
        valid_until: asked.valid_until,
        note: asked.note,
    };
    let standing = state.services.standing_orders();
    answer(&ctx, standing.edit(&ctx, command).await)
}

/// `POST /api/v1/standing-orders/{id}/end`: no more orders; those that are there stay.
async fn end(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<End>, JsonRejection>,
) -> ApiResult<StandingOrderView> {
    let id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = EndStandingOrder {
        command_id: asked.command_id,
        standing_order_id: id,
        version: asked.version,
    };
    let standing = state.services.standing_orders();
    answer(&ctx, standing.end(&ctx, command).await)
}
