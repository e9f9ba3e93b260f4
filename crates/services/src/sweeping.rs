//! What becomes wrong, or right again, by itself while time passes: looked at every minute, opened once, closed when the cause is gone.

mod points;
mod untold;

pub(crate) use untold::Usual;

use crate::alerting::{self, NewAlert};
use crate::alerts::Alerts;
use crate::ctx::StoreScope;
use crate::kitchens::kitchen_of;
use crate::ledger::Shelf;
use crate::policies::terms_of;
use crate::production_orders::DueTimes;
use crate::recipes::Library;
use crate::store::{alerts as rows, organizations, outlook, policies, shelves, suggestions};
use crate::{Ctx, ServiceResult, clock, ingredients};
use chrono::{DateTime, NaiveDate, TimeDelta, Timelike, Utc};
use contract::today::TodayRow;
use domain::outlook::{Risk, day_passed_bp};
use domain::{AlertKind, OrderStatus, Permission, Severity, StoreKind};
use entity::{product, production_order, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A shop's shelves are looked at once in so many minutes: what may run out by closing time does not change from one to the next.
const MINUTES_BETWEEN_SHELVES: usize = 5;

/// Longer than this no batch stays in the oven.
const LONGEST_BAKE: TimeDelta = TimeDelta::hours(12);

/// A batch that comes out a little after its moment is worth no word.
const GRACE: TimeDelta = TimeDelta::minutes(15);

/// Until this share of the opening hours has passed there is still time to do something, in basis points.
const STILL_TIME_BP: i64 = 9_500;

impl Alerts<'_> {
    /// Opens and closes what depends on the time: ingredients that waiting batches lack, batches that are late, shelves at their reorder
    /// points, shelves that will run empty before closing, goods that will be left over. For the clock; every minute. A kitchen or a shop
    /// that cannot be looked at keeps its alerts, and the others are looked at all the same.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn sweep(&self, ctx: &Ctx) -> ServiceResult<()> {
        ctx.require(Permission::JobsRun)?;
        let db = self.services.db();
        self.sweep_kitchens(ctx).await?;
        let stores = shelves::list_stores(
            &db.of(ctx.organization_id()),
            ctx.organization_id(),
            &StoreScope::All,
        )
        .await?;
        db.retry(|| self.sweep_orders(ctx, &stores)).await?;
        let shops = stores.iter().filter(|store| store.kind == StoreKind::Shop);
        let open: BTreeSet<Uuid> = shops.clone().map(|shop| shop.id).collect();
        // Nobody looks at the shelves of what is no shop any more.
        let closed = |store: Option<Uuid>| store.is_none_or(|id| !open.contains(&id));
        db.retry(|| async {
            let tx = db.begin_for(ctx.organization_id()).await?;
            for kind in [AlertKind::StockOutRisk, AlertKind::WasteRisk] {
                settle(&*tx, ctx, (kind, None), closed, Vec::new()).await?;
            }
            tx.commit().await
        })
        .await?;
        let turn = ctx.now.minute() as usize % MINUTES_BETWEEN_SHELVES;
        // Where somebody bakes, ingredients have reorder points as well.
        let theirs = stores
            .iter()
            .enumerate()
            .filter(|(at, _)| at % MINUTES_BETWEEN_SHELVES == turn);
        for (_, store) in theirs {
            if let Err(error) = self.sweep_reorder_points(ctx, store).await {
                tracing::error!(
                    store_id = %store.id,
                    error = &error as &dyn std::error::Error,
                    "the reorder points of a store were not looked at"
                );
            }
        }
        let theirs = shops
            .enumerate()
            .filter(|(at, _)| at % MINUTES_BETWEEN_SHELVES == turn);
        for (_, shop) in theirs {
            if let Err(error) = self.sweep_shelves(ctx, shop).await {
                tracing::error!(
                    store_id = %shop.id,
                    error = &error as &dyn std::error::Error,
                    "the shelves of a shop were not looked at"
                );
            }
        }
        Ok(())
    }

    /// Ingredients that waiting batches lack, of all kitchens at once: what is lacking nowhere any more is closed, whether the batch is
    /// gone, the recipe, or the kitchen.
    async fn sweep_kitchens(&self, ctx: &Ctx) -> ServiceResult<()> {
        let db = self.services.db();
        let organization_id = ctx.organization_id();
        let kitchens = ingredients::kitchens(
            &db.of(ctx.organization_id()),
            organization_id,
            &StoreScope::All,
        )
        .await?;
        let library = Library::read(&db.of(ctx.organization_id()), organization_id).await?;
        let (mut wanted, mut unknown) = (Vec::new(), BTreeSet::new());
        for kitchen in &kitchens {
            match crate::recipes::missing_in(&db.of(ctx.organization_id()), ctx, &library, kitchen)
                .await
            {
                Ok(missing) => wanted.extend(missing),
                Err(error) => {
                    unknown.insert(kitchen.id);
                    tracing::error!(
                        store_id = %kitchen.id,
                        error = &error as &dyn std::error::Error,
                        "what a kitchen lacks was not looked at"
                    );
                }
            }
        }
        let seen = |store: Option<Uuid>| store.is_none_or(|id| !unknown.contains(&id));
        db.retry(|| async {
            let tx = db.begin_for(ctx.organization_id()).await?;
            let kind = AlertKind::MissingIngredients;
            settle(&*tx, ctx, (kind, None), seen, wanted.clone()).await?;
            tx.commit().await
        })
        .await
    }

    /// A batch of an earlier day of its store that nobody began, one that has been in the oven for half a day, or one of which something
    /// was due a while ago. Six statements and those of the alerts, whatever the number of orders.
    async fn sweep_orders(&self, ctx: &Ctx, stores: &[store::Model]) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let mut days: BTreeMap<Uuid, NaiveDate> = BTreeMap::new();
        for store in stores {
            days.insert(store.id, ctx.today_in(clock::zone(&store.time_zone)?));
        }
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let day = ctx.now.date_naive();
        let orders = crate::store::orders::list_overdue(&*tx, organization_id, day).await?;
        let is_late = |order: &production_order::Model| {
            let over = days
                .get(&order.store_id)
                .is_some_and(|today| order.production_date < *today);
            match (order.status, order.started_at) {
                // What went into the oven before midnight is not late at one for the day alone.
                (OrderStatus::InProgress, Some(at)) => at + LONGEST_BAKE < ctx.now,
                _ => over,
            }
        };
        let (mut late, others): (Vec<_>, Vec<_>) = orders.into_iter().partition(is_late);
        // Nothing of a day is due before it begins.
        let has_begun = |order: &production_order::Model| {
            let today = days.get(&order.store_id);
            today.is_some_and(|today| order.production_date <= *today)
        };
        let others = others.into_iter().filter(has_begun).collect();
        late.extend(overdue(&*tx, ctx, stores, others).await?);
        let wanted = late.into_iter().map(|order| NewAlert {
            store_id: Some(order.store_id),
            product_id: Some(order.product_id),
            kind: AlertKind::OrderLate,
            severity: Severity::Warning,
            dedup_key: format!("order_late:{}", order.id),
            detail: json!({ "order_number": order.number, "date": order.production_date }),
        });
        let wanted: Vec<NewAlert> = wanted.collect();
        settle(&*tx, ctx, (AlertKind::OrderLate, None), |_| true, wanted).await?;
        tx.commit().await
    }

    /// Shelves of one shop: will they run empty before it closes, will something be left over that is worth a word?
    ///
    /// # Errors
    /// The database's.
    async fn sweep_shelves(&self, ctx: &Ctx, shop: &store::Model) -> ServiceResult<()> {
        let db = self.services.db();
        let organization_id = ctx.organization_id();
        let worth = organizations::get(&db.of(ctx.organization_id()), organization_id)
            .await?
            .waste_alert_minor;
        let here = Some(shop.id);
        let (mut empty, mut over) = (Vec::new(), Vec::new());
        if is_open(shop, ctx.now)? {
            let products =
                outlook::list_products(&db.of(ctx.organization_id()), organization_id).await?;
            let products: BTreeMap<Uuid, product::Model> =
                products.into_iter().map(|(p, _)| (p.id, p)).collect();
            let carried =
                shelves::list_carried(&db.of(ctx.organization_id()), organization_id, &[shop.id])
                    .await?;
            let each = |product: &product::Model| {
                let terms = terms_of(product, carried.get(&(shop.id, product.id)));
                (product.unit_cost_minor - terms.salvage_minor).max(0)
            };
            let today = self.services.today().view(ctx, shop.id).await?;
            let mut standing = BTreeSet::new();
            for kind in [AlertKind::StockOutRisk, AlertKind::WasteRisk] {
                let keys =
                    rows::list_standing(&db.of(ctx.organization_id()), organization_id, kind, here)
                        .await?;
                standing.extend(keys.into_iter().map(|(key, _)| key));
            }
            let is_time = today.day_passed_bp < STILL_TIME_BP;
            if is_time && today.tickets_in {
                for row in &today.rows {
                    empty.extend(running_out(shop.id, row, &standing));
                    let each = products.get(&row.product.id).map(each);
                    over.extend(each.and_then(|e| left_over(shop.id, row, e, worth, &standing)));
                }
            } else if is_time {
                // Without tickets of the day nobody knows what is left on the shelf, only what is usually sold by now.
                empty = self
                    .running_out_untold(ctx, shop, &today, &products, &standing)
                    .await?;
            }
        }
        let (empties, leftovers) = (AlertKind::StockOutRisk, AlertKind::WasteRisk);
        db.retry(|| async {
            let tx = db.begin_for(ctx.organization_id()).await?;
            settle(&*tx, ctx, (empties, here), |_| true, empty.clone()).await?;
            settle(&*tx, ctx, (leftovers, here), |_| true, over.clone()).await?;
            tx.commit().await
        })
        .await
    }
}

/// Those of these orders of which something was due longer ago than is given.
async fn overdue(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    stores: &[store::Model],
    orders: Vec<production_order::Model>,
) -> ServiceResult<Vec<production_order::Model>> {
    if orders.is_empty() {
        return Ok(orders);
    }
    let organization_id = ctx.organization_id();
    let shelves = orders.iter().map(|o| (o.store_id, o.product_id));
    let names = shelves::list_names(db, organization_id, shelves).await?;
    let asked = orders.iter().filter_map(|order| order.suggestion_id);
    let reasons = suggestions::list_reasons(db, organization_id, asked).await?;
    let organization = organizations::get(db, organization_id).await?;
    let shops: BTreeSet<Uuid> = orders.iter().map(|order| order.store_id).collect();
    let times = DueTimes {
        organization: &organization,
        names: &names,
        chosen: policies::list_chosen(db, organization_id, &shops).await?,
    };
    let by_id: BTreeMap<Uuid, &store::Model> = stores.iter().map(|s| (s.id, s)).collect();
    let mut late = Vec::new();
    for order in orders {
        let Some(shop) = by_id.get(&order.store_id) else {
            continue;
        };
        // What a kitchen that was closed for good should have baked is baked at the shop, if at all.
        let kitchen = by_id.get(&kitchen_of(shop)).unwrap_or(shop);
        let why = order.suggestion_id.and_then(|id| reasons.get(&id));
        let due = times.first_of(kitchen, shop, &order, why)?;
        if due.is_some_and(|at| at + GRACE <= ctx.now) {
            late.push(order);
        }
    }
    Ok(late)
}

/// Of this kind, of one store or of all, and there of the stores that were looked at, exactly these alerts stand open.
async fn settle(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    (kind, store_id): (AlertKind, Option<Uuid>),
    looked_at: impl Fn(Option<Uuid>) -> bool,
    wanted: Vec<NewAlert>,
) -> ServiceResult<()> {
    let organization_id = ctx.organization_id();
    let keys: BTreeSet<String> = wanted.iter().map(|alert| alert.dedup_key.clone()).collect();
    let standing = rows::list_standing(db, organization_id, kind, store_id).await?;
    let gone = standing
        .into_iter()
        .filter(|(key, store)| looked_at(*store) && !keys.contains(key));
    let gone: Vec<String> = gone.map(|(key, _)| key).collect();
    alerting::open(db, organization_id, ctx.now, wanted).await?;
    alerting::resolve(db, organization_id, ctx.now, &gone).await
}

fn is_open(shop: &store::Model, now: DateTime<Utc>) -> ServiceResult<bool> {
    let local = now.with_timezone(&clock::zone(&shop.time_zone)?);
    let minute = i64::from(local.num_seconds_from_midnight() / 60);
    let (opens, closes) = (
        i64::from(shop.opens_at_minute),
        i64::from(shop.closes_at_minute),
    );
    let passed = day_passed_bp(minute, opens, closes);
    Ok(minute >= opens && passed < 10_000)
}

/// How likely a risk has to be: more likely than not to be told, possible to go on being told. What lies on the edge would else be
/// opened and closed all day, and asked about again each time.
fn threshold(standing: &BTreeSet<String>, key: &str) -> Risk {
    if standing.contains(key) {
        Risk::Possible
    } else {
        Risk::Likely
    }
}

fn stock_out_key((store_id, product_id): Shelf) -> String {
    format!("stock_out_risk:{store_id}:{product_id}")
}

/// It runs out although the day is not over.
fn running_out(store_id: Uuid, row: &TodayRow, standing: &BTreeSet<String>) -> Option<NewAlert> {
    let dedup_key = stock_out_key((store_id, row.product.id));
    (row.sell_out >= threshold(standing, &dedup_key)).then(|| NewAlert {
        store_id: Some(store_id),
        product_id: Some(row.product.id),
        kind: AlertKind::StockOutRisk,
        severity: Severity::Info,
        dedup_key,
        detail: json!({ "quantity": row.missing, "on_hand": row.on_hand }),
    })
}

/// What will probably be left costs more than what is worth an alert. `each`: unit cost less what one still brings in this shop.
fn left_over(
    store_id: Uuid,
    row: &TodayRow,
    each: i64,
    worth: i64,
    standing: &BTreeSet<String>,
) -> Option<NewAlert> {
    let money = row.surplus.saturating_mul(each);
    let dedup_key = format!("waste_risk:{store_id}:{}", row.product.id);
    (row.waste >= threshold(standing, &dedup_key) && money > worth).then(|| NewAlert {
        store_id: Some(store_id),
        product_id: Some(row.product.id),
        kind: AlertKind::WasteRisk,
        severity: Severity::Info,
        dedup_key,
        detail: json!({ "quantity": row.surplus, "money_minor": money }),
    })
}
