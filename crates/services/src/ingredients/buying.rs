//! What to buy: from the forecast through the recipes to packs of a supplier.

use super::{Ingredients, suppliers::supplier_view};
use crate::alerting::{self, NewAlert};
use crate::purchases::open_of_kitchen;
use crate::recent::Recent;
use crate::stock::{ages, holding};
use crate::store::purchases::{OnOrder, open_purchases_by_ingredient};
use crate::store::{forecasts, ingredients as rows, organizations, recipes};
use crate::{Ctx, ServiceResult, clock};
use chrono::{Days, NaiveDate};
use contract::ingredients::{PurchaseLine, PurchaseList, ReadIngredients};
use domain::Permission;
use domain::recipes::Need;
use domain::replenish::{IngredientStock, PurchaseInput, purchase};
use entity::{ingredient, product, store, supplier};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use uuid::Uuid;

/// Days of the forecast that the need is taken from.
const HORIZON_DAYS: u64 = 28;

/// Between the 10 % and the 90 % quantile of a normal distribution lie so many standard deviations.
const WIDTHS: f64 = 2.0 * 1.281_551_565_544_600_4;

/// Where no supplier says how long a delivery takes.
const USUAL_LEAD_DAYS: i32 = 2;

/// A recipe is worked out for so many at once, so that whole numbers lose nothing.
const BATCH: i64 = 1_000_000;

/// Base units of an ingredient, of a mean day.
#[derive(Clone, Copy, Debug, Default)]
struct DailyNeed {
    mean: f64,
    /// Of one day.
    variance: f64,
}

/// What is expected to be used of each ingredient, and the days that say so.
struct Expected {
    needs: BTreeMap<Uuid, DailyNeed>,
    days: u32,
}

/// What a forecast was read for: the day it was issued on, the last day read, and the stores that a kitchen feeds.
pub(crate) type ForeseenFor = (NaiveDate, NaiveDate, Vec<Uuid>);

/// The forecast of what kitchens feed, as it was last read for those who watch their stock: over a large chain it is much to read every
/// five minutes, and it changes once a night.
pub(crate) type Foreseen = Recent<ForeseenFor, rows::NeedDays>;

impl Ingredients<'_> {
    /// What a kitchen should buy now. The need of a day is the forecast of the products that it bakes for, through their recipes;
    /// its error is added up over shops as if they erred together (they share the weather) and over products and days as if not. What
    /// is on order already counts as if it were there, late or not.
    ///
    /// # Errors
    /// As [`Ingredients::list`].
    pub async fn to_buy(&self, ctx: &Ctx, wanted: ReadIngredients) -> ServiceResult<PurchaseList> {
        ctx.require(Permission::RecipesRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let (kitchen, _) = self.kitchen(ctx, wanted.store_id).await?;
        let suppliers = rows::list_suppliers(db, organization_id).await?;
        let currency = organizations::get(db, organization_id).await?.currency;
        let Some(kitchen) = kitchen else {
            return Ok(PurchaseList {
                store_id: None,
                store_name: String::new(),
                lines: Vec::new(),
                suppliers: suppliers.into_iter().map(supplier_view).collect(),
                open: Vec::new(),
                today: None,
                forecast_days: 0,
                currency,
            });
        };
        let expected = self.expected(ctx, &kitchen, None).await?;
        let by_id = by_id(&suppliers);
        let mut items = rows::list(db, organization_id).await?;
        items.retain(|(_, row)| row.stocked);
        let today = ctx.today_in(clock::zone(&kitchen.time_zone)?);
        let products = items.iter().map(|(product, _)| product);
        let ages = ages::of_shelves(db, organization_id, today, &[kitchen.id], products).await?;
        let reserved = recipes::list_reserved(db, organization_id, &[kitchen.id]).await?;
        let on_order = open_purchases_by_ingredient(db, organization_id, &[kitchen.id]).await?;
        let open = open_of_kitchen(db, ctx, kitchen.id).await?;
        let line = |(product, row): &(product::Model, ingredient::Model)| {
            let shelf = (kitchen.id, product.id);
            // What expired bakes nothing.
            let good = ages.get(&shelf).map_or(0, |ages| ages.good(today));
            let reserved = reserved.get(&shelf).copied().unwrap_or(0);
            let need = expected.needs.get(&product.id).copied().unwrap_or_default();
            let supplier = row.supplier_id.and_then(|id| by_id.get(&id).copied());
            let coming = on_order.get(&shelf).copied();
            line_of(
                (product, row),
                supplier,
                need,
                (good, reserved),
                (coming, today),
            )
        };
        let mut lines: Vec<PurchaseLine> = items.iter().map(line).collect();
        lines.sort_by(|a, b| (a.packs == 0, &a.name).cmp(&(b.packs == 0, &b.name)));
        Ok(PurchaseList {
            store_id: Some(kitchen.id),
            store_name: kitchen.name,
            lines,
            suppliers: suppliers.into_iter().map(supplier_view).collect(),
            open,
            today: Some(today),
            forecast_days: expected.days,
            currency,
        })
    }

    /// Ingredients of a kitchen of which no more is free, or on its way, than the point at which more is bought; a point that a person set
    /// (`typed`) is left to whoever looks at those. Of what never lay there nobody is told: its stock is not kept. Only then is it
    /// asked what is needed, as that takes the longest.
    pub(crate) async fn running_low(
        &self,
        ctx: &Ctx,
        kitchen: &store::Model,
        typed: &BTreeSet<Uuid>,
    ) -> ServiceResult<Vec<NewAlert>> {
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let mut items = rows::list(db, organization_id).await?;
        items.retain(|(product, row)| row.stocked && !typed.contains(&product.id));
        let today = ctx.today_in(clock::zone(&kitchen.time_zone)?);
        let products = items.iter().map(|(product, _)| product);
        let ages = ages::of_shelves(db, organization_id, today, &[kitchen.id], products).await?;
        if ages.is_empty() {
            return Ok(Vec::new());
        }
        let kept = Some(&*self.services.foreseen);
        let expected = self.expected(ctx, kitchen, kept).await?;
        let suppliers = rows::list_suppliers(db, organization_id).await?;
        let by_id = by_id(&suppliers);
        let holding = holding::of_store(db, organization_id, kitchen.id).await?;
        let on_order = open_purchases_by_ingredient(db, organization_id, &[kitchen.id]).await?;
        let mut low = Vec::new();
        for (product, row) in &items {
            let shelf = (kitchen.id, product.id);
            let Some(ages) = ages.get(&shelf) else {
                continue;
            };
            let ordered = on_order.get(&shelf).copied();
            let stock = IngredientStock {
                good: ages.good(today),
                reserved: holding.reserved(product.id),
                coming: holding.on_road(product.id) + ordered.map_or(0, |o| o.quantity),
            };
            let need = expected.needs.get(&product.id).copied().unwrap_or_default();
            let supplier = row.supplier_id.and_then(|id| by_id.get(&id).copied());
            let there = (stock.good, stock.reserved);
            let line = line_of((product, row), supplier, need, there, (ordered, today));
            let point = line.reorder_point;
            if stock.is_low(point) {
                low.push(alerting::to_buy(
                    shelf,
                    stock.position(),
                    point,
                    product.unit,
                ));
            }
        }
        Ok(low)
    }

    /// From the forecast as it stands, or from what was `kept` of it within the hour.
    async fn expected(
        &self,
        ctx: &Ctx,
        kitchen: &store::Model,
        kept: Option<&Foreseen>,
    ) -> ServiceResult<Expected> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let none = Expected {
            needs: BTreeMap::new(),
            days: 0,
        };
        let Some(issued_on) = forecasts::latest_issue(db, organization_id, None).await? else {
            return Ok(none);
        };
        let today = ctx.today_in(clock::zone(&kitchen.time_zone)?);
        let stores = rows::list_fed_by(db, organization_id, kitchen.id).await?;
        let until = today + Days::new(HORIZON_DAYS);
        let base = (issued_on, until, stores);
        let found = kept.and_then(|kept| kept.find(kitchen.id, &base, ctx.now));
        let forecast = if let Some(forecast) = found {
            forecast
        } else {
            let read = rows::list_need_days(db, organization_id, issued_on, &base.2, until);
            let read = Arc::new(read.await?);
            if let Some(kept) = kept {
                kept.keep(kitchen.id, base, ctx.now, Arc::clone(&read));
            }
            read
        };
        let to_come = || forecast.iter().filter(|((_, day), _)| *day > today);
        let days: BTreeSet<NaiveDate> = to_come().map(|((_, day), _)| *day).collect();
        if days.is_empty() {
            return Ok(none);
        }
        let recipe_rows = recipes::list(db, organization_id).await?;
        let lines = recipes::list_lines(db, organization_id).await?;
        let book = recipes::book_of(&recipe_rows, &lines);
        let of_product: BTreeMap<Uuid, BTreeMap<Uuid, f64>> = recipe_rows
            .iter()
            .filter_map(|recipe| {
                let needs = book.exact_needs(recipe.id, Need::Good(BATCH));
                let of_one = needs.into_iter().map(|(id, n)| (id, n / BATCH as f64));
                Some((recipe.product_id?, of_one.collect()))
            })
            .collect();
        let mut needs: BTreeMap<Uuid, DailyNeed> = BTreeMap::new();
        let count = days.len() as f64;
        for ((product_id, _), day) in to_come() {
            for (ingredient, factor) in of_product.get(product_id).into_iter().flatten() {
                let need = needs.entry(*ingredient).or_default();
                let sd = day.width_milli as f64 / 1_000.0 / WIDTHS * factor;
                need.mean += day.mean_milli as f64 / 1_000.0 * factor / count;
                need.variance += sd * sd / count;
            }
        }
        Ok(Expected {
            needs,
            days: u32::try_from(days.len()).unwrap_or(u32::MAX),
        })
    }
}

fn by_id(suppliers: &[supplier::Model]) -> BTreeMap<Uuid, &supplier::Model> {
    suppliers.iter().map(|one| (one.id, one)).collect()
}

fn line_of(
    (product, row): (&product::Model, &ingredient::Model),
    supplier: Option<&supplier::Model>,
    need: DailyNeed,
    (on_hand, reserved): (i64, i64),
    (coming, today): (Option<OnOrder>, NaiveDate),
) -> PurchaseLine {
    // Whoever looks today looks again tomorrow: a day more than the delivery takes.
    let lead_days = supplier.map_or(USUAL_LEAD_DAYS, |s| s.lead_time_days) + 1;
    let on_order = coming.map_or(0, |coming| coming.quantity);
    let bought = purchase(&PurchaseInput {
        on_hand,
        reserved,
        on_order,
        daily_need: need.mean,
        lead_sd: (need.variance * f64::from(lead_days)).sqrt(),
        lead_days: u32::try_from(lead_days).unwrap_or(1),
        service_level_bp: product.service_level_bp,
        pack_quantity: row.pack_quantity,
        pack_price_minor: row.pack_price_minor,
        order_cost_minor: supplier.map_or(0, |s| s.order_cost_minor),
        holding_bp: row.holding_bp,
        shelf_life_days: u32::try_from(product.shelf_life_days).unwrap_or(1),
    });
    PurchaseLine {
        ingredient_id: product.id,
        code: product.sku.clone(),
        name: product.name.clone(),
        unit: product.unit,
        supplier_id: row.supplier_id,
        on_hand,
        reserved,
        on_order,
        expected_on: coming.map(|coming| coming.expected_on),
        late: coming.is_some_and(|coming| coming.expected_on < today),
        daily_need_milli: (need.mean * 1_000.0).round() as i64,
        lead_days,
        reorder_point: bought.reorder_point,
        safety_stock: bought.safety_stock,
        economic_quantity: bought.economic_quantity,
        pack_quantity: row.pack_quantity,
        packs: bought.packs,
        cost_minor: row
            .pack_price_minor
            .map(|price| price.saturating_mul(bought.packs)),
    }
}
