//! Standing orders: the same quantity on the same days of the week, made into orders by the clock.
//!
//! Order of locks: the standing order's row, the organization's, the audit head.

mod editing;
mod making;
mod reading;

use crate::production_orders::moment;
use crate::store::shelves::{self, Names};
use crate::store::standing_orders as rows;
use crate::{Ctx, ServiceResult, Services, audit, clock, live};
use chrono::NaiveDate;
use contract::standing_orders::{StandingOrderView, StandingOverlap};
use domain::standing::{Schedule, first_common_day};
use entity::standing_order;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// What the audit log calls one.
const SUBJECT: &str = "standing_order";

/// Writes down, ends and lists standing orders, and makes their orders.
#[derive(Debug)]
pub struct StandingOrders<'a> {
    services: &'a Services,
}

impl Services {
    /// Standing orders.
    #[must_use]
    pub fn standing_orders(&self) -> StandingOrders<'_> {
        StandingOrders { services: self }
    }
}

/// What the audit log keeps of a standing order.
fn snapshot(row: &standing_order::Model) -> Value {
    json!({
        "store_id": row.store_id,
        "product_id": row.product_id,
        "weekdays": row.weekdays,
        "quantity": row.quantity,
        "valid_from": row.valid_from,
        "valid_until": row.valid_until,
        "note": row.note,
        "is_active": row.is_active,
        "version": row.version,
    })
}

fn schedule(row: &standing_order::Model) -> Schedule {
    Schedule {
        weekdays: row.weekdays,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
    }
}

/// Others that have the same baked for the same store on a day of both, from today on.
fn overlaps(
    row: &standing_order::Model,
    others: &[standing_order::Model],
    today: NaiveDate,
) -> Vec<StandingOverlap> {
    let is_same = |other: &&standing_order::Model| {
        let shelf = (other.store_id, other.product_id);
        row.is_active && other.id != row.id && shelf == (row.store_id, row.product_id)
    };
    others
        .iter()
        .filter(is_same)
        .filter_map(|other| {
            Some(StandingOverlap {
                standing_order_id: other.id,
                weekdays: row.weekdays & other.weekdays,
                quantity: other.quantity,
                first_day: first_common_day(schedule(row), schedule(other), today)?,
            })
        })
        .collect()
}

/// Standing orders with their names and with what they overlap: three statements, whatever their number.
async fn views(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    known: &[standing_order::Model],
) -> ServiceResult<Vec<StandingOrderView>> {
    if known.is_empty() {
        return Ok(Vec::new());
    }
    let shelves_of = || known.iter().map(|row| (row.store_id, row.product_id));
    let names = shelves::list_names(db, ctx.organization_id(), shelves_of()).await?;
    let others = rows::list_active_of(db, ctx.organization_id(), shelves_of()).await?;
    known
        .iter()
        .map(|row| view(ctx, row, &names, &others))
        .collect()
}

fn view(
    ctx: &Ctx,
    row: &standing_order::Model,
    names: &Names,
    others: &[standing_order::Model],
) -> ServiceResult<StandingOrderView> {
    let (store, product) = (names.store(row.store_id)?, names.product(row.product_id)?);
    let today = ctx.today_in(clock::zone(&store.time_zone)?);
    Ok(StandingOrderView {
        id: row.id,
        store_id: row.store_id,
        store_code: store.code.clone(),
        store_name: store.name.clone(),
        product_id: row.product_id,
        sku: product.sku.clone(),
        product_name: product.name.clone(),
        unit: product.unit,
        tray_size: product.tray_size,
        weekdays: row.weekdays,
        quantity: row.quantity,
        valid_from: row.valid_from,
        valid_until: row.valid_until,
        note: row.note.clone(),
        active: row.is_active,
        overlaps: overlaps(row, others, today),
        version: row.version,
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}

/// Tells screens and the audit log about a changed standing order. Call it last before the receipt and the commit.
async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: Option<&standing_order::Model>,
    after: &standing_order::Model,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        moment(ctx),
        Some(after.store_id),
        "orders",
        Some(after.id),
        json!({ "standing": true, "product_id": after.product_id }),
    )
    .await?;
    let change = audit::Change {
        action,
        subject_kind: SUBJECT,
        subject_id: after.id,
        before: before.map(snapshot),
        after: Some(snapshot(after)),
    };
    audit::record(db, ctx, change).await
}
