//! Demand as a distribution: one day from eleven quantiles, several days through a one-factor Gaussian copula.
//!
//! Quantiles of several days must not be added: four days that are each "90 % sure" are together surer. Nor are they
//! independent: a level that was misjudged is misjudged tomorrow too. Each day's error is taken as a normal score
//! `z = sqrt(r) m + sqrt(1 - r) e` with one `m` for all days of the sum (Vasicek 1987; Li 2000), so that two days
//! correlate by `r`. Given `m` the days are independent and their counts convolve; `m` is integrated out by quadrature.

use super::normal;
use crate::panel::{MEDIAN, QUANTILE_LEVELS};

/// Correlation of the forecast errors of two days of one week, as normal scores, where nobody has measured it: four real
/// bakery and grocery histories gave 0.13 to 0.24.
pub const USUAL_CORRELATION: f64 = 0.2;

/// Correlations beyond this are not believed.
const MAX_CORRELATION: f64 = 0.9;

/// Gauss-Hermite quadrature of nine points for the standard normal distribution: places and weights.
pub(crate) const NODES: [(f64, f64); 9] = [
    (-4.512_745_863_399_783_5, 2.234_584_400_774_657_6e-05),
    (-3.205_429_002_856_470_3, 0.002_789_141_321_231_765_3),
    (-2.076_847_978_677_83, 0.049_916_406_765_217_91),
    (-1.023_255_663_789_132_6, 0.244_097_502_894_939_4),
    (0.0, 0.406_349_206_349_206_4),
    (1.023_255_663_789_132_6, 0.244_097_502_894_939_4),
    (2.076_847_978_677_83, 0.049_916_406_765_217_91),
    (3.205_429_002_856_470_3, 0.002_789_141_321_231_765_3),
    (4.512_745_863_399_783_5, 2.234_584_400_774_657_6e-05),
];

/// Cells of a discretised sum. Goods counted in grams are put into cells of several grams.
const MAX_CELLS: f64 = 1_024.0;

/// Probability beyond which a tail is cut.
const LAST_LEVEL: f64 = 0.999;

/// Median to 95 % is 4.53 times 90 % to 95 % under a normal distribution; bounds the tail of sparse counts whose
/// highest quantiles coincide.
const TAIL_SHARE: f64 = 4.5;

/// Demand of one store x product on one day, in base units.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DayDemand {
    /// At [`QUANTILE_LEVELS`], ascending, not negative.
    quantiles: [f64; 11],
    mean: f64,
}

impl DayDemand {
    /// From a stored forecast in thousandths of the base unit. Crossing or negative quantiles are put in order.
    #[must_use]
    pub fn from_milli(mean_milli: i64, quantiles_milli: [i64; 11]) -> Self {
        let mut quantiles = quantiles_milli.map(|q| q.max(0) as f64 / 1_000.0);
        for i in 1..quantiles.len() {
            quantiles[i] = quantiles[i].max(quantiles[i - 1]);
        }
        Self {
            quantiles,
            mean: mean_milli.max(0) as f64 / 1_000.0,
        }
    }

    /// A person's number in place of the median: the whole distribution is stretched to it, and shifted where the
    /// model's median is zero. Nothing sold for certain stays nothing.
    #[must_use]
    pub fn with_median(self, quantity: i64) -> Self {
        let wanted = quantity.max(0) as f64;
        let median = self.quantiles[MEDIAN];
        if wanted == 0.0 {
            return Self {
                quantiles: [0.0; 11],
                mean: 0.0,
            };
        }
        if median > 0.0 {
            let factor = wanted / median;
            return Self {
                quantiles: self.quantiles.map(|q| q * factor),
                mean: self.mean * factor,
            };
        }
        Self {
            quantiles: self.quantiles.map(|q| q + wanted),
            mean: self.mean + wanted,
        }
    }

    /// A part of the day, or a day that goes better or worse than was thought: everything times a factor of at least 0.
    #[must_use]
    pub fn scaled(self, factor: f64) -> Self {
        let factor = factor.max(0.0);
        Self {
            quantiles: self.quantiles.map(|q| q * factor),
            mean: self.mean * factor,
        }
    }

    /// The forecast's own mean.
    #[must_use]
    pub const fn mean(&self) -> f64 {
        self.mean
    }

    /// Scale of the exponential tail above the last known quantile, chosen so that the density goes on without a step.
    fn tail(&self) -> f64 {
        (self.quantiles[10] - self.quantiles[9])
            .max((self.quantiles[10] - self.quantiles[MEDIAN]) / TAIL_SHARE)
    }

    /// Quantile: linear between the known levels, linear below them down to zero at most, exponential above.
    #[must_use]
    pub fn quantile(&self, p: f64) -> f64 {
        let q = &self.quantiles;
        let last = QUANTILE_LEVELS.len() - 1;
        if p <= QUANTILE_LEVELS[0] {
            let at_zero = (2.0 * q[0] - q[1]).max(0.0);
            return at_zero + (q[0] - at_zero) * (p.max(0.0) / QUANTILE_LEVELS[0]);
        }
        if p >= QUANTILE_LEVELS[last] {
            let beyond = (1.0 - QUANTILE_LEVELS[last]) / (1.0 - p.min(LAST_LEVEL));
            return q[last] + self.tail() * beyond.ln();
        }
        let i = QUANTILE_LEVELS
            .partition_point(|level| *level <= p)
            .clamp(1, last);
        let share = (p - QUANTILE_LEVELS[i - 1]) / (QUANTILE_LEVELS[i] - QUANTILE_LEVELS[i - 1]);
        q[i - 1] + (q[i] - q[i - 1]) * share
    }

    /// Probability of at most `x`: the inverse of [`DayDemand::quantile`], jumping where quantiles coincide.
    #[must_use]
    pub fn cumulative(&self, x: f64) -> f64 {
        let q = &self.quantiles;
        let last = QUANTILE_LEVELS.len() - 1;
        if x < q[0] {
            let at_zero = (2.0 * q[0] - q[1]).max(0.0);
            if x < at_zero || q[0] <= at_zero {
                return 0.0;
            }
            return QUANTILE_LEVELS[0] * (x - at_zero) / (q[0] - at_zero);
        }
        if x >= q[last] {
            let tail = self.tail();
            if tail <= 0.0 || x >= self.quantile(LAST_LEVEL) {
                return 1.0;
            }
            return 1.0 - (1.0 - QUANTILE_LEVELS[last]) * (-(x - q[last]) / tail).exp();
        }
        // The last known quantile that is at most x; the next one is larger.
        let i = q.partition_point(|value| *value <= x);
        let share = (x - q[i - 1]) / (q[i] - q[i - 1]);
        QUANTILE_LEVELS[i - 1] + (QUANTILE_LEVELS[i] - QUANTILE_LEVELS[i - 1]) * share
    }
}

/// Demand over one or more days as a distribution over counts.
#[derive(Clone, Debug, PartialEq)]
pub struct Demand {
    /// Base units per cell.
    step: i64,
    /// Probability of `index * step`.
    mass: Vec<f64>,
}

impl Demand {
    /// The sum of days whose forecast errors correlate by `correlation` (as normal scores; 0 = independent); no day
    /// at all is a demand of zero.
    #[must_use]
    pub fn sum_of(days: &[DayDemand], correlation: f64) -> Self {
        let reach: f64 = days.iter().map(|d| d.quantile(LAST_LEVEL)).sum();
        let step = (reach / MAX_CELLS).ceil().max(1.0);
        let cumulated: Vec<Vec<f64>> = days.iter().map(|day| cumulated(day, step)).collect();
        let correlation = if correlation.is_finite() {
            correlation.clamp(0.0, MAX_CORRELATION)
        } else {
            USUAL_CORRELATION
        };
        let mass = if days.len() < 2 || correlation == 0.0 {
            sum_of_independent(cumulated.iter().map(|day| masses(day.iter().copied())))
        } else {
            sum_of_alike(&cumulated, correlation)
        };
        Self {
            step: step as i64,
            mass,
        }
    }

    fn values(&self) -> impl Iterator<Item = (f64, f64)> + '_ {
        self.mass
            .iter()
            .enumerate()
            .map(|(i, p)| ((i as i64 * self.step) as f64, *p))
    }

    /// Mean in base units.
    #[must_use]
    pub fn mean(&self) -> f64 {
        self.values().map(|(x, p)| x * p).sum()
    }

    /// Standard deviation in base units.
    #[must_use]
    pub fn sd(&self) -> f64 {
        let mean = self.mean();
        self.values()
            .map(|(x, p)| (x - mean).powi(2) * p)
            .sum::<f64>()
            .max(0.0)
            .sqrt()
    }

    /// Smallest number that demand stays at or below with probability `p`.
    #[must_use]
    pub fn quantile(&self, p: f64) -> i64 {
        let mut sum = 0.0;
        for (i, mass) in self.mass.iter().enumerate() {
            sum += mass;
            if sum >= p - 1e-12 {
                return i as i64 * self.step;
            }
        }
        (self.mass.len() as i64 - 1) * self.step
    }

    /// Expected number that goes unsold when `level` are there.
    #[must_use]
    pub fn expected_left(&self, level: i64) -> f64 {
        self.values()
            .map(|(x, p)| (level as f64 - x).max(0.0) * p)
            .sum()
    }

    /// Expected number that is asked for and not there when `level` are there.
    #[must_use]
    pub fn expected_missed(&self, level: i64) -> f64 {
        self.values()
            .map(|(x, p)| (x - level as f64).max(0.0) * p)
            .sum()
    }
}

/// Probability of at most each cell; the last is 1.
fn cumulated(day: &DayDemand, step: f64) -> Vec<f64> {
    let count = (day.quantile(LAST_LEVEL) / step).round().max(0.0) as usize + 1;
    (0..count)
        .map(|i| {
            if i + 1 == count {
                1.0
            } else {
                day.cumulative((i as f64 + 0.5) * step)
            }
        })
        .collect()
}

/// Probability of each cell.
fn masses(cumulated: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut below = 0.0;
    cumulated
        .map(|upto| {
            let mass = (upto - below).max(0.0);
            below = upto.max(below);
            mass
        })
        .collect()
}

fn sum_of_independent(days: impl Iterator<Item = Vec<f64>>) -> Vec<f64> {
    days.fold(vec![1.0], |sum, day| convolve(&sum, &day))
}

fn sum_of_alike(cumulated: &[Vec<f64>], correlation: f64) -> Vec<f64> {
    let scores: Vec<Vec<f64>> = cumulated
        .iter()
        .map(|day| day.iter().map(|p| normal::inverse(*p)).collect())
        .collect();
    let (common, own) = (correlation.sqrt(), (1.0 - correlation).sqrt());
    let length = cumulated.iter().map(|day| day.len() - 1).sum::<usize>() + 1;
    let mut mass = vec![0.0; length];
    for (place, weight) in NODES {
        let given = |day: &Vec<f64>| {
            masses(
                day.iter()
                    .map(|score| normal::cumulative((score - common * place) / own)),
            )
        };
        let sum = sum_of_independent(scores.iter().map(given));
        for (mass, p) in mass.iter_mut().zip(sum) {
            *mass += weight * p;
        }
    }
    mass
}

fn convolve(a: &[f64], b: &[f64]) -> Vec<f64> {
    let mut sum = vec![0.0; a.len() + b.len() - 1];
    for (i, x) in a.iter().enumerate() {
        if *x == 0.0 {
            continue;
        }
        for (j, y) in b.iter().enumerate() {
            sum[i + j] += x * y;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::replenish::normal;
    use proptest::prelude::*;

    fn normal_day(mean: f64, sd: f64) -> DayDemand {
        let quantiles = QUANTILE_LEVELS
            .map(|p| ((mean + sd * normal::inverse(p)).max(0.0) * 1_000.0).round() as i64);
        DayDemand::from_milli((mean * 1_000.0) as i64, quantiles)
    }

    #[test]
    fn one_normal_day_gives_back_its_quantiles() {
        let day = Demand::sum_of(&[normal_day(120.0, 10.0)], 0.0);
        assert!(
            (day.quantile(0.9) - 133).abs() <= 1,
            "{}",
            day.quantile(0.9)
        );
        assert!((day.mean() - 120.0).abs() < 0.5, "{}", day.mean());
        assert!((day.sd() - 10.0).abs() < 0.6, "{}", day.sd());
    }

    #[test]
    fn several_days_are_surer_together_than_each_alone() {
        let four = Demand::sum_of(&[normal_day(120.0, 10.0); 4], 0.0);
        // N(480, 20): the 90 % quantile is 505.6; adding the four quantiles would say 531.
        assert!(
            (four.quantile(0.9) - 506).abs() <= 2,
            "{}",
            four.quantile(0.9)
        );
        assert!((four.sd() - 20.0).abs() < 1.2, "{}", four.sd());
    }

    #[test]
    fn days_whose_errors_are_alike_are_less_sure_together() {
        let four = Demand::sum_of(&[normal_day(120.0, 10.0); 4], 0.3);
        // Variance 4 x 100 + 12 x 0.3 x 100: N(480, 27.6), whose 90 % quantile is 515.3.
        assert!(
            (four.quantile(0.9) - 515).abs() <= 2,
            "{}",
            four.quantile(0.9)
        );
        assert!((four.sd() - 27.57).abs() < 1.6, "{}", four.sd());
        assert!((four.mean() - 480.0).abs() < 1.0, "{}", four.mean());
        // One day alone is alike to nothing; what nobody could measure is taken as usual.
        let one = [normal_day(120.0, 10.0)];
        assert_eq!(Demand::sum_of(&one, 0.3), Demand::sum_of(&one, 0.0));
        let two = [normal_day(120.0, 10.0); 2];
        assert_eq!(
            Demand::sum_of(&two, f64::NAN),
            Demand::sum_of(&two, USUAL_CORRELATION)
        );
    }

    #[test]
    fn grams_by_the_hundred_thousand_stay_small_and_close() {
        let heavy = Demand::sum_of(&[normal_day(120_000.0, 10_000.0); 2], 0.0);
        assert!(heavy.mass.len() < 1_100);
        assert!(
            (heavy.mean() - 240_000.0).abs() < 1_000.0,
            "{}",
            heavy.mean()
        );
    }

    #[test]
    fn a_persons_number_becomes_the_median() {
        let day = normal_day(100.0, 20.0).with_median(150);
        assert!((day.quantile(0.5) - 150.0).abs() < 1e-9);
        assert!((day.quantile(0.9) / normal_day(100.0, 20.0).quantile(0.9) - 1.5).abs() < 1e-9);
        let sparse =
            DayDemand::from_milli(200, [0, 0, 0, 0, 0, 0, 0, 0, 0, 1_000, 1_000]).with_median(4);
        assert!((sparse.quantile(0.5) - 4.0).abs() < 1e-9);
        assert_eq!(
            Demand::sum_of(&[normal_day(100.0, 20.0).with_median(0)], 0.0).quantile(0.99),
            0
        );
    }

    #[test]
    fn no_demand_is_a_number_too() {
        let none = Demand::sum_of(&[DayDemand::from_milli(0, [0; 11]); 3], 0.3);
        assert_eq!(
            (none.quantile(0.999), none.mean(), none.expected_left(7)),
            (0, 0.0, 7.0)
        );
        assert_eq!(Demand::sum_of(&[], 0.0).quantile(0.5), 0);
    }

    fn any_day() -> impl Strategy<Value = DayDemand> {
        prop::array::uniform11(0..80_000_i64).prop_map(|mut q| {
            q.sort_unstable();
            DayDemand::from_milli(q[5], q)
        })
    }

    proptest! {
        #[test]
        fn quantiles_never_cross_and_are_never_negative(day in any_day(), a in 0.0..1.0_f64, b in 0.0..1.0_f64) {
            let (low, high) = (day.quantile(a.min(b)), day.quantile(a.max(b)));
            prop_assert!(low >= 0.0 && low <= high + 1e-9);
        }

        #[test]
        fn the_distribution_function_undoes_the_quantile(day in any_day(), p in 0.001..0.998_f64) {
            // Where quantiles coincide it jumps over p, never short of it.
            prop_assert!(day.cumulative(day.quantile(p) + 1e-7) >= p - 1e-6);
        }

        #[test]
        fn mass_adds_up_to_one_and_means_add(days in prop::collection::vec(any_day(), 1..6), correlation in 0.0..1.0_f64) {
            let sum = Demand::sum_of(&days, correlation);
            prop_assert!((sum.mass.iter().sum::<f64>() - 1.0).abs() < 1e-9);
            let apart: f64 = days.iter().map(|d| Demand::sum_of(&[*d], 0.0).mean()).sum();
            prop_assert!((sum.mean() - apart).abs() < 1.0 + apart * 0.01, "{} {}", sum.mean(), apart);
        }

        #[test]
        fn left_and_missed_differ_by_the_level_less_the_mean(day in any_day(), level in 0..200_i64) {
            let d = Demand::sum_of(&[day], 0.0);
            prop_assert!((d.expected_left(level) - d.expected_missed(level) - (level as f64 - d.mean())).abs() < 1e-6);
        }
    }
}
