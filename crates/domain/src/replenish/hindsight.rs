//! What other terms would have cost on days that are over: baking by the forecast that was there, against what was sold.

use super::judgement::wanted;
use super::newsvendor::lost_share;
use super::plan::whole_trays;
use super::{DayDemand, Demand};

/// A day that is over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct PastDay {
    /// What was known of it beforehand.
    pub forecast: DayDemand,
    /// Base units.
    pub sold: i64,
    /// Demand was at least what was sold.
    pub sold_out: bool,
    /// What more would have been sold on a sold-out day, where somebody could tell; base units.
    pub lost: Option<i64>,
}

impl PastDay {
    /// What was wanted that day; nothing where nobody can tell.
    fn wanted(&self) -> Option<i64> {
        wanted(self.sold, self.sold_out, self.lost)
    }
}

/// What a unit too few and a unit too many cost, in minor units per base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Margins {
    pub price_minor: i64,
    pub unit_cost_minor: i64,
    pub salvage_minor: i64,
    /// Share of missed sales that buy something else, in basis points.
    pub substitution_share_bp: i32,
}

/// What one ratio would have done on days that are over. Quantities in base units, money in minor units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hindsight {
    /// Days that are counted.
    pub days: u32,
    /// Of these, days that sold out: what was wanted is an estimate.
    pub estimated_days: u32,
    /// Days that sold out and of which nobody can tell what was wanted: not counted.
    pub left_out_days: u32,
    pub baked: i64,
    pub left: i64,
    pub missed: i64,
    /// Unit cost less salvage value of what would have been left.
    pub waste_minor: i64,
    /// Margin of what would have been missed, less what substitutes earn.
    pub missed_minor: i64,
}

/// What is baked for one day when nothing is there: the ratio's quantile in whole trays, rounded to the side with the lower expected
/// cost, as in [`super::plan()`].
#[must_use]
pub fn batch_for(demand: &Demand, ratio: f64, tray: i64) -> i64 {
    let need = demand.quantile(ratio).max(0);
    let expected_cost = |level: i64| {
        ratio * demand.expected_missed(level) + (1.0 - ratio) * demand.expected_left(level)
    };
    whole_trays(need, tray, expected_cost).0
}

/// The newsvendor's cost of each ratio, day by day and without hindsight: each day is baked for itself from the forecast that was
/// there, nothing is kept from one day to the next, and what was sold is what was wanted, with the estimate of what more would have
/// been sold where it sold out (Arrow, Harris and Marschak 1951; Snyder and Shen, section 4.3). One answer a ratio, in their order.
#[must_use]
pub fn hindsight(days: &[PastDay], ratios: &[f64], tray: i64, margins: Margins) -> Vec<Hindsight> {
    let mut told = vec![Hindsight::default(); ratios.len()];
    for day in days {
        let Some(wanted) = day.wanted() else {
            for one in &mut told {
                one.left_out_days += 1;
            }
            continue;
        };
        let demand = Demand::sum_of(&[day.forecast], 0.0);
        for (one, ratio) in told.iter_mut().zip(ratios) {
            let baked = batch_for(&demand, *ratio, tray);
            one.days += 1;
            one.estimated_days += u32::from(day.sold_out);
            one.baked = one.baked.saturating_add(baked);
            one.left = one.left.saturating_add((baked - wanted).max(0));
            one.missed = one.missed.saturating_add((wanted - baked).max(0));
        }
    }
    let over = (margins.unit_cost_minor - margins.salvage_minor).max(0);
    let under = (margins.price_minor - margins.unit_cost_minor).max(0);
    for one in &mut told {
        one.waste_minor = one.left.saturating_mul(over);
        let missed = one.missed.saturating_mul(under);
        one.missed_minor =
            (missed as f64 * lost_share(margins.substitution_share_bp)).round() as i64;
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::QUANTILE_LEVELS;
    use crate::replenish::{critical_ratio, normal};
    use proptest::prelude::*;

    const MARGINS: Margins = Margins {
        price_minor: 200,
        unit_cost_minor: 80,
        salvage_minor: 10,
        substitution_share_bp: 0,
    };

    fn about(mean: f64, sd: f64) -> DayDemand {
        let quantiles = QUANTILE_LEVELS
            .map(|p| ((mean + sd * normal::inverse(p)).max(0.0) * 1_000.0).round() as i64);
        DayDemand::from_milli((mean * 1_000.0) as i64, quantiles)
    }

    fn day(mean: f64, sd: f64, sold: i64) -> PastDay {
        PastDay {
            forecast: about(mean, sd),
            sold,
            sold_out: false,
            lost: None,
        }
    }

    #[test]
    fn left_and_missed_are_counted_in_money() {
        // The forecast knows exactly 100; 90 and 112 come.
        let days = [day(100.0, 0.0, 90), day(100.0, 0.0, 112)];
        let told = hindsight(&days, &[0.5], 1, MARGINS)[0];
        assert_eq!(
            (told.days, told.baked, told.left, told.missed),
            (2, 200, 10, 12)
        );
        assert_eq!((told.waste_minor, told.missed_minor), (700, 1_440));
        let shared = Margins {
            substitution_share_bp: 2_500,
            ..MARGINS
        };
        let told = hindsight(&days, &[0.5], 1, shared)[0];
        assert_eq!((told.waste_minor, told.missed_minor), (700, 1_080));
        assert!(
            hindsight(&[], &[0.5, 0.9], 1, MARGINS)
                .iter()
                .all(|h| *h == Hindsight::default())
        );
    }

    #[test]
    fn sold_out_days_count_with_their_estimate_or_not_at_all() {
        let known = PastDay {
            sold_out: true,
            lost: Some(20),
            ..day(100.0, 0.0, 90)
        };
        let unknown = PastDay {
            lost: None,
            ..known
        };
        let told = hindsight(&[known, unknown], &[0.5], 1, MARGINS)[0];
        assert_eq!(
            (
                told.days,
                told.estimated_days,
                told.left_out_days,
                told.missed,
                told.left
            ),
            (1, 1, 1, 10, 0)
        );
    }

    #[test]
    fn a_higher_level_throws_more_away_and_misses_less() {
        let days: Vec<PastDay> = (0..28).map(|n| day(100.0, 20.0, 70 + n * 2)).collect();
        let told = hindsight(&days, &[0.8, 0.9, 0.95, 0.98], 12, MARGINS);
        assert!(told.is_sorted_by(|a, b| a.left <= b.left && a.missed >= b.missed));
        assert!(told.iter().all(|one| one.baked % 12 == 0));
    }

    #[test]
    fn the_ratio_of_the_costs_is_the_cheapest_where_the_forecast_is_right() {
        // Sales that are the forecast's own quantiles.
        let forecast = about(100.0, 20.0);
        let days: Vec<PastDay> = (0_i32..200)
            .map(|n| PastDay {
                sold: forecast.quantile((f64::from(n) + 0.5) / 200.0).round() as i64,
                ..day(100.0, 20.0, 0)
            })
            .collect();
        let best = critical_ratio(200, 80, 10, 9_500, 0).value;
        let ratios: Vec<f64> = (2_i32..=98).map(|p| f64::from(p) / 100.0).collect();
        let cost = |h: &Hindsight| h.waste_minor + h.missed_minor;
        let cheapest = hindsight(&days, &ratios, 1, MARGINS).iter().map(cost).min();
        let ours = cost(&hindsight(&days, &[best], 1, MARGINS)[0]);
        let cheapest = cheapest.expect("some ratio");
        assert!(ours as f64 <= 1.01 * cheapest as f64, "{ours} {cheapest}");
    }

    proptest! {
        #[test]
        fn no_other_number_of_trays_is_expected_to_cost_less(
            mean in 0.0..120.0_f64, spread in 0.0..0.6_f64, ratio in 0.02..0.98_f64, tray in 1..40_i64,
        ) {
            let demand = Demand::sum_of(&[about(mean, mean * spread)], 0.0);
            let cost = |level: i64| ratio * demand.expected_missed(level) + (1.0 - ratio) * demand.expected_left(level);
            let ours = batch_for(&demand, ratio, tray);
            prop_assert_eq!(ours % tray, 0);
            for trays in 0..(600 / tray) {
                prop_assert!(cost(ours) <= cost(trays * tray) + 1e-6, "{} against {}", ours, trays * tray);
            }
        }

        #[test]
        fn sums_are_those_of_a_loop_over_the_days(
            days in prop::collection::vec((0.0..80.0_f64, 0.0..20.0_f64, 0..120_i64, any::<bool>(), prop::option::of(0..30_i64)), 0..12),
            ratio in 0.02..0.98_f64, tray in 1..20_i64,
        ) {
            let past: Vec<PastDay> = days
                .iter()
                .map(|(mean, sd, sold, sold_out, lost)| PastDay { sold_out: *sold_out, lost: *lost, ..day(*mean, *sd, *sold) })
                .collect();
            let (mut left, mut missed, mut skipped) = (0, 0, 0);
            for day in &past {
                let wanted = match (day.sold_out, day.lost) {
                    (false, _) => day.sold,
                    (true, Some(lost)) => day.sold + lost,
                    (true, None) => {
                        skipped += 1;
                        continue;
                    }
                };
                let baked = batch_for(&Demand::sum_of(&[day.forecast], 0.0), ratio, tray);
                if baked > wanted { left += baked - wanted } else { missed += wanted - baked }
            }
            let told = hindsight(&past, &[ratio], tray, MARGINS)[0];
            prop_assert_eq!((told.left, told.missed, told.left_out_days), (left, missed, skipped));
            prop_assert_eq!((told.waste_minor, told.missed_minor), (left * 70, missed * 120));
        }
    }
}
