//! Shelves and ingredients of which too little is left: at or below a reorder point that a person set, or that was computed.

use super::settle;
use crate::alerting::{self, NewAlert};
use crate::alerts::Alerts;
use crate::ledger::Shelf;
use crate::policies::terms_of;
use crate::stock::ages;
use crate::store::{alerts as rows, outlook, shelves, suggestions};
use crate::{Ctx, ServiceResult, clock, ingredients};
use chrono::Days;
use domain::replenish::watched_point;
use domain::{AlertKind, ReplenishmentPolicy};
use entity::{store, store_product};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A reorder point that was computed longer ago than this, in days, says nothing of what is asked for now.
const KNOWN_FOR_DAYS: u64 = 6;

impl Alerts<'_> {
    /// Shelves of one store with a reorder point: is so much left that can still be sold? And where somebody bakes, ingredients: is so
    /// much left that can still be used?
    pub(super) async fn sweep_reorder_points(
        &self,
        ctx: &Ctx,
        store: &store::Model,
    ) -> ServiceResult<()> {
        let (db, organization_id, store_id) = (self.services.db(), ctx.organization_id(), store.id);
        let carried =
            shelves::list_carried(&db.of(ctx.organization_id()), organization_id, &[store_id])
                .await?;
        let typed: BTreeMap<Shelf, i64> = carried
            .iter()
            .filter_map(|(shelf, row)| Some((*shelf, row.reorder_point?)))
            .collect();
        let mut points = typed.clone();
        points.extend(self.points_of_what_keeps(ctx, store, &carried).await?);
        let asked = points.keys().copied().collect();
        let good = ages::good_of(
            &db.of(ctx.organization_id()),
            organization_id,
            ctx.now,
            &asked,
        )
        .await?;
        let (kind, here) = (AlertKind::BelowReorderPoint, Some(store_id));
        let standing =
            rows::list_standing(&db.of(ctx.organization_id()), organization_id, kind, here).await?;
        let standing: BTreeSet<String> = standing.into_iter().map(|(key, _)| key).collect();
        let is_low = |(shelf, point): (&Shelf, &i64)| {
            let left = good.get(shelf).copied();
            let alert = alerting::low(*shelf, left.unwrap_or(0), *point);
            // Of a shelf on which nothing ever lay nobody is told, unless whoever chose its reorder point was.
            let is_known = left.is_some() || standing.contains(&alert.dedup_key);
            (is_known && left.unwrap_or(0) <= *point).then_some(alert)
        };
        let mut wanted: Vec<NewAlert> = points.iter().filter_map(is_low).collect();
        if ingredients::is_kitchen(store) {
            let typed: BTreeSet<Uuid> = typed.keys().map(|(_, product_id)| *product_id).collect();
            let ingredients = self.services.ingredients();
            wanted.extend(ingredients.running_low(ctx, store, &typed).await?);
        }
        db.retry(|| async {
            let tx = db.begin_for(ctx.organization_id()).await?;
            settle(&*tx, ctx, (kind, here), |_| true, wanted.clone()).await?;
            tx.commit().await
        })
        .await
    }

    /// Reorder points of goods that keep: those that a person set, else those that the latest suggestions of the store were made with.
    async fn points_of_what_keeps(
        &self,
        ctx: &Ctx,
        store: &store::Model,
        carried: &BTreeMap<Shelf, store_product::Model>,
    ) -> ServiceResult<BTreeMap<Shelf, i64>> {
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let row_of = |product_id: Uuid| carried.get(&(store.id, product_id));
        let products = outlook::list_products(db, organization_id).await?;
        let keeping: BTreeSet<Uuid> = products
            .iter()
            .map(|(product, _)| product)
            .filter(|product| product.active)
            .filter(|product| product.discontinued_on.is_none_or(|day| day > today))
            .filter(|product| row_of(product.id).is_none_or(|row| row.listed))
            .filter(|product| {
                terms_of(product, row_of(product.id)).policy == ReplenishmentPolicy::ReorderPoint
            })
            .map(|product| product.id)
            .collect();
        if keeping.is_empty() {
            return Ok(BTreeMap::new());
        }
        // In the west it is still yesterday when the night computes.
        let days = (today - Days::new(KNOWN_FOR_DAYS), today + Days::new(1));
        let ids = keeping.iter().copied();
        let latest =
            suggestions::list_latest_reasons(db, organization_id, store.id, ids, days).await?;
        let point = |product_id: Uuid| {
            let row = row_of(product_id);
            let typed = row.and_then(|row| row.reorder_point);
            // What was computed before somebody chose something else for the shelf was computed for that.
            let computed = latest
                .get(&product_id)
                .filter(|(at, _)| row.is_none_or(|row| row.updated_at <= *at))
                .and_then(|(_, reasons)| reasons.reorder_point);
            let point = watched_point(typed, ReplenishmentPolicy::ReorderPoint, computed)?;
            Some(((store.id, product_id), point))
        };
        Ok(keeping.into_iter().filter_map(point).collect())
    }
}
