//! Reading ingredients: the list with the stock of a kitchen, the history of a price.

use super::{Ingredients, allergens_of, kitchens, suppliers::supplier_view};
use crate::ledger::Shelf;
use crate::store::{ingredients as rows, organizations, recipes, stock};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::ingredients::{IngredientView, IngredientsView, PriceView, ReadIngredients};
use domain::Permission;
use entity::{ingredient, product, store};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Prices that are shown of an ingredient.
const PRICES: u64 = 50;

pub(super) fn view(
    product: &product::Model,
    row: &ingredient::Model,
    supplier_name: Option<String>,
    on_hand: i64,
    reserved: i64,
) -> IngredientView {
    IngredientView {
        id: product.id,
        code: product.sku.clone(),
        name: product.name.clone(),
        unit: product.unit,
        allergens: allergens_of(&product.allergens).into_iter().collect(),
        shelf_life_days: product.shelf_life_days,
        service_level_bp: product.service_level_bp,
        supplier_id: row.supplier_id,
        supplier_name,
        stocked: row.stocked,
        flour: row.flour,
        pack_quantity: row.pack_quantity,
        pack_price_minor: row.pack_price_minor,
        holding_bp: row.holding_bp,
        version: product.version,
        on_hand,
        reserved,
    }
}

impl Ingredients<'_> {
    /// Ingredients, with what there is of them in a kitchen.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`; not found: a store out of scope or one in which nobody bakes.
    pub async fn list(&self, ctx: &Ctx, wanted: ReadIngredients) -> ServiceResult<IngredientsView> {
        ctx.require(Permission::RecipesRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let (kitchen, all) = self.kitchen(ctx, wanted.store_id).await?;
        let store_ids: Vec<Uuid> = kitchen.iter().map(|store| store.id).collect();
        let suppliers = rows::list_suppliers(db, organization_id).await?;
        let names: BTreeMap<Uuid, String> =
            suppliers.iter().map(|s| (s.id, s.name.clone())).collect();
        let items = rows::list(db, organization_id).await?;
        let shelves: Vec<Shelf> = items
            .iter()
            .flat_map(|(product, _)| store_ids.iter().map(|store| (*store, product.id)))
            .collect();
        let levels = stock::list_levels_of(db, organization_id, shelves).await?;
        let reserved = recipes::list_reserved(db, organization_id, &store_ids).await?;
        let items = items.iter().map(|(product, row)| {
            let shelf = (store_ids.first().copied().unwrap_or_default(), product.id);
            let supplier = row.supplier_id.and_then(|id| names.get(&id).cloned());
            let of = |map: &BTreeMap<_, i64>| map.get(&shelf).copied().unwrap_or(0);
            view(product, row, supplier, of(&levels), of(&reserved))
        });
        Ok(IngredientsView {
            store_id: kitchen.as_ref().map(|store| store.id),
            store_name: kitchen.map(|store| store.name).unwrap_or_default(),
            kitchens: all.into_iter().map(|k| (k.id, k.name)).collect(),
            items: items.collect(),
            suppliers: suppliers.into_iter().map(supplier_view).collect(),
            currency: organizations::get(db, organization_id).await?.currency,
        })
    }

    /// What an ingredient cost, latest first.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`.
    pub async fn prices(&self, ctx: &Ctx, ingredient_id: Uuid) -> ServiceResult<Vec<PriceView>> {
        ctx.require(Permission::RecipesRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let names: BTreeMap<Uuid, String> = rows::list_suppliers(db, organization_id)
            .await?
            .into_iter()
            .map(|s| (s.id, s.name))
            .collect();
        let prices = rows::list_prices(db, organization_id, ingredient_id, PRICES).await?;
        let view = |price: entity::ingredient_price::Model| PriceView {
            recorded_at: price.recorded_at,
            pack_quantity: price.pack_quantity,
            pack_price_minor: price.pack_price_minor,
            supplier_name: price.supplier_id.and_then(|id| names.get(&id).cloned()),
        };
        Ok(prices.into_iter().map(view).collect())
    }

    /// The kitchen that was asked for, else the first in scope; and all of them.
    pub(crate) async fn kitchen(
        &self,
        ctx: &Ctx,
        wanted: Option<Uuid>,
    ) -> ServiceResult<(Option<store::Model>, Vec<store::Model>)> {
        if let Some(id) = wanted {
            ctx.require_store(id)?;
        }
        let db = &self.services.db().of(ctx.organization_id());
        let all = kitchens(db, ctx.organization_id(), &ctx.actor.stores).await?;
        let kitchen = match wanted {
            None => all.first().cloned(),
            Some(id) => {
                let found = all.iter().find(|store| store.id == id);
                Some(found.cloned().ok_or(ServiceError::NotFound("store"))?)
            }
        };
        Ok((kitchen, all))
    }
}
