//! How much a product should sell in a shop where it never was.

use super::Known;
use crate::distribution::empirical;
use domain::panel::Panel;
use std::collections::HashMap;

/// Rounds of fitting; the effects of shops and products settle long before.
const ROUNDS: usize = 12;
/// Relative error that is believed of a kind before anything was left out, squared, and how many series that is worth.
const PRIOR_VARIANCE: f64 = 0.5;
const PRIOR_SERIES: f64 = 3.0;
/// Products whose prices differ by this much, as logarithms, still tell of each other.
const PRICE_REACH: f64 = 0.35;
/// Products of a category, and of the assortment, that are asked.
const PART: usize = 200;
/// Standard normal deviation within which four in five lie.
const FOUR_IN_FIVE: f64 = 1.281_552;
/// Relative error, squared, beyond which nothing is known at all.
const FARTHEST: f64 = 9.0;

/// An expectation and the square of its relative error.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Prior {
    pub level: f64,
    pub variance: f64,
}

/// How often a kind of newcomer was met among the known series, each left out in turn, and how it was missed.
#[derive(Clone, Copy, Debug)]
struct Experience {
    /// Sums of levels over sums of expectations.
    bias: f64,
    variance: f64,
}

/// Levels as products of an effect of the product and one of the shop, fitted by alternation as for a table of counts
/// without interaction (Deming and Stephan 1940).
pub(super) struct Levels {
    products: Vec<Sum>,
    stores: Vec<Sum>,
    /// Of products that are known, by what those like them sell; of the others too.
    like: Vec<Option<f64>>,
    /// By whether the product is known, then whether the shop is.
    experience: [[Experience; 2]; 2],
    anywhere: f64,
    usual_store: f64,
}

/// Sum of levels over the sum of the other side's effects: the effect is their quotient.
#[derive(Clone, Copy, Debug, Default)]
struct Sum {
    levels: f64,
    others: f64,
}

impl Sum {
    fn effect(self) -> Option<f64> {
        (self.others > 1e-12 && self.levels > 0.0).then(|| self.levels / self.others)
    }

    fn without(self, level: f64, other: f64) -> Option<f64> {
        let rest = Self {
            levels: self.levels - level,
            others: self.others - other,
        };
        rest.effect().filter(|_| rest.levels > 1e-9 * self.levels)
    }
}

impl Levels {
    pub fn new(panel: &Panel, known: &[Known]) -> Self {
        let (products, stores) = fitted(panel, known);
        let effects: Vec<Option<f64>> = products.iter().map(|sum| sum.effect()).collect();
        let known_effects: Vec<f64> = effects.iter().copied().flatten().collect();
        let store_effects: Vec<f64> = stores.iter().filter_map(|sum| sum.effect()).collect();
        let mut levels = Self {
            products,
            stores,
            like: like(panel, &effects),
            experience: [[Experience {
                bias: 1.0,
                variance: PRIOR_VARIANCE,
            }; 2]; 2],
            anywhere: median(&known_effects),
            usual_store: median(&store_effects),
        };
        levels.experience = levels.experience(known, &store_effects);
        levels
    }

    /// What a series with no day of its own is expected to sell on an average day.
    pub fn of(&self, store: usize, product: usize) -> Prior {
        let own = self.products.get(product).and_then(|sum| sum.effect());
        let shop = self.stores.get(store).and_then(|sum| sum.effect());
        let experience = self.experience[usize::from(own.is_some())][usize::from(shop.is_some())];
        let like = || self.like.get(product).copied().flatten();
        let effect = own.or_else(like).unwrap_or(self.anywhere);
        Prior {
            level: effect * shop.unwrap_or(self.usual_store) * experience.bias,
            variance: experience.variance,
        }
    }

    /// Takes every known series for each kind of newcomer in turn and looks how it would have been missed.
    fn experience(&self, known: &[Known], store_effects: &[f64]) -> [[Experience; 2]; 2] {
        let mut cases: [[Vec<(f64, f64)>; 2]; 2] = Default::default();
        for one in known {
            let (Some(product), Some(store)) = (
                self.products[one.product].effect(),
                self.stores[one.store].effect(),
            ) else {
                continue;
            };
            let elsewhere = self.products[one.product].without(one.level, store);
            let shop = self.stores[one.store].without(one.level, product);
            let like = self.like[one.product];
            let usual = median_without(store_effects, store);
            for (known_product, effect) in [(0, like), (1, elsewhere)] {
                for (known_store, shop) in [(0, usual), (1, shop)] {
                    if let (Some(effect), Some(shop)) = (effect, shop) {
                        cases[known_product][known_store].push((one.level, effect * shop));
                    }
                }
            }
        }
        cases.map(|row| row.map(|cases| experience(&cases)))
    }
}

fn experience(cases: &[(f64, f64)]) -> Experience {
    let (levels, expected) = cases
        .iter()
        .fold((0.0, 0.0), |sum, case| (sum.0 + case.0, sum.1 + case.1));
    let bias = if cases.is_empty() || expected <= 0.0 {
        1.0
    } else {
        levels / expected
    };
    // As far as four in five were missed at most, taken for a lognormal distribution: some misses are beyond all measure.
    let mut misses: Vec<f64> = cases
        .iter()
        .map(|case| (case.0 / (case.1 * bias)).ln().abs())
        .collect();
    misses.sort_by(f64::total_cmp);
    let deviation = if misses.is_empty() {
        0.0
    } else {
        empirical(&misses, 0.8) / FOUR_IN_FIVE
    };
    let variance = (deviation * deviation).exp_m1().min(FARTHEST);
    let count = cases.len() as f64;
    Experience {
        bias,
        variance: (count * variance + PRIOR_SERIES * PRIOR_VARIANCE) / (count + PRIOR_SERIES),
    }
}

/// For every product the geometric mean of the effects of the others of its category, those of a like price first; `None` without
/// any other.
fn like(panel: &Panel, effects: &[Option<f64>]) -> Vec<Option<f64>> {
    let mut groups: HashMap<&str, Vec<usize>> = HashMap::new();
    for (product, of) in panel.products.iter().enumerate() {
        groups.entry(&of.category).or_default().push(product);
    }
    let known: Vec<usize> = (0..effects.len())
        .filter(|p| effects[*p].is_some())
        .collect();
    // Of a category with few others, the whole assortment speaks too; of a large one a part of it will do.
    let part: Vec<usize> = known
        .iter()
        .copied()
        .step_by(known.len() / PART + 1)
        .collect();
    let price = |product: usize| {
        let price = panel.products[product].list_price?;
        (price > 0.0).then(|| price.ln())
    };
    (0..effects.len())
        .map(|product| {
            let own = price(product);
            let (mut sum, mut weights) = (0.0, 0.0);
            let mut add = |others: &[usize], share: f64| {
                for other in others.iter().filter(|other| **other != product) {
                    if let Some(effect) = effects[*other] {
                        let apart = match (own, price(*other)) {
                            (Some(own), Some(price)) => (own - price) / PRICE_REACH,
                            _ => 1.0,
                        };
                        let weight = share * (-0.5 * apart * apart).exp();
                        sum += weight * effect.ln();
                        weights += weight;
                    }
                }
            };
            let category = &groups[panel.products[product].category.as_str()];
            let step = category.len() / PART + 1;
            let same: Vec<usize> = category.iter().copied().step_by(step).collect();
            add(&same, 1.0);
            add(&part, 1.0 / (1.0 + part.len() as f64));
            (weights > 1e-9).then(|| (sum / weights).exp())
        })
        .collect()
}

fn fitted(panel: &Panel, known: &[Known]) -> (Vec<Sum>, Vec<Sum>) {
    let mut stores = vec![Sum::default(); panel.stores.len()];
    let mut products = vec![Sum::default(); panel.products.len()];
    for _ in 0..ROUNDS {
        let shops: Vec<f64> = stores.iter().map(|s| s.effect().unwrap_or(1.0)).collect();
        products.fill(Sum::default());
        for one in known {
            products[one.product].levels += one.level;
            products[one.product].others += shops[one.store];
        }
        stores.fill(Sum::default());
        for one in known {
            if let Some(effect) = products[one.product].effect() {
                stores[one.store].levels += one.level;
                stores[one.store].others += effect;
            }
        }
    }
    (products, stores)
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    match sorted.len() {
        0 => 1.0,
        n if n % 2 == 1 => sorted[n / 2],
        n => (sorted[n / 2 - 1] + sorted[n / 2]) / 2.0,
    }
}

/// Median of the others; `None` without any.
fn median_without(values: &[f64], one: f64) -> Option<f64> {
    let mut others = values.to_vec();
    let at = others.iter().position(|v| *v == one)?;
    others.swap_remove(at);
    (!others.is_empty()).then(|| median(&others))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::panel::{PanelProduct, PanelStore};

    fn panel(stores: usize, categories: &[&str]) -> Panel {
        Panel {
            stores: (0..stores)
                .map(|s| PanelStore { id: s.to_string() })
                .collect(),
            products: categories
                .iter()
                .enumerate()
                .map(|(p, category)| PanelProduct {
                    id: p.to_string(),
                    category: (*category).to_owned(),
                    list_price: None,
                    unit_cost: None,
                    salvage: None,
                })
                .collect(),
            series: vec![],
            calendar: vec![],
            weather: vec![],
            last_date: chrono::NaiveDate::MIN,
        }
    }

    /// Shops of sizes 1, 2 and 4; breads of 40, 60 and 20, cakes of 5 and 7. Bread 2 is not in shop 2, cake 4 nowhere.
    fn known() -> Vec<Known> {
        let mut known = Vec::new();
        for (store, size) in [1.0, 2.0, 4.0].into_iter().enumerate() {
            for (product, level) in [40.0, 60.0, 20.0, 5.0].into_iter().enumerate() {
                if (store, product) != (2, 2) {
                    known.push(Known {
                        index: known.len(),
                        store,
                        product,
                        level: level * size,
                    });
                }
            }
        }
        known
    }

    #[test]
    fn a_known_product_in_a_known_shop_takes_both_sizes() {
        let levels = Levels::new(
            &panel(4, &["bread", "bread", "bread", "cake", "cake"]),
            &known(),
        );
        let prior = levels.of(2, 2);
        assert!((prior.level - 80.0).abs() < 0.5, "{prior:?}");
        // A product nobody knows is like its category, a shop nobody knows like the middle one.
        let cake = levels.of(0, 4);
        let shop = levels.of(3, 0);
        assert!((2.0..12.0).contains(&cake.level), "{cake:?}");
        assert!((50.0..120.0).contains(&shop.level), "{shop:?}");
        // The less is known, the less is certain.
        let both = levels.of(3, 4);
        assert!(prior.variance < cake.variance && prior.variance < shop.variance);
        assert!(both.variance > shop.variance.min(cake.variance));
    }

    #[test]
    fn one_shop_alone_is_its_own_measure() {
        let known: Vec<Known> = [40.0, 60.0, 20.0, 30.0, 50.0]
            .into_iter()
            .enumerate()
            .map(|(product, level)| Known {
                index: product,
                store: 0,
                product,
                level,
            })
            .collect();
        let levels = Levels::new(&panel(1, &["bread"; 6]), &known);
        let prior = levels.of(0, 5);
        assert!((30.0..50.0).contains(&prior.level), "{prior:?}");
        assert!(prior.variance > 0.1, "{prior:?}");
    }
}
