//! What can be opened: the products of a store with or without a history.

use super::Stock;
use crate::store::{ingredients as ingredient_rows, shelves};
use crate::{Ctx, ServiceResult, ingredients};
use contract::stock::{OpeningProduct, OpeningSheet};
use domain::Permission;
use std::collections::BTreeSet;
use uuid::Uuid;

impl Stock<'_> {
    /// What a store carries, and of which of it something moved already; where somebody bakes also every ingredient of which stock is kept.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn opening_sheet(&self, ctx: &Ctx, store_id: Uuid) -> ServiceResult<OpeningSheet> {
        ctx.require(Permission::StockAdjust)?;
        ctx.require_store(store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, store_id).await?;
        let carried = shelves::list_carried(db, organization_id, &[store_id]).await?;
        let moved = shelves::list_with_history(db, organization_id, store_id).await?;
        let all = ingredient_rows::list(db, organization_id).await?;
        let kept: BTreeSet<Uuid> = all
            .into_iter()
            .filter(|(_, row)| row.stocked && ingredients::is_kitchen(&store))
            .map(|(product, _)| product.id)
            .collect();
        let products = shelves::list_products(db, organization_id).await?;
        let products = products
            .into_iter()
            .filter(|(product, _)| {
                let carried = carried.get(&(store_id, product.id));
                (product.active && carried.is_some_and(|c| c.listed)) || kept.contains(&product.id)
            })
            .map(|(product, category)| OpeningProduct {
                has_history: moved.contains(&product.id),
                product_id: product.id,
                sku: product.sku,
                product_name: product.name,
                category_name: category.map(|c| c.name).unwrap_or_default(),
                unit: product.unit,
            });
        Ok(OpeningSheet {
            store_id,
            products: products.collect(),
            store_name: store.name,
        })
    }
}
