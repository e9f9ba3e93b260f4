//! Production orders: planned by a person or from a suggestion, baked by the kitchen, raising stock exactly once.
//!
//! Order of locks: the order's row (or the suggestion's, then the organization's), level rows, the audit head.

mod baking;
mod batches;
mod capacity;
mod dispatching;
mod due;
mod many;
mod planning;
mod reading;
mod story;

pub(crate) use batches::rest;
pub(crate) use due::DueTimes;
pub(crate) use planning::{NewOrder, add};
pub(crate) use reading::views;
pub(crate) use story::told_since;

use crate::store::shelves::Names;
use crate::{Ctx, ServiceError, ServiceResult, Services, audit, live};
use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use contract::orders::OrderView;
use domain::OrderStatus;
use domain::orders::{OrderRuleError, recall_until};
use entity::production_order;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Plans, bakes and lists production orders.
#[derive(Debug)]
pub struct ProductionOrders<'a> {
    services: &'a Services,
}

impl Services {
    /// Production orders.
    #[must_use]
    pub fn production_orders(&self) -> ProductionOrders<'_> {
        ProductionOrders { services: self }
    }
}

/// The moment of the request as both engines keep it.
pub(crate) fn moment(ctx: &Ctx) -> DateTime<Utc> {
    ctx.now.trunc_subsecs(6)
}

/// How far from today a day may lie of which somebody asks what is baked: beyond it there is nothing to see, and calendars end.
const MAX_DAYS_AWAY: i64 = 3_660;

/// Refuses days that nobody means, before anything is reckoned from them.
fn check_day(ctx: &Ctx, field: &str, day: NaiveDate) -> ServiceResult<()> {
    if (day - ctx.now.date_naive()).num_days().abs() > MAX_DAYS_AWAY {
        return Err(ServiceError::field(
            field,
            "date_out_of_range",
            "This day is more than ten years away.",
        ));
    }
    Ok(())
}

/// What the audit log keeps of an order.
pub(crate) fn snapshot(order: &production_order::Model) -> Value {
    json!({
        "status": order.status,
        "planned_quantity": order.planned_quantity,
        "produced_quantity": order.produced_quantity,
        "lost_quantity": order.lost_quantity,
        "production_date": order.production_date,
        "note": order.note,
        "cancel_reason": order.cancel_reason,
        "version": order.version,
    })
}

/// An order with its names, without its parts of the day, which [`reading::with_parts`] adds.
pub(crate) fn view(order: &production_order::Model, names: &Names) -> ServiceResult<OrderView> {
    let (store, product) = (
        names.store(order.store_id)?,
        names.product(order.product_id)?,
    );
    Ok(OrderView {
        id: order.id,
        number: order.number,
        store_id: order.store_id,
        store_code: store.code.clone(),
        store_name: store.name.clone(),
        product_id: order.product_id,
        sku: product.sku.clone(),
        product_name: product.name.clone(),
        unit: product.unit,
        tray_size: product.tray_size,
        production_date: order.production_date,
        planned_quantity: order.planned_quantity,
        produced_quantity: order.produced_quantity,
        lost_quantity: order.lost_quantity,
        status: order.status,
        source: order.source,
        suggestion_id: order.suggestion_id,
        parts: Vec::new(),
        version: order.version,
        note: order.note.clone(),
        created_at: order.created_at,
        started_at: order.started_at,
        completed_at: order.completed_at,
        recall_until: order
            .completed_at
            .filter(|_| order.status == OrderStatus::Completed)
            .map(recall_until),
        cancelled_at: order.cancelled_at,
        cancel_reason: order.cancel_reason.clone(),
    })
}

/// Tells screens and the audit log about a changed order. Call it last before the receipt and the commit.
pub(crate) async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: Option<&production_order::Model>,
    after: &production_order::Model,
) -> ServiceResult<()> {
    let detail = json!({
        "number": after.number,
        "status": after.status,
        "product_id": after.product_id,
        "production_date": after.production_date,
    });
    live::emit(
        db,
        ctx.organization_id(),
        moment(ctx),
        Some(after.store_id),
        "orders",
        Some(after.id),
        detail,
    )
    .await?;
    let change = audit::Change {
        action,
        subject_kind: "production_order",
        subject_id: after.id,
        before: before.map(snapshot),
        after: Some(snapshot(after)),
    };
    audit::record(db, ctx, change).await
}

/// A broken rule of an order in the words of the wire; moves that do not exist are told by [`story::moved_on`].
pub(crate) fn refused(field: &str, error: OrderRuleError) -> ServiceError {
    let message = error.to_string();
    match error {
        OrderRuleError::NoSuchMove { .. } => ServiceError::rule("order.no_such_move", message),
        OrderRuleError::RecallWindowOver { .. } => ServiceError::rule("order.recall_over", message),
        OrderRuleError::PartlyBaked => ServiceError::rule("order.partly_baked", message),
        OrderRuleError::TooLongAgo => ServiceError::field(field, "too_long_ago", message),
        OrderRuleError::ReasonMissing => ServiceError::field(field, "required", message),
        OrderRuleError::TextTooLong { .. } => ServiceError::field(field, "too_long", message),
        OrderRuleError::PlannedOutOfRange | OrderRuleError::OutcomeOutOfRange => {
            ServiceError::field(field, "quantity_out_of_range", message)
        }
    }
}
