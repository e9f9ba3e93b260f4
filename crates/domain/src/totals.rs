//! Totals: what several shelves sell on one day, as one distribution.
//!
//! Expectations add up, so the mean of a total is the sum of its parts' means on every level: products, shops and the chain agree.
//! Quantiles do not: shelves err partly together (weather, a strike, a fair) and partly each for itself. As with sums over
//! days ([`crate::replenish::demand`]) every shelf's error is a normal score `sqrt(r) m + sqrt(1 - r) e` with one `m` for
//! all (Vasicek 1987). Given `m` the shelves are independent and their sum nearly normal; `m` is integrated out by quadrature.

use crate::TotalLevel;
use crate::panel::QUANTILE_LEVELS;
use crate::replenish::demand::{DayDemand, NODES};
use crate::replenish::normal;
use serde::{Deserialize, Serialize};

/// Correlation of the forecast errors of two shelves on one day, as normal scores, by level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Together {
    /// Two products of a shop.
    pub store: f64,
    /// One product in two shops.
    pub product: f64,
    /// Any two shelves.
    pub chain: f64,
}

impl Default for Together {
    /// Where nobody has measured it: about what the held-out windows of four real histories say.
    fn default() -> Self {
        Self {
            store: 0.3,
            product: 0.2,
            chain: 0.1,
        }
    }
}

impl Together {
    /// The one of a level.
    #[must_use]
    pub const fn at(&self, level: TotalLevel) -> f64 {
        match level {
            TotalLevel::Store => self.store,
            TotalLevel::Product => self.product,
            TotalLevel::Chain => self.chain,
        }
    }
}

/// Correlations beyond this are not believed.
const MOST: f64 = 0.9;
/// Places of the common error at which the sum is described: every half from -3.5 to 3.5.
const PLACES: usize = 15;
const FIRST_PLACE: f64 = -3.5;
const STEP: f64 = 0.5;
/// Places between two of those at which it is interpolated.
const FINER: usize = 5;
/// Points at which the distribution function is computed.
const POINTS: usize = 128;
/// Standard deviations beyond which nothing is left.
const REACH: f64 = 4.0;

/// A total of one day, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Total {
    /// The sum of the parts' means.
    pub mean: f64,
    /// At [`QUANTILE_LEVELS`], ascending, not negative.
    pub quantiles: [f64; QUANTILE_LEVELS.len()],
}

/// Adds up, shelf after shelf.
#[derive(Clone, Debug)]
pub struct Adder {
    /// Probability of each place of the shelf's own error, given each place of the common one.
    probabilities: [[f64; NODES.len()]; PLACES],
    /// Mean and variance of the sum given each place of the common error.
    given: [(f64, f64); PLACES],
    mean: f64,
    only: Option<DayDemand>,
    parts: usize,
}

fn place(at: usize) -> f64 {
    FIRST_PLACE + STEP * at as f64
}

impl Adder {
    /// Of shelves whose errors correlate by so much; what is no number counts as independent.
    #[must_use]
    pub fn new(correlation: f64) -> Self {
        let r = if correlation.is_finite() {
            correlation.clamp(0.0, MOST)
        } else {
            0.0
        };
        let (common, own) = (r.sqrt(), (1.0 - r).sqrt());
        let probabilities = std::array::from_fn(|at| {
            NODES.map(|(e, _)| normal::cumulative(common * place(at) + own * e))
        });
        Self {
            probabilities,
            given: [(0.0, 0.0); PLACES],
            mean: 0.0,
            only: None,
            parts: 0,
        }
    }

    /// Adds one shelf's day.
    pub fn add(&mut self, part: &DayDemand) {
        self.parts += 1;
        self.only = (self.parts == 1).then_some(*part);
        self.mean += part.mean();
        // What rounding to whole pieces took from the quantiles still comes, now and then a piece: as Poisson counts do.
        let told: f64 = NODES
            .iter()
            .map(|(e, weight)| weight * part.quantile(normal::cumulative(*e)))
            .sum();
        let untold = (part.mean() - told).max(0.0);
        for (probabilities, (mean, variance)) in self.probabilities.iter().zip(&mut self.given) {
            let (mut first, mut second) = (0.0, 0.0);
            for (p, (_, weight)) in probabilities.iter().zip(NODES) {
                let quantile = part.quantile(*p);
                first += weight * quantile;
                second += weight * quantile * quantile;
            }
            *mean += first;
            *variance += (second - first * first).max(0.0) + untold;
        }
    }

    /// Shelves so far.
    #[must_use]
    pub fn parts(&self) -> usize {
        self.parts
    }

    /// What they sell together. One shelf is its own total.
    #[must_use]
    pub fn total(&self) -> Total {
        let mean = self.mean;
        if let Some(only) = &self.only {
            return Total {
                mean,
                quantiles: QUANTILE_LEVELS.map(|level| only.quantile(level)),
            };
        }
        let mixture = self.mixture();
        let mixed: f64 = mixture.iter().map(|c| c.weight * c.mean).sum();
        let end = |sign: f64| {
            let ends = mixture.iter().map(|c| c.mean + sign * REACH * c.deviation);
            ends.reduce(|a, b| if sign > 0.0 { a.max(b) } else { a.min(b) })
                .unwrap_or(0.0)
        };
        let (low, high) = (end(-1.0), end(1.0));
        let width = (high - low) / (POINTS - 1) as f64;
        if width <= 0.0 {
            return Total {
                mean,
                quantiles: [mean; QUANTILE_LEVELS.len()],
            };
        }
        let below: Vec<f64> = (0..POINTS)
            .map(|point| {
                let x = low + width * point as f64;
                mixture.iter().map(|c| c.weight * c.until(x)).sum()
            })
            .collect();
        // The mean of the quantile functions differs a little from the stated means: those hold.
        let shift = mean - mixed;
        let quantiles = QUANTILE_LEVELS.map(|level| {
            let next = below.partition_point(|p| *p < level).clamp(1, POINTS - 1);
            let (from, to) = (below[next - 1], below[next]);
            let share = if to > from {
                ((level - from) / (to - from)).clamp(0.0, 1.0)
            } else {
                1.0
            };
            (low + width * (next as f64 - 1.0 + share) + shift).max(0.0)
        });
        Total { mean, quantiles }
    }

    /// The sum at many places of the common error, between those at which it was described.
    fn mixture(&self) -> Vec<Component> {
        let mut mixture: Vec<Component> = (0..=(PLACES - 1) * FINER)
            .map(|at| {
                let (coarse, rest) = (at / FINER, at % FINER);
                let share = rest as f64 / FINER as f64;
                let (from, to) = (self.given[coarse], self.given[(coarse + 1).min(PLACES - 1)]);
                let between = |a: f64, b: f64| a + share * (b - a);
                let z = place(coarse) + STEP * share;
                Component {
                    weight: normal::density(z),
                    mean: between(from.0, to.0),
                    deviation: between(from.1, to.1).sqrt(),
                }
            })
            .collect();
        let all: f64 = mixture.iter().map(|c| c.weight).sum();
        mixture.iter_mut().for_each(|c| c.weight /= all);
        mixture
    }
}

/// The sum given one place of the common error.
struct Component {
    weight: f64,
    mean: f64,
    deviation: f64,
}

impl Component {
    fn until(&self, x: f64) -> f64 {
        if self.deviation > 0.0 {
            normal::cumulative((x - self.mean) / self.deviation)
        } else if x >= self.mean {
            1.0
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn normal_day(mean: f64, sd: f64) -> DayDemand {
        let quantiles = QUANTILE_LEVELS
            .map(|p| ((mean + sd * normal::inverse(p)).max(0.0) * 1_000.0).round() as i64);
        DayDemand::from_milli((mean * 1_000.0) as i64, quantiles)
    }

    fn sum(parts: &[DayDemand], correlation: f64) -> Total {
        let mut adder = Adder::new(correlation);
        parts.iter().for_each(|part| adder.add(part));
        adder.total()
    }

    /// Position of the 90 % quantile.
    const Q90: usize = 9;

    #[test]
    fn totals_of_normal_shelves_are_normal_with_the_variance_that_their_correlation_gives() {
        let parts = [normal_day(100.0, 10.0); 25];
        for r in [0.0, 0.1, 0.5] {
            // n s^2 + n (n - 1) r s^2
            let sd = f64::sqrt(25.0 * 100.0 * (1.0 + 24.0 * r));
            let total = sum(&parts, r);
            assert!((total.mean - 2_500.0).abs() < 1e-6);
            let expected = 2_500.0 + sd * normal::inverse(0.9);
            let found = total.quantiles[Q90];
            assert!(
                (found - expected).abs() < 0.04 * sd + 1.0,
                "{r}: {found} {expected}"
            );
            assert!((total.quantiles[5] - 2_500.0).abs() < 0.05 * sd);
        }
    }

    #[test]
    fn slow_sellers_whose_quantiles_are_all_nothing_still_sell_now_and_then() {
        let slow = DayDemand::from_milli(50, [0; 11]);
        let total = sum(&[slow; 100], 0.0);
        // Poisson with mean 5: nine in ten days lie between 2 and 9, and one in ten has 8 or more.
        assert!((total.mean - 5.0).abs() < 1e-9);
        let (low, high) = (total.quantiles[1], total.quantiles[Q90]);
        assert!(
            (1.5..3.0).contains(&low) && (7.0..8.5).contains(&high),
            "{total:?}"
        );
    }

    #[test]
    fn one_shelf_is_its_own_total_and_none_is_nothing() {
        let part = normal_day(12.0, 3.0);
        let total = sum(&[part], 0.3);
        assert_eq!(total.quantiles[Q90], part.quantile(0.9));
        let nothing = sum(&[], 0.3);
        assert_eq!((nothing.mean, nothing.quantiles[Q90]), (0.0, 0.0));
    }

    proptest! {
        #[test]
        fn totals_are_ordered_finite_and_add_up(
            parts in prop::collection::vec((0i64..50_000, prop::array::uniform11(0i64..80_000)), 0..40),
            correlation in -1.0..2.0f64,
        ) {
            let parts: Vec<DayDemand> = parts.iter().map(|(m, q)| DayDemand::from_milli(*m, *q)).collect();
            let total = sum(&parts, correlation);
            let means: f64 = parts.iter().map(DayDemand::mean).sum();
            prop_assert!((total.mean - means).abs() < 1e-6);
            prop_assert!(total.quantiles.iter().all(|q| q.is_finite() && *q >= 0.0));
            prop_assert!(total.quantiles.windows(2).all(|pair| pair[0] <= pair[1]));
        }
    }
}
