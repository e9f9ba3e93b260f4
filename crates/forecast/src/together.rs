//! How alike the errors of several shelves on one day are, learned from held-out windows: what totals need.

use crate::calibration::{Case, normal_score};
use domain::TotalLevel;
use domain::totals::Together;
use std::collections::{BTreeMap, BTreeSet};

/// Days of totals below which nothing is learned, and as many as weigh as much as what is usual elsewhere.
const LEAST_DAYS: usize = 28;
const USUAL_DAYS: f64 = 28.0;
/// 10 % to 90 % of a normal distribution in standard deviations.
const SPREAD: f64 = 2.563;

/// Sums over the shelves of one total on one day: of the spreads, their squares, the errors, their squares.
#[derive(Clone, Copy, Debug, Default)]
struct Day {
    shelves: usize,
    spread: f64,
    spread_squared: f64,
    error: f64,
    error_squared: f64,
}

/// With `s` the spread of a shelf and `z` its normal score, the correlation is that `r` at which the errors of totals vary as
/// much as they did: the sum over days of `(sum s z)^2 - sum (s z)^2` over that of `(sum s)^2 - sum s^2`, over the mean square of
/// the scores; shrunk towards what is usual.
pub(crate) fn fit(cases: &[Case]) -> Together {
    let usual = Together::default();
    let of = |level| at(cases, level, usual.at(level));
    let (store, product) = (of(TotalLevel::Store), of(TotalLevel::Product));
    let all_in_one =
        |of: fn(&Case) -> usize| cases.windows(2).all(|two| of(&two[0]) == of(&two[1]));
    let chain = if all_in_one(|case| case.store) {
        // One shop is the chain, and the same total has one range.
        store
    } else if all_in_one(|case| case.product) {
        product
    } else {
        // Where two shelves of one shop or one product err together, any two cannot do so more.
        of(TotalLevel::Chain).min(store.max(product))
    };
    Together {
        store,
        product,
        chain,
    }
}

fn at(cases: &[Case], level: TotalLevel, usual: f64) -> f64 {
    let mut days: BTreeMap<(usize, usize, usize), Day> = BTreeMap::new();
    let (mut squares, mut count) = (0.0, 0usize);
    for case in cases {
        let of = match level {
            TotalLevel::Store => case.store,
            TotalLevel::Product => case.product,
            TotalLevel::Chain => 0,
        };
        let spread = (case.quantiles[9] - case.quantiles[1]) / SPREAD;
        let score = normal_score(case);
        squares += score * score;
        count += 1;
        let error = spread * score;
        let day = days.entry((case.fold, of, case.ahead)).or_default();
        day.shelves += 1;
        day.spread += spread;
        day.spread_squared += spread * spread;
        day.error += error;
        day.error_squared += error * error;
    }
    days.retain(|_, day| day.shelves > 1);
    // Totals of one day share its shock, however many there are.
    let dates: BTreeSet<(usize, usize)> = days
        .keys()
        .map(|(fold, _, ahead)| (*fold, *ahead))
        .collect();
    let dates = dates.len();
    let several: Vec<Day> = days.into_values().collect();
    let sum = |of: &dyn Fn(&Day) -> f64| several.iter().map(of).sum::<f64>();
    let possible = sum(&|d| d.spread * d.spread - d.spread_squared);
    if dates < LEAST_DAYS || possible <= 0.0 || squares <= 0.0 {
        return usual;
    }
    let common = sum(&|d| d.error * d.error - d.error_squared);
    let found = common / possible / (squares / count as f64);
    let share = dates as f64 / (dates as f64 + USUAL_DAYS);
    (share * found + (1.0 - share) * usual).clamp(0.0, 0.9)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::panel::QUANTILE_LEVELS;
    use domain::replenish::normal;
    use rand::{RngExt, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Four shops of five products, whose errors share `r` over the chain and `more` within a shop.
    fn cases(r: f64, more: f64) -> Vec<Case> {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut cases = Vec::new();
        for fold in 0..40 {
            for ahead in 1..=28 {
                let mut score = || normal::inverse(rng.random_range(0.001..0.999));
                let chain = score();
                let shops: Vec<f64> = (0..4).map(|_| score()).collect();
                for (store, shop) in shops.iter().enumerate() {
                    for product in 0..5 {
                        let z = r.sqrt() * chain
                            + more.sqrt() * shop
                            + (1.0 - r - more).sqrt() * score();
                        let level = 100.0 * (1 + product) as f64;
                        cases.push(Case {
                            window: 0,
                            fold,
                            store,
                            product,
                            ahead,
                            sold: level + 0.1 * level * z,
                            whole: false,
                            quantiles: QUANTILE_LEVELS
                                .map(|p| level + 0.1 * level * normal::inverse(p)),
                        });
                    }
                }
            }
        }
        cases
    }

    #[test]
    fn errors_that_shelves_share_are_found_on_their_level() {
        let near = |found: f64, expected: f64| (found - expected).abs() < 0.05;
        let none = fit(&cases(0.0, 0.0));
        assert!(near(none.store, 0.0) && near(none.chain, 0.0), "{none:?}");
        let chain = fit(&cases(0.3, 0.0));
        assert!(
            near(chain.store, 0.3) && near(chain.product, 0.3) && near(chain.chain, 0.3),
            "{chain:?}"
        );
        let shops = fit(&cases(0.1, 0.3));
        assert!(
            near(shops.store, 0.4) && near(shops.product, 0.1),
            "{shops:?}"
        );
        assert!(
            shops.chain > shops.product && shops.chain < shops.store,
            "{shops:?}"
        );
        // One window is believed half, however many shops it has.
        let mut window = cases(0.9, 0.0);
        window.retain(|case| case.fold == 0);
        let half = (0.9 + Together::default().store) / 2.0;
        assert!(
            (fit(&window).store - half).abs() < 0.15,
            "{:?}",
            fit(&window)
        );
        // Next to nothing was held out.
        assert_eq!(fit(&cases(0.3, 0.0)[..20]).store, Together::default().store);
        // A chain of one shop is that shop.
        let mut shop = cases(0.1, 0.3);
        shop.retain(|case| case.store == 0);
        assert_eq!(fit(&shop).chain, fit(&shop).store);
    }
}
