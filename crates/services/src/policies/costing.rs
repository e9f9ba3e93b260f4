//! What other terms would have cost a shelf over its last four weeks.

use super::{Policies, basis_points, terms_of};
use crate::store::{forecasts, outlook};
use crate::suggestions::day_demand;
use crate::{Ctx, ServiceResult, clock};
use chrono::{Days, NaiveDate};
use contract::policies::{ChoiceCost, PolicyCosts, ReadPolicy, TriedChoice};
use domain::replenish::{DayDemand, Margins, PastDay, Terms, chosen_ratio, hindsight};
use domain::{Permission, RatioBy, ReplenishmentPolicy};
use entity::{daily_sales, forecast};
use std::collections::BTreeMap;

/// Days that are looked back, all of them over.
const LOOK_BACK: u64 = 28;

/// Service levels that are tried beside what holds and what follows from the costs, in basis points.
const TRIED_LEVELS_BP: [i32; 4] = [8_000, 9_000, 9_500, 9_800];

/// The forecast that was there when the batch of a day was decided.
const DAY_AHEAD: i32 = 1;

impl Policies<'_> {
    /// What each choice would have cost over the last 28 days that are over: every day on which the shop was open and a forecast of the
    /// day before is there, baked for itself from that forecast, against what was sold. People's overrides are left out: they are
    /// nobody's policy. Six statements.
    ///
    /// # Errors
    /// Forbidden without `suggestions.read`; not found (a store out of scope, a product that it does not carry).
    pub async fn costs(&self, ctx: &Ctx, wanted: ReadPolicy) -> ServiceResult<PolicyCosts> {
        ctx.require(Permission::SuggestionsRead)?;
        let found = self.find(ctx, (wanted.store_id, wanted.product_id)).await?;
        let (store, product) = (&found.store, &found.product);
        let until = ctx.today_in(clock::zone(&store.time_zone)?) - Days::new(1);
        let from = until - Days::new(LOOK_BACK - 1);
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        let (store_id, product_id) = (store.id, product.id);
        let open = outlook::list_open_dates(db, organization_id, store_id, from, until).await?;
        let foreseen = forecasts::list_of_shelf_by_horizon(
            db,
            organization_id,
            store_id,
            product_id,
            &[DAY_AHEAD],
            from,
            until,
        )
        .await?;
        let sold =
            forecasts::list_sold_of_shelf(db, organization_id, store_id, product_id, from, until)
                .await?;
        let days = past_days(&open, &foreseen, sold);
        let terms = terms_of(product, Some(&found.row));
        let margins = Margins {
            price_minor: product.price_minor,
            unit_cost_minor: product.unit_cost_minor,
            salvage_minor: terms.salvage_minor,
            substitution_share_bp: terms.substitution_share_bp,
        };
        let costs_known = product.price_minor > 0 && product.unit_cost_minor > 0;
        let tried = tried(terms, product.price_minor, product.unit_cost_minor);
        let ratios: Vec<f64> = tried.iter().map(|(_, ratio)| *ratio).collect();
        let told = hindsight(&days, &ratios, product.tray_size, margins);
        let counted = told.first().copied().unwrap_or_default();
        let choices = tried
            .into_iter()
            .zip(told)
            .map(|((choice, ratio), told)| ChoiceCost {
                choice,
                ratio_bp: basis_points(ratio),
                baked: told.baked,
                left: told.left,
                missed: told.missed,
                waste_minor: told.waste_minor,
                missed_minor: told.missed_minor,
            });
        Ok(PolicyCosts {
            from,
            until,
            days: counted.days,
            estimated_days: counted.estimated_days,
            left_out_days: counted.left_out_days,
            keeps: product.shelf_life_days > 1 || terms.policy == ReplenishmentPolicy::ReorderPoint,
            costs_known,
            choices: if costs_known {
                choices.collect()
            } else {
                Vec::new()
            },
        })
    }
}

/// What is tried: what holds, what the costs say, and some service levels.
fn tried(terms: Terms, price_minor: i64, unit_cost_minor: i64) -> Vec<(TriedChoice, f64)> {
    let by_costs = Terms {
        policy: ReplenishmentPolicy::Newsvendor,
        ratio_by: RatioBy::Costs,
        ..terms
    };
    let ratio = |terms: Terms| terms.ratio(price_minor, unit_cost_minor).value;
    let levels =
        TRIED_LEVELS_BP.map(|level| (TriedChoice::ServiceLevel, chosen_ratio(level).value));
    let mut tried = vec![
        (TriedChoice::Current, ratio(terms)),
        (TriedChoice::Costs, ratio(by_costs)),
    ];
    tried.extend(levels);
    tried
}

/// The days that can be judged: the shop sold something and there is a forecast. A product of which nothing was sold then was not
/// wanted.
fn past_days(
    open: &[NaiveDate],
    foreseen: &[forecast::Model],
    sold: Vec<daily_sales::Model>,
) -> Vec<PastDay> {
    let foreseen: BTreeMap<NaiveDate, DayDemand> = foreseen
        .iter()
        .map(|row| (row.target_date, day_demand(row)))
        .collect();
    let sold: BTreeMap<NaiveDate, daily_sales::Model> = sold
        .into_iter()
        .map(|row| (row.business_date, row))
        .collect();
    let day = |date: &NaiveDate| {
        let sold = sold.get(date);
        Some(PastDay {
            forecast: *foreseen.get(date)?,
            sold: sold.map_or(0, |row| row.quantity),
            sold_out: sold.is_some_and(|row| row.censored),
            lost: sold.and_then(|row| row.lost_units),
        })
    };
    open.iter().filter_map(day).collect()
}
