//! Named random streams: the same seed and names give the same numbers, whatever else was drawn before.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rand_distr::{Distribution, Gamma, Normal, Poisson};

/// What a stream is for. Two purposes never share numbers.
#[derive(Clone, Copy)]
pub(crate) enum Purpose {
    Shops = 1,
    Affinity = 2,
    Weather = 3,
    WeatherForecast = 4,
    Promotions = 5,
    Demand = 6,
    Drift = 7,
    Planner = 8,
    Tickets = 9,
    Prices = 10,
    Habit = 11,
    Nearby = 12,
}

/// One step of SplitMix64 (Steele, Lea, Flood 2014), a full-period mixer of 64-bit words.
fn mix(word: u64) -> u64 {
    let mut z = word.wrapping_add(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

/// The stream of one purpose, addressed by two further numbers (store and day, store and product ...).
pub(crate) fn stream(seed: u64, purpose: Purpose, a: usize, b: usize) -> ChaCha8Rng {
    let mut word = mix(seed);
    for part in [purpose as u64, a as u64, b as u64] {
        word = mix(word ^ part);
    }
    ChaCha8Rng::seed_from_u64(word)
}

/// A normal draw; `sd` must be finite and not negative.
pub(crate) fn normal(rng: &mut ChaCha8Rng, mean: f64, sd: f64) -> f64 {
    Normal::new(mean, sd).map_or(mean, |d| d.sample(rng))
}

/// A count with the given mean and variance `mean + mean^2 / shape`: Poisson with a gamma-distributed rate,
/// that is, negative binomial.
pub(crate) fn overdispersed_count(rng: &mut ChaCha8Rng, mean: f64, shape: f64) -> i64 {
    if mean <= 0.0 {
        return 0;
    }
    let rate = Gamma::new(shape, mean / shape).map_or(mean, |d| d.sample(rng));
    // Poisson refuses a rate of zero, which the gamma reaches for tiny means.
    Poisson::new(rate).map_or(0, |d| whole(d.sample(rng)))
}

/// Nearest whole number, for values far below 2^53.
#[expect(
    clippy::cast_possible_truncation,
    reason = "daily pieces and cents are small and finite"
)]
pub(crate) fn whole(value: f64) -> i64 {
    value.round() as i64
}
