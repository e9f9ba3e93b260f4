//! Series too young for the model: what the chain knows of the product elsewhere, of its like, and of the shop, moved step by step
//! towards the series' own first days.

mod levels;
mod pattern;

use crate::distribution::Quantiles;
use crate::prepared::Prepared;
use crate::series::{DayState, Series, weekday};
use crate::surroundings::Surroundings;
use domain::panel::DayForecast;
use levels::Levels;
use pattern::Pattern;
use std::sync::Arc;

/// Open days from which on a series is no longer young.
pub(crate) const YOUNG_DAYS: u32 = 56;
/// Days of the chain that are looked at, and those among them that a series must know to teach others.
const RECENT_DAYS: i32 = 56;
const LEAST_KNOWN: u32 = 28;
/// Series without which the chain knows too little to say anything.
const LEAST_SERIES: usize = 5;
/// Days next to each other share their shocks: each counts so much of an independent one.
const EVIDENCE: f64 = 0.5;
/// Squared coefficient of variation of a day, beyond counting, at least.
const LEAST_DISPERSION: f64 = 0.02;
/// Standard normal quantiles of the eleven levels.
const SCORES: Quantiles = [
    -1.644_854, -1.281_552, -0.841_621, -0.524_401, -0.253_347, 0.0, 0.253_347, 0.524_401,
    0.841_621, 1.281_552, 1.644_854,
];

/// What the chain teaches about series that have no past of their own.
pub(crate) struct Cold {
    around: Arc<Surroundings>,
    last: i32,
    levels: Levels,
    pattern: Pattern,
    /// Squared coefficient of variation of a day around its expectation, beyond that of counts.
    dispersion: f64,
}

/// A series that has a level: its index and its mean over the recent known days.
#[derive(Clone, Copy, Debug)]
struct Known {
    index: usize,
    store: usize,
    product: usize,
    level: f64,
}

impl Cold {
    /// `None` when too few series are known.
    pub fn new(prepared: &Prepared<'_>) -> Option<Self> {
        let last = prepared.last;
        let known: Vec<Known> = prepared
            .series
            .iter()
            .enumerate()
            .filter_map(|(index, series)| {
                let level = series.mean_between(last - RECENT_DAYS + 1, last, LEAST_KNOWN)?;
                (level > 0.0).then_some(Known {
                    index,
                    store: series.store,
                    product: series.product,
                    level,
                })
            })
            .collect();
        if known.len() < LEAST_SERIES {
            return None;
        }
        let levels = Levels::new(prepared.panel, &known);
        let pattern = Pattern::new(prepared, &known);
        let mut cold = Self {
            around: prepared.surroundings.clone(),
            last,
            levels,
            pattern,
            dispersion: LEAST_DISPERSION,
        };
        cold.dispersion = cold
            .learn_dispersion(prepared, &known)
            .max(LEAST_DISPERSION);
        Some(cold)
    }

    /// Quantiles of the planned days of a young series, beside `days`.
    ///
    /// The level of the chain, $\mu$ with squared relative error $v$ as found by leaving known series out, meets the series'
    /// own days $y$ with expectations $e$: $\mu (k \bar e + c \sum y) / (k \bar e + c \sum e)$, $k$ a day's variance over the
    /// level's and $c$ what a day counts (Bühlmann and Straub 1970). Demand is gamma with what variance is left of the level,
    /// of a day and of counting (quantiles after Wilson and Hilferty 1931).
    pub fn forecast(&self, series: &Series, days: &[DayForecast]) -> Vec<Quantiles> {
        let prior = self.levels.of(series.store, series.product);
        let (mut sold, mut expected, mut count) = (0.0, 0.0, 0.0);
        for day in series.start..=series.last {
            let Some(value) = series.open_value(day) else {
                continue;
            };
            let wanted = prior.level * self.factor(series, day);
            let sold_out = series.state(day) == DayState::Censored;
            sold += if sold_out { value.max(wanted) } else { value };
            expected += wanted;
            count += 1.0;
        }
        let grain = f64::from(u8::from(series.whole));
        let (mut level, mut doubt) = (prior.level, prior.variance);
        if count > 0.0 && expected > 0.0 {
            let usual = expected / count;
            let day = self.dispersion + grain / usual;
            let weight = day / prior.variance;
            level *= (weight * usual + EVIDENCE * sold) / (weight * usual + EVIDENCE * expected);
            doubt *= weight / (weight + EVIDENCE * count);
        }
        days.iter()
            .map(|day| {
                let day = crate::series::day_number(day.target_date);
                let mean = level * self.factor(series, day);
                let variation = self.dispersion + doubt + grain / mean.max(f64::MIN_POSITIVE);
                gamma_quantiles(mean, variation)
            })
            .collect()
    }

    /// What weekday, special day and promotion make of a level.
    fn factor(&self, series: &Series, day: i32) -> f64 {
        let around = &self.around;
        let special = if around.is_special(series.store, day) {
            let cutoff = self.last.min(day - 1);
            around.special_ratio(series.store, series.product, day, cutoff)
        } else {
            None
        };
        let promoted = series.promotion(day) == Some(true);
        self.pattern.weekday(series, weekday(day))
            * special.unwrap_or(1.0)
            * if promoted {
                self.pattern.uplift(series.product)
            } else {
                1.0
            }
    }

    fn learn_dispersion(&self, prepared: &Prepared<'_>, known: &[Known]) -> f64 {
        let last = self.last;
        let (mut excess, mut squares) = (0.0, 0.0);
        for one in known {
            let series = &prepared.series[one.index];
            let grain = f64::from(u8::from(series.whole));
            for day in last - RECENT_DAYS + 1..=last {
                if let Some(value) = series.valid(day) {
                    let expected = one.level * self.factor(series, day);
                    excess += (value - expected).powi(2) - grain * expected;
                    squares += expected * expected;
                }
            }
        }
        if squares > 0.0 { excess / squares } else { 0.0 }
    }
}

/// Quantiles of a gamma distribution with this mean and squared coefficient of variation.
fn gamma_quantiles(mean: f64, variation: f64) -> Quantiles {
    // shape = 1 / variation.
    let (shift, step) = (variation / 9.0, variation.sqrt() / 3.0);
    SCORES.map(|score| mean.max(0.0) * (1.0 - shift + step * score).max(0.0).powi(3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::distribution::mean;

    #[test]
    fn gamma_quantiles_are_those_of_tables() {
        // Exponential distribution of mean 10: -10 ln(1 - q).
        let quantiles = gamma_quantiles(10.0, 1.0);
        for (at, exact) in [(5, 6.931), (9, 23.026), (10, 29.957)] {
            let error = quantiles[at] / exact - 1.0;
            assert!(error.abs() < 0.02, "{at}: {quantiles:?}");
        }
        // Chi-square with eight degrees of freedom: shape 4, mean 8; 90 %: 13.362, 10 %: 3.490.
        let quantiles = gamma_quantiles(8.0, 0.25);
        assert!((quantiles[9] - 13.362).abs() < 0.05, "{quantiles:?}");
        assert!((quantiles[1] - 3.490).abs() < 0.05, "{quantiles:?}");
        assert!((mean(&quantiles) - 8.0).abs() < 0.2);
        assert_eq!(gamma_quantiles(0.0, 0.5), [0.0; 11]);
        assert!(gamma_quantiles(5.0, 40.0).iter().all(|q| q.is_finite()));
    }
}
