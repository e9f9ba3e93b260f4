//! Reading stock: the shelves of a store, the ledger of one.

use super::Stock;
use super::ages;
use super::booking::permission_for;
use super::holding;
use crate::catalog::barcodes_of;
use crate::store::{beliefs, forecasts, ingredients as ingredient_rows, lots, shelves};
use crate::{Ctx, ServiceError, ServiceResult, clock, ingredients};
use chrono::{DateTime, Days, NaiveDate, SecondsFormat, Utc};
use contract::Page;
use contract::stock::{
    BeliefView, LateFact, LedgerView, LevelView, LotView, MovementView, ReadBelief, ReadLedger,
    StockLevels,
};
use domain::Permission;
use domain::lots::Ages;
use domain::replenish::cover_days_x10;
use domain::stock::is_reversible;
use entity::stock_movement;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Days that the days of cover look ahead.
const HORIZON_DAYS: u64 = 14;

/// Late facts that are shown at once.
const LATE_FACTS: u64 = 50;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

impl Stock<'_> {
    /// The shelves of a store with their days of cover. Products that the store does not carry and has none of are
    /// left out; where somebody bakes, every ingredient of which stock is kept can be counted.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn levels(&self, ctx: &Ctx, store_id: Uuid) -> ServiceResult<StockLevels> {
        ctx.require(Permission::StockRead)?;
        ctx.require_store(store_id)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, store_id).await?;
        let levels = shelves::list_levels(db, organization_id, &[store_id]).await?;
        let carried = shelves::list_carried(db, organization_id, &[store_id]).await?;
        let arriving = shelves::list_arriving(db, organization_id, store_id).await?;
        let demand = self.daily_means(ctx, &store).await?;
        let products = shelves::list_products(db, organization_id).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let rows = products.iter().map(|(product, _)| product);
        let ages = ages::of_shelves(db, organization_id, today, &[store_id], rows).await?;
        let mut kept = BTreeSet::new();
        if ingredients::is_kitchen(&store) {
            let all = ingredient_rows::list(db, organization_id).await?;
            let stocked = all.into_iter().filter(|(_, row)| row.stocked);
            kept.extend(stocked.map(|(product, _)| product.id));
        }
        let holding = holding::of_store(db, organization_id, store_id).await?;
        let levels = products
            .into_iter()
            .filter_map(|(product, category)| {
                let shelf = (store_id, product.id);
                let (ages, carried) = (ages.get(&shelf), carried.get(&shelf));
                let on_hand = ages.map_or(0, Ages::on_hand);
                let (reserved, in_transit) =
                    (holding.reserved(product.id), holding.on_road(product.id));
                if on_hand == 0
                    && in_transit == 0
                    && reserved == 0
                    && !(product.active && carried.is_some_and(|c| c.listed))
                    && !kept.contains(&product.id)
                {
                    return None;
                }
                let reorder_point = carried.and_then(|c| c.reorder_point);
                let good = ages.map_or(on_hand, |ages| ages.good(today));
                Some(LevelView {
                    product_id: product.id,
                    sku: product.sku,
                    product_name: product.name,
                    category_name: category.map(|c| c.name).unwrap_or_default(),
                    unit: product.unit,
                    on_hand,
                    expired: ages.map_or(0, |ages| ages.expired(today)),
                    best_before: ages.and_then(|ages| ages.next_best_before(today)),
                    cover_days_x10: demand
                        .get(&product.id)
                        .and_then(|means| cover_days_x10(good, means)),
                    arriving: arriving.get(&product.id).copied().unwrap_or(0),
                    in_transit,
                    reserved,
                    available: good - reserved,
                    reorder_point,
                    is_low: reorder_point.is_some_and(|point| good <= point),
                    updated_at: levels.get(&shelf).map(|l| l.updated_at),
                    barcodes: barcodes_of(&product.barcodes),
                })
            })
            .collect();
        Ok(StockLevels {
            store_id,
            store_name: store.name,
            horizon_days: HORIZON_DAYS as i64,
            levels,
        })
    }

    /// Forecast means per day from today, by product; a day without a forecast counts as closed.
    async fn daily_means(
        &self,
        ctx: &Ctx,
        store: &entity::store::Model,
    ) -> ServiceResult<BTreeMap<Uuid, Vec<i64>>> {
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let Some(issued_on) = forecasts::latest_issue(db, organization_id, None).await? else {
            return Ok(BTreeMap::new());
        };
        // An organization whose data ends in the past is looked at from its own last night.
        let today = ctx
            .today_in(clock::zone(&store.time_zone)?)
            .min(issued_on + Days::new(1));
        let until = today + Days::new(HORIZON_DAYS - 1);
        let rows = forecasts::list_issued(
            db,
            organization_id,
            issued_on,
            Some(&[store.id]),
            today,
            until,
        )
        .await?;
        let mut means: BTreeMap<Uuid, Vec<i64>> = BTreeMap::new();
        for row in rows {
            let day = usize::try_from((row.target_date - today).num_days()).unwrap_or(0);
            let days = means
                .entry(row.product_id)
                .or_insert_with(|| vec![0; HORIZON_DAYS as usize]);
            if let Some(mean) = days.get_mut(day) {
                *mean = row.mean_milli;
            }
        }
        Ok(means)
    }

    /// The ledger of a shelf, latest first, each fact with on hand after it.
    ///
    /// # Errors
    /// Forbidden, not found, an unreadable cursor.
    pub async fn ledger(&self, ctx: &Ctx, wanted: ReadLedger) -> ServiceResult<LedgerView> {
        ctx.require(Permission::StockRead)?;
        ctx.require_store(wanted.store_id)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, wanted.store_id).await?;
        let product = shelves::get_product(db, organization_id, wanted.product_id).await?;
        let shelf = (store.id, product.id);
        let after = wanted.after.as_deref().map(read_cursor).transpose()?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let mut rows =
            shelves::list_movements(db, organization_id, shelf, after, limit as u64 + 1).await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|m| write_cursor(m.occurred_at, m.id));
        let balance = shelves::sum_before(db, organization_id, shelf, after).await?;
        let on_hand = match after {
            None => balance,
            Some(_) => shelves::sum_before(db, organization_id, shelf, None).await?,
        };
        let items = self.movement_views(ctx, rows, balance).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let ages = ages::of_shelves(db, organization_id, today, &[store.id], [&product]).await?;
        let ages = ages.get(&shelf).cloned().unwrap_or_default();
        let holding = holding::of_store(db, organization_id, store.id).await?;
        let (good, reserved) = (ages.good(today), holding.reserved(product.id));
        Ok(LedgerView {
            store_id: store.id,
            store_name: store.name,
            product_id: product.id,
            sku: product.sku,
            product_name: product.name,
            unit: product.unit,
            on_hand,
            good,
            reserved,
            available: good - reserved,
            in_transit: holding.on_road(product.id),
            lots: self.lot_views(ctx, &ages, today).await?,
            movements: Page { items, next },
        })
    }

    async fn lot_views(
        &self,
        ctx: &Ctx,
        ages: &Ages,
        today: NaiveDate,
    ) -> ServiceResult<Vec<LotView>> {
        let ids = ages.rests.iter().filter_map(|rest| rest.lot_id);
        let orders = lots::list_orders(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
            ids,
        )
        .await?;
        let rests = ages.rests.iter().map(|rest| {
            let order = rest.lot_id.and_then(|id| orders.get(&id));
            LotView {
                order_id: order.map(|(id, _)| *id),
                order_number: order.map(|(_, number)| *number),
                by_transfer: rest.lot_id.is_some() && order.is_none(),
                arrived_on: rest.arrived,
                best_before: rest.best_before,
                quantity: rest.quantity,
                is_expired: rest.best_before < today,
            }
        });
        Ok(rests.collect())
    }

    /// What the books said of a shelf at a moment, beside what they say of that moment now: facts can arrive late.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn believed(&self, ctx: &Ctx, wanted: ReadBelief) -> ServiceResult<BeliefView> {
        ctx.require(Permission::StockRead)?;
        ctx.require_store(wanted.store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, wanted.store_id).await?;
        let product = shelves::get_product(db, organization_id, wanted.product_id).await?;
        let shelf = (store.id, product.id);
        // Of a wall clock's hour that comes twice the first is meant, of one that never comes the moment at which it would have come.
        let at = clock::instant(clock::zone(&store.time_zone)?, wanted.at);
        let (believed, known_now) = beliefs::sums_at(db, organization_id, shelf, at).await?;
        let (late, late_facts) =
            beliefs::list_learned_later(db, organization_id, shelf, at, LATE_FACTS).await?;
        let actors: BTreeSet<Uuid> = late.iter().filter_map(|m| m.actor_id).collect();
        let people = shelves::list_people(db, organization_id, actors).await?;
        let learned_later = late.into_iter().map(|m| LateFact {
            kind: m.kind,
            quantity: m.quantity,
            occurred_at: m.occurred_at,
            recorded_at: m.recorded_at,
            actor_name: m.actor_id.and_then(|id| people.get(&id).cloned()),
        });
        Ok(BeliefView {
            unit: product.unit,
            at,
            believed,
            known_now,
            learned_later: learned_later.collect(),
            late_facts,
        })
    }

    /// `rows` latest first; `balance` is on hand after the first of them.
    async fn movement_views(
        &self,
        ctx: &Ctx,
        rows: Vec<stock_movement::Model>,
        mut balance: i64,
    ) -> ServiceResult<Vec<MovementView>> {
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let actors: BTreeSet<Uuid> = rows.iter().filter_map(|m| m.actor_id).collect();
        let people = shelves::list_people(db, organization_id, actors).await?;
        let reversed =
            shelves::list_reversed(db, organization_id, rows.iter().map(|m| m.id)).await?;
        let mut views = Vec::with_capacity(rows.len());
        for m in rows {
            let is_reversed = reversed.contains(&m.id);
            let may = ctx.actor.permissions.contains(&permission_for(m.kind));
            views.push(MovementView {
                id: m.id,
                kind: m.kind,
                quantity: m.quantity,
                balance,
                occurred_at: m.occurred_at,
                recorded_at: m.recorded_at,
                business_date: m.business_date,
                reason: m.reason,
                note: m.note,
                actor_name: m.actor_id.and_then(|id| people.get(&id).cloned()),
                order_id: m.order_id,
                import_id: m.import_id,
                reverses_id: m.reverses_id,
                is_reversed,
                is_reversible: may
                    && !is_reversed
                    && m.order_id.is_none()
                    && is_reversible(m.kind, m.recorded_at, ctx.now),
            });
            balance -= m.quantity;
        }
        Ok(views)
    }
}

fn write_cursor(at: DateTime<Utc>, id: Uuid) -> String {
    format!("{}~{id}", at.to_rfc3339_opts(SecondsFormat::Nanos, true))
}

fn read_cursor(text: &str) -> ServiceResult<(DateTime<Utc>, Uuid)> {
    text.split_once('~')
        .and_then(|(at, id)| Some((at.parse().ok()?, id.parse().ok()?)))
        .ok_or_else(|| {
            ServiceError::field(
                "after",
                "unreadable",
                "This place in the ledger is not known; start from the top.",
            )
        })
}
