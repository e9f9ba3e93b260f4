//! What becomes wrong, or right again, by itself while time passes: looked at every minute, opened once, closed when the cause is gone.

use crate::alerting::{self, NewAlert};
use crate::alerts::Alerts;
use crate::ctx::StoreScope;
use crate::store::{alerts as rows, organizations, outlook, recipes, shelves};
use crate::{Ctx, ServiceResult, clock, ingredients};
use chrono::{DateTime, TimeDelta, Timelike, Utc};
use contract::today::TodayRow;
use domain::outlook::{Risk, day_passed_bp};
use domain::{AlertKind, OrderStatus, Permission, Severity, StoreKind};
use entity::{product, store};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A shop's shelves are looked at once in so many minutes: what may run out by closing time does not change from one to the next.
const MINUTES_BETWEEN_SHELVES: usize = 5;

/// Longer than this no batch stays in the oven.
const LONGEST_BAKE: TimeDelta = TimeDelta::hours(12);

/// Until this share of the opening hours has passed there is still time to do something, in basis points.
const STILL_TIME_BP: i64 = 9_500;

impl Alerts<'_> {
    /// Opens and closes what depends on the time: ingredients that waiting batches lack, batches that are late, shelves that will run
    /// empty before closing, goods that will be left over. For the clock; every minute.
    ///
    /// # Errors
    /// [`crate::ServiceError::Forbidden`] without `jobs.run`.
    pub async fn sweep(&self, ctx: &Ctx) -> ServiceResult<()> {
        ctx.require(Permission::JobsRun)?;
        let db = self.services.db();
        let kitchens =
            ingredients::kitchens(db.connection(), ctx.organization_id(), &StoreScope::All).await?;
        if !recipes::list(db.connection(), ctx.organization_id())
            .await?
            .is_empty()
        {
            for kitchen in &kitchens {
                db.retry(|| async {
                    let tx = db.begin().await?;
                    crate::recipes::sync_missing(&*tx, ctx, kitchen.id).await?;
                    tx.commit().await
                })
                .await?;
            }
        }
        db.retry(|| self.sweep_orders(ctx)).await?;
        let shops =
            shelves::list_stores(db.connection(), ctx.organization_id(), &StoreScope::All).await?;
        let turn = ctx.now.minute() as usize % MINUTES_BETWEEN_SHELVES;
        for (_, shop) in shops.iter().enumerate().filter(|(at, shop)| {
            shop.kind == StoreKind::Shop && at % MINUTES_BETWEEN_SHELVES == turn
        }) {
            self.sweep_shelves(ctx, shop).await?;
        }
        Ok(())
    }

    /// A batch of an earlier day that nobody finished, or one that has been in the oven for half a day.
    async fn sweep_orders(&self, ctx: &Ctx) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let organization =
            organizations::get(self.services.db().connection(), organization_id).await?;
        let today = ctx.today_in(clock::zone(&organization.time_zone)?);
        let tx = self.services.db().begin().await?;
        let orders = crate::store::orders::list_overdue(&*tx, organization_id, today).await?;
        let late = orders.into_iter().filter(|order| {
            order.production_date < today
                || (order.status == OrderStatus::InProgress
                    && order
                        .started_at
                        .is_some_and(|at| at + LONGEST_BAKE < ctx.now))
        });
        let wanted = late.map(|order| NewAlert {
            store_id: Some(order.store_id),
            product_id: Some(order.product_id),
            kind: AlertKind::OrderLate,
            severity: Severity::Warning,
            dedup_key: format!("order_late:{}", order.id),
            detail: json!({ "order_number": order.number, "date": order.production_date }),
        });
        let wanted: Vec<NewAlert> = wanted.collect();
        self.settle(&*tx, ctx, AlertKind::OrderLate, None, wanted)
            .await?;
        tx.commit().await
    }

    /// Shelves of one shop: will they run empty before it closes, will something be left over that is worth a word?
    ///
    /// # Errors
    /// The database's.
    async fn sweep_shelves(&self, ctx: &Ctx, shop: &store::Model) -> ServiceResult<()> {
        let db = self.services.db();
        let organization_id = ctx.organization_id();
        let worth = organizations::get(db.connection(), organization_id)
            .await?
            .waste_alert_minor;
        let (mut empty, mut over) = (Vec::new(), Vec::new());
        if is_open(shop, ctx.now)? {
            let products = outlook::list_products(db.connection(), organization_id).await?;
            let products: BTreeMap<Uuid, product::Model> =
                products.into_iter().map(|(p, _)| (p.id, p)).collect();
            let today = self.services.today().view(ctx, shop.id).await?;
            // Without tickets of the day nobody knows what is left on the shelf.
            if today.tickets_in && today.day_passed_bp < STILL_TIME_BP {
                for row in &today.rows {
                    empty.extend(running_out(shop.id, row));
                    let product = products.get(&row.product.id);
                    over.extend(product.and_then(|p| left_over(shop.id, row, p, worth)));
                }
            }
        }
        db.retry(|| async {
            let tx = db.begin().await?;
            let shop_id = Some(shop.id);
            self.settle(&*tx, ctx, AlertKind::StockOutRisk, shop_id, empty.clone())
                .await?;
            self.settle(&*tx, ctx, AlertKind::WasteRisk, shop_id, over.clone())
                .await?;
            tx.commit().await
        })
        .await
    }

    /// Of this kind (and store, where one is named) exactly these stand open.
    async fn settle(
        &self,
        db: &impl sea_orm::ConnectionTrait,
        ctx: &Ctx,
        kind: AlertKind,
        store_id: Option<Uuid>,
        wanted: Vec<NewAlert>,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let keys: BTreeSet<String> = wanted.iter().map(|alert| alert.dedup_key.clone()).collect();
        let mut gone = rows::list_standing_keys(db, organization_id, kind, store_id).await?;
        gone.retain(|key| !keys.contains(key));
        alerting::open(db, organization_id, ctx.now, wanted).await?;
        alerting::resolve(db, organization_id, ctx.now, &gone).await
    }
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

/// More likely than not it runs out although the day is not over.
fn running_out(store_id: Uuid, row: &TodayRow) -> Option<NewAlert> {
    (row.sell_out == Risk::Likely).then(|| NewAlert {
        store_id: Some(store_id),
        product_id: Some(row.product.id),
        kind: AlertKind::StockOutRisk,
        severity: Severity::Info,
        dedup_key: format!("stock_out_risk:{store_id}:{}", row.product.id),
        detail: json!({ "quantity": row.missing, "on_hand": row.on_hand }),
    })
}

/// What will probably be left costs more than what is worth an alert: unit cost less what it still brings.
fn left_over(
    store_id: Uuid,
    row: &TodayRow,
    product: &product::Model,
    worth: i64,
) -> Option<NewAlert> {
    let each = (product.unit_cost_minor - product.salvage_minor).max(0);
    let money = row.surplus.saturating_mul(each);
    (row.waste >= Risk::Likely && money > worth).then(|| NewAlert {
        store_id: Some(store_id),
        product_id: Some(product.id),
        kind: AlertKind::WasteRisk,
        severity: Severity::Info,
        dedup_key: format!("waste_risk:{store_id}:{}", product.id),
        detail: json!({ "quantity": row.surplus, "money_minor": money }),
    })
}
