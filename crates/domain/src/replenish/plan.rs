//! From distribution, costs and stock to the number on the screen, with its reasons.

use crate::day_parts::PartQuantity;
use crate::replenish::{Demand, Projection, Ratio, RatioCase, normal};
use crate::{ForecastSource, ReplenishmentPolicy};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Service levels that a safety stock can be computed for.
const SERVICE_RANGE: (f64, f64) = (0.5, 0.999);

/// Which way the need was brought to whole trays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Rounding {
    Exact,
    Up,
    Down,
}

/// Everything that decides a quantity.
#[derive(Clone, Debug)]
pub struct PlanInput<'a> {
    pub policy: ReplenishmentPolicy,
    pub ratio: Ratio,
    pub service_level_bp: i32,
    /// Share of missed sales that the ratio takes to buy something else, in basis points.
    pub substitution_share_bp: i32,
    /// Base units that are baked together; 1 or less = any number.
    pub tray: i64,
    /// Set by a person for this shelf, else computed.
    pub reorder_point: Option<i64>,
    /// Set by a person for this shelf, else computed.
    pub order_up_to: Option<i64>,
    /// Demand over the days that the batch must feed.
    pub demand: &'a Demand,
    /// Demand until the next batch can be there.
    pub until_next: &'a Demand,
    /// Demand between now and the arrival: its error is part of the risk.
    pub before: &'a Demand,
    /// Sum of the forecasts' own means over the covered days, in thousandths.
    pub mean_milli: i64,
    pub on_hand: i64,
    pub projection: Projection,
    pub covers_from: NaiveDate,
    pub covers_days: u32,
    pub overridden_days: u32,
    pub source: ForecastSource,
}

/// Why this number: stored with a suggestion and shown beside it. Quantities in base units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Reasons {
    pub policy: ReplenishmentPolicy,
    /// First day that the batch must feed.
    pub covers_from: NaiveDate,
    /// Days that the batch must feed.
    pub covers_days: u32,
    /// Whether a model or the seasonal baseline forecast the demand.
    pub source: ForecastSource,
    /// Covered days on which a person's number replaced the model's median.
    pub overridden_days: u32,
    /// Demand over the covered days: 10 %, 50 % and 90 % quantile, and mean in thousandths.
    pub forecast_p10: i64,
    pub forecast_p50: i64,
    pub forecast_p90: i64,
    pub forecast_mean_milli: i64,
    /// On the shelf when this was computed.
    pub on_hand: i64,
    /// Left of it, and still good, when the batch arrives.
    pub usable_stock: i64,
    /// Spoilt until then, unsold.
    pub projected_waste: i64,
    /// Brought by pending orders until then.
    pub pending: i64,
    /// Share of days on which demand is to be met in full, in basis points.
    pub ratio_bp: i32,
    pub ratio_case: RatioCase,
    /// Share of missed sales that buy something else, as far as it lowered the ratio, in basis points; nothing in reasons that are
    /// older than it.
    #[serde(default)]
    pub substitution_share_bp: i32,
    /// Stock at or below which goods that keep are ordered.
    pub reorder_point: Option<i64>,
    /// Stock that is wanted when the batch arrives.
    pub target: i64,
    /// Target less usable stock less pending, not below zero.
    pub need: i64,
    pub tray: i64,
    pub rounding: Rounding,
    /// The answer.
    pub quantity: i64,
    /// The answer by parts of the day; none where it is not baked in parts.
    #[serde(default)]
    pub parts: Vec<PartQuantity>,
}

/// The share of days without running dry that goods that keep are planned for, of a service level in basis points: nobody is planned
/// to run dry on more than every second day.
#[must_use]
pub fn service_share(service_level_bp: i32) -> f64 {
    (f64::from(service_level_bp) / 10_000.0).clamp(SERVICE_RANGE.0, SERVICE_RANGE.1)
}

/// How much to bake.
///
/// Fresh goods: order up to the critical ratio's quantile of the summed demand. Goods that keep: when projected stock
/// is at or below the reorder point, order up to a level; both are mean plus safety stock `z * sd`, with `z` from the
/// service level and `sd` from the forecast's own spread over the wait and the window (Snyder and Shen, section 4.3.4).
/// The need is brought to whole trays by the lower expected cost; it is never negative.
#[must_use]
pub fn plan(input: &PlanInput<'_>) -> Reasons {
    let position = input.projection.usable + input.projection.pending;
    let service = service_share(input.service_level_bp);
    let (ratio, case) = match input.policy {
        ReplenishmentPolicy::Newsvendor => (input.ratio.value, input.ratio.case),
        ReplenishmentPolicy::ReorderPoint => (service, RatioCase::ServiceLevel),
    };
    let (reorder_point, target) = match input.policy {
        ReplenishmentPolicy::Newsvendor => (None, input.demand.quantile(ratio)),
        ReplenishmentPolicy::ReorderPoint => {
            let computed = safe_level(service, input.until_next, input.before);
            let point = input.reorder_point.unwrap_or(computed).max(0);
            let level = input
                .order_up_to
                .unwrap_or_else(|| safe_level(service, input.demand, input.before));
            (Some(point), level.max(point))
        }
    };
    let triggered = reorder_point.is_none_or(|point| position <= point);
    let need = if triggered {
        (target - position).max(0)
    } else {
        0
    };
    let (quantity, rounding) = whole_trays(need, input.tray, |quantity| {
        let level = position + quantity;
        ratio * input.demand.expected_missed(level)
            + (1.0 - ratio) * input.demand.expected_left(level)
    });
    Reasons {
        policy: input.policy,
        covers_from: input.covers_from,
        covers_days: input.covers_days,
        source: input.source,
        overridden_days: input.overridden_days,
        forecast_p10: input.demand.quantile(0.1),
        forecast_p50: input.demand.quantile(0.5),
        forecast_p90: input.demand.quantile(0.9),
        forecast_mean_milli: input.mean_milli,
        on_hand: input.on_hand,
        usable_stock: input.projection.usable,
        projected_waste: input.projection.spoilt,
        pending: input.projection.pending,
        ratio_bp: (ratio * 10_000.0).round() as i32,
        ratio_case: case,
        substitution_share_bp: match case {
            RatioCase::Costs => input.substitution_share_bp,
            _ => 0,
        },
        reorder_point,
        target,
        need,
        tray: input.tray.max(1),
        rounding,
        quantity,
        parts: Vec::new(),
    }
}

/// Mean of a window plus the safety stock for the window and for the wait before it.
fn safe_level(service: f64, window: &Demand, before: &Demand) -> i64 {
    let sd = window.sd().hypot(before.sd());
    // Rounding noise of the discretised mean must not cost a whole unit.
    (window.mean() + normal::inverse(service) * sd - 1e-6)
        .ceil()
        .max(0.0) as i64
}

/// The multiple of the tray below or above the need, whichever is expected to cost less; ties go down.
pub(super) fn whole_trays(
    need: i64,
    tray: i64,
    expected_cost: impl Fn(i64) -> f64,
) -> (i64, Rounding) {
    if tray <= 1 || need % tray == 0 {
        return (need, Rounding::Exact);
    }
    let down = need / tray * tray;
    let up = down + tray;
    if expected_cost(up) < expected_cost(down) {
        (up, Rounding::Up)
    } else {
        (down, Rounding::Down)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::QUANTILE_LEVELS;
    use crate::replenish::{DayDemand, critical_ratio};
    use proptest::prelude::*;

    fn day(mean: f64, sd: f64) -> DayDemand {
        let quantiles = QUANTILE_LEVELS
            .map(|p| ((mean + sd * normal::inverse(p)).max(0.0) * 1_000.0).round() as i64);
        DayDemand::from_milli((mean * 1_000.0) as i64, quantiles)
    }

    struct Case {
        policy: ReplenishmentPolicy,
        ratio: Ratio,
        tray: i64,
        days: u32,
        projection: Projection,
        reorder_point: Option<i64>,
    }

    fn run(case: &Case, per_day: DayDemand) -> Reasons {
        let demand = Demand::sum_of(&vec![per_day; case.days as usize], 0.0);
        let until_next = Demand::sum_of(&[per_day], 0.0);
        plan(&PlanInput {
            policy: case.policy,
            ratio: case.ratio,
            service_level_bp: 9_000,
            substitution_share_bp: 2_500,
            tray: case.tray,
            reorder_point: case.reorder_point,
            order_up_to: None,
            demand: &demand,
            until_next: &until_next,
            before: &Demand::sum_of(&[], 0.0),
            mean_milli: 0,
            on_hand: case.projection.usable,
            projection: case.projection,
            covers_from: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
            covers_days: case.days,
            overridden_days: 0,
            source: ForecastSource::Model,
        })
    }

    fn fresh(tray: i64, usable: i64, pending: i64) -> Case {
        Case {
            policy: ReplenishmentPolicy::Newsvendor,
            // 18 / (18 + 2) = 0.9, as in the example of stockpyl.
            ratio: critical_ratio(2_000, 200, 0, 9_000, 0),
            tray,
            days: 1,
            projection: Projection {
                usable,
                pending,
                spoilt: 0,
            },
            reorder_point: None,
        }
    }

    #[test]
    fn the_worked_example_asks_for_133() {
        let reasons = run(&fresh(1, 0, 0), day(120.0, 10.0));
        assert_eq!(reasons.ratio_bp, 9_000);
        assert!(
            (132..=134).contains(&reasons.quantity),
            "{}",
            reasons.quantity
        );
        assert_eq!(reasons.rounding, Rounding::Exact);
    }

    #[test]
    fn stock_and_pending_orders_are_taken_off_and_never_below_zero() {
        let all = run(&fresh(1, 0, 0), day(120.0, 10.0)).quantity;
        assert_eq!(run(&fresh(1, 30, 20), day(120.0, 10.0)).quantity, all - 50);
        let full = run(&fresh(1, 500, 0), day(120.0, 10.0));
        assert_eq!((full.need, full.quantity), (0, 0));
    }

    #[test]
    fn trays_are_rounded_to_the_cheaper_side() {
        // The best number is 133: of 120 and 144, missing costs nine times what is left over.
        assert_eq!(run(&fresh(24, 0, 0), day(120.0, 10.0)).quantity, 144);
        assert_eq!(
            run(&fresh(24, 0, 0), day(120.0, 10.0)).rounding,
            Rounding::Up
        );
        // With margins turned round the best number is 107, and 96 beats 120.
        let mut dear = fresh(24, 0, 0);
        dear.ratio = critical_ratio(2_000, 1_800, 0, 9_000, 0);
        assert_eq!(run(&dear, day(120.0, 10.0)).rounding, Rounding::Down);
    }

    #[test]
    fn goods_that_keep_wait_for_the_reorder_point() {
        let mut keeps = fresh(1, 40, 0);
        keeps.policy = ReplenishmentPolicy::ReorderPoint;
        keeps.days = 7;
        // A day is N(20, 4): the point is 20 + 1.28 * 4 = 25.1, rounded up.
        let waiting = run(&keeps, day(20.0, 4.0));
        assert!(
            (25..=27).contains(&waiting.reorder_point.unwrap_or(0)),
            "{waiting:?}"
        );
        assert_eq!(waiting.quantity, 0);
        keeps.projection.usable = 10;
        let ordering = run(&keeps, day(20.0, 4.0));
        // A week is N(140, 10.6): up to 153.6.
        assert!((152..=156).contains(&ordering.target), "{ordering:?}");
        assert_eq!(ordering.quantity, ordering.target - 10);
        keeps.reorder_point = Some(5);
        assert_eq!(run(&keeps, day(20.0, 4.0)).quantity, 0);
    }

    #[test]
    fn substitutes_are_named_where_they_lowered_the_ratio() {
        assert_eq!(
            run(&fresh(1, 0, 0), day(120.0, 10.0)).substitution_share_bp,
            2_500
        );
        // Goods that keep, and costs that say nothing, go by the service level.
        let mut keeps = fresh(1, 0, 0);
        keeps.policy = ReplenishmentPolicy::ReorderPoint;
        assert_eq!(run(&keeps, day(20.0, 4.0)).substitution_share_bp, 0);
        let mut unknown = fresh(1, 0, 0);
        unknown.ratio = critical_ratio(0, 0, 0, 9_000, 2_500);
        assert_eq!(run(&unknown, day(20.0, 4.0)).substitution_share_bp, 0);
    }

    proptest! {
        #[test]
        fn quantities_are_whole_trays_and_never_negative(
            mean in 0.0..300.0_f64, spread in 0.0..0.6_f64, tray in 1..60_i64, usable in 0..400_i64, pending in 0..200_i64, days in 1..4_u32,
        ) {
            let mut case = fresh(tray, usable, pending);
            case.days = days;
            let reasons = run(&case, day(mean, mean * spread));
            prop_assert!(reasons.quantity >= 0);
            prop_assert_eq!(reasons.quantity % tray, 0);
            prop_assert!((reasons.quantity - reasons.need).abs() < tray);
        }

        #[test]
        fn more_on_the_shelf_never_asks_for_more(mean in 1.0..200.0_f64, usable in 0..200_i64, extra in 0..100_i64) {
            let little = run(&fresh(1, usable, 0), day(mean, mean * 0.3));
            let much = run(&fresh(1, usable + extra, 0), day(mean, mean * 0.3));
            prop_assert!(much.quantity <= little.quantity);
        }
    }
}
