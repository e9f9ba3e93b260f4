//! Offers of the chain.

use crate::assortment::{Appeal, CAKE, CATEGORIES, Product};
use crate::holidays::shift;
use crate::season::{Season, small};
use crate::stream::{Purpose, stream, whole};
use chrono::{Datelike, NaiveDate};
use rand::RngExt;
use serde::Serialize;

/// An offer on one product or one category, in one shop or in all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promotion {
    /// Unique in the chain.
    pub code: String,
    pub name: String,
    /// Index of the shop; `None` = every shop.
    pub store: Option<usize>,
    /// Index of the product; `None` = a whole category.
    pub product: Option<usize>,
    /// Index of the category; `None` = a single product.
    pub category: Option<usize>,
    pub discount_bp: i32,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
    /// True demand while it runs, in basis points of the demand without it: what a forecaster must find out.
    pub uplift_bp: i32,
}

impl Promotion {
    /// Whether it runs for a product of a shop on a day.
    #[must_use]
    pub fn applies(&self, store: usize, product: usize, category: usize, day: NaiveDate) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
            && self.store.is_none_or(|only| only == store)
            && self.product.is_none_or(|only| only == product)
            && self.category.is_none_or(|only| only == category)
    }

    /// The price under the offer, in cents, never below one cent.
    #[must_use]
    pub fn price_minor(&self, list_price_minor: i64) -> i64 {
        let kept = 10_000 - i64::from(self.discount_bp);
        ((list_price_minor * kept + 5_000) / 10_000).max(1)
    }

    /// Demand while it runs against demand without it.
    pub(crate) fn uplift(&self) -> f64 {
        small(i64::from(self.uplift_bp)) / 10_000.0
    }
}

/// Offers from `start` to `last`: one begins every two to three weeks.
pub(crate) fn build(
    seed: u64,
    shops: usize,
    products: &[Product],
    appeals: &[Appeal],
    start: NaiveDate,
    last: NaiveDate,
) -> Vec<Promotion> {
    let mut rng = stream(seed, Purpose::Promotions, 0, 0);
    let mut offers = Vec::new();
    let mut starts_on = shift(start, rng.random_range(3..12));
    while starts_on <= last {
        let ends_on = shift(starts_on, rng.random_range(4..10));
        let discount_bp = [1_000, 1_500, 2_000, 2_500, 3_000][rng.random_range(0..5_usize)];
        let whole_category = rng.random_bool(0.2);
        let one_shop = rng.random_bool(0.3);
        let store = one_shop.then(|| rng.random_range(0..shops));
        let chosen = rng.random_range(0..products.len());
        let strength = rng.random_range(1.7..2.6);
        let number = offers.len() + 1;
        let percent = discount_bp / 100;
        // Constant elasticity in the share taken off: 20 % off lifts demand by about half.
        let uplift = (strength * f64::from(discount_bp) / 10_000.0).exp();
        let fits = products[chosen]
            .introduced_on
            .is_none_or(|day| day <= starts_on)
            && products[chosen]
                .discontinued_on
                .is_none_or(|day| day > ends_on)
            && matches!(
                appeals[chosen].season,
                Season::Even | Season::Summer(_) | Season::Winter(_)
            );
        // Nobody gives away what sells by itself: no offers on seasonal goods and none on whole cakes as a group.
        let target = if whole_category && products[chosen].category != CAKE {
            let category = products[chosen].category;
            Some((None, Some(category), CATEGORIES[category].to_owned()))
        } else if fits {
            Some((Some(chosen), None, products[chosen].name.clone()))
        } else {
            None
        };
        if let Some((product, category, what)) = target {
            offers.push(Promotion {
                code: format!("OF{:02}-{number:03}", starts_on.year().rem_euclid(100)),
                name: format!("{what} -{percent} %"),
                store,
                product,
                category,
                discount_bp,
                starts_on,
                ends_on,
                uplift_bp: i32::try_from(whole(uplift * 10_000.0)).unwrap_or(10_000),
            });
        }
        starts_on = shift(starts_on, rng.random_range(9..19));
    }
    offers
}
