//! How a trading day may end: what can still be sold, whether the shelf will run empty, what will be left over.
//! And how much something (a holiday, a promotion, rain) moved sales in the past.

use serde::{Deserialize, Serialize};

/// How likely something unwelcome is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Risk {
    /// Cannot be said: no forecast, or nobody knows what is on the shelf.
    #[default]
    Unknown,
    None,
    /// More likely not than yes.
    Possible,
    /// More likely yes than not.
    Likely,
}

/// Points of a distribution of units sold, in thousandths of the base unit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Spread {
    /// Quantile 0.1.
    pub low: i64,
    /// Quantile 0.5.
    pub median: i64,
    /// Quantile 0.9.
    pub high: i64,
    pub mean: i64,
}

impl Spread {
    /// Both days together, quantile by quantile: wider than the true sum, so a risk is seen rather than missed.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self {
            low: self.low + other.low,
            median: self.median + other.median,
            high: self.high + other.high,
            mean: self.mean + other.mean,
        }
    }

    pub(crate) fn scaled(self, factor: f64) -> Self {
        let by = |milli: i64| ((milli as f64) * factor).round() as i64;
        Self {
            low: by(self.low),
            median: by(self.median),
            high: by(self.high),
            mean: by(self.mean),
        }
    }
}

/// Share of the opening hours that has passed, in basis points. A shop that does not open has passed none.
#[must_use]
pub fn day_passed_bp(minute: i64, opens_at: i64, closes_at: i64) -> i64 {
    if closes_at <= opens_at {
        return 0;
    }
    ((minute - opens_at) * 10_000 / (closes_at - opens_at)).clamp(0, 10_000)
}

/// Width of the range between quantiles 0.1 and 0.9 of a normal distribution, in standard deviations.
const DEVIATIONS_10_TO_90: f64 = 2.563_103;

/// What may still be sold on a day of which a part has passed.
///
/// Demand is taken as Poisson around a rate that is the forecast's mean times an unknown factor with mean one and
/// gamma distribution; the factor's shape `a` comes from the forecast's own spread (variance = m + m²/a). After the
/// share `f` of the day with `sold` units the factor's mean is `(a + sold) / (a + f·m)` (conjugate gamma-Poisson
/// update), and the rest of the day brings the share `1 - f` of the forecast times that factor.
#[must_use]
pub fn left_of_day(day: Spread, sold: i64, passed_bp: i64) -> Spread {
    let passed = passed_bp.clamp(0, 10_000) as f64 / 10_000.0;
    let mean = day.mean as f64 / 1_000.0;
    if mean <= 0.0 {
        return day.scaled(1.0 - passed);
    }
    let deviation = (day.high - day.low) as f64 / 1_000.0 / DEVIATIONS_10_TO_90;
    let beyond_poisson = (deviation * deviation - mean).max(mean * mean / 1_000.0);
    let shape = mean * mean / beyond_poisson;
    let factor = (shape + sold.max(0) as f64) / (shape + passed * mean);
    day.scaled((1.0 - passed) * factor)
}

/// Whether the shelf runs empty before closing, with `available` base units there or on their way.
#[must_use]
pub fn sell_out_risk(available: i64, left: Spread) -> Risk {
    let available = available * 1_000;
    if available < left.median {
        Risk::Likely
    } else if available < left.high {
        Risk::Possible
    } else {
        Risk::None
    }
}

/// Base units that are missing when it goes well (quantile 0.9).
#[must_use]
pub const fn missing(available: i64, left: Spread) -> i64 {
    let short = left.high - available * 1_000;
    if short <= 0 { 0 } else { (short + 999) / 1_000 }
}

/// Whether goods are left over when they expire; `left` is what may be sold until then.
///
/// Likely when even a good day (quantile 0.9) does not sell them; possible when they exceed the middle between the
/// median and that.
#[must_use]
pub fn waste_risk(available: i64, left: Spread) -> Risk {
    let available = available * 1_000;
    if available <= 0 {
        Risk::None
    } else if available > left.high {
        Risk::Likely
    } else if available > i64::midpoint(left.median, left.high) {
        Risk::Possible
    } else {
        Risk::None
    }
}

/// Base units that will be left over on a middling day.
#[must_use]
pub const fn surplus(available: i64, left: Spread) -> i64 {
    let over = available * 1_000 - left.median;
    if over <= 0 { 0 } else { over / 1_000 }
}

/// How days of one kind sold against what was usual for each of them, in basis points: +2,000 is a fifth more.
/// Each pair is (sold, usual in thousandths). Nothing when there are fewer than `least` days or nothing was usual.
#[must_use]
pub fn effect_bp(days: &[(i64, i64)], least: usize) -> Option<i64> {
    if days.len() < least {
        return None;
    }
    let sold: i64 = days.iter().map(|(sold, _)| sold * 1_000).sum();
    let usual: i64 = days.iter().map(|(_, usual)| usual).sum();
    (usual > 0).then(|| (sold - usual) * 10_000 / usual)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Spread = Spread {
        low: 80_000,
        median: 100_000,
        high: 120_000,
        mean: 100_000,
    };

    #[test]
    fn opening_hours_pass_from_nothing_to_all() {
        assert_eq!(day_passed_bp(6 * 60, 8 * 60, 20 * 60), 0);
        assert_eq!(day_passed_bp(14 * 60, 8 * 60, 20 * 60), 5_000);
        assert_eq!(day_passed_bp(23 * 60, 8 * 60, 20 * 60), 10_000);
        assert_eq!(day_passed_bp(600, 0, 0), 0);
    }

    #[test]
    fn before_opening_the_whole_day_is_left_and_after_closing_nothing() {
        assert_eq!(left_of_day(DAY, 0, 0), DAY);
        assert_eq!(left_of_day(DAY, 37, 10_000).high, 0);
    }

    #[test]
    fn a_day_that_runs_as_foreseen_leaves_its_remaining_share() {
        assert_eq!(left_of_day(DAY, 50, 5_000).median, 50_000);
    }

    #[test]
    fn a_day_that_runs_ahead_leaves_more_but_the_forecast_is_not_thrown_away() {
        let left = left_of_day(DAY, 80, 5_000).median;
        // The pace alone would say 80 more, the forecast alone 50.
        assert!(left > 50_000 && left < 80_000, "{left}");
        assert!(left_of_day(DAY, 20, 5_000).median < 50_000);
    }

    #[test]
    fn shelves_run_empty_when_the_median_is_not_there() {
        assert_eq!(sell_out_risk(99, DAY), Risk::Likely);
        assert_eq!(sell_out_risk(100, DAY), Risk::Possible);
        assert_eq!(sell_out_risk(120, DAY), Risk::None);
        assert_eq!(missing(99, DAY), 21);
        assert_eq!(missing(120, DAY), 0);
    }

    #[test]
    fn goods_are_left_over_when_even_a_good_day_does_not_sell_them() {
        assert_eq!(waste_risk(121, DAY), Risk::Likely);
        assert_eq!(waste_risk(111, DAY), Risk::Possible);
        assert_eq!(waste_risk(110, DAY), Risk::None);
        assert_eq!(waste_risk(0, Spread::default()), Risk::None);
        assert_eq!(surplus(121, DAY), 21);
        assert_eq!(surplus(3, DAY), 0);
    }

    #[test]
    fn an_effect_needs_enough_days() {
        assert_eq!(effect_bp(&[(12, 10_000), (12, 10_000)], 2), Some(2_000));
        assert_eq!(effect_bp(&[(12, 10_000)], 2), None);
        assert_eq!(effect_bp(&[(1, 0), (2, 0)], 2), None);
    }

    proptest! {
        #[test]
        fn what_is_left_shrinks_as_the_day_passes_and_grows_with_what_was_sold(
            low in 0_i64..50_000, step_1 in 0_i64..50_000, step_2 in 0_i64..50_000,
            sold in 0_i64..200, passed in 0_i64..10_000,
        ) {
            let day = Spread { low, median: low + step_1, high: low + step_1 + step_2, mean: low + step_1 };
            let now = left_of_day(day, sold, passed);
            prop_assert!(now.low <= now.median && now.median <= now.high && now.low >= 0);
            prop_assert!(left_of_day(day, sold, (passed + 500).min(10_000)).high <= now.high);
            prop_assert!(left_of_day(day, sold + 5, passed).high >= now.high);
        }

        #[test]
        fn a_shelf_is_never_at_likely_risk_of_both(available in 0_i64..300, low in 0_i64..100_000, a in 0_i64..50_000, b in 0_i64..50_000) {
            let left = Spread { low, median: low + a, high: low + a + b, mean: low + a };
            prop_assert!(!(sell_out_risk(available, left) == Risk::Likely && waste_risk(available, left) == Risk::Likely));
        }
    }
}
