//! The newsvendor's quantity against every other one, on demand that was drawn and not assumed: what it costs on days that it has not
//! seen is within a hundredth of the cheapest quantity that hindsight finds on them.

use super::{DayDemand, Demand, critical_ratio};
use crate::panel::QUANTILE_LEVELS;

const DAYS: usize = 40_000;

/// SplitMix64 (Steele, Lea and Flood 2014).
struct Draws(u64);

impl Draws {
    fn uniform(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        ((z ^ (z >> 31)) >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Gamma with a whole shape: a sum of exponentials.
    fn gamma(&mut self, shape: u32, mean: f64) -> f64 {
        let sum: f64 = (0..shape).map(|_| -(1.0 - self.uniform()).ln()).sum();
        sum * mean / f64::from(shape)
    }

    /// Poisson by inversion, in steps where the mean is large.
    fn poisson(&mut self, mean: f64) -> i64 {
        let (mut left, mut count) = (mean, 0);
        while left > 0.0 {
            let part = left.min(30.0);
            left -= part;
            let (mut product, limit) = (self.uniform(), (-part).exp());
            while product > limit {
                count += 1;
                product *= self.uniform();
            }
        }
        count
    }

    /// Days of a shop: good and bad ones, and on each as many customers as come.
    fn days(&mut self, mean: f64, shape: u32) -> Vec<i64> {
        let day = |_| {
            let rate = self.gamma(shape, mean);
            self.poisson(rate)
        };
        let mut days: Vec<i64> = (0..DAYS).map(day).collect();
        days.sort_unstable();
        days
    }
}

fn cost(days: &[i64], quantity: i64, under: i64, over: i64) -> i64 {
    let of = |sold: &i64| {
        if quantity < *sold {
            under * (sold - quantity)
        } else {
            over * (quantity - sold)
        }
    };
    days.iter().map(of).sum()
}

#[test]
fn no_other_quantity_is_a_hundredth_cheaper() {
    let mut draws = Draws(7);
    for (mean, shape) in [(4.0, 6), (12.0, 8), (60.0, 12), (60.0, 40), (300.0, 20)] {
        let (known, to_come) = (draws.days(mean, shape), draws.days(mean, shape));
        // What a forecast that is right would say.
        let quantiles =
            QUANTILE_LEVELS.map(|p| 1_000 * known[((DAYS as f64 * p) as usize).min(DAYS - 1)]);
        let average = known.iter().sum::<i64>() * 1_000 / DAYS as i64;
        let demand = Demand::sum_of(&[DayDemand::from_milli(average, quantiles)], 0.0);
        for (price, unit_cost, salvage) in [(95, 27, 5), (150, 48, 15), (100, 65, 10), (100, 50, 0)]
        {
            let ratio = critical_ratio(price, unit_cost, salvage, 9_500, 0).value;
            let (under, over) = (price - unit_cost, unit_cost - salvage);
            let ours = cost(&to_come, demand.quantile(ratio), under, over);
            let best = (0..=to_come[DAYS - 1])
                .map(|q| cost(&to_come, q, under, over))
                .min();
            let best = best.expect("some quantity");
            assert!(
                ours as f64 <= 1.01 * best as f64,
                "mean {mean}, ratio {ratio:.3}: {} costs {ours}, the best {best}",
                demand.quantile(ratio)
            );
            // The point forecast of the same days, for whoever wants to see what the distribution is worth.
            let point = cost(&to_come, (average + 500) / 1_000, under, over);
            assert!(point as f64 >= 0.999 * best as f64);
        }
    }
}
