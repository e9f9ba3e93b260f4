//! What of the goods on a shelf will not be sold before it expires, batch by batch, at forecast demand.
//!
//! The first to expire is sold first. With `Q(k)` the sum of the first `k` batches and `D(k)` what is asked for until the last day of
//! batch `k`, the first `k` batches leave `W(k) = max(W(k-1), Q(k) - D(k))` with `W(0) = 0`, and batch `k` of it `W(k) - W(k-1)`: what an
//! earlier batch left over was not asked for, so none of that demand was there for a later one before the earlier one had gone.
//!
//! `D(1), D(2), ...` share their first days and their errors go together, so they are taken as high together: each scenario is one level
//! `p`, with the quantile `p` of every `D(k)`. For a single batch that is the distribution's own expectation.

use super::demand::{DayDemand, Demand};
use chrono::NaiveDate;
use std::collections::BTreeMap;

/// Scenarios that the expectation is taken over, each as likely as the others.
const SCENARIOS: usize = 40;

/// Days at this level each: together they are surer still, so what is sold at them is taken as sold.
const ALMOST_SURE: f64 = 0.05;

/// What a batch will leave unsold on its last day, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Leftover {
    /// Expected, in thousandths.
    pub expected_milli: i64,
    /// Where demand is as high as in one case of ten.
    pub low: i64,
    /// Where demand is as low as in one case of ten.
    pub high: i64,
}

/// What the batches of one shelf will leave over. `batches` are last days of sale with quantities above zero, ascending; `days` is what is
/// still asked for on each day from today on, where a day that is not there sells nothing.
#[must_use]
pub fn leftovers(
    batches: &[(NaiveDate, i64)],
    days: &BTreeMap<NaiveDate, DayDemand>,
    correlation: f64,
) -> Vec<Leftover> {
    debug_assert!(batches.is_sorted_by_key(|(last_day, _)| *last_day));
    let mut paths: Vec<Path> = (0..SCENARIOS)
        .map(|i| Path::at((i as f64 + 0.5) / SCENARIOS as f64))
        .collect();
    let (mut much, mut little) = (Path::at(0.9), Path::at(0.1));
    let mut known: Option<(NaiveDate, Option<Demand>)> = None;
    let mut there = 0;
    let mut found = Vec::with_capacity(batches.len());
    for (last_day, quantity) in batches {
        there += quantity;
        let until = || days.range(..=*last_day).map(|(_, day)| *day);
        let sure: f64 = until().map(|day| day.quantile(ALMOST_SURE)).sum();
        if there as f64 <= sure {
            for path in paths.iter_mut().chain([&mut much, &mut little]) {
                path.asked = path.asked.max(there);
            }
            found.push(Leftover::default());
            continue;
        }
        if known.as_ref().is_none_or(|(day, _)| day != last_day) {
            let until: Vec<DayDemand> = until().collect();
            let demand = (!until.is_empty()).then(|| Demand::sum_of(&until, correlation));
            known = Some((*last_day, demand));
        }
        let demand = known.as_ref().and_then(|(_, demand)| demand.as_ref());
        let left: i64 = paths.iter_mut().map(|path| path.left(there, demand)).sum();
        let (few, many) = (much.left(there, demand), little.left(there, demand));
        found.push(Leftover {
            expected_milli: left.saturating_mul(1_000) / SCENARIOS as i64,
            low: few.min(many),
            high: few.max(many),
        });
    }
    found
}

/// One course of the coming days.
#[derive(Clone, Copy, Debug)]
struct Path {
    level: f64,
    /// Asked for so far; never falls from one batch to the next.
    asked: i64,
    /// Left over of the batches so far.
    wasted: i64,
}

impl Path {
    const fn at(level: f64) -> Self {
        Self {
            level,
            asked: 0,
            wasted: 0,
        }
    }

    /// What the next batch leaves, with which `there` have come so far.
    fn left(&mut self, there: i64, demand: Option<&Demand>) -> i64 {
        let asked = demand.map_or(0, |demand| demand.quantile(self.level));
        self.asked = self.asked.max(asked);
        let wasted = self.wasted.max(there - self.asked);
        let left = wasted - self.wasted;
        self.wasted = wasted;
        left
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::panel::QUANTILE_LEVELS;
    use crate::replenish::demand::USUAL_CORRELATION;
    use crate::replenish::{Batch, normal, project};
    use chrono::Days;
    use proptest::prelude::*;

    fn day(offset: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date") + Days::new(offset)
    }

    /// So many every time, for certain.
    fn certain(quantity: i64) -> DayDemand {
        DayDemand::from_milli(quantity * 1_000, [quantity * 1_000; 11])
    }

    fn uncertain(mean: f64, sd: f64) -> DayDemand {
        let quantiles =
            QUANTILE_LEVELS.map(|p| ((mean + sd * normal::inverse(p)) * 1_000.0).round() as i64);
        DayDemand::from_milli((mean * 1_000.0) as i64, quantiles)
    }

    #[test]
    fn one_batch_leaves_what_its_distribution_expects() {
        let days = BTreeMap::from([(day(0), uncertain(40.0, 10.0))]);
        let demand = Demand::sum_of(&[uncertain(40.0, 10.0)], USUAL_CORRELATION);
        for quantity in [30, 40, 60] {
            let left = leftovers(&[(day(0), quantity)], &days, USUAL_CORRELATION)[0];
            let expected = demand.expected_left(quantity) * 1_000.0;
            let off = (left.expected_milli as f64 - expected).abs();
            assert!(off < 300.0, "{quantity}: {left:?}, {expected}");
            assert_eq!(left.low, (quantity - demand.quantile(0.9)).max(0));
            assert_eq!(left.high, (quantity - demand.quantile(0.1)).max(0));
        }
    }

    #[test]
    fn what_nobody_asks_for_is_left_over_whole() {
        let none = BTreeMap::new();
        let left = leftovers(&[(day(0), 7), (day(2), 5)], &none, 0.0);
        let whole = |quantity: i64| Leftover {
            expected_milli: quantity * 1_000,
            low: quantity,
            high: quantity,
        };
        assert_eq!(left, [whole(7), whole(5)]);
        assert!(leftovers(&[], &none, 0.0).is_empty());
    }

    proptest! {
        /// Demand without doubt: what running the shelf forward day by day gives.
        #[test]
        fn without_doubt_it_is_the_shelf_run_forward(
            asked in prop::collection::vec(0..12_i64, 1..7),
            batches in prop::collection::vec((0..7_u64, 1..25_i64), 1..5),
        ) {
            let mut batches: Vec<(NaiveDate, i64)> =
                batches.iter().map(|(last, quantity)| (day(*last), *quantity)).collect();
            batches.sort_by_key(|(last_day, _)| *last_day);
            let days: BTreeMap<NaiveDate, DayDemand> =
                (0..).zip(&asked).map(|(n, quantity)| (day(n), certain(*quantity))).collect();
            let left = leftovers(&batches, &days, USUAL_CORRELATION);
            let demand = |date: NaiveDate| {
                days.get(&date).map_or(0, |day| (day.mean() * 1_000.0).round() as i64)
            };
            for k in 1..=batches.len() {
                let shelf: Vec<Batch> = batches[..k]
                    .iter()
                    .map(|(last_day, quantity)| Batch {
                        quantity: *quantity,
                        from: day(0),
                        last_day: *last_day,
                        pending: false,
                    })
                    .collect();
                let spoilt = project(&shelf, day(0), day(10), demand).spoilt;
                let sum: i64 = left[..k].iter().map(|l| l.expected_milli).sum();
                prop_assert_eq!(sum, spoilt * 1_000);
            }
            for one in &left {
                prop_assert_eq!((one.low * 1_000, one.high * 1_000), (one.expected_milli, one.expected_milli));
            }
        }

        /// No batch leaves less than nothing or more than it is, and more demand never leaves more in all.
        #[test]
        fn a_batch_leaves_between_nothing_and_all_of_it(
            means in prop::collection::vec(0..30_i64, 1..6),
            batches in prop::collection::vec((0..6_u64, 1..40_i64), 1..5),
            more in 0..10_i64,
        ) {
            let mut batches: Vec<(NaiveDate, i64)> =
                batches.iter().map(|(last, quantity)| (day(*last), *quantity)).collect();
            batches.sort_by_key(|(last_day, _)| *last_day);
            let days = |more: i64| -> BTreeMap<NaiveDate, DayDemand> {
                (0..)
                    .zip(&means)
                    .map(|(n, mean)| (day(n), uncertain((mean + more) as f64, 4.0)))
                    .collect()
            };
            let left = leftovers(&batches, &days(0), USUAL_CORRELATION);
            for ((_, quantity), one) in batches.iter().zip(&left) {
                prop_assert!((0..=quantity * 1_000).contains(&one.expected_milli), "{one:?}");
                prop_assert!(0 <= one.low && one.low <= one.high && one.high <= *quantity, "{one:?}");
            }
            let sum = |left: &[Leftover]| left.iter().map(|l| l.expected_milli).sum::<i64>();
            let with_more = leftovers(&batches, &days(more), USUAL_CORRELATION);
            // What is all but sure to be sold counts as sold: that may hide a twentieth of what is there.
            let slack = batches.iter().map(|(_, quantity)| quantity * 50).sum::<i64>();
            prop_assert!(sum(&with_more) <= sum(&left) + slack);
        }
    }
}
