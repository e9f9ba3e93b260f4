//! The night's work: from forecasts, costs and shelves to suggestions with reasons.

use super::{Suggestions, history::keep_former, parts::Profiles};
use crate::ledger::Shelf;
use crate::policies::terms_of;
use crate::production_orders::{moment, rest};
use crate::stock::ages;
use crate::store::{forecasts, models, orders, shelves, suggestions, transfers};
use crate::{Ctx, ServiceError, ServiceResult, StoreScope, audit, clock, live};
use chrono::{Datelike, Days, NaiveDate, Timelike};
use contract::suggestions::GeneratedSuggestions;
use domain::lots::Ages;
use domain::orders::best_before;
use domain::replenish::demand::USUAL_CORRELATION;
use domain::replenish::{
    Batch, Cover, DayDemand, Demand, PlanInput, Reasons, cover, plan, project,
};
use domain::{ForecastSource, Permission, ProductKind, SuggestionStatus};
use entity::{forecast, product, production_order, store, store_product, suggestion};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// Days of forecast that are read: the longest wait and window.
const READ_DAYS: u64 = 28;

/// Everything that the numbers of a day depend on.
struct Known {
    stores: BTreeMap<Uuid, store::Model>,
    products: BTreeMap<Uuid, product::Model>,
    days: BTreeMap<Shelf, BTreeMap<NaiveDate, DayDemand>>,
    sources: HashMap<Shelf, ForecastSource>,
    /// Of the errors of two days of a week, by the model that forecast them.
    correlation: f64,
    overrides: HashMap<(Shelf, NaiveDate), i64>,
    carried: BTreeMap<Shelf, store_product::Model>,
    ages: HashMap<Shelf, Ages>,
    unfinished: HashMap<Shelf, Vec<production_order::Model>>,
    /// On the road from other stores, by last day of sale.
    coming: HashMap<Shelf, Vec<(NaiveDate, i64)>>,
    profiles: Profiles,
}

impl Suggestions<'_> {
    /// Computes the suggestions of a production day for every shelf with a forecast and writes them: new ones are
    /// added, open ones brought up to date, decided ones left alone, and open ones without a reason superseded. What an open
    /// one said before is kept where it changes. Running it again changes nothing but the moment of computing.
    ///
    /// # Errors
    /// Forbidden without `jobs.run`.
    pub async fn generate(
        &self,
        ctx: &Ctx,
        production_date: NaiveDate,
        job_run_id: Option<Uuid>,
    ) -> ServiceResult<GeneratedSuggestions> {
        ctx.require(Permission::JobsRun)?;
        let organization_id = ctx.organization_id();
        let known = self.known(ctx, production_date).await?;
        let mut computed: Vec<suggestion::Model> = Vec::new();
        for shelf in known.days.keys() {
            let Some(reasons) = known.reasons(ctx, *shelf, production_date)? else {
                continue;
            };
            computed.push(suggestion::Model {
                id: Uuid::now_v7(),
                organization_id,
                store_id: shelf.0,
                product_id: shelf.1,
                production_date,
                covers_days: i32::try_from(reasons.covers_days).unwrap_or(1),
                quantity: reasons.quantity,
                accepted_quantity: None,
                status: SuggestionStatus::Open,
                reasons: serde_json::to_value(&reasons)
                    .map_err(|e| ServiceError::Internal(e.to_string()))?,
                decided_by: None,
                decided_at: None,
                dismiss_reason: None,
                order_id: None,
                job_run_id,
                created_at: moment(ctx),
            });
        }
        self.services
            .db()
            .retry(|| self.write_computed(ctx, production_date, &computed))
            .await
    }

    async fn write_computed(
        &self,
        ctx: &Ctx,
        production_date: NaiveDate,
        computed: &[suggestion::Model],
    ) -> ServiceResult<GeneratedSuggestions> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let before: BTreeMap<Shelf, suggestion::Model> =
            suggestions::list_locked(&*tx, organization_id, production_date)
                .await?
                .into_iter()
                .map(|s| ((s.store_id, s.product_id), s))
                .collect();
        let mut counts = GeneratedSuggestions {
            computed: computed.len() as u64,
            to_bake: computed.iter().filter(|s| s.quantity > 0).count() as u64,
            ..GeneratedSuggestions::default()
        };
        for row in computed {
            match before
                .get(&(row.store_id, row.product_id))
                .map(|s| s.status)
            {
                Some(SuggestionStatus::Accepted | SuggestionStatus::Dismissed) => counts.kept += 1,
                Some(_) => counts.updated += 1,
                None => {}
            }
        }
        keep_former(&*tx, organization_id, &before, computed).await?;
        suggestions::upsert_open(&*tx, computed).await?;
        let with_reason: BTreeMap<Shelf, ()> = computed
            .iter()
            .map(|s| ((s.store_id, s.product_id), ()))
            .collect();
        let gone: Vec<Uuid> = before
            .iter()
            .filter(|(shelf, s)| {
                s.status == SuggestionStatus::Open && !with_reason.contains_key(*shelf)
            })
            .map(|(_, s)| s.id)
            .collect();
        counts.superseded = suggestions::supersede(&*tx, organization_id, &gone).await?;
        let detail = json!({ "production_date": production_date, "computed": counts.computed });
        live::emit(
            &*tx,
            organization_id,
            moment(ctx),
            None,
            "suggestions",
            None,
            detail,
        )
        .await?;
        let change = audit::Change {
            action: "suggestions.generate",
            subject_kind: "organization",
            subject_id: organization_id,
            before: None,
            after: Some(json!({ "production_date": production_date, "counts": counts })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(counts)
    }

    async fn known(&self, ctx: &Ctx, production_date: NaiveDate) -> ServiceResult<Known> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let stores = shelves::list_stores(db, organization_id, &StoreScope::All).await?;
        let ids: Vec<Uuid> = stores.iter().map(|s| s.id).collect();
        // Stores in the east may be a day ahead of the west.
        let from = production_date.min(ctx.now.date_naive() - Days::new(1));
        let until = production_date + Days::new(READ_DAYS);
        let rows = match forecasts::latest_issue(db, organization_id, None).await? {
            Some(issued_on) => {
                forecasts::list_issued(db, organization_id, issued_on, Some(&ids), from, until)
                    .await?
            }
            None => Vec::new(),
        };
        let overrides = forecasts::list_overrides(db, organization_id, from, until).await?;
        let overrides: HashMap<(Shelf, NaiveDate), i64> = overrides
            .into_iter()
            .map(|o| (((o.store_id, o.product_id), o.target_date), o.quantity))
            .collect();
        let model = match rows.iter().find_map(|row| row.model_version_id) {
            Some(id) => models::find(db, organization_id, id).await?,
            None => None,
        };
        let mut days: BTreeMap<Shelf, BTreeMap<NaiveDate, DayDemand>> = BTreeMap::new();
        let mut sources = HashMap::new();
        for row in rows {
            let shelf = (row.store_id, row.product_id);
            sources.insert(shelf, row.source);
            let mut demand = day_demand(&row);
            if let Some(quantity) = overrides.get(&(shelf, row.target_date)) {
                demand = demand.with_median(*quantity);
            }
            days.entry(shelf)
                .or_default()
                .insert(row.target_date, demand);
        }
        let products: BTreeMap<Uuid, product::Model> = shelves::list_products(db, organization_id)
            .await?
            .into_iter()
            .map(|(p, _)| (p.id, p))
            .collect();
        // What is bought is not baked for any shelf.
        let sold = products.values().filter(|p| p.kind == ProductKind::Product);
        let ages = ages::of_shelves(db, organization_id, from, &ids, sold).await?;
        let mut unfinished: HashMap<Shelf, Vec<production_order::Model>> = HashMap::new();
        for order in
            orders::list_unfinished(db, organization_id, &ids, from, production_date).await?
        {
            unfinished
                .entry((order.store_id, order.product_id))
                .or_default()
                .push(order);
        }
        let profiles = Profiles::read(db, ctx, &stores, &products).await?;
        Ok(Known {
            profiles,
            products,
            carried: shelves::list_carried(db, organization_id, &ids).await?,
            stores: stores.into_iter().map(|s| (s.id, s)).collect(),
            days,
            sources,
            correlation: model.map_or(USUAL_CORRELATION, |m| correlation(&m.manifest)),
            overrides,
            ages,
            coming: transfers::list_in_transit(db, organization_id, &ids).await?,
            unfinished,
        })
    }
}

impl Known {
    /// The number for one shelf with its reasons; `None` where nothing is baked for it that day.
    fn reasons(
        &self,
        ctx: &Ctx,
        shelf: Shelf,
        production_date: NaiveDate,
    ) -> ServiceResult<Option<Reasons>> {
        let (Some(store), Some(product)) = (self.stores.get(&shelf.0), self.products.get(&shelf.1))
        else {
            return Ok(None);
        };
        let carried = self.carried.get(&shelf);
        let gone = product
            .discontinued_on
            .is_some_and(|d| d <= production_date);
        if !product.active || gone || carried.is_some_and(|c| !c.listed) {
            return Ok(None);
        }
        let bakes_for = store
            .kitchen_store_id
            .and_then(|id| self.stores.get(&id))
            .unwrap_or(store);
        let bakes_on = |date: NaiveDate| {
            bakes_for.opening_days >> date.weekday().num_days_from_monday() & 1 == 1
        };
        let terms = terms_of(product, carried);
        let Some(cover) = cover(
            terms.policy,
            production_date,
            product.lead_time_days,
            product.shelf_life_days,
            bakes_on,
        ) else {
            return Ok(None);
        };
        let days = &self.days[&shelf];
        if !cover.dates(cover.days).any(|date| days.contains_key(&date)) {
            return Ok(None);
        }
        let today = ctx
            .today_in(clock::zone(&store.time_zone)?)
            .min(production_date);
        let share = if today == production_date {
            1.0
        } else {
            share_to_come(ctx, store)?
        };
        let expected = |date: NaiveDate| {
            let mean = days.get(&date).map_or(0.0, DayDemand::mean) * 1_000.0;
            (if date == today { mean * share } else { mean }).round() as i64
        };
        let on_hand = self.ages.get(&shelf).map_or(0, Ages::on_hand);
        let projection = project(
            &self.batches(shelf, product, today, share < 1.0),
            today,
            cover.available_on,
            expected,
        );
        let span = |from: NaiveDate, count: u32| -> Vec<DayDemand> {
            from.iter_days()
                .take(count as usize)
                .filter_map(|date| days.get(&date).copied())
                .collect()
        };
        let covered = span(cover.available_on, cover.days);
        let wait = u32::try_from((cover.available_on - today).num_days().max(0)).unwrap_or(0);
        let mean: f64 = covered.iter().map(DayDemand::mean).sum();
        let mut reasons = plan(&PlanInput {
            policy: terms.policy,
            ratio: terms.ratio(product.price_minor, product.unit_cost_minor),
            service_level_bp: terms.service_level_bp,
            substitution_share_bp: terms.substitution_share_bp,
            tray: product.tray_size,
            reorder_point: carried.and_then(|c| c.reorder_point),
            order_up_to: carried.and_then(|c| c.order_up_to),
            demand: &self.sum_of(&covered),
            until_next: &self.sum_of(&span(cover.available_on, cover.until_next)),
            before: &self.sum_of(&span(today, wait)),
            mean_milli: (mean * 1_000.0).round() as i64,
            on_hand,
            projection,
            covers_from: cover.available_on,
            covers_days: cover.days,
            overridden_days: self.overridden(shelf, &cover),
            source: self
                .sources
                .get(&shelf)
                .copied()
                .unwrap_or(ForecastSource::Baseline),
        });
        reasons.parts = self.profiles.parts(shelf, product, &reasons, &covered);
        Ok(Some(reasons))
    }

    fn sum_of(&self, days: &[DayDemand]) -> Demand {
        Demand::sum_of(days, self.correlation)
    }

    fn overridden(&self, shelf: Shelf, cover: &Cover) -> u32 {
        let count = cover
            .dates(cover.days)
            .filter(|date| self.overrides.contains_key(&(shelf, *date)))
            .count();
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// What is on the shelf, by age, and what pending orders bring. Goods that no batch explains were there before the shop opened,
    /// if it has not opened yet: they are what was left over.
    fn batches(
        &self,
        shelf: Shelf,
        product: &product::Model,
        today: NaiveDate,
        opened: bool,
    ) -> Vec<Batch> {
        let last_trading = if opened { today } else { today - Days::new(1) };
        let there = self
            .ages
            .get(&shelf)
            .into_iter()
            .flat_map(|ages| &ages.rests);
        let mut batches: Vec<Batch> = there
            .map(|rest| {
                let made = rest.arrived.min(last_trading);
                Batch {
                    quantity: rest.quantity,
                    from: rest.arrived.min(today),
                    last_day: match rest.lot_id {
                        Some(_) => rest.best_before,
                        None => best_before(made, product.shelf_life_days),
                    },
                    pending: false,
                }
            })
            .collect();
        for (last_day, quantity) in self.coming.get(&shelf).into_iter().flatten() {
            batches.push(Batch {
                quantity: *quantity,
                from: today,
                last_day: *last_day,
                pending: true,
            });
        }
        let lead = u64::try_from(product.lead_time_days.max(0)).unwrap_or(0);
        let unfinished = self.unfinished.get(&shelf).into_iter().flatten();
        for order in unfinished.filter(|order| rest(order) > 0) {
            let from = (order.production_date + Days::new(lead)).max(today);
            let last_day = best_before(from, product.shelf_life_days);
            batches.push(Batch {
                quantity: rest(order),
                from,
                last_day,
                pending: true,
            });
        }
        batches
    }
}

/// How alike the errors of neighbouring days were when the model was judged.
pub(crate) fn correlation(manifest: &Value) -> f64 {
    manifest["calibration"]["correlation"]
        .as_f64()
        .unwrap_or(USUAL_CORRELATION)
}

/// Share of today's demand that is still to come, by the clock between opening and closing.
fn share_to_come(ctx: &Ctx, store: &store::Model) -> ServiceResult<f64> {
    let local = ctx.now.with_timezone(&clock::zone(&store.time_zone)?);
    let minute = f64::from(local.hour() * 60 + local.minute());
    let (opens, closes) = (
        f64::from(store.opens_at_minute),
        f64::from(store.closes_at_minute),
    );
    if closes <= opens {
        return Ok(1.0);
    }
    Ok(((closes - minute) / (closes - opens)).clamp(0.0, 1.0))
}

/// A stored forecast as a distribution of one day.
pub(crate) fn day_demand(row: &forecast::Model) -> DayDemand {
    DayDemand::from_milli(
        row.mean_milli,
        [
            row.q05_milli,
            row.q10_milli,
            row.q20_milli,
            row.q30_milli,
            row.q40_milli,
            row.q50_milli,
            row.q60_milli,
            row.q70_milli,
            row.q80_milli,
            row.q90_milli,
            row.q95_milli,
        ],
    )
}
