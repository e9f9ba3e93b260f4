//! Purchases over REST: what was ordered from suppliers, what came of it, what comes no more.

use super::{Access, Endpoint, body};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use contract::purchases::{
    CancelPurchase, CreatePurchase, ListPurchases, PurchaseView, ReceivePurchase, ReceivedLine,
};
use contract::{ErrorCode, Page};
use domain::Permission;
use serde::Deserialize;
use services::{Ctx, ServiceError};
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::RecipesRead);
    let write = Access::Needs(Permission::RecipesWrite);
    vec![
        Endpoint::get("/api/v1/purchases", read, list)
            .named("listPurchases")
            .summary("What was ordered from suppliers, latest first")
            .asks::<ListPurchases>()
            .gives_page::<PurchaseView>(),
        Endpoint::post("/api/v1/purchases", write, create)
            .named("createPurchase")
            .summary("Writes down what was sent to a supplier")
            .takes::<CreatePurchase>()
            .gives::<PurchaseView>(),
        Endpoint::post("/api/v1/purchases/{id}/receive", write, receive)
            .named("receivePurchase")
            .summary("Puts what came onto the shelves")
            .takes::<Receive>()
            .gives::<PurchaseView>(),
        Endpoint::post("/api/v1/purchases/{id}/cancel", write, cancel)
            .named("cancelPurchase")
            .summary("Nothing more comes of it; what came stays")
            .takes::<Cancel>()
            .gives::<PurchaseView>(),
    ]
}

/// Body of `POST /api/v1/purchases/{id}/receive`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PurchaseReceipt)]
#[serde(deny_unknown_fields)]
struct Receive {
    command_id: Uuid,
    version: i32,
    #[schema(max_items = 200)]
    lines: Vec<ReceivedLine>,
    #[serde(default)]
    close_rest: bool,
    #[serde(default)]
    reason: Option<String>,
}

/// Body of `POST /api/v1/purchases/{id}/cancel`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = PurchaseCancellation)]
#[serde(deny_unknown_fields)]
struct Cancel {
    command_id: Uuid,
    version: i32,
    reason: String,
}

fn identifier(ctx: &Ctx, text: &str) -> Result<Uuid, ApiError> {
    // What is no identifier names nothing.
    text.parse()
        .map_err(|_| ApiError::new(ErrorCode::NotFound, "purchase not found", &ctx.request_id))
}

/// `GET /api/v1/purchases?store_id=ID&open_only=true&after=NUMBER&limit=30`: latest first, of every kitchen in scope where none is named.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListPurchases>, QueryRejection>,
) -> ApiResult<Page<PurchaseView>> {
    let Query(wanted) = asked.map_err(|rejection| {
        let error = ServiceError::field("query", "format", rejection.body_text());
        ApiError::from_service(error, &ctx.request_id)
    })?;
    answer(&ctx, state.services.purchases().list(&ctx, &wanted).await)
}

/// `POST /api/v1/purchases`: what was sent to a supplier, in packs of 1 to 200 ingredients; from then on it is on order. The same
/// `command_id` has one effect and one answer.
async fn create(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<CreatePurchase>, JsonRejection>,
) -> ApiResult<PurchaseView> {
    let command = body(&ctx, asked)?;
    let purchases = state.services.purchases();
    answer(&ctx, purchases.create(&ctx, command).await)
}

/// `POST /api/v1/purchases/{id}/receive`: puts what came onto the shelves; a stale `version` is a conflict. The same `command_id` has one
/// effect and one answer.
async fn receive(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Receive>, JsonRejection>,
) -> ApiResult<PurchaseView> {
    let id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = ReceivePurchase {
        command_id: asked.command_id,
        purchase_id: id,
        version: asked.version,
        lines: asked.lines,
        close_rest: asked.close_rest,
        reason: asked.reason,
    };
    let purchases = state.services.purchases();
    answer(&ctx, purchases.receive(&ctx, command).await)
}

/// `POST /api/v1/purchases/{id}/cancel`: nothing more comes of it; what came stays. The same `command_id` has one effect and one answer.
async fn cancel(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Cancel>, JsonRejection>,
) -> ApiResult<PurchaseView> {
    let id = identifier(&ctx, &id)?;
    let asked = body(&ctx, asked)?;
    let command = CancelPurchase {
        command_id: asked.command_id,
        purchase_id: id,
        version: asked.version,
        reason: asked.reason,
    };
    let purchases = state.services.purchases();
    answer(&ctx, purchases.cancel(&ctx, command).await)
}
