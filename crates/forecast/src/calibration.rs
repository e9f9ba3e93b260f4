//! Widths, and how alike the errors of neighbouring days are, learned from windows the model had not seen.

use crate::distribution::{Quantiles, widen};
use crate::together;
use domain::panel::{HORIZON_DAYS, MEDIAN};
use domain::replenish::demand::USUAL_CORRELATION;
use domain::replenish::{DayDemand, normal};
use domain::totals::Together;
use serde::{Deserialize, Serialize};

/// Horizon groups in days ahead, both ends included.
pub(crate) const HORIZON_GROUPS: [(&str, usize, usize); 3] =
    [("1-7", 1, 7), ("8-14", 8, 14), ("15-28", 15, 28)];

/// Positions of the 0.1 and 0.9 quantile.
const OUTER: (usize, usize) = (1, 9);
const COVERAGE: f64 = 0.8;
/// Held-out windows are few and their days share the same shocks, so a factor moves only part of the way.
const TRUST: f64 = 0.7;
const LEAST_CASES: usize = 100;
const BOUNDS: (f64, f64) = (0.6, 1.8);

/// Days of one sum are at most this far apart: a batch covers a week.
const NEIGHBOURS: usize = 6;
/// Pairs of days below which nothing is learned, and pairs that weigh as much as what is usual elsewhere.
const LEAST_PAIRS: usize = 300;
const USUAL_PAIRS: f64 = 3_000.0;
/// Probabilities are kept away from 0 and 1, where normal scores are infinite.
const EDGE: f64 = 0.005;

/// How much wider than the network's own the intervals are, by horizon group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Factors for days 1-7, 8-14 and 15-28.
    pub factors: [f64; 3],
    /// Correlation of the errors of two days of a week, as normal scores: what a sum over days needs
    /// ([`domain::replenish::Demand::sum_of`]).
    #[serde(default = "usual_correlation")]
    pub correlation: f64,
    /// The same for two shelves on one day: what totals need ([`domain::totals::Adder`]).
    #[serde(default)]
    pub together: Together,
}

const fn usual_correlation() -> f64 {
    USUAL_CORRELATION
}

impl Default for Calibration {
    /// The network's own widths.
    fn default() -> Self {
        Self {
            factors: [1.0; 3],
            correlation: USUAL_CORRELATION,
            together: Together::default(),
        }
    }
}

/// A held-out day: what was forecast and what came.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Case {
    /// Days of the same series seen from the same day share a window.
    pub window: usize,
    pub fold: usize,
    pub store: usize,
    pub product: usize,
    pub ahead: usize,
    pub sold: f64,
    /// Whether the series sells whole pieces.
    pub whole: bool,
    pub quantiles: Quantiles,
}

impl Calibration {
    /// Split conformal on the scaled distance to the median (Romano et al. 2019, with the interval's own sides as the
    /// scale): the factor is the score of rank `ceil((n + 1) x 0.8)`, so that the widened 10-90 % interval would have
    /// covered 80 % of the held-out days. Factors are shrunk towards 1 and kept within 0.6 and 1.8.
    pub(crate) fn fit(cases: &[Case]) -> Self {
        let mut scores: [Vec<f64>; 3] = Default::default();
        for case in cases {
            let (ahead, actual, q) = (case.ahead, case.sold, &case.quantiles);
            let median = q[MEDIAN];
            let side = if actual < median {
                median - q[OUTER.0]
            } else {
                q[OUTER.1] - median
            };
            // A distribution squeezed onto a point says nothing about widths.
            if side > 1e-6 {
                scores[group(ahead)].push((actual - median).abs() / side);
            }
        }
        Self {
            factors: scores.map(|mut s| {
                if s.len() < LEAST_CASES {
                    return 1.0;
                }
                s.sort_by(f64::total_cmp);
                let rank = ((s.len() + 1) as f64 * COVERAGE).ceil() as usize;
                let factor = s[rank.clamp(1, s.len()) - 1].clamp(BOUNDS.0, BOUNDS.1);
                (factor.ln() * TRUST).exp()
            }),
            correlation: correlation(cases),
            together: together::fit(cases),
        }
    }

    pub(crate) fn apply(&self, ahead: usize, quantiles: &mut Quantiles) {
        widen(quantiles, self.factors[group(ahead)]);
    }
}

/// Mean product of the normal scores of two days of a window at most six days apart over their mean square, shrunk
/// towards what is usual. The score of a day is that of the probability of selling at most as much, for whole pieces from the
/// middle of the step (Czado, Gneiting and Held 2009).
fn correlation(cases: &[Case]) -> f64 {
    let (mut products, mut pairs) = (0.0, 0usize);
    let (mut squares, mut days) = (0.0, 0usize);
    for window in cases.chunk_by(|a, b| a.window == b.window) {
        let mut scores = [None; HORIZON_DAYS + 1];
        for case in window {
            scores[case.ahead] = Some(normal_score(case));
        }
        for (ahead, score) in scores.iter().enumerate() {
            let Some(score) = score else { continue };
            squares += score * score;
            days += 1;
            let next = scores[ahead + 1..].iter().take(NEIGHBOURS);
            for other in next.flatten() {
                products += score * other;
                pairs += 1;
            }
        }
    }
    if pairs < LEAST_PAIRS || squares <= 0.0 {
        return USUAL_CORRELATION;
    }
    let found = (products / pairs as f64) / (squares / days as f64);
    let share = pairs as f64 / (pairs as f64 + USUAL_PAIRS);
    (share * found + (1.0 - share) * USUAL_CORRELATION).clamp(0.0, 0.9)
}

pub(crate) fn normal_score(case: &Case) -> f64 {
    let milli = |units: f64| (units * 1_000.0).round() as i64;
    let day = DayDemand::from_milli(milli(case.quantiles[MEDIAN]), case.quantiles.map(milli));
    let probability = if case.whole {
        (day.cumulative(case.sold - 0.5) + day.cumulative(case.sold + 0.5)) / 2.0
    } else {
        day.cumulative(case.sold)
    };
    normal::inverse(probability.clamp(EDGE, 1.0 - EDGE))
}

pub(crate) fn group(ahead: usize) -> usize {
    HORIZON_GROUPS
        .iter()
        .position(|(_, _, to)| ahead <= *to)
        .unwrap_or(HORIZON_GROUPS.len() - 1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::panel::QUANTILE_LEVELS;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn case(ahead: usize, i: usize, quantiles: Quantiles) -> Case {
        Case {
            window: i,
            fold: 0,
            store: 0,
            product: 0,
            ahead,
            sold: i as f64 / 10.0,
            whole: false,
            quantiles,
        }
    }

    #[test]
    fn errors_that_come_together_are_told_from_those_that_do_not() {
        let q = QUANTILE_LEVELS.map(|l| 100.0 + 10.0 * normal::inverse(l));
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut draw = || normal::inverse(rng.random_range(0.001..0.999));
        let mut windows = |share: f64| -> Vec<Case> {
            (0..2_000)
                .flat_map(|window| {
                    let common = draw() * share.sqrt();
                    let own = (1.0 - share).sqrt();
                    let days: Vec<f64> = (0..7).map(|_| common + own * draw()).collect();
                    days.into_iter().zip(1..).map(move |(z, ahead)| Case {
                        window,
                        fold: 0,
                        store: 0,
                        product: 0,
                        ahead,
                        sold: 100.0 + 10.0 * z,
                        whole: false,
                        quantiles: q,
                    })
                })
                .collect()
        };
        for share in [0.0, 0.2, 0.6] {
            let found = correlation(&windows(share));
            assert!((found - share).abs() < 0.05, "{share}: {found}");
        }
        assert_eq!(correlation(&windows(0.6)[..70]), USUAL_CORRELATION);
    }

    #[test]
    fn widens_intervals_that_are_too_narrow() {
        // Actuals spread uniformly over 0..100, forecasts over 25..75: twice too narrow.
        let narrow = QUANTILE_LEVELS.map(|l| 25.0 + 50.0 * l);
        let cases: Vec<Case> = (0..1000).map(|i| case(1 + i % 7, i, narrow)).collect();
        let calibration = Calibration::fit(&cases);
        assert!(
            (calibration.factors[0] - (1.8f64.ln() * TRUST).exp()).abs() < 0.01,
            "{calibration:?}"
        );
        assert_eq!(calibration.factors[2], 1.0);
    }

    #[test]
    fn leaves_right_widths_alone() {
        let right = QUANTILE_LEVELS.map(|l| 100.0 * l);
        let cases: Vec<Case> = (0..1000).map(|i| case(20, i, right)).collect();
        let calibration = Calibration::fit(&cases);
        assert!(
            (calibration.factors[2] - 1.0).abs() < 0.02,
            "{calibration:?}"
        );
    }
}
