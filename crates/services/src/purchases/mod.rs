//! Purchases: what was ordered from suppliers, what came of it, what is still expected.
//!
//! Order of locks: the purchase's row (or the organization's, for its number), the organization's where prices change, ingredients, level
//! rows, the audit head.

mod ordering;
mod reading;
mod receiving;

pub(crate) use reading::open_of_kitchen;

use crate::{Ctx, ServiceError, ServiceResult, Services, audit, ingredients};
use domain::purchases::PurchaseRuleError;
use entity::{purchase, purchase_line};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Orders from suppliers.
#[derive(Debug)]
pub struct Purchases<'a> {
    services: &'a Services,
}

impl Services {
    /// Purchases from suppliers.
    #[must_use]
    pub fn purchases(&self) -> Purchases<'_> {
        Purchases { services: self }
    }
}

/// A broken rule in the words of the wire.
fn refused(error: PurchaseRuleError) -> ServiceError {
    use PurchaseRuleError as E;
    let message = error.to_string();
    let (field, reason) = match error {
        E::Over { .. } => {
            return ServiceError::Conflict {
                reason: "purchase.over",
                message,
            };
        }
        E::Lines => ("lines", "lines"),
        E::ForeignLine => ("lines", "foreign_line"),
        E::QuantityOutOfRange => ("quantity", "quantity_out_of_range"),
        E::NothingReceived => ("lines", "nothing_received"),
        E::ReasonMissing => ("reason", "required"),
        E::ExpectedOutOfRange => ("expected_on", "number.range"),
        E::BestBeforeOutOfRange { .. } => ("best_before", "best_before"),
    };
    ServiceError::field(field, reason, message)
}

/// What the audit log keeps of a purchase.
fn snapshot(row: &purchase::Model, lines: &[purchase_line::Model]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "product_id": line.product_id, "packs": line.packs, "ordered": line.ordered_quantity,
                "pack_price_minor": line.pack_price_minor, "received": line.received_quantity,
            })
        })
        .collect();
    json!({
        "number": row.number, "store_id": row.store_id, "supplier_id": row.supplier_id, "status": row.status,
        "expected_on": row.expected_on, "lines": lines, "note": row.note, "close_reason": row.close_reason,
        "version": row.version,
    })
}

/// Tells the screens and the audit log. Call it last before the receipt and the commit.
async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: Option<Value>,
    row: &purchase::Model,
    lines: &[purchase_line::Model],
) -> ServiceResult<()> {
    ingredients::announce(db, ctx, Some(row.id)).await?;
    let change = audit::Change {
        action,
        subject_kind: "purchase",
        subject_id: row.id,
        before,
        after: Some(snapshot(row, lines)),
    };
    audit::record(db, ctx, change).await
}
