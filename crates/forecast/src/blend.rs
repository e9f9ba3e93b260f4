//! How much of the trees' opinion goes into a forecast, learned from windows that neither family had seen.

use crate::calibration::{HORIZON_GROUPS, group};
use crate::distribution::{Quantiles, tidy};
use crate::parts::Part;
use domain::panel::QUANTILE_LEVELS;
use serde::{Deserialize, Serialize};

/// Shares that are tried.
const SHARES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];
/// Held-out windows are few: the chosen share is believed this much, an even blend the rest.
const TRUST: f64 = 0.5;
const LEAST_CASES: usize = 100;
/// The trees move the network's forecast by at most this factor, up or down.
const REACH: f64 = 3.0;

/// What both families say about one day, in units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Opinions {
    /// The network's, tidy.
    pub quantiles: Quantiles,
    /// The mean of the network's distribution.
    pub mean: f64,
    /// What the trees expect.
    pub expected: f64,
}

/// Shares of the trees by horizon group.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Blend {
    /// For days 1-7, 8-14 and 15-28; the rest is the network's.
    pub trees: [f64; 3],
}

impl Default for Blend {
    /// Even, as forecasts are best combined where nothing is known (Timmermann 2006).
    fn default() -> Self {
        Self { trees: [0.5; 3] }
    }
}

impl Blend {
    /// The shares of a model that does not learn them; `None` of one that does.
    pub(crate) fn fixed(without: &[Part]) -> Option<Self> {
        if without.contains(&Part::Network) {
            Some(Self { trees: [1.0; 3] })
        } else {
            without.contains(&Part::Blend).then(Self::default)
        }
    }

    /// The network's distribution, moved so that its mean is the shared one.
    pub(crate) fn apply(&self, ahead: usize, opinions: &Opinions) -> Quantiles {
        mixed(opinions, self.trees[group(ahead)])
    }

    /// The shares with the least quantile loss, believed half.
    pub(crate) fn fit(cases: &[(usize, f64, Opinions)]) -> Self {
        Self {
            trees: std::array::from_fn(|g| {
                let cases: Vec<_> = cases.iter().filter(|c| group(c.0) == g).collect();
                if cases.len() < LEAST_CASES {
                    return 0.5;
                }
                let loss = |share: f64| -> f64 {
                    cases
                        .iter()
                        .map(|(_, sold, opinions)| pinball(*sold, &mixed(opinions, share)))
                        .sum()
                };
                let best = SHARES
                    .map(|share| (loss(share), share))
                    .into_iter()
                    .min_by(|a, b| a.0.total_cmp(&b.0))
                    .map_or(0.5, |(_, share)| share);
                TRUST * best + (1.0 - TRUST) * 0.5
            }),
        }
    }
}

fn mixed(opinions: &Opinions, share: f64) -> Quantiles {
    let Opinions {
        mut quantiles,
        mean,
        expected,
    } = *opinions;
    if mean > 0.0 && expected.is_finite() {
        let factor = (1.0 - share + share * expected / mean).clamp(1.0 / REACH, REACH);
        quantiles = quantiles.map(|q| q * factor);
    }
    tidy(&mut quantiles);
    quantiles
}

pub(crate) fn pinball(sold: f64, quantiles: &Quantiles) -> f64 {
    QUANTILE_LEVELS
        .iter()
        .zip(quantiles)
        .map(|(level, q)| (level * (sold - q)).max((level - 1.0) * (sold - q)))
        .sum()
}

const _: () = assert!(HORIZON_GROUPS.len() == 3);

#[cfg(test)]
mod tests {
    use super::*;

    fn opinions(mean: f64, expected: f64) -> Opinions {
        Opinions {
            quantiles: QUANTILE_LEVELS.map(|l| mean * (0.5 + l)),
            mean,
            expected,
        }
    }

    #[test]
    fn the_mean_is_shared_and_the_shape_kept() {
        let blend = Blend { trees: [0.25; 3] };
        let mixed = blend.apply(3, &opinions(10.0, 20.0));
        for (mixed, level) in mixed.iter().zip(QUANTILE_LEVELS) {
            assert!((mixed - 12.5 * (0.5 + level)).abs() < 1e-9);
        }
        // What the trees cannot say, the network says alone; and they do not run away with it.
        assert_eq!(
            blend.apply(3, &opinions(10.0, f64::NAN)),
            opinions(10.0, 0.0).quantiles
        );
        assert!(blend.apply(3, &opinions(1.0, 1e9))[10] < 5.0);
    }

    #[test]
    fn those_who_were_right_weigh_more() {
        let right = |ahead: usize| {
            (1..=200).map(move |n| (ahead, 20.0 + f64::from(n % 7), opinions(10.0, 23.0)))
        };
        let wrong = |ahead: usize| {
            (1..=200).map(move |n| (ahead, 7.0 + f64::from(n % 7), opinions(10.0, 23.0)))
        };
        let cases: Vec<_> = right(2).chain(wrong(10)).collect();
        let blend = Blend::fit(&cases);
        assert!(blend.trees[0] > 0.6, "{blend:?}");
        assert!(blend.trees[1] < 0.4, "{blend:?}");
        assert_eq!(blend.trees[2], 0.5);
    }
}
