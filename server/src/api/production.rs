//! Production orders over REST: the list, one, and what people do with it.

use super::changes::{Because, Meant, changed, identifier, query, seen, shown};
use super::{Access, Endpoint, body, cursor};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use contract::Page;
use contract::orders::{
    BatchView, BoardView, CancelOrder, CompleteOrder, CreateOrder, EditOrder, ListOrders,
    OrderDetail, OrderView, ReadBoard, RecallOrder, StartOrder,
};
use domain::{LossReason, OrderStatus, Permission};
use http::HeaderMap;
use serde::Deserialize;
use services::{Ctx, ServiceError};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::OrdersRead);
    let write = Access::Needs(Permission::OrdersCreate);
    let complete = Access::Needs(Permission::OrdersComplete);
    vec![
        Endpoint::get("/api/v1/orders", read, list)
            .named("listOrders")
            .summary("Orders, the latest production date first")
            .asks::<Which>()
            .gives_page::<OrderView>(),
        Endpoint::post("/api/v1/orders", write, create)
            .named("createOrder")
            .summary("Plans a batch by hand")
            .takes::<Plan>()
            .gives::<OrderView>(),
        Endpoint::get("/api/v1/orders/board", read, board)
            .named("readBoard")
            .summary("What the kitchen's board shows of a day")
            .asks::<ReadBoard>()
            .gives::<BoardView>(),
        Endpoint::get("/api/v1/orders/{id}", read, show)
            .named("readOrder")
            .summary("One order with its history and batches")
            .gives::<OrderDetail>(),
        Endpoint::patch("/api/v1/orders/{id}", write, edit)
            .named("editOrder")
            .summary("Another date, quantity or note of an order that nobody started")
            .takes::<Edit>()
            .gives::<OrderView>(),
        Endpoint::get("/api/v1/orders/{id}/batches", read, batches)
            .named("listBatches")
            .summary("What came out of an order, with what was taken back, all on one page")
            .gives_page::<BatchView>(),
        Endpoint::post(
            "/api/v1/orders/{id}/start",
            Access::Needs(Permission::OrdersStart),
            start,
        )
        .named("startOrder")
        .summary("Begins baking")
        .takes::<Meant>()
        .gives::<OrderView>(),
        Endpoint::post("/api/v1/orders/{id}/complete", complete, self::complete)
            .named("completeOrder")
            .summary(
                "A batch came out: raises the shop's stock, and ends baking unless more follows",
            )
            .takes::<Complete>()
            .gives::<OrderView>(),
        Endpoint::post("/api/v1/orders/{id}/recall", complete, recall)
            .named("recallOrder")
            .summary("Takes the last batch back while it is fresh")
            .takes::<Recall>()
            .gives::<OrderView>(),
        Endpoint::post(
            "/api/v1/orders/{id}/cancel",
            Access::Needs(Permission::OrdersCancel),
            cancel,
        )
        .named("cancelOrder")
        .summary("Gives an order up of which nothing came out")
        .takes::<Because>()
        .gives::<OrderView>(),
    ]
}

const MISSING: &str = "order not found";

/// Which orders are listed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Which {
    /// `pending`, `in_progress`, `completed`, `cancelled`, with commas between them; every status where none is named.
    #[serde(default)]
    status: Option<String>,
    #[serde(default)]
    store_id: Option<Uuid>,
    #[serde(default)]
    product_id: Option<Uuid>,
    /// First production date.
    #[serde(default)]
    from: Option<NaiveDate>,
    /// Last production date, included.
    #[serde(default)]
    until: Option<NaiveDate>,
    /// From `next` of the page before.
    #[serde(default)]
    after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    limit: Option<u32>,
}

/// Body of `PATCH /api/v1/orders/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrderEdit)]
#[serde(deny_unknown_fields)]
struct Edit {
    command_id: Uuid,
    /// The version that was looked at, where `If-Match` does not name it.
    #[serde(default)]
    version: Option<i32>,
    production_date: NaiveDate,
    #[schema(minimum = 1, maximum = 10000000)]
    planned_quantity: i64,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
}

/// Body of `POST /api/v1/orders/{id}/complete`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrderCompletion)]
#[serde(deny_unknown_fields)]
struct Complete {
    command_id: Uuid,
    /// Of this batch alone.
    #[schema(minimum = 0, maximum = 10000000)]
    produced_quantity: i64,
    #[schema(minimum = 0, maximum = 10000000)]
    #[serde(default)]
    lost_quantity: i64,
    /// What had come out of the order before, produced and lost together; where it was something else the batch is refused.
    #[serde(default)]
    baked_before: Option<i64>,
    /// A part is out, and the order stays in the oven.
    #[serde(default)]
    more_follows: bool,
    #[serde(default)]
    loss_reason: Option<LossReason>,
    /// When it came out, at most a week ago; now where nobody says.
    #[serde(default)]
    completed_at: Option<DateTime<Utc>>,
    /// The same on the destination's own clock. Counts where `completed_at` is not said.
    #[schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$")]
    #[serde(default)]
    completed_local: Option<NaiveDateTime>,
}

/// Body of `POST /api/v1/orders/{id}/recall`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrderRecall)]
#[serde(deny_unknown_fields)]
struct Recall {
    command_id: Uuid,
    /// The command that brought the batch; without it only what ended the order is taken back.
    #[serde(default)]
    completion: Option<Uuid>,
}

/// Body of `POST /api/v1/orders`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = OrderPlan)]
#[serde(deny_unknown_fields)]
struct Plan {
    command_id: Uuid,
    /// Destination.
    store_id: Uuid,
    product_id: Uuid,
    production_date: NaiveDate,
    #[schema(minimum = 1, maximum = 10000000)]
    planned_quantity: i64,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
}

fn statuses(ctx: &Ctx, text: Option<&str>) -> Result<Vec<OrderStatus>, ApiError> {
    let words = text.unwrap_or_default().split(',').map(str::trim);
    words
        .filter(|word| !word.is_empty())
        .map(|word| {
            word.parse().map_err(|_| {
                let message = format!("{word:?} is no status of an order.");
                let error = ServiceError::field("status", "unknown", message);
                ApiError::from_service(error, &ctx.request_id)
            })
        })
        .collect()
}

/// `GET /api/v1/orders?status=pending,in_progress&store_id=ID&product_id=ID&from=DATE&until=DATE&limit=50&after=CURSOR`: orders in scope, the
/// latest production date first; of every status where none is named.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<Which>, QueryRejection>,
) -> ApiResult<Page<OrderView>> {
    let mut asked = query(&ctx, asked)?;
    cursor::open(&ctx, &mut asked.after, asked.limit)?;
    let wanted = ListOrders {
        statuses: statuses(&ctx, asked.status.as_deref())?,
        store_id: asked.store_id,
        product_id: asked.product_id,
        from: asked.from,
        until: asked.until,
        after: asked.after,
        limit: asked.limit,
    };
    let orders = state.services.production_orders();
    cursor::page(&ctx, orders.list(&ctx, wanted).await)
}

/// `POST /api/v1/orders`: plans a batch by hand. The same `command_id` has one effect and one answer.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Plan>, JsonRejection>,
) -> Result<Response, ApiError> {
    let asked = body(&ctx, asked)?;
    let command = CreateOrder {
        command_id: asked.command_id,
        store_id: asked.store_id,
        product_id: asked.product_id,
        production_date: asked.production_date,
        planned_quantity: asked.planned_quantity,
        note: asked.note,
    };
    let orders = state.services.production_orders();
    let result = orders.create(&ctx, command).await;
    shown(&ctx, result, |order| order.version)
}

/// `GET /api/v1/orders/board?date=DATE&store_id=ID`: what the kitchen's board shows of a day: suggestions, orders, totals, shortages, recipes.
async fn board(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadBoard>, QueryRejection>,
) -> ApiResult<BoardView> {
    let wanted = query(&ctx, asked)?;
    let orders = state.services.production_orders();
    answer(&ctx, orders.board(&ctx, wanted).await)
}

/// `GET /api/v1/orders/{id}`: one order with its history and batches, its version as `ETag`.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, MISSING)?;
    let result = state.services.production_orders().get(&ctx, id).await;
    shown(&ctx, result, |detail: &OrderDetail| detail.order.version)
}

/// `PATCH /api/v1/orders/{id}` with `If-Match` or `version`: another date, quantity or note of an order that nobody started; a note that is left
/// out is taken away. The same `command_id` has one effect and one answer.
async fn edit(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    asked: Result<Json<Edit>, JsonRejection>,
) -> Result<Response, ApiError> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let seen = seen(&ctx, &headers, asked.version)?;
    let command = EditOrder {
        command_id: asked.command_id,
        order_id: id,
        version: seen.version,
        production_date: asked.production_date,
        planned_quantity: asked.planned_quantity,
        note: asked.note,
    };
    let orders = state.services.production_orders();
    let result = orders.edit(&ctx, command).await;
    Ok(changed(&ctx, seen, result, |order| order.version))
}

/// `GET /api/v1/orders/{id}/batches`: what came out of an order, in the order in which it did, with what was taken back; all on one page.
async fn batches(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<Page<BatchView>> {
    let id = identifier(&ctx, &id, MISSING)?;
    let detail = state.services.production_orders().get(&ctx, id).await;
    let batches = detail.map(|detail| Page {
        items: detail.batches,
        next: None,
    });
    answer(&ctx, batches)
}

/// `POST /api/v1/orders/{id}/start`: begins baking. The same `command_id` has one effect and one answer.
async fn start(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<OrderView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = StartOrder {
        command_id: asked.command_id,
        order_id: id,
    };
    let orders = state.services.production_orders();
    answer(&ctx, orders.start(&ctx, command).await)
}

/// `POST /api/v1/orders/{id}/complete`: a batch came out: `produced_quantity`, `lost_quantity` with its `loss_reason`; `more_follows` leaves the
/// rest in the oven. The same `command_id` has one effect and one answer.
async fn complete(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Complete>, JsonRejection>,
) -> ApiResult<OrderView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = CompleteOrder {
        command_id: asked.command_id,
        order_id: id,
        produced_quantity: asked.produced_quantity,
        lost_quantity: asked.lost_quantity,
        baked_before: asked.baked_before,
        more_follows: asked.more_follows,
        loss_reason: asked.loss_reason,
        completed_at: asked.completed_at,
        completed_local: asked.completed_local,
    };
    let orders = state.services.production_orders();
    answer(&ctx, orders.complete(&ctx, command).await)
}

/// `POST /api/v1/orders/{id}/recall`: takes the last batch back while it is fresh; `completion` names the command that brought it. The same
/// `command_id` has one effect and one answer.
async fn recall(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Recall>, JsonRejection>,
) -> ApiResult<OrderView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = RecallOrder {
        command_id: asked.command_id,
        order_id: id,
        completion: asked.completion,
    };
    let orders = state.services.production_orders();
    answer(&ctx, orders.recall(&ctx, command).await)
}

/// `POST /api/v1/orders/{id}/cancel`: gives an order up of which nothing came out, with a `reason`. The same `command_id` has one effect and one
/// answer.
async fn cancel(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Because>, JsonRejection>,
) -> ApiResult<OrderView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = CancelOrder {
        command_id: asked.command_id,
        order_id: id,
        reason: asked.reason,
    };
    let orders = state.services.production_orders();
    answer(&ctx, orders.cancel(&ctx, command).await)
}
