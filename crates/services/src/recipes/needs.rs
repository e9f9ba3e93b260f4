//! What batches take from the shelves of the kitchen: asked before they start, held back when they do, used when they are done.

use super::reading::{allergens, scaled};
use super::{Library, Recipes};
use crate::alerting::NewAlert;
use crate::kitchens::kitchen_of;
use crate::ledger::{NewMovement, Shelf};
use crate::stock::ages;
use crate::store::{ingredients, recipes as rows, shelves};
use crate::{Ctx, ServiceResult, StoreScope, clock};
use chrono::{DateTime, Days, NaiveDate, Utc};
use contract::orders::CompleteOrder;
use contract::recipes::{NeedView, NeedsView, ReadNeeds, Shortage};
use domain::orders::check_planned;
use domain::recipes::Need;
use domain::{AlertKind, MovementKind, Permission, Severity, StockReason};
use entity::{order_ingredient, product, production_order, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};
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
    /// The kitchen of an order; `None` where its product has no recipe, which takes one look into an index. Inside of a transaction
    /// that books by it: the recipes stay as they are read until it ends.
    pub(crate) async fn find(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        store_id: Uuid,
        product_id: Uuid,
    ) -> ServiceResult<Option<Self>> {
        let known = rows::find_of_product(db, organization_id, product_id).await?;
        if known.is_none() {
            return Ok(None);
        }
        let library = Library::share(db, organization_id).await?;
        Self::of(db, organization_id, store_id, product_id, library).await
    }

    /// The kitchen that would bake a product for a store, by the recipes of a library.
    async fn of(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        store_id: Uuid,
        product_id: Uuid,
        library: Library,
    ) -> ServiceResult<Option<Self>> {
        let Some(recipe_id) = library.of_product(product_id).map(|recipe| recipe.id) else {
            return Ok(None);
        };
        let destination = shelves::get_store(db, organization_id, store_id).await?;
        let store = match destination.kitchen_store_id {
            Some(id) => shelves::get_store(db, organization_id, id).await?,
            None => destination,
        };
        Ok(Some(Self {
            store,
            library,
            recipe_id,
        }))
    }

    /// Ingredients of which stock is kept, in base units.
    fn stocked(&self, need: Need) -> BTreeMap<Uuid, i64> {
        let mut needs = self.library.book.needs(self.recipe_id, need);
        needs.retain(|id, _| self.library.is_stocked(*id));
        needs
    }

    /// Holds back what the order will still take, from the moment it is in the oven.
    pub(crate) async fn reserve(
        &self,
        db: &impl ConnectionTrait,
        order: &production_order::Model,
    ) -> ServiceResult<()> {
        let mut taken = taken_by(db, order).await?;
        for held in taken.values_mut() {
            held.0 = 0;
        }
        for (id, needed) in self.stocked(Need::Good(order.planned_quantity)) {
            let (reserved, used) = taken.entry(id).or_default();
            *reserved = (needed - *used).max(0);
        }
        self.keep(db, order, taken).await
    }

    /// What a batch has used, as movements of the kitchen's shelves at the moment when it came out, and written down with the order. What
    /// is held back becomes less by as much, and nothing once no more follows.
    pub(crate) async fn consume(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        order: &production_order::Model,
        command: &CompleteOrder,
        came_out: DateTime<Utc>,
    ) -> ServiceResult<Vec<NewMovement>> {
        let altogether = command
            .produced_quantity
            .saturating_add(command.lost_quantity);
        let used = self.stocked(Need::Altogether(altogether));
        let mut taken = taken_by(db, order).await?;
        for (id, quantity) in &used {
            let (reserved, so_far) = taken.entry(*id).or_default();
            *reserved = (*reserved - quantity).max(0);
            *so_far += quantity;
        }
        if !command.more_follows {
            for held in taken.values_mut() {
                held.0 = 0;
            }
        }
        self.keep(db, order, taken).await?;
        let day = clock::business_date(clock::zone(&self.store.time_zone)?, came_out);
        let movement = |(ingredient_id, quantity): (Uuid, i64)| {
            let mut movement = NewMovement::new(
                (self.store.id, ingredient_id),
                MovementKind::Adjustment,
                -quantity,
                came_out,
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

    /// Writes down what an order holds back and has used.
    async fn keep(
        &self,
        db: &impl ConnectionTrait,
        order: &production_order::Model,
        taken: Taken,
    ) -> ServiceResult<()> {
        let taken = taken.into_iter();
        let rows = taken.map(|(product_id, (reserved, used))| order_ingredient::Model {
            order_id: order.id,
            product_id,
            organization_id: order.organization_id,
            store_id: self.store.id,
            reserved_quantity: reserved,
            used_quantity: used,
        });
        rows::upsert_taken(db, rows.collect()).await
    }
}

/// What an order holds back and has used so far, by ingredient.
type Taken = BTreeMap<Uuid, (i64, i64)>;

async fn taken_by(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<Taken> {
    let rows = rows::list_taken(db, order.organization_id, order.id).await?;
    let rows = rows.into_iter();
    Ok(rows
        .map(|row| (row.product_id, (row.reserved_quantity, row.used_quantity)))
        .collect())
}

/// What a batch had used goes back with it: the order has used so much less.
pub(crate) async fn give_back(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
    used: &BTreeMap<Uuid, i64>,
) -> ServiceResult<()> {
    let mut taken = rows::list_taken(db, order.organization_id, order.id).await?;
    taken.retain(|row| used.contains_key(&row.product_id));
    for row in &mut taken {
        let back = used.get(&row.product_id).copied().unwrap_or(0);
        row.used_quantity = (row.used_quantity - back).max(0);
    }
    rows::upsert_taken(db, taken).await
}

/// Nothing is held back for an order any more.
pub(crate) async fn release(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<()> {
    rows::release(db, order.organization_id, order.id).await
}

/// What some kitchens can use of some ingredients: what has not expired, less what batches in the oven hold back. Ingredients of which no
/// stock is kept are left out.
async fn available(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    kitchens: &[&store::Model],
    library: &Library,
    wanted: &BTreeSet<Uuid>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let organization_id = ctx.organization_id();
    let mut days: BTreeMap<Uuid, NaiveDate> = BTreeMap::new();
    for kitchen in kitchens {
        days.insert(kitchen.id, ctx.today_in(clock::zone(&kitchen.time_zone)?));
    }
    let stores: Vec<Uuid> = days.keys().copied().collect();
    let stocked = wanted.iter().filter(|id| library.is_stocked(**id));
    let products = stocked.filter_map(|id| library.ingredients.get(id));
    let products: Vec<&product::Model> = products.map(|(product, _)| product).collect();
    let shelves = stores
        .iter()
        .flat_map(|store| products.iter().map(|product| (*store, product.id)));
    let mut left: BTreeMap<Shelf, i64> = shelves.map(|shelf| (shelf, 0)).collect();
    let Some(first) = days.values().min() else {
        return Ok(left);
    };
    let ages = ages::of_shelves(db, organization_id, *first, &stores, products).await?;
    for (shelf, ages) in ages {
        left.insert(shelf, ages.good(days[&shelf.0]));
    }
    for (shelf, reserved) in rows::list_reserved(db, organization_id, &stores).await? {
        if let Some(there) = left.get_mut(&shelf) {
            *there -= reserved;
        }
    }
    Ok(left)
}

/// An order that waits, and what it takes of the ingredients of which stock is kept.
struct Waiting {
    order_id: Uuid,
    kitchen_id: Uuid,
    needs: BTreeMap<Uuid, i64>,
}

/// `None` where the product of the order has no recipe.
fn waiting(
    library: &Library,
    kitchen_id: Uuid,
    order: &production_order::Model,
) -> Option<Waiting> {
    let recipe = library.of_product(order.product_id)?;
    let mut needs = library
        .book
        .needs(recipe.id, Need::Good(order.planned_quantity));
    needs.retain(|id, _| library.is_stocked(*id));
    Some(Waiting {
        order_id: order.id,
        kitchen_id,
        needs,
    })
}

fn wanted_of(orders: &[Waiting]) -> BTreeSet<Uuid> {
    let ids = orders.iter().flat_map(|order| order.needs.keys().copied());
    ids.collect()
}

/// What waiting orders lack, one after the other as they are planned: what an earlier one takes is not there for a later one.
fn shortages(orders: &[Waiting], mut left: BTreeMap<Shelf, i64>) -> Vec<(Shelf, Uuid, i64)> {
    let mut missing = Vec::new();
    for order in orders {
        for (ingredient, needed) in &order.needs {
            let shelf = (order.kitchen_id, *ingredient);
            let there = left.entry(shelf).or_insert(0);
            let short = needed - (*there).clamp(0, *needed);
            *there -= needed;
            if short > 0 {
                missing.push((shelf, order.order_id, short));
            }
        }
    }
    missing
}

/// What each of these waiting orders lacks until a day. Earlier ones first, those of every store for which the same kitchens bake: what
/// they take is not there either, whoever looks. The number of statements does not depend on that of kitchens.
pub(crate) async fn shortages_of(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    library: &Library,
    shown: &[production_order::Model],
    until: NaiveDate,
) -> ServiceResult<Vec<Shortage>> {
    if shown.is_empty() || library.recipes.is_empty() {
        return Ok(Vec::new());
    }
    let organization_id = ctx.organization_id();
    let destinations = shown.iter().map(|order| (order.store_id, order.product_id));
    let names = shelves::list_names(db, organization_id, destinations).await?;
    let stores = shelves::list_stores(db, organization_id, &StoreScope::All).await?;
    let mut of_kitchens: BTreeMap<Uuid, store::Model> = BTreeMap::new();
    for order in shown {
        let id = kitchen_of(names.store(order.store_id)?);
        if let Entry::Vacant(place) = of_kitchens.entry(id) {
            place.insert(match stores.iter().find(|store| store.id == id) {
                Some(store) => store.clone(),
                // One that is closed for good still has its shelves.
                None => shelves::get_store(db, organization_id, id).await?,
            });
        }
    }
    let fed = stores.iter().map(|store| (store.id, kitchen_of(store)));
    let fed: BTreeMap<Uuid, Uuid> = fed.filter(|(_, id)| of_kitchens.contains_key(id)).collect();
    let ids: Vec<Uuid> = fed.keys().copied().collect();
    let all = rows::list_waiting(db, organization_id, &ids, until).await?;
    let orders = all.iter();
    let orders: Vec<Waiting> = orders
        .filter_map(|order| waiting(library, *fed.get(&order.store_id)?, order))
        .collect();
    let kitchens: Vec<&store::Model> = of_kitchens.values().collect();
    let left = available(db, ctx, &kitchens, library, &wanted_of(&orders)).await?;
    let mut found = shortages(&orders, left);
    found.retain(|(_, order_id, _)| shown.iter().any(|order| order.id == *order_id));
    let view = |((_, ingredient), order_id, missing): (Shelf, Uuid, i64)| {
        let (product, _) = library.ingredients.get(&ingredient)?;
        Some(Shortage {
            order_id,
            ingredient_id: ingredient,
            ingredient_name: product.name.clone(),
            unit: product.unit,
            missing,
        })
    };
    Ok(found.into_iter().filter_map(view).collect())
}

/// An alert for each ingredient that the waiting orders of today and tomorrow lack in a kitchen.
pub(crate) async fn missing_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    library: &Library,
    kitchen: &store::Model,
) -> ServiceResult<Vec<NewAlert>> {
    if library.recipes.is_empty() {
        return Ok(Vec::new());
    }
    let organization_id = ctx.organization_id();
    let today = ctx.today_in(clock::zone(&kitchen.time_zone)?);
    let stores = ingredients::list_fed_by(db, organization_id, kitchen.id).await?;
    let until = today + Days::new(DAYS_AHEAD);
    let orders = rows::list_waiting(db, organization_id, &stores, until).await?;
    let orders = orders.iter();
    let orders: Vec<Waiting> = orders
        .filter_map(|order| waiting(library, kitchen.id, order))
        .collect();
    let left = available(db, ctx, &[kitchen], library, &wanted_of(&orders)).await?;
    let mut missing: BTreeMap<Shelf, i64> = BTreeMap::new();
    for (shelf, _, short) in shortages(&orders, left.clone()) {
        *missing.entry(shelf).or_insert(0) += short;
    }
    let wanted = missing.iter().map(|(shelf, missing)| NewAlert {
        store_id: Some(shelf.0),
        product_id: Some(shelf.1),
        kind: AlertKind::MissingIngredients,
        severity: Severity::Warning,
        dedup_key: format!("missing_ingredients:{}:{}", shelf.0, shelf.1),
        detail: json!({ "quantity": missing, "on_hand": left.get(shelf).copied().unwrap_or(0).max(0) }),
    });
    Ok(wanted.collect())
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
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        shelves::get_product(db, organization_id, wanted.product_id).await?;
        let library = Library::read(db, organization_id).await?;
        let (store_id, product_id) = (wanted.store_id, wanted.product_id);
        let found = Kitchen::of(db, organization_id, store_id, product_id, library).await?;
        let Some(kitchen) = found else {
            return Ok(NeedsView::default());
        };
        let library = &kitchen.library;
        let Some(recipe) = library.of_product(wanted.product_id) else {
            return Ok(NeedsView::default());
        };
        let needs = library.book.needs(recipe.id, Need::Good(wanted.quantity));
        let takes: BTreeSet<Uuid> = needs.keys().copied().collect();
        let mut left = available(db, ctx, &[&kitchen.store], library, &takes).await?;
        if let Some(order_id) = wanted.order_id {
            let taken = rows::list_taken(db, organization_id, order_id).await?;
            // What another kitchen holds back is not here.
            for row in taken.iter().filter(|row| row.store_id == kitchen.store.id) {
                *left.entry((row.store_id, row.product_id)).or_insert(0) += row.reserved_quantity;
            }
        }
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
