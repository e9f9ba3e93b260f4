//! What of the shelves of a store is spoken for, and what is on the road to it.

use crate::ServiceResult;
use crate::ledger::Shelf;
use crate::store::{recipes, transfers};
use sea_orm::ConnectionTrait;
use std::collections::HashMap;
use uuid::Uuid;

/// Base units by product, of one store.
#[derive(Debug, Default)]
pub(crate) struct Holding {
    reserved: HashMap<Uuid, i64>,
    on_road: HashMap<Uuid, i64>,
}

impl Holding {
    /// Spoken for: asked for by other stores and not sent yet, or held back for batches in the oven.
    pub(crate) fn reserved(&self, product_id: Uuid) -> i64 {
        self.reserved.get(&product_id).copied().unwrap_or(0)
    }

    /// Sent here by other stores and not received yet.
    pub(crate) fn on_road(&self, product_id: Uuid) -> i64 {
        self.on_road.get(&product_id).copied().unwrap_or(0)
    }
}

/// What is spoken for in a store and what is on the road to it: three statements, whatever the number of products.
pub(crate) async fn of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<Holding> {
    let stores = [store_id];
    let mut holding = Holding::default();
    let promised = transfers::list_promised(db, organization_id, &stores).await?;
    let held_back = recipes::list_reserved(db, organization_id, &stores).await?;
    let reserved = promised.into_iter().chain(held_back);
    for ((_, product_id), quantity) in reserved {
        *holding.reserved.entry(product_id).or_default() += quantity;
    }
    let coming = transfers::list_in_transit(db, organization_id, &stores).await?;
    for (shelf, parts) in coming {
        let (_, product_id): Shelf = shelf;
        let sum = parts.iter().map(|(_, quantity)| quantity).sum::<i64>();
        *holding.on_road.entry(product_id).or_default() += sum;
    }
    Ok(holding)
}
