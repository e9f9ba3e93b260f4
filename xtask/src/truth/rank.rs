//! Where true demand falls in what was forecast: its rank, which is uniform between 0 and 1 where forecasts are right.
//!
//! Demand comes in whole pieces, and so do most quantiles. The forecast says how likely at most `x` pieces are,
//! `F(x)`: linear between its quantiles, a jump where several are equal, 0 just below no demand at all, and 1 as far above the
//! last quantile as that lies above the one before, at least a piece. A count of `y` pieces holds what lies between
//! `y - 1/2` and `y + 1/2`, as rounding does. Its rank is drawn evenly between `F(y - 1/2)` and `F(y + 1/2)`: half of the days
//! that hit a quantile exactly count below it, half above (Czado, Gneiting and Held 2009, "Predictive model assessment for count
//! data").

use domain::panel::QUANTILE_LEVELS;

/// Levels of a forecast.
pub type Quantiles = [f64; QUANTILE_LEVELS.len()];

const LAST: usize = QUANTILE_LEVELS.len() - 1;

/// Bins of the histogram of ranks.
pub const BINS: usize = 10;

/// Share that the forecast gives to at most `at` pieces.
pub fn share_until(quantiles: &Quantiles, at: f64) -> f64 {
    // Of equal quantiles the last counts.
    let reached = quantiles.partition_point(|quantile| *quantile <= at);
    let (level, from, next, to) = match reached.checked_sub(1) {
        None => (0.0, -0.5, QUANTILE_LEVELS[0], quantiles[0]),
        Some(LAST) => {
            let width = (quantiles[LAST] - quantiles[LAST - 1]).max(1.0);
            let from = quantiles[LAST];
            (QUANTILE_LEVELS[LAST], from, 1.0, from + width)
        }
        Some(below) => (
            QUANTILE_LEVELS[below],
            quantiles[below],
            QUANTILE_LEVELS[below + 1],
            quantiles[below + 1],
        ),
    };
    level + (next - level) * ((at - from) / (to - from)).clamp(0.0, 1.0)
}

/// Rank of a day's demand in pieces; `draw` is uniform between 0 and 1.
pub fn rank(quantiles: &Quantiles, demand: f64, draw: f64) -> f64 {
    let low = share_until(quantiles, demand - 0.5);
    let high = share_until(quantiles, demand + 0.5);
    low + draw * (high - low)
}

/// Ranks by bin, the last one closed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Histogram {
    counts: [usize; BINS],
}

impl Histogram {
    pub fn add(&mut self, rank: f64) {
        let bin = (rank * BINS as f64) as usize;
        self.counts[bin.min(BINS - 1)] += 1;
    }

    /// Share of the ranks by bin; `None` where there are none.
    pub fn shares(&self) -> Option<[f64; BINS]> {
        let all: usize = self.counts.iter().sum();
        (all > 0).then(|| self.counts.map(|count| count as f64 / all as f64))
    }

    /// How far the share of a bin lies from a tenth at most.
    pub fn largest_deviation(&self) -> Option<f64> {
        let even = 1.0 / BINS as f64;
        let deviations = self.shares()?.map(|share| (share - even).abs());
        deviations.into_iter().max_by(f64::total_cmp)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a panic is how a test fails")]
mod tests {
    use super::*;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn near(a: f64, b: f64) {
        assert!((a - b).abs() < 1e-9, "{a} is not {b}");
    }

    #[test]
    fn shares_lie_on_the_lines_between_the_quantiles() {
        let quantiles = [2.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0];
        near(share_until(&quantiles, 3.0), 0.075);
        // A jump: the mass of the tie lies at 5.
        near(share_until(&quantiles, 4.999_999_999_9), 0.2);
        near(share_until(&quantiles, 5.0), 0.3);
        near(share_until(&quantiles, 6.5), 0.45);
        // Below: from nothing at -1/2 to 0.05 at 2. Above: 1 at 15 + 3.
        near(share_until(&quantiles, -0.5), 0.0);
        near(share_until(&quantiles, 0.75), 0.025);
        near(share_until(&quantiles, 16.5), 0.975);
        near(share_until(&quantiles, 40.0), 1.0);
    }

    #[test]
    fn a_count_is_ranked_between_its_halves() {
        let quantiles = [2.0, 4.0, 5.0, 5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 12.0, 15.0];
        // F(4.5) = 0.15 and F(5.5) = 0.35.
        near(rank(&quantiles, 5.0, 0.0), 0.15);
        near(rank(&quantiles, 5.0, 0.5), 0.25);
        near(rank(&quantiles, 5.0, 1.0), 0.35);
        // Nearly always nothing: F(-1/2) = 0, F(1/2) half way from 0.9 at 0 to 0.95 at 1.
        let mut rare = [0.0; 11];
        rare[10] = 1.0;
        near(rank(&rare, 0.0, 0.0), 0.0);
        near(rank(&rare, 0.0, 1.0), 0.925);
    }

    #[test]
    fn bins_count_their_ranks() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.largest_deviation(), None);
        for rank in [0.0, 0.05, 0.1, 0.99, 1.0] {
            histogram.add(rank);
        }
        let shares = histogram.shares().unwrap();
        assert_eq!(shares, [0.4, 0.2, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.4]);
        near(histogram.largest_deviation().unwrap(), 0.3);
    }

    /// The smallest count that a Poisson law with this mean reaches with the probability `share`.
    fn poisson(mean: f64, share: f64) -> f64 {
        let (mut count, mut term) = (0.0, (-mean).exp());
        let mut until = term;
        while until < share && count < 1_000.0 {
            count += 1.0;
            term *= mean / count;
            until += term;
        }
        count
    }

    fn ranks(true_mean: f64, said_mean: f64) -> (f64, Histogram) {
        let mut random = ChaCha8Rng::seed_from_u64(3);
        let said = QUANTILE_LEVELS.map(|level| poisson(said_mean, level));
        let mut histogram = Histogram::default();
        let mut below = [0.0; 11];
        const DAYS: usize = 20_000;
        for _ in 0..DAYS {
            let demand = poisson(true_mean, random.random());
            let rank = rank(&said, demand, random.random());
            histogram.add(rank);
            for (below, level) in below.iter_mut().zip(QUANTILE_LEVELS) {
                *below += f64::from(u8::from(rank < level)) / DAYS as f64;
            }
        }
        let off = below.iter().zip(QUANTILE_LEVELS);
        let worst = off.map(|(below, level)| (below - level).abs());
        (worst.fold(0.0, f64::max), histogram)
    }

    #[test]
    fn forecasts_that_are_right_have_even_ranks_and_others_have_not() {
        for mean in [1.5, 6.0, 40.0] {
            let (worst, histogram) = ranks(mean, mean);
            assert!(worst < 0.05, "{mean}: {worst}");
            let deviation = histogram.largest_deviation().unwrap();
            assert!(deviation < 0.05, "{mean}: {deviation}");
            // A quarter too much is seen.
            assert!(ranks(mean, 1.25 * mean).0 > 0.08, "{mean}");
        }
    }
}
