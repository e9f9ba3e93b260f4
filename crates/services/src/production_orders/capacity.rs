//! Whether what is planned for a day fits into the ovens.
//!
//! What is looked at is the plan of the day: what is still to come of batches that are not finished, and suggestions that nobody decided,
//! from the moment when the oven is hot, whatever the time is now. That a batch is late while the day runs is for an alert to say.

use super::due::{DueTimes, Planned, covers_days, on_day};
use super::{ProductionOrders, check_day, rest};
use crate::kitchens::{Kitchens, kitchen_of};
use crate::store::shelves;
use crate::store::{orders, organizations, policies, recipes, suggestions};
use crate::{Ctx, ServiceError, ServiceResult, StoreScope};
use chrono::{DateTime, TimeDelta, Utc};
use contract::capacity::{CapacityView, DeadlineView, EarlierView, OvenView, ReadCapacity};
use domain::capacity::{Deadline, Due, deadlines, trays_of, worst};
use domain::day_parts::scaled;
use domain::replenish::Reasons;
use domain::{Permission, ReplenishmentPolicy, SuggestionStatus};
use entity::{product, store};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Trays of a product that are due at a moment.
struct Load {
    due_at: DateTime<Utc>,
    product_id: Uuid,
    trays: i64,
    covers_days: i32,
}

/// What it takes to say when a batch is due and whether it goes into the oven.
struct Rules<'a> {
    times: DueTimes<'a>,
    stores: &'a BTreeMap<Uuid, store::Model>,
    /// Whether the recipe of a product names minutes in the oven.
    oven: BTreeMap<Uuid, bool>,
    wanted: ReadCapacity,
}

impl Rules<'_> {
    /// Whether a product goes into the oven by trays: its recipe names minutes in it, or it has no recipe and is made fresh. What is
    /// not counted by the tray says nothing of the room that it takes.
    fn is_baked(&self, product: &product::Model) -> bool {
        let fresh = product.policy == ReplenishmentPolicy::Newsvendor;
        product.tray_size > 1 && self.oven.get(&product.id).copied().unwrap_or(fresh)
    }

    /// When which trays of a batch are due, see [`DueTimes::of`].
    fn loads(&self, kitchen: &store::Model, planned: &Planned) -> ServiceResult<Vec<Load>> {
        let product = self.times.names.product(planned.product_id)?;
        let Some(store) = self.stores.get(&planned.store_id) else {
            return Ok(Vec::new());
        };
        if !self.is_baked(product) {
            return Ok(Vec::new());
        }
        let load = |(due_at, quantity)| Load {
            due_at,
            product_id: planned.product_id,
            trays: trays_of(quantity, product.tray_size),
            covers_days: planned.covers_days,
        };
        let due = self
            .times
            .of(kitchen, store, self.wanted.production_date, planned)?;
        Ok(due.into_iter().map(load).collect())
    }
}

impl ProductionOrders<'_> {
    /// Whether what is planned for a day fits into the ovens of the kitchens that bake for one store or for all in scope: what is still
    /// to come of the unfinished batches of all stores that they bake for, and open suggestions where the caller may read those. Nine
    /// statements at most, whatever the number of batches.
    ///
    /// # Errors
    /// Forbidden without `orders.read`; a store that is out of scope or not there; a day beyond ten years.
    pub async fn capacity(&self, ctx: &Ctx, wanted: ReadCapacity) -> ServiceResult<CapacityView> {
        ctx.require(Permission::OrdersRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let date = wanted.production_date;
        check_day(ctx, "production_date", date)?;
        let mut kitchens = Kitchens::read(db, ctx, wanted.store_id).await?;
        kitchens
            .asked
            .retain(|kitchen| kitchen.oven_trays_per_hour.is_some());
        let mut view = CapacityView {
            production_date: date,
            ovens: Vec::new(),
        };
        if kitchens.asked.is_empty() {
            return Ok(view);
        }
        let fed = kitchens.asked.iter().flat_map(|k| kitchens.fed_by(k.id));
        let fed: BTreeSet<Uuid> = fed.collect();
        let planned = self.planned(ctx, &fed, wanted).await?;
        let shelves = planned.iter().map(|p| (p.store_id, p.product_id));
        let names = shelves::list_names(db, organization_id, shelves).await?;
        let recipes = recipes::list(db, organization_id).await?;
        let minutes = recipes
            .iter()
            .filter_map(|recipe| Some((recipe.product_id?, recipe.oven_minutes.is_some())));
        let organization = organizations::get(db, organization_id).await?;
        let rules = Rules {
            times: DueTimes {
                organization: &organization,
                names: &names,
                chosen: policies::list_chosen(db, organization_id, &fed).await?,
            },
            stores: &kitchens.stores,
            oven: minutes.collect(),
            wanted,
        };
        for kitchen in &kitchens.asked {
            let mut loads = Vec::new();
            for planned in &planned {
                let store = kitchens.stores.get(&planned.store_id);
                if store.is_some_and(|store| kitchen_of(store) == kitchen.id) {
                    loads.extend(rules.loads(kitchen, planned)?);
                }
            }
            view.ovens.push(oven(&rules, kitchen, &loads)?);
        }
        Ok(view)
    }

    /// What is to be baked for some stores on a day, and for which parts of it.
    async fn planned(
        &self,
        ctx: &Ctx,
        stores: &BTreeSet<Uuid>,
        wanted: ReadCapacity,
    ) -> ServiceResult<Vec<Planned>> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let date = wanted.production_date;
        let ids: Vec<Uuid> = stores.iter().copied().collect();
        let rows = orders::list_unfinished(db, organization_id, &ids, date, date).await?;
        let suggested = rows.iter().filter_map(|order| order.suggestion_id);
        let known = suggestions::list_reasons(db, organization_id, suggested).await?;
        // What came out takes the oven no more.
        let mut planned: Vec<Planned> = rows
            .iter()
            .filter(|order| rest(order) > 0)
            .map(|order| {
                let reasons = order.suggestion_id.and_then(|id| known.get(&id));
                Planned::of_order(order, reasons)
            })
            .collect();
        if ctx.require(Permission::SuggestionsRead).is_err() {
            return Ok(planned);
        }
        let scope = StoreScope::Only(stores.clone());
        let open = [SuggestionStatus::Open];
        for row in suggestions::list(db, organization_id, &scope, date, &open).await? {
            let quantity = row.accepted_quantity.unwrap_or(row.quantity);
            let reasons: Reasons = serde_json::from_value(row.reasons).map_err(|e| {
                let id = row.id;
                ServiceError::Internal(format!(
                    "the reasons of suggestion {id} are unreadable: {e}"
                ))
            })?;
            if quantity > 0 {
                planned.push(Planned {
                    store_id: row.store_id,
                    product_id: row.product_id,
                    quantity,
                    parts: scaled(&reasons.parts, quantity, reasons.tray),
                    policy: Some(reasons.policy),
                    covers_days: covers_days(&reasons),
                });
            }
        }
        Ok(planned)
    }
}

/// One oven against the trays that are due from it.
fn oven(rules: &Rules<'_>, kitchen: &store::Model, loads: &[Load]) -> ServiceResult<OvenView> {
    let trays_per_hour = kitchen.oven_trays_per_hour.unwrap_or(i32::MAX);
    let from = kitchen.bakes_from_minute.unwrap_or(kitchen.opens_at_minute);
    let bakes_from = on_day(kitchen, rules.wanted.production_date, from)?;
    // In minutes from when the oven is hot, so that no change of the clock lies between.
    let minute = |at: DateTime<Utc>| (at - bakes_from).num_minutes();
    let due = loads.iter().map(|load| Due {
        minute: minute(load.due_at),
        trays: load.trays,
    });
    let due: Vec<Due> = due.collect();
    let found = deadlines(&due, i64::from(trays_per_hour), 0);
    let shown = |deadline: &Deadline| DeadlineView {
        due_at: bakes_from + TimeDelta::minutes(deadline.minute),
        trays: deadline.trays,
        capacity: deadline.capacity,
        too_many: deadline.too_many(),
        done_at: bakes_from + TimeDelta::minutes(deadline.done_minute),
        late_minutes: deadline.late_minutes(),
        load_bp: deadline.load_bp(),
    };
    let worst = worst(&found);
    let earlier = match worst {
        None => Vec::new(),
        Some(missed) => {
            let until = loads
                .iter()
                .filter(|load| minute(load.due_at) <= missed.minute);
            earlier(rules, until)?
        }
    };
    Ok(OvenView {
        store_id: kitchen.id,
        store_code: kitchen.code.clone(),
        store_name: kitchen.name.clone(),
        trays_per_hour,
        bakes_from,
        deadlines: found.iter().map(shown).collect(),
        worst: worst.as_ref().map(shown),
        earlier,
    })
}

/// What is still good on all its days if it is baked a day earlier, the most trays first.
fn earlier<'l>(
    rules: &Rules<'_>,
    loads: impl Iterator<Item = &'l Load>,
) -> ServiceResult<Vec<EarlierView>> {
    let mut trays: BTreeMap<Uuid, i64> = BTreeMap::new();
    for load in loads {
        let product = rules.times.names.product(load.product_id)?;
        if product.shelf_life_days > load.covers_days {
            *trays.entry(load.product_id).or_insert(0) += load.trays;
        }
    }
    let mut found = Vec::with_capacity(trays.len());
    for (product_id, trays) in trays {
        found.push(EarlierView {
            product_id,
            product_name: rules.times.names.product(product_id)?.name.clone(),
            trays,
        });
    }
    found.sort_by(|a, b| {
        let more = b.trays.cmp(&a.trays);
        more.then_with(|| a.product_name.cmp(&b.product_name))
    });
    Ok(found)
}
