//! How sure a number is: an interval from drawing blocks of days anew.
//!
//! Days of one shop in one window err together, so not days are drawn but whole blocks: all days of a shop after a cutoff.

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use std::collections::BTreeMap;

/// Set, store and cutoff, as indices.
pub type Block = (usize, usize, usize);

const DRAWS: usize = 1_000;
const SEED: u64 = 1;
/// With fewer blocks an interval would say nothing.
const LEAST_BLOCKS: usize = 5;

/// Sums by block from which a number follows.
#[derive(Clone, Debug)]
pub struct Sums<const N: usize> {
    blocks: BTreeMap<Block, [f64; N]>,
}

impl<const N: usize> Default for Sums<N> {
    fn default() -> Self {
        Self {
            blocks: BTreeMap::new(),
        }
    }
}

/// A number and the interval in which it lies in 95 of 100 draws.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Estimate {
    pub value: f64,
    /// `None` where there are too few blocks.
    pub interval: Option<(f64, f64)>,
}

impl<const N: usize> Sums<N> {
    pub fn add(&mut self, block: Block, parts: [f64; N]) {
        let sums = self.blocks.entry(block).or_insert([0.0; N]);
        for (sum, part) in sums.iter_mut().zip(parts) {
            *sum += part;
        }
    }

    pub fn total(&self) -> [f64; N] {
        total(self.blocks.values())
    }

    /// A number that follows from the sums; `None` where it does not exist, as a share of nothing. The same sums give the same
    /// interval.
    pub fn estimate(&self, number: impl Fn(&[f64; N]) -> Option<f64>) -> Option<Estimate> {
        let value = number(&self.total())?;
        let blocks: Vec<&[f64; N]> = self.blocks.values().collect();
        if blocks.len() < LEAST_BLOCKS {
            return Some(Estimate {
                value,
                interval: None,
            });
        }
        let mut random = ChaCha8Rng::seed_from_u64(SEED);
        let mut drawn: Vec<f64> = (0..DRAWS)
            .filter_map(|_| {
                let again = (0..blocks.len()).map(|_| blocks[random.random_range(0..blocks.len())]);
                number(&total(again))
            })
            .collect();
        drawn.sort_by(f64::total_cmp);
        let at = |share: f64| drawn[(share * (drawn.len() - 1) as f64).round() as usize];
        Some(Estimate {
            value,
            interval: (!drawn.is_empty()).then(|| (at(0.025), at(0.975))),
        })
    }
}

fn total<'a, const N: usize>(blocks: impl Iterator<Item = &'a [f64; N]>) -> [f64; N] {
    blocks.fold([0.0; N], |mut sums, block| {
        for (sum, part) in sums.iter_mut().zip(block) {
            *sum += part;
        }
        sums
    })
}

/// The first sum over the second; `None` where that is 0.
pub fn ratio(over: f64, under: f64) -> Option<f64> {
    (under > 0.0).then(|| over / under)
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;

    fn share(sums: &[f64; 2]) -> Option<f64> {
        ratio(sums[0], sums[1])
    }

    #[test]
    fn blocks_that_agree_leave_no_doubt_and_blocks_that_differ_do() {
        let (mut alike, mut unlike) = (Sums::default(), Sums::default());
        for store in 0..20 {
            alike.add((0, store, 0), [1.0, 4.0]);
            // Twice the same block: its parts add up.
            alike.add((0, store, 0), [1.0, 4.0]);
            let hit = if store % 2 == 0 { 1.0 } else { 0.0 };
            unlike.add((0, store, 0), [hit, 1.0]);
        }
        let alike = alike.estimate(share).unwrap();
        assert_eq!((alike.value, alike.interval), (0.25, Some((0.25, 0.25))));
        // Of 20 fair coins, 95 of 100 throws show 6 to 14 heads.
        let unlike = unlike.estimate(share).unwrap();
        let (low, high) = unlike.interval.unwrap();
        assert_eq!(unlike.value, 0.5);
        assert!((0.24..=0.36).contains(&low), "{low}");
        assert!((0.64..=0.76).contains(&high), "{high}");
    }

    #[test]
    fn few_blocks_have_no_interval_and_nothing_has_no_number() {
        let mut few = Sums::default();
        few.add((0, 0, 0), [3.0, 4.0]);
        assert_eq!(
            few.estimate(share),
            Some(Estimate {
                value: 0.75,
                interval: None
            })
        );
        assert_eq!(Sums::<2>::default().estimate(share), None);
    }
}
