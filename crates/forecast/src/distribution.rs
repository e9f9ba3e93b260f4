//! Predictive distributions given by eleven quantiles.

use domain::panel::{MEDIAN, QUANTILE_LEVELS};

pub(crate) type Quantiles = [f64; QUANTILE_LEVELS.len()];

/// Never negative, never decreasing.
pub(crate) fn tidy(quantiles: &mut Quantiles) {
    let mut floor = 0.0f64;
    for q in quantiles {
        *q = q.max(floor);
        floor = *q;
    }
}

/// Moves every quantile away from (or towards) the median by `factor`.
pub(crate) fn widen(quantiles: &mut Quantiles, factor: f64) {
    let median = quantiles[MEDIAN];
    for q in quantiles {
        *q = median + factor * (*q - median);
    }
}

/// Quantile by quantile, `weight` of `a` and the rest of `b`.
pub(crate) fn blend(a: &Quantiles, b: &Quantiles, weight: f64) -> Quantiles {
    std::array::from_fn(|i| weight * a[i] + (1.0 - weight) * b[i])
}

/// Whole pieces, where demand comes in whole pieces.
pub(crate) fn whole(quantiles: &mut Quantiles) {
    for q in quantiles {
        *q = q.round();
    }
}

/// Mean of the distribution: quantiles joined by straight lines between the outermost levels, exponential tails with the
/// slope of the last two quantiles beyond them, the lower one cut at zero.
pub(crate) fn mean(quantiles: &Quantiles) -> f64 {
    let last = quantiles.len() - 1;
    let body: f64 = (0..last)
        .map(|i| {
            (QUANTILE_LEVELS[i + 1] - QUANTILE_LEVELS[i]) * (quantiles[i] + quantiles[i + 1]) / 2.0
        })
        .sum();
    let upper = (quantiles[last] - quantiles[last - 1]) / (2.0f64).ln();
    let lower = (quantiles[1] - quantiles[0]) / (2.0f64).ln();
    body + QUANTILE_LEVELS[0] * (quantiles[0] - lower).max(0.0)
        + (1.0 - QUANTILE_LEVELS[last]) * (quantiles[last] + upper)
}

/// The quantile at `level` of sorted values, between neighbours by a straight line.
pub(crate) fn empirical(sorted: &[f64], level: f64) -> f64 {
    let at = level * (sorted.len() - 1) as f64;
    let below = at.floor() as usize;
    let above = (below + 1).min(sorted.len() - 1);
    sorted[below] + (at - below as f64) * (sorted[above] - sorted[below])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mean_of_a_uniform_and_of_an_exponential_distribution() {
        let uniform: Quantiles = QUANTILE_LEVELS.map(|l| 100.0 + 40.0 * l);
        assert!((mean(&uniform) - 120.0).abs() < 0.4, "{}", mean(&uniform));
        let exponential: Quantiles = QUANTILE_LEVELS.map(|l| -10.0 * (1.0 - l).ln());
        assert!(
            (mean(&exponential) - 10.0).abs() < 0.3,
            "{}",
            mean(&exponential)
        );
        assert_eq!(mean(&[0.0; 11]), 0.0);
    }

    #[test]
    fn widening_keeps_the_median_and_tidying_the_order() {
        let mut q: Quantiles = QUANTILE_LEVELS.map(|l| 10.0 * l);
        widen(&mut q, 3.0);
        tidy(&mut q);
        assert_eq!(q[MEDIAN], 5.0);
        assert_eq!(q[0], 0.0);
        assert!((q[10] - 18.5).abs() < 1e-9);
    }
}
