//! What weekdays and promotions make of a level, from the series that are known.

use super::{Known, RECENT_DAYS};
use crate::prepared::Prepared;
use crate::series::{Series, weekday};
use std::collections::HashMap;

/// Days without which a group has no pattern of its own.
const LEAST_DAYS: f64 = 4.0;
/// Days back, and promoted days needed, to learn what a promotion does.
const PROMOTION_DAYS: i32 = 182;
const LEAST_PROMOTED: f64 = 30.0;

/// Sales, the levels they are compared with, and days.
#[derive(Clone, Copy, Debug, Default)]
struct Share {
    sold: f64,
    level: f64,
    days: f64,
}

impl Share {
    fn add(&mut self, sold: f64, level: f64) {
        self.sold += sold;
        self.level += level;
        self.days += 1.0;
    }

    fn ratio(&self, least: f64) -> Option<f64> {
        (self.days >= least && self.level > 0.0).then(|| self.sold / self.level)
    }
}

type Week = [Share; 7];

/// Weekdays by shop, product, category and chain; promotions by category and chain.
pub(super) struct Pattern {
    stores: Vec<Week>,
    products: Vec<Week>,
    by_category: HashMap<String, Week>,
    chain: Week,
    categories: Vec<String>,
    promoted: HashMap<String, Share>,
    promoted_anywhere: Share,
}

impl Pattern {
    pub fn new(prepared: &Prepared<'_>, known: &[Known]) -> Self {
        let panel = prepared.panel;
        let mut pattern = Self {
            stores: vec![Week::default(); panel.stores.len()],
            products: vec![Week::default(); panel.products.len()],
            by_category: HashMap::new(),
            chain: Week::default(),
            categories: panel.products.iter().map(|p| p.category.clone()).collect(),
            promoted: HashMap::new(),
            promoted_anywhere: Share::default(),
        };
        let last = prepared.last;
        for one in known {
            let series = &prepared.series[one.index];
            let category = pattern.categories[one.product].clone();
            let week = pattern.by_category.entry(category).or_default();
            for day in last - RECENT_DAYS + 1..=last {
                if let Some(sold) = series.valid(day) {
                    let at = weekday(day);
                    pattern.stores[one.store][at].add(sold, one.level);
                    pattern.products[one.product][at].add(sold, one.level);
                    week[at].add(sold, one.level);
                    pattern.chain[at].add(sold, one.level);
                }
            }
        }
        for one in known {
            let series = &prepared.series[one.index];
            let category = &pattern.categories[one.product];
            let mut promoted = Share::default();
            for day in last - PROMOTION_DAYS + 1..=last {
                if series.promotion(day) != Some(true) {
                    continue;
                }
                // Against the level around that day, not against today's.
                let usual = series.mean_between(day - 28, day + 28, 14);
                if let (Some(sold), Some(level)) = (series.valid(day), usual) {
                    promoted.add(sold, level * pattern.weekday(series, weekday(day)));
                }
            }
            for sum in [
                pattern.promoted.entry(category.clone()).or_default(),
                &mut pattern.promoted_anywhere,
            ] {
                sum.sold += promoted.sold;
                sum.level += promoted.level;
                sum.days += promoted.days;
            }
        }
        pattern
    }

    /// A weekday over the level: the shop's habit and the product's, as far as either is known.
    pub fn weekday(&self, series: &Series, at: usize) -> f64 {
        let Some(chain) = self.chain[at].ratio(LEAST_DAYS).filter(|r| *r > 0.0) else {
            return 1.0;
        };
        let store = self.stores.get(series.store);
        let store = store.and_then(|week| week[at].ratio(LEAST_DAYS));
        let product = self.products.get(series.product);
        let product = product.and_then(|week| week[at].ratio(LEAST_DAYS));
        let like = || {
            let category = self.categories.get(series.product)?;
            self.by_category.get(category)?[at].ratio(LEAST_DAYS)
        };
        store.unwrap_or(chain) * product.or_else(like).unwrap_or(chain) / chain
    }

    /// A promoted day over an ordinary one.
    pub fn uplift(&self, product: usize) -> f64 {
        let own = self.categories.get(product);
        let own = own.and_then(|category| self.promoted.get(category)?.ratio(LEAST_PROMOTED));
        own.or_else(|| self.promoted_anywhere.ratio(LEAST_PROMOTED))
            .unwrap_or(1.0)
    }
}
