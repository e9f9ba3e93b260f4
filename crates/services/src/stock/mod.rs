//! Stock: what is on the shelves, why, and everything that people book by hand.

pub(crate) mod ages;
mod booking;
pub(crate) mod counting;
pub(crate) mod differences;
pub(crate) mod holding;
mod listing;
mod opening;
mod projecting;
mod reading;

use crate::ingredients::announce;
use crate::ledger::{self, NewMovement};
use crate::production_orders::moment;
use crate::store::ingredients as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services, live};
use domain::orders::{MAX_NOTE, check_note};
use domain::stock::StockRuleError;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;

/// Reads and books stock.
#[derive(Debug)]
pub struct Stock<'a> {
    services: &'a Services,
}

impl Services {
    /// Stock.
    #[must_use]
    pub fn stock(&self) -> Stock<'_> {
        Stock { services: self }
    }
}

fn refused(field: &str, error: StockRuleError) -> ServiceError {
    let message = error.to_string();
    match error {
        StockRuleError::ExceedsOnHand { .. } => {
            ServiceError::field(field, "exceeds_on_hand", message)
        }
        StockRuleError::QuantityOutOfRange { .. } => {
            ServiceError::field(field, "quantity_out_of_range", message)
        }
        StockRuleError::TakesExpired { .. } => ServiceError::field(field, "takes_expired", message),
    }
}

pub(crate) fn note_of(note: Option<&str>) -> ServiceResult<Option<String>> {
    check_note(note).map(|n| n.map(str::to_owned)).map_err(|_| {
        ServiceError::field("note", "too_long", format!("at most {MAX_NOTE} characters"))
    })
}

/// Posts movements of one store and tells the screens; on hand after it, by shelf.
pub(crate) async fn post(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: uuid::Uuid,
    movements: Vec<NewMovement>,
) -> ServiceResult<BTreeMap<ledger::Shelf, i64>> {
    let levels = ledger::post(db, ctx.organization_id(), moment(ctx), movements).await?;
    let subject = if levels.len() == 1 {
        levels.keys().next().map(|(_, product_id)| *product_id)
    } else {
        None
    };
    let products: Vec<_> = levels
        .iter()
        .map(|((_, p), on_hand)| json!({ "product_id": p, "on_hand": on_hand }))
        .collect();
    let detail = json!({ "products": products });
    live::emit(
        db,
        ctx.organization_id(),
        moment(ctx),
        Some(store_id),
        "stock",
        subject,
        detail,
    )
    .await?;
    // What batches lack may have changed. Told under a topic of its own: tills tell of stock every few seconds.
    let moved = levels.keys().map(|(_, product_id)| *product_id);
    if rows::is_any(db, ctx.organization_id(), moved).await? {
        announce(db, ctx, None).await?;
    }
    Ok(levels)
}
