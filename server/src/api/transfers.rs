//! Transfers between stores over REST.

use super::changes::{Because, identifier, query};
use super::{Access, Endpoint, body, cursor};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use contract::Page;
use contract::session::StoreOption;
use contract::transfers::{
    CancelTransfer, CreateTransfer, ListTransfers, ReceiveTransfer, ReceivedQuantity, SendTransfer,
    TransferQuantity, TransferView,
};
use domain::Permission;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::StockRead);
    let write = Access::Needs(Permission::StockTransfer);
    vec![
        Endpoint::get("/api/v1/transfers", read, list)
            .named("listTransfers")
            .summary("Transfers from or to stores in scope, latest first")
            .asks::<ListTransfers>()
            .gives_page::<TransferView>(),
        Endpoint::post("/api/v1/transfers", write, create)
            .named("createTransfer")
            .summary("Asks another store for goods, or sends them at once")
            .takes::<CreateTransfer>()
            .gives::<TransferView>(),
        Endpoint::get("/api/v1/transfers/places", write, places)
            .named("listTransferPlaces")
            .summary("Every store that goods can come from or go to, all on one page")
            .gives_page::<StoreOption>(),
        Endpoint::get("/api/v1/transfers/{id}", read, show)
            .named("readTransfer")
            .summary("One transfer")
            .gives::<TransferView>(),
        Endpoint::post("/api/v1/transfers/{id}/send", write, send)
            .named("sendTransfer")
            .summary("What was asked for leaves, or as much of it as the lines say")
            .takes::<Sending>()
            .gives::<TransferView>(),
        Endpoint::post("/api/v1/transfers/{id}/receive", write, receive)
            .named("receiveTransfer")
            .summary("Puts what arrived onto the shelves")
            .takes::<Receive>()
            .gives::<TransferView>(),
        Endpoint::post("/api/v1/transfers/{id}/cancel", write, cancel)
            .named("cancelTransfer")
            .summary("Nothing is sent after all, or what is on the road comes back")
            .takes::<Because>()
            .gives::<TransferView>(),
    ]
}

const MISSING: &str = "transfer not found";

/// Body of `POST /api/v1/transfers/{id}/send`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TransferSending)]
#[serde(deny_unknown_fields)]
struct Sending {
    command_id: Uuid,
    /// Products that are left out are not sent.
    #[schema(min_items = 1, max_items = 500)]
    lines: Vec<TransferQuantity>,
}

/// Body of `POST /api/v1/transfers/{id}/receive`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = TransferReceipt)]
#[serde(deny_unknown_fields)]
struct Receive {
    command_id: Uuid,
    /// Products that are left out arrived as they were sent.
    #[serde(default)]
    lines: Vec<ReceivedQuantity>,
}

/// `GET /api/v1/transfers?store_id=ID&open_only=true&limit=30&after=CURSOR`: transfers from or to stores in scope, latest first; at most 100 on a
/// page.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListTransfers>, QueryRejection>,
) -> ApiResult<Page<TransferView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    let result = state.services.transfers().list(&ctx, &wanted).await;
    cursor::page(&ctx, result)
}

/// `POST /api/v1/transfers`: asks another store for goods, or with `send_now` sends them at once. The same `command_id` has one effect and one
/// answer.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreateTransfer>, JsonRejection>,
) -> ApiResult<TransferView> {
    let command = body(&ctx, asked)?;
    let transfers = state.services.transfers();
    answer(&ctx, transfers.create(&ctx, command).await)
}

/// `GET /api/v1/transfers/places`: every store that goods can come from or go to, all on one page.
async fn places(
    State(state): State<AppState>,
    Caller(ctx): Caller,
) -> ApiResult<Page<StoreOption>> {
    let places = state.services.transfers().places(&ctx).await;
    answer(&ctx, places.map(|items| Page { items, next: None }))
}

/// `GET /api/v1/transfers/{id}`: one transfer.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<TransferView> {
    let id = identifier(&ctx, &id, MISSING)?;
    answer(&ctx, state.services.transfers().get(&ctx, id).await)
}

/// `POST /api/v1/transfers/{id}/send`: what was asked for leaves, or as much of it as `lines` say. The same `command_id` has one effect and one
/// answer.
async fn send(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Sending>, JsonRejection>,
) -> ApiResult<TransferView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = SendTransfer {
        command_id: asked.command_id,
        transfer_id: id,
        lines: asked.lines,
    };
    answer(&ctx, state.services.transfers().send(&ctx, command).await)
}

/// `POST /api/v1/transfers/{id}/receive`: puts what arrived onto the shelves; what `lines` leave out arrived as it was sent. The same
/// `command_id` has one effect and one answer.
async fn receive(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Receive>, JsonRejection>,
) -> ApiResult<TransferView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = ReceiveTransfer {
        command_id: asked.command_id,
        transfer_id: id,
        lines: asked.lines,
    };
    let transfers = state.services.transfers();
    answer(&ctx, transfers.receive(&ctx, command).await)
}

/// `POST /api/v1/transfers/{id}/cancel`: nothing is sent after all, or what is on the road comes back; with a `reason`. The same `command_id`
/// has one effect and one answer.
async fn cancel(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Because>, JsonRejection>,
) -> ApiResult<TransferView> {
    let id = identifier(&ctx, &id, MISSING)?;
    let asked = body(&ctx, asked)?;
    let command = CancelTransfer {
        command_id: asked.command_id,
        transfer_id: id,
        reason: asked.reason,
    };
    let transfers = state.services.transfers();
    answer(&ctx, transfers.cancel(&ctx, command).await)
}
