//! Movements, the ledger of a shelf, counts and count sheets over REST.

use super::changes::{Meant, identifier, query};
use super::{Access, Endpoint, body, cursor};
use crate::state::AppState;
use crate::web::errors::{ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use contract::Page;
use contract::counts::{
    CountDesk, DecideCount, DropCount, EnterCounts, HandInCount, PlanCount, SheetAnswer,
};
use contract::ledger::{ListCounts, ListMovements, PostedCountView, ShelfMovementView};
use contract::stock::{BeliefView, CountView, LedgerView, PostCount, ReadBelief, ReadLedger};
use domain::Permission;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

pub(super) fn endpoints() -> Vec<Endpoint> {
    let read = Access::Needs(Permission::StockRead);
    let count = Access::Needs(Permission::StockCount);
    vec![
        Endpoint::get("/api/v1/movements", read, movements)
            .named("listMovements")
            .summary("Movements of the shelves in scope, the latest written down first")
            .asks::<ListMovements>()
            .gives_page::<ShelfMovementView>(),
        Endpoint::get("/api/v1/stock/ledger", read, ledger)
            .named("readLedger")
            .summary("One shelf with its batches and its movements, latest first")
            .asks::<ReadLedger>()
            .gives::<LedgerView>(),
        Endpoint::get("/api/v1/stock/belief", read, belief)
            .named("readBelief")
            .summary("What the books said of a shelf at a moment, and what they say of it now")
            .asks::<ReadBelief>()
            .gives::<BeliefView>(),
        Endpoint::get("/api/v1/counts", read, counts)
            .named("listCounts")
            .summary("Counts that were booked, with what was found, the latest first")
            .asks::<ListCounts>()
            .gives_page::<PostedCountView>(),
        Endpoint::post("/api/v1/counts", count, post_count)
            .named("postCount")
            .summary("Writes down what was there at a moment; on hand follows")
            .takes::<PostCount>()
            .gives::<CountView>(),
        Endpoint::get("/api/v1/count-sheets", count, sheet)
            .named("readCountSheet")
            .summary("The open sheet of a store, if somebody counts there")
            .asks::<OfStore>()
            .gives::<CountDesk>(),
        Endpoint::post("/api/v1/count-sheets/plan", count, plan)
            .named("planCount")
            .summary("Puts products onto the sheet of a store; it is opened where none is")
            .takes::<PlanCount>()
            .gives::<SheetAnswer>(),
        Endpoint::post("/api/v1/count-sheets/enter", count, enter)
            .named("enterCounts")
            .summary("Writes onto the sheet of a store what was found")
            .takes::<EnterCounts>()
            .gives::<SheetAnswer>(),
        Endpoint::post("/api/v1/count-sheets/{id}/hand-in", count, hand_in)
            .named("handInCount")
            .summary("Books what was counted, or asks for a second count or for approval")
            .takes::<HandIn>()
            .gives::<SheetAnswer>(),
        Endpoint::post(
            "/api/v1/count-sheets/{id}/decide",
            Access::Needs(Permission::StockApprove),
            decide,
        )
        .named("decideCount")
        .summary("Agrees to a sheet that waits, or sends it back")
        .takes::<Decide>()
        .gives::<SheetAnswer>(),
        Endpoint::post("/api/v1/count-sheets/{id}/drop", count, drop_sheet)
            .named("dropCount")
            .summary("Closes a sheet without booking anything of it")
            .takes::<Meant>()
            .gives::<SheetAnswer>(),
    ]
}

const NO_SHEET: &str = "count sheet not found";

/// Which store is asked about.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct OfStore {
    store_id: Uuid,
}

/// Body of `POST /api/v1/count-sheets/{id}/hand-in`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CountSheetHandIn)]
#[serde(deny_unknown_fields)]
struct HandIn {
    command_id: Uuid,
    /// The sheet that was looked at.
    version: i32,
}

/// Body of `POST /api/v1/count-sheets/{id}/decide`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = CountSheetDecision)]
#[serde(deny_unknown_fields)]
struct Decide {
    command_id: Uuid,
    /// The sheet that was looked at.
    version: i32,
    agree: bool,
    #[schema(max_length = 500)]
    #[serde(default)]
    note: Option<String>,
}

/// `GET /api/v1/movements?store_id=ID&product_id=ID&kind=waste&from=DATE&until=DATE&limit=50&after=CURSOR`: movements of the shelves in scope, the latest
/// written down first; days are trading days.
async fn movements(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListMovements>, QueryRejection>,
) -> ApiResult<Page<ShelfMovementView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    cursor::page(&ctx, state.services.stock().movements(&ctx, &wanted).await)
}

/// `GET /api/v1/stock/ledger?store_id=ID&product_id=ID&limit=50&after=PLACE`: one shelf with its batches and its movements, latest first, each
/// with what was on hand after it. `after` is `movements.next` of the answer before.
async fn ledger(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadLedger>, QueryRejection>,
) -> ApiResult<LedgerView> {
    let wanted = query(&ctx, asked)?;
    answer(&ctx, state.services.stock().ledger(&ctx, wanted).await)
}

/// `GET /api/v1/stock/belief?store_id=ID&product_id=ID&at=LOCAL_TIME`: what the books said of a shelf at a moment of the store's clock, and what they
/// say of that moment now.
async fn belief(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ReadBelief>, QueryRejection>,
) -> ApiResult<BeliefView> {
    let wanted = query(&ctx, asked)?;
    answer(&ctx, state.services.stock().believed(&ctx, wanted).await)
}

/// `GET /api/v1/counts?store_id=ID&from=DATE&until=DATE&limit=50&after=CURSOR`: counts that were booked, with what was found, the latest first.
async fn counts(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListCounts>, QueryRejection>,
) -> ApiResult<Page<PostedCountView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    cursor::page(&ctx, state.services.stock().counts(&ctx, &wanted).await)
}

/// `POST /api/v1/counts`: writes down what was there at a moment, for as many products as were counted; on hand follows. The same `command_id`
/// has one effect and one answer.
async fn post_count(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<PostCount>, JsonRejection>,
) -> ApiResult<CountView> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.stock().count(&ctx, command).await)
}

/// `GET /api/v1/count-sheets?store_id=ID`: the open sheet of a store, if somebody counts there.
async fn sheet(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<OfStore>, QueryRejection>,
) -> ApiResult<CountDesk> {
    let asked = query(&ctx, asked)?;
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.read(&ctx, asked.store_id).await)
}

/// `POST /api/v1/count-sheets/plan`: puts products onto the sheet of a store; it is opened where none is. The same `command_id` has one effect
/// and one answer.
async fn plan(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<PlanCount>, JsonRejection>,
) -> ApiResult<SheetAnswer> {
    let command = body(&ctx, asked)?;
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.plan(&ctx, command).await)
}

/// `POST /api/v1/count-sheets/enter`: writes onto the sheet of a store what was found. The same `command_id` has one effect and one answer.
async fn enter(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<EnterCounts>, JsonRejection>,
) -> ApiResult<SheetAnswer> {
    let command = body(&ctx, asked)?;
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.enter(&ctx, command).await)
}

/// `POST /api/v1/count-sheets/{id}/hand-in`: books what was counted, or asks for a second count or for approval; a stale `version` is a
/// conflict. The same `command_id` has one effect and one answer.
async fn hand_in(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<HandIn>, JsonRejection>,
) -> ApiResult<SheetAnswer> {
    let id = identifier(&ctx, &id, NO_SHEET)?;
    let asked = body(&ctx, asked)?;
    let command = HandInCount {
        command_id: asked.command_id,
        sheet_id: id,
        version: asked.version,
    };
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.hand_in(&ctx, command).await)
}

/// `POST /api/v1/count-sheets/{id}/decide`: agrees to a sheet that waits, or sends it back; a stale `version` is a conflict. The same
/// `command_id` has one effect and one answer.
async fn decide(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Decide>, JsonRejection>,
) -> ApiResult<SheetAnswer> {
    let id = identifier(&ctx, &id, NO_SHEET)?;
    let asked = body(&ctx, asked)?;
    let command = DecideCount {
        command_id: asked.command_id,
        sheet_id: id,
        version: asked.version,
        agree: asked.agree,
        note: asked.note,
    };
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.decide(&ctx, command).await)
}

/// `POST /api/v1/count-sheets/{id}/drop`: closes a sheet without booking anything of it. The same `command_id` has one effect and one answer.
async fn drop_sheet(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
    asked: Result<Json<Meant>, JsonRejection>,
) -> ApiResult<SheetAnswer> {
    let id = identifier(&ctx, &id, NO_SHEET)?;
    let asked = body(&ctx, asked)?;
    let command = DropCount {
        command_id: asked.command_id,
        sheet_id: id,
    };
    let sheets = state.services.count_sheets();
    answer(&ctx, sheets.drop_sheet(&ctx, command).await)
}
