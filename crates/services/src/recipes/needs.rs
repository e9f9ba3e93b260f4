//! What batches take from the shelves of the kitchen: asked before they start, held back when they do, used when they are done.

use super::reading::{allergens, scaled};
use super::{Library, Recipes};
use crate::alerting::{self, NewAlert};
use crate::ledger::{NewMovement, Shelf};
use crate::store::{ingredients, recipes as rows, shelves, stock};
use crate::{Ctx, ServiceResult, clock};
use contract::orders::CompleteOrder;
use contract::recipes::{NeedView, NeedsView, ReadNeeds, Shortage};
use domain::orders::check_planned;
use domain::recipes::Need;
use domain::{AlertKind, MovementKind, Permission, Severity, StockReason};
use entity::{order_ingredient, production_order, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Orders of so many days ahead count against what is there.
const DAYS_AHEAD: u64 = 1;

/// Where the ingredients of an order lie, and the recipe by which it is baked.
pub(crate) struct Kitchen {
    pub store: store::Model,
    library: Library,
    recipe_id: Uuid,
}

impl Kitchen {
    /// The kitchen of an order; `None` where its product has no recipe, which takes one look into an index.
    pub(crate) async fn find(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        store_id: Uuid,
        product_id: Uuid,
    ) -> ServiceResult<Option<Self>> {
        let Some(recipe) = rows::find_of_product(db, organization_id, product_id).await? else {
            return Ok(None);
        };
        let destination = shelves::get_store(db, organization_id, store_id).await?;
        let store = match destination.kitchen_store_id {
            Some(id) => shelves::get_store(db, organization_id, id).await?,
            None => destination,
        };
        Ok(Some(Self {
            store,
            library: Library::read(db, organization_id).await?,
            recipe_id: recipe.id,
        }))
    }

    /// Ingredients of which stock is kept, in base units.
    fn stocked(&self, need: Need) -> BTreeMap<Uuid, i64> {
        let mut needs = self.library.book.needs(self.recipe_id, need);
        needs.retain(|id, _| self.library.is_stocked(*id));
        needs
    }

    /// Holds back what the order will take, from the moment it is in the oven.
    pub(crate) async fn reserve(
        &self,
        db: &impl ConnectionTrait,
        order: &production_order::Model,
    ) -> ServiceResult<()> {
        let needs = self.stocked(Need::Good(order.planned_quantity));
        self.keep(db, order, &needs, &BTreeMap::new()).await
    }

    /// What the batch has used, as movements of the kitchen's shelves, and written down with the order.
    pub(crate) async fn consume(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        order: &production_order::Model,
        command: &CompleteOrder,
    ) -> ServiceResult<Vec<NewMovement>> {
        let altogether = command
            .produced_quantity
            .saturating_add(command.lost_quantity);
        let used = self.stocked(Need::Altogether(altogether));
        self.keep(db, order, &BTreeMap::new(), &used).await?;
        let day = clock::business_date(clock::zone(&self.store.time_zone)?, ctx.now);
        let movement = |(ingredient_id, quantity): (Uuid, i64)| {
            let mut movement = NewMovement::new(
                (self.store.id, ingredient_id),
                MovementKind::Adjustment,
                -quantity,
                crate::production_orders::moment(ctx),
                day,
            );
            movement.reason = Some(StockReason::UsedInProduction);
            movement.order_id = Some(order.id);
            movement.command_id = Some(command.command_id);
            movement.actor_id = ctx.actor.user_id;
            movement
        };
        Ok(used.into_iter().map(movement).collect())
    }

    /// Writes (reserved, used) of an order; what was there before and is not mentioned becomes nothing.
    async fn keep(
        &self,
        db: &impl ConnectionTrait,
        order: &production_order::Model,
        reserved: &BTreeMap<Uuid, i64>,
        used: &BTreeMap<Uuid, i64>,
    ) -> ServiceResult<()> {
        let mut written: BTreeMap<Uuid, (i64, i64)> = BTreeMap::new();
        for row in rows::list_taken(db, order.organization_id, order.id).await? {
            written.insert(row.product_id, (0, 0));
        }
        for (id, quantity) in reserved {
            written.entry(*id).or_default().0 = *quantity;
        }
        for (id, quantity) in used {
            written.entry(*id).or_default().1 = *quantity;
        }
        let written = written.into_iter();
        let written = written.map(|(product_id, (reserved, used))| order_ingredient::Model {
            order_id: order.id,
            product_id,
            organization_id: order.organization_id,
            store_id: self.store.id,
            reserved_quantity: reserved,
            used_quantity: used,
        });
        rows::upsert_taken(db, written.collect()).await
    }
}

/// Nothing is held back for an order any more.
pub(crate) async fn release(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<()> {
    rows::release(db, order.organization_id, order.id).await
}

/// Ingredients on hand in some kitchens less what batches in the oven hold back.
async fn available(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    kitchens: &[Uuid],
    library: &Library,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let shelves = kitchens.iter().flat_map(|kitchen| {
        let stocked = library
            .ingredients
            .keys()
            .filter(|id| library.is_stocked(**id));
        stocked.map(|id| (*kitchen, *id))
    });
    let shelves: Vec<Shelf> = shelves.collect();
    let mut left: BTreeMap<Shelf, i64> = shelves.iter().map(|shelf| (*shelf, 0)).collect();
    left.extend(stock::list_levels_of(db, organization_id, shelves).await?);
    for (shelf, reserved) in rows::list_reserved(db, organization_id, kitchens).await? {
        *left.entry(shelf).or_insert(0) -= reserved;
    }
    Ok(left)
}

/// What waiting orders lack, one after the other as they are planned: what an earlier one takes is not there for a later one.
fn shortages(
    library: &Library,
    orders: &[(Uuid, &production_order::Model)],
    mut left: BTreeMap<Shelf, i64>,
) -> Vec<(Shelf, Uuid, i64)> {
    let mut missing = Vec::new();
    for (kitchen, order) in orders {
        let Some(recipe) = library.of_product(order.product_id) else {
            continue;
        };
        let needs = library
            .book
            .needs(recipe.id, Need::Good(order.planned_quantity));
        for (ingredient, needed) in needs {
            if !library.is_stocked(ingredient) {
                continue;
            }
            let shelf = (*kitchen, ingredient);
            let there = left.entry(shelf).or_insert(0);
            let short = needed - (*there).clamp(0, needed);
            *there -= needed;
            if short > 0 {
                missing.push((shelf, order.id, short));
            }
        }
    }
    missing
}

/// What each of these waiting orders lacks, earlier ones first.
pub(crate) async fn shortages_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    orders: &[production_order::Model],
) -> ServiceResult<Vec<Shortage>> {
    if orders.is_empty() {
        return Ok(Vec::new());
    }
    let library = Library::read(db, organization_id).await?;
    if library.recipes.is_empty() {
        return Ok(Vec::new());
    }
    let shelves = orders
        .iter()
        .map(|order| (order.store_id, order.product_id));
    let names = shelves::list_names(db, organization_id, shelves).await?;
    let mut waiting = Vec::with_capacity(orders.len());
    for order in orders {
        let store = names.store(order.store_id)?;
        waiting.push((store.kitchen_store_id.unwrap_or(store.id), order));
    }
    waiting.sort_by_key(|(_, order)| (order.production_date, order.number));
    let mut kitchens: Vec<Uuid> = waiting.iter().map(|(kitchen, _)| *kitchen).collect();
    kitchens.sort_unstable();
    kitchens.dedup();
    let left = available(db, organization_id, &kitchens, &library).await?;
    let found = shortages(&library, &waiting, left);
    let view = |((_, ingredient), order_id, missing): (Shelf, Uuid, i64)| {
        let (product, _) = library.ingredients.get(&ingredient)?;
        Some(Shortage {
            order_id,
            ingredient_name: product.name.clone(),
            unit: product.unit,
            missing,
        })
    };
    Ok(found.into_iter().filter_map(view).collect())
}

fn key((store_id, product_id): Shelf) -> String {
    format!("missing_ingredients:{store_id}:{product_id}")
}

/// An ingredient that the waiting orders of today and tomorrow lack has an open alert, any other has none.
pub(crate) async fn sync_missing(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    kitchen_id: Uuid,
) -> ServiceResult<()> {
    let organization_id = ctx.organization_id();
    let library = Library::read(db, organization_id).await?;
    if library.recipes.is_empty() {
        return Ok(());
    }
    let kitchen = shelves::get_store(db, organization_id, kitchen_id).await?;
    let today = ctx.today_in(clock::zone(&kitchen.time_zone)?);
    let stores = ingredients::list_fed_by(db, organization_id, kitchen_id).await?;
    let until = today + chrono::Days::new(DAYS_AHEAD);
    let orders = rows::list_waiting(db, organization_id, &stores, until).await?;
    let left = available(db, organization_id, &[kitchen_id], &library).await?;
    let waiting: Vec<_> = orders.iter().map(|order| (kitchen_id, order)).collect();
    let mut missing: BTreeMap<Shelf, i64> = BTreeMap::new();
    for (shelf, _, short) in shortages(&library, &waiting, left.clone()) {
        *missing.entry(shelf).or_insert(0) += short;
    }
    let wanted = missing.iter().map(|(shelf, missing)| NewAlert {
        store_id: Some(shelf.0),
        product_id: Some(shelf.1),
        kind: AlertKind::MissingIngredients,
        severity: Severity::Warning,
        dedup_key: key(*shelf),
        detail: json!({ "quantity": missing, "on_hand": left.get(shelf).copied().unwrap_or(0).max(0) }),
    });
    alerting::open(db, organization_id, ctx.now, wanted.collect()).await?;
    let gone: Vec<String> = left
        .keys()
        .filter(|shelf| !missing.contains_key(*shelf))
        .map(|shelf| key(*shelf))
        .collect();
    alerting::resolve(db, organization_id, ctx.now, &gone).await
}

impl Recipes<'_> {
    /// What a batch of a product for a store would take, and what of it is not there; the recipes scaled to it. Empty where the
    /// product has no recipe.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`; not found: store out of scope, product of somebody else; a quantity out of range.
    pub async fn needs(&self, ctx: &Ctx, wanted: ReadNeeds) -> ServiceResult<NeedsView> {
        ctx.require(Permission::RecipesRead)?;
        ctx.require_store(wanted.store_id)?;
        check_planned(wanted.quantity).map_err(|e| {
            crate::ServiceError::field("quantity", "quantity_out_of_range", e.to_string())
        })?;
        let db = self.services.db().connection();
        let organization_id = ctx.organization_id();
        shelves::get_product(db, organization_id, wanted.product_id).await?;
        let found = Kitchen::find(db, organization_id, wanted.store_id, wanted.product_id).await?;
        let Some(kitchen) = found else {
            return Ok(NeedsView::default());
        };
        let library = &kitchen.library;
        let Some(recipe) = library.recipes.iter().find(|r| r.id == kitchen.recipe_id) else {
            return Ok(NeedsView::default());
        };
        let mut left = available(db, organization_id, &[kitchen.store.id], library).await?;
        if let Some(order_id) = wanted.order_id {
            for row in rows::list_taken(db, organization_id, order_id).await? {
                *left.entry((kitchen.store.id, row.product_id)).or_insert(0) +=
                    row.reserved_quantity;
            }
        }
        let needs = library.book.needs(recipe.id, Need::Good(wanted.quantity));
        let view = |(id, needed): (Uuid, i64)| {
            let (product, row) = library.ingredients.get(&id)?;
            let there = left.get(&(kitchen.store.id, id)).copied().unwrap_or(0);
            Some(NeedView {
                ingredient_id: id,
                name: product.name.clone(),
                unit: product.unit,
                needed,
                available: row.stocked.then_some(there),
                missing: if row.stocked {
                    needed - there.clamp(0, needed)
                } else {
                    0
                },
            })
        };
        Ok(NeedsView {
            needs: needs.into_iter().filter_map(view).collect(),
            recipes: scaled(library, recipe, wanted.quantity),
            allergens: allergens(library, recipe.id),
        })
    }
}
