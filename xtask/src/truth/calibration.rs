//! Whether a quantile is the quantile of demand.

use super::bootstrap::{Estimate, Sums, ratio};
use super::rank::{Histogram, rank};
use super::score::Case;
use domain::panel::QUANTILE_LEVELS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;

const SEED: u64 = 2;
/// Days below each level, and all days.
const PARTS: usize = QUANTILE_LEVELS.len() + 1;

/// Ranks of days, one by one; the same days in the same order have the same ranks.
pub fn ranks(cases: &[&Case]) -> Vec<f64> {
    let mut random = ChaCha8Rng::seed_from_u64(SEED);
    let of = |case: &&Case| rank(&case.quantiles, case.demand, random.random());
    cases.iter().map(of).collect()
}

/// Ranks of a group of days.
#[derive(Clone, Debug, Default)]
pub struct Calibration {
    pub histogram: Histogram,
    below: Sums<PARTS>,
}

impl Calibration {
    pub fn of<'a>(ranked: impl Iterator<Item = (&'a Case, f64)>) -> Self {
        let mut calibration = Self::default();
        for (case, rank) in ranked {
            let mut parts = [1.0; PARTS];
            for (part, level) in parts.iter_mut().zip(QUANTILE_LEVELS) {
                *part = f64::from(u8::from(rank < level));
            }
            calibration.below.add(case.block, parts);
            calibration.histogram.add(rank);
        }
        calibration
    }

    pub fn days(&self) -> f64 {
        self.below.total()[PARTS - 1]
    }

    /// Share of the days whose demand lies below each quantile; empty without days.
    pub fn curve(&self) -> Vec<Estimate> {
        (0..QUANTILE_LEVELS.len())
            .filter_map(|at| self.below.estimate(|sums| ratio(sums[at], sums[PARTS - 1])))
            .collect()
    }
}
