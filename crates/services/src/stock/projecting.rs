//! What of the goods on the shelves will not be sold before it expires.
//!
//! Each request asks the database a fixed number of questions, however many products there are.

use super::{Stock, ages};
use crate::store::{forecasts, lots, models, outlook, shelves};
use crate::suggestions::generating::{correlation, day_demand};
use crate::today::passed_bp;
use crate::{Ctx, ServiceResult, clock};
use chrono::{Days, NaiveDate};
use contract::stock::{ProjectedLot, ProjectedWaste};
use domain::Permission;
use domain::lots::Rest;
use domain::outlook::{Spread, left_of_day};
use domain::replenish::demand::USUAL_CORRELATION;
use domain::replenish::{DayDemand, Leftover, leftovers};
use entity::{forecast, product, store};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Days that are looked ahead, today among them: what keeps longer still has time.
const LOOK_AHEAD: u64 = 14;

/// From half a base unit on somebody can do something about it.
const WORTH_A_LINE_MILLI: i64 = 500;

/// What will still be asked for in a store.
struct Outlook {
    issued_on: Option<NaiveDate>,
    days: HashMap<Uuid, BTreeMap<NaiveDate, DayDemand>>,
    correlation: f64,
}

/// A batch with what it will leave over.
struct Judged<'a> {
    product: &'a product::Model,
    rest: Rest,
    is_expired: bool,
    left: Leftover,
}

impl Judged<'_> {
    /// At cost, in minor units.
    fn cost_minor(&self) -> i64 {
        let cost = i128::from(self.left.expected_milli) * i128::from(self.product.unit_cost_minor);
        i64::try_from((cost + 500) / 1_000).unwrap_or(i64::MAX)
    }
}

impl Stock<'_> {
    /// What of the batches in a store will not be sold before it expires, at the latest forecast and people's numbers, the costliest
    /// first; with what expired already. What is baked or sent until then is sold after what is there and changes nothing of it.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn projected_waste(
        &self,
        ctx: &Ctx,
        store_id: Uuid,
    ) -> ServiceResult<ProjectedWaste> {
        ctx.require(Permission::StockRead)?;
        ctx.require_store(store_id)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, store_id).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let until = today + Days::new(LOOK_AHEAD - 1);
        let products = outlook::list_products(db, organization_id).await?;
        let rows = products.iter().map(|(product, _)| product);
        let ages = ages::of_shelves(db, organization_id, today, &[store_id], rows).await?;
        let outlook = self.outlook(ctx, &store, (today, until)).await?;

        let mut judged = Vec::new();
        let mut unjudged = 0;
        for (product, _) in &products {
            let Some(ages) = ages.get(&(store_id, product.id)) else {
                continue;
            };
            let (expired, good): (Vec<Rest>, Vec<Rest>) = ages
                .rests
                .iter()
                .filter(|rest| rest.best_before <= until)
                .partition(|rest| rest.best_before < today);
            judged.extend(expired.into_iter().map(|rest| Judged {
                product,
                is_expired: true,
                left: Leftover {
                    expected_milli: rest.quantity.saturating_mul(1_000),
                    low: rest.quantity,
                    high: rest.quantity,
                },
                rest,
            }));
            let Some(days) = outlook.days.get(&product.id) else {
                unjudged += u64::from(!good.is_empty());
                continue;
            };
            let batches: Vec<(NaiveDate, i64)> = good
                .iter()
                .map(|rest| (rest.best_before, rest.quantity))
                .collect();
            let left = leftovers(&batches, days, outlook.correlation);
            judged.extend(good.into_iter().zip(left).map(|(rest, left)| Judged {
                product,
                rest,
                is_expired: false,
                left,
            }));
        }
        judged.retain(|one| one.left.expected_milli >= WORTH_A_LINE_MILLI);
        judged.sort_by(|a, b| {
            let key = |one: &Judged<'_>| (one.rest.best_before, one.rest.arrived);
            b.cost_minor()
                .cmp(&a.cost_minor())
                .then_with(|| a.product.sku.cmp(&b.product.sku))
                .then_with(|| key(a).cmp(&key(b)))
        });
        let ids = judged.iter().filter_map(|one| one.rest.lot_id);
        let orders = lots::list_orders(db, organization_id, ids).await?;
        let lots: Vec<ProjectedLot> = judged.iter().map(|one| view(one, &orders)).collect();
        Ok(ProjectedWaste {
            store_id,
            store_name: store.name,
            date: today,
            until,
            issued_on: outlook.issued_on,
            cost_minor: lots
                .iter()
                .fold(0, |sum: i64, lot| sum.saturating_add(lot.cost_minor)),
            lots,
            unjudged,
        })
    }

    /// What will still be asked for: of today what its hours and its tickets leave of the forecast, as on the page of today.
    async fn outlook(
        &self,
        ctx: &Ctx,
        store: &store::Model,
        (today, until): (NaiveDate, NaiveDate),
    ) -> ServiceResult<Outlook> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let mut outlook = Outlook {
            issued_on: forecasts::latest_issue(db, organization_id, None).await?,
            days: HashMap::new(),
            correlation: USUAL_CORRELATION,
        };
        let Some(issued_on) = outlook.issued_on else {
            return Ok(outlook);
        };
        let stores = [store.id];
        let rows =
            forecasts::list_issued(db, organization_id, issued_on, Some(&stores), today, until)
                .await?;
        if let Some(id) = rows.iter().find_map(|row| row.model_version_id)
            && let Some(model) = models::find(db, organization_id, id).await?
        {
            outlook.correlation = correlation(&model.manifest);
        }
        let overrides =
            forecasts::list_overrides_of_store(db, organization_id, store.id, None, today, until)
                .await?;
        let overrides: HashMap<(Uuid, NaiveDate), i64> = overrides
            .into_iter()
            .map(|(o, _)| ((o.product_id, o.target_date), o.quantity))
            .collect();
        let sold = forecasts::list_sold(db, organization_id, Some(store.id), today, today).await?;
        // Without tickets the shelf is still as it was in the morning, so the whole day is before it.
        let passed = if sold.is_empty() {
            0
        } else {
            passed_bp(store, ctx.now, clock::zone(&store.time_zone)?)
        };
        let sold: HashMap<Uuid, i64> = sold
            .into_iter()
            .map(|day| (day.product_id, day.quantity))
            .collect();
        for row in &rows {
            let mut demand = day_demand(row);
            if let Some(quantity) = overrides.get(&(row.product_id, row.target_date)) {
                demand = demand.with_median(*quantity);
            }
            if row.target_date == today {
                let sold = sold.get(&row.product_id).copied().unwrap_or(0);
                demand = demand.scaled(share_left(row, sold, passed));
            }
            outlook
                .days
                .entry(row.product_id)
                .or_default()
                .insert(row.target_date, demand);
        }
        Ok(outlook)
    }
}

/// What part of a day's forecast may still be sold.
fn share_left(row: &forecast::Model, sold: i64, passed_bp: i64) -> f64 {
    let day = Spread {
        low: row.q10_milli,
        median: row.q50_milli,
        high: row.q90_milli,
        mean: row.mean_milli,
    };
    if day.mean <= 0 {
        return 1.0 - passed_bp as f64 / 10_000.0;
    }
    left_of_day(day, sold, passed_bp).mean as f64 / day.mean as f64
}

fn view(one: &Judged<'_>, orders: &HashMap<Uuid, (Uuid, i64)>) -> ProjectedLot {
    let order = one.rest.lot_id.and_then(|id| orders.get(&id));
    let expected = one.left.expected_milli.saturating_add(500) / 1_000;
    ProjectedLot {
        product_id: one.product.id,
        sku: one.product.sku.clone(),
        product_name: one.product.name.clone(),
        unit: one.product.unit,
        order_id: order.map(|(id, _)| *id),
        order_number: order.map(|(_, number)| *number),
        by_transfer: one.rest.lot_id.is_some() && order.is_none(),
        arrived_on: one.rest.arrived,
        best_before: one.rest.best_before,
        on_hand: one.rest.quantity,
        is_expired: one.is_expired,
        left: expected.min(one.rest.quantity),
        left_low: one.left.low,
        left_high: one.left.high,
        cost_minor: one.cost_minor(),
    }
}
