//! Sales over REST: what tills and scripts send while the day runs.

use super::changes::{identifier, query};
use super::{Access, Endpoint, body, cursor};
use crate::state::AppState;
use crate::web::errors::{ApiError, ApiResult, Caller, answer};
use axum::Json;
use axum::extract::rejection::{JsonRejection, QueryRejection};
use axum::extract::{Path, Query, State};
use contract::Page;
use contract::sales::{NewSale, RecordSales, RecordedSales, VoidSale, VoidedSale};
use contract::tickets::{ListSales, SaleView};
use domain::Permission;
use serde_json::Value;
use services::{Ctx, ServiceError};
use std::borrow::Cow;
use utoipa::openapi::RefOr;
use utoipa::openapi::schema::{OneOfBuilder, Ref, Schema};
use utoipa::{PartialSchema, ToSchema};

pub(super) fn endpoints() -> Vec<Endpoint> {
    let record = Access::Needs(Permission::SalesRecord);
    // Who reads tickets reads what files and tills brought alike.
    let read = Access::Needs(Permission::ImportsRead);
    vec![
        Endpoint::get("/api/v1/sales", read, list)
            .named("listSales")
            .summary("Tickets with their lines, the latest trading day first")
            .asks::<ListSales>()
            .gives_page::<SaleView>(),
        Endpoint::get("/api/v1/sales/{id}", read, show)
            .named("readSale")
            .summary("One ticket with its lines")
            .gives::<SaleView>(),
        Endpoint::post("/api/v1/sales", record, self::record)
            .named("recordSales")
            .summary("Takes one ticket, or 1 to 1,000, with a result for each")
            .takes::<Tickets>()
            .gives::<RecordedSales>(),
        Endpoint::post("/api/v1/sales/batch", record, record_many)
            .named("recordManySales")
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

/// What `POST /api/v1/sales` takes: one ticket, or `sales` with several. Only for the description; [`tickets`] reads it.
enum Tickets {}

impl PartialSchema for Tickets {
    fn schema() -> RefOr<Schema> {
        OneOfBuilder::new()
            .description(Some("One ticket, or `sales` with several."))
            .item(Ref::from_schema_name(NewSale::name()))
            .item(Ref::from_schema_name(RecordSales::name()))
            .into()
    }
}

impl ToSchema for Tickets {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed("OneOrManySales")
    }

    fn schemas(schemas: &mut Vec<(String, RefOr<Schema>)>) {
        schemas.push((NewSale::name().into_owned(), NewSale::schema()));
        NewSale::schemas(schemas);
        schemas.push((RecordSales::name().into_owned(), RecordSales::schema()));
        RecordSales::schemas(schemas);
    }
}

/// One ticket, or `sales` with several.
fn tickets(ctx: &Ctx, asked: Value) -> Result<RecordSales, ApiError> {
    let read = if asked.get("sales").is_some() {
        serde_json::from_value(asked)
    } else {
        serde_json::from_value(asked).map(|sale| RecordSales { sales: vec![sale] })
    };
    read.map_err(|error| {
        let error = ServiceError::field("body", "format", error.to_string());
        ApiError::from_service(error, &ctx.request_id)
    })
}

/// `POST /api/v1/sales`: one ticket, or as `sales` 1 to 1,000, with a result for each. Known by store, ticket number and line: sent again,
/// nothing happens again. A ticket that is refused holds up no other.
async fn record(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<Value>, JsonRejection>,
) -> ApiResult<RecordedSales> {
    let command = tickets(&ctx, body(&ctx, asked)?)?;
    answer(&ctx, state.services.sales().record(&ctx, command).await)
}

/// `POST /api/v1/sales/batch`: 1 to 1,000 tickets as `sales`, as above.
async fn record_many(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Json<RecordSales>, JsonRejection>,
) -> ApiResult<RecordedSales> {
    let command = body(&ctx, asked)?;
    answer(&ctx, state.services.sales().record(&ctx, command).await)
}

/// `GET /api/v1/sales?store_id=ID&product_id=ID&from=DATE&until=DATE&limit=50&after=CURSOR`: tickets in scope with their lines, of tills and of
/// files, the latest trading day first; with `product_id` those that have a line of it.
async fn list(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    asked: Result<Query<ListSales>, QueryRejection>,
) -> ApiResult<Page<SaleView>> {
    let mut wanted = query(&ctx, asked)?;
    cursor::open(&ctx, &mut wanted.after, wanted.limit)?;
    cursor::page(&ctx, state.services.sales().list(&ctx, &wanted).await)
}

/// `GET /api/v1/sales/{id}`: one ticket with its lines; a voided one has none.
async fn show(
    State(state): State<AppState>,
    Caller(ctx): Caller,
    Path(id): Path<String>,
) -> ApiResult<SaleView> {
    let id = identifier(&ctx, &id, "sale not found")?;
    answer(&ctx, state.services.sales().get(&ctx, id).await)
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
