//! Transfers between stores: asked for, sent, on the road, received.
//!
//! Order of locks: the transfer's row (or the organization's, for its number), level rows, the audit head.

mod asking;
mod moving;
mod reading;

use crate::production_orders::moment;
use crate::{Ctx, ServiceError, ServiceResult, Services, audit, live};
use domain::transfers::TransferRuleError;
use entity::{transfer, transfer_line};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

/// Moves goods between stores.
#[derive(Debug)]
pub struct Transfers<'a> {
    services: &'a Services,
}

impl Services {
    /// Transfers between stores.
    #[must_use]
    pub fn transfers(&self) -> Transfers<'_> {
        Transfers { services: self }
    }
}

/// A broken rule in the words of the wire.
fn refused(field: &str, error: TransferRuleError) -> ServiceError {
    use TransferRuleError as E;
    let message = error.to_string();
    match error {
        E::NoSuchMove { .. } => ServiceError::Conflict {
            reason: "transfer.moved_on",
            message,
        },
        E::SameStore => ServiceError::field("to_store_id", "same_store", message),
        E::Lines => ServiceError::field("lines", "lines", message),
        E::ForeignLine => ServiceError::field("lines", "foreign_line", message),
        E::QuantityOutOfRange => ServiceError::field(field, "quantity_out_of_range", message),
        E::ExceedsGood { .. } => ServiceError::field(field, "exceeds_good", message),
        E::ReasonMissing => ServiceError::field(field, "required", message),
    }
}

/// What the audit log keeps of a transfer.
fn snapshot(transfer: &transfer::Model, lines: &[transfer_line::Model]) -> Value {
    let lines: Vec<Value> = lines
        .iter()
        .map(|line| {
            json!({
                "product_id": line.product_id, "requested": line.requested_quantity, "sent": line.sent_quantity,
                "received": line.received_quantity, "reason": line.reason,
            })
        })
        .collect();
    json!({
        "status": transfer.status, "from_store_id": transfer.from_store_id, "to_store_id": transfer.to_store_id,
        "lines": lines, "note": transfer.note, "cancel_reason": transfer.cancel_reason, "version": transfer.version,
    })
}

/// Tells the screens of both stores and the audit log. Call it last before the receipt and the commit.
async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: Option<Value>,
    transfer: &transfer::Model,
    lines: &[transfer_line::Model],
) -> ServiceResult<()> {
    let detail = json!({ "number": transfer.number, "status": transfer.status });
    for store_id in [transfer.from_store_id, transfer.to_store_id] {
        live::emit(
            db,
            ctx.organization_id(),
            moment(ctx),
            Some(store_id),
            "transfers",
            Some(transfer.id),
            detail.clone(),
        )
        .await?;
    }
    let change = audit::Change {
        action,
        subject_kind: "transfer",
        subject_id: transfer.id,
        before,
        after: Some(snapshot(transfer, lines)),
    };
    audit::record(db, ctx, change).await
}
