//! What a day on which the shelf ran empty teaches: that demand was no less than what was sold, and, given what the learner
//! believes so far, how much more it is likely to have been.
//!
//! Saying only "no less" would leave a bias: ordinary days pull forecasts down from above, sold-out days never pull them up
//! from below the middle. The probability of a censored observation is therefore handed to what lies beyond it (Efron 1967).

use domain::panel::QUANTILE_LEVELS;

const LEVELS: usize = QUANTILE_LEVELS.len();

/// Standard scores beyond which the tail of the normal distribution is taken at its edge.
const FARTHEST: f64 = 4.0;

/// Share of a distribution that lies below `value`, from its ascending quantiles; between them along straight lines, from zero to
/// the lowest likewise, beyond the highest that quantile's level.
pub(crate) fn share_below(quantiles: &[f32], value: f32) -> f32 {
    let mut from = (0.0, 0.0);
    for (&quantile, level) in quantiles.iter().zip(QUANTILE_LEVELS) {
        let to = (quantile, level as f32);
        if value < quantile {
            let part = (value - from.0) / (quantile - from.0);
            return from.1 + part.clamp(0.0, 1.0) * (to.1 - from.1);
        }
        from = to;
    }
    from.1
}

/// How strongly a sold-out day pulls each quantile up that already lies above what was sold, in quantile losses of one
/// observation.
///
/// With $\pi$ the share of the distribution below the sales, the observation counts for level $\tau > \pi$ with weight
/// $(\tau - \pi) / (1 - \pi)$ at the sales and with the rest at infinity (Portnoy 2003), which leaves a pull of
/// $\pi (1 - \tau) / (1 - \pi)$.
pub(crate) fn pull(quantiles: &[f32], sold: f32) -> [f32; LEVELS] {
    let below = share_below(quantiles, sold);
    std::array::from_fn(|at| {
        if quantiles[at] > sold {
            below * (1.0 - QUANTILE_LEVELS[at] as f32) / (1.0 - below)
        } else {
            0.0
        }
    })
}

/// Mean of what lies beyond `sold` when demand is normal with this mean and variance: $\mu + \sigma \phi(z) / (1 - \Phi(z))$
/// (Tobin 1958).
pub(crate) fn expected_beyond(mean: f64, variance: f64, sold: f64) -> f64 {
    let deviation = variance.sqrt();
    if deviation <= f64::MIN_POSITIVE {
        return mean.max(sold);
    }
    let score = (sold - mean) / deviation;
    if score < -FARTHEST {
        return mean;
    }
    // Beyond the edge the mean of the tail approaches the edge from above.
    let beyond = mean + deviation * hazard(score.min(FARTHEST));
    beyond.max(sold)
}

/// Density of the standard normal distribution over its tail; the tail after Abramowitz and Stegun 1964, 26.2.17, good to 1e-7.
fn hazard(score: f64) -> f64 {
    let size = score.abs();
    let t = 1.0 / (1.0 + 0.231_641_9 * size);
    let terms = [
        0.319_381_530,
        -0.356_563_782,
        1.781_477_937,
        -1.821_255_978,
        1.330_274_429,
    ];
    let polynomial = terms.iter().rev().fold(0.0, |sum, term| (sum + term) * t);
    let density = (-0.5 * score * score).exp() / (2.0 * std::f64::consts::PI).sqrt();
    let tail = density * polynomial;
    density / if score >= 0.0 { tail } else { 1.0 - tail }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Quantiles of a uniform distribution between zero and ten.
    fn uniform() -> [f32; LEVELS] {
        QUANTILE_LEVELS.map(|level| 10.0 * level as f32)
    }

    #[test]
    fn shares_are_read_between_quantiles() {
        for (value, share) in [(0.0, 0.0), (0.25, 0.025), (3.5, 0.35), (9.5, 0.95)] {
            let read = share_below(&uniform(), value);
            assert!((read - share).abs() < 1e-6, "{value}: {read}");
        }
        assert_eq!(share_below(&uniform(), 99.0), 0.95);
        // Where quantiles stand on each other, the last of them speaks.
        assert_eq!(share_below(&[3.0; LEVELS], 3.0), 0.95);
        assert!(share_below(&[3.0; LEVELS], 2.9) < 0.05);
    }

    #[test]
    fn true_quantiles_stay_where_they_are() {
        // Demand uniform in 0..10; every tenth shelf holds six pieces, the others never run empty. Averaged over both, the
        // pulls up and down on every quantile must cancel, whatever lies below or above six.
        let quantiles = uniform();
        let days = 10_000;
        let mut slope = [0.0f64; LEVELS];
        for day in 0..days {
            let demand = 10.0 * (f64::from(day) + 0.5) / f64::from(days);
            for (share, supply) in [(0.9, 99.0), (0.1, 6.0)] {
                let sold = demand.min(supply) as f32;
                let pull = pull(&quantiles, sold);
                for (at, level) in QUANTILE_LEVELS.into_iter().enumerate() {
                    let above = quantiles[at] > sold;
                    slope[at] += share
                        * match (demand > supply, above) {
                            (false, true) => 1.0 - level,
                            (true, true) => -f64::from(pull[at]),
                            (_, false) => -level,
                        };
                }
            }
        }
        for (slope, level) in slope.iter().zip(QUANTILE_LEVELS) {
            let slope = slope / f64::from(days);
            assert!(slope.abs() < 2e-3, "{level}: {slope}");
        }
    }

    #[test]
    fn the_mean_beyond_is_that_of_the_normal_tail() {
        // Mean of the upper half of the standard normal distribution: the square root of 2 over pi.
        let half = (2.0 / std::f64::consts::PI).sqrt();
        assert!((expected_beyond(10.0, 4.0, 10.0) - (10.0 + 2.0 * half)).abs() < 1e-6);
        // Tables: phi(1) / (1 - Phi(1)) = 1.525135, phi(-2) / (1 - Phi(-2)) = 0.055248.
        assert!((expected_beyond(0.0, 1.0, 1.0) - 1.525_135).abs() < 1e-5);
        assert!((expected_beyond(0.0, 1.0, -2.0) - 0.055_248).abs() < 1e-5);
        assert_eq!(expected_beyond(50.0, 4.0, 1.0), 50.0);
        assert!(expected_beyond(1.0, 1.0, 80.0) >= 80.0);
        assert_eq!(expected_beyond(5.0, 0.0, 3.0), 5.0);
        assert_eq!(expected_beyond(5.0, 0.0, 8.0), 8.0);
    }
}
