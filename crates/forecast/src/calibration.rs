//! Widths learned from windows the model had not seen.

use crate::distribution::{Quantiles, widen};
use domain::panel::MEDIAN;
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

/// How much wider than the network's own the intervals are, by horizon group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// Factors for days 1-7, 8-14 and 15-28.
    pub factors: [f64; 3],
}

impl Default for Calibration {
    /// The network's own widths.
    fn default() -> Self {
        Self { factors: [1.0; 3] }
    }
}

impl Calibration {
    /// Split conformal on the scaled distance to the median (Romano et al. 2019, with the interval's own sides as the
    /// scale): the factor is the score of rank `ceil((n + 1) x 0.8)`, so that the widened 10-90 % interval would have
    /// covered 80 % of the held-out days. Factors are shrunk towards 1 and kept within 0.6 and 1.8.
    pub(crate) fn fit(cases: impl Iterator<Item = (usize, f64, Quantiles)>) -> Self {
        let mut scores: [Vec<f64>; 3] = Default::default();
        for (ahead, actual, q) in cases {
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
        }
    }

    pub(crate) fn apply(&self, ahead: usize, quantiles: &mut Quantiles) {
        widen(quantiles, self.factors[group(ahead)]);
    }
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

    #[test]
    fn widens_intervals_that_are_too_narrow() {
        // Actuals spread uniformly over 0..100, forecasts over 25..75: twice too narrow.
        let narrow = QUANTILE_LEVELS.map(|l| 25.0 + 50.0 * l);
        let cases = (0..1000).map(|i| (1 + i % 7, i as f64 / 10.0, narrow));
        let calibration = Calibration::fit(cases);
        assert!(
            (calibration.factors[0] - (1.8f64.ln() * TRUST).exp()).abs() < 0.01,
            "{calibration:?}"
        );
        assert_eq!(calibration.factors[2], 1.0);
    }

    #[test]
    fn leaves_right_widths_alone() {
        let right = QUANTILE_LEVELS.map(|l| 100.0 * l);
        let cases = (0..1000).map(|i| (20, i as f64 / 10.0, right));
        let calibration = Calibration::fit(cases);
        assert!(
            (calibration.factors[2] - 1.0).abs() < 0.02,
            "{calibration:?}"
        );
    }
}
