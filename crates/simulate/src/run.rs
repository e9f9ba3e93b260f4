//! The course of the days.

use crate::chain::Chain;
use crate::demand::{StoreDay, dispersion};
use crate::holidays::shift;
use crate::planner::Planner;
use crate::season::small;
use crate::shelf::Shelf;
use crate::stream::{Purpose, normal, overdispersed_count, stream};
use chrono::NaiveDate;
use serde::Serialize;

/// One open day of one shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SimulatedDay {
    pub date: NaiveDate,
    /// Index of the shop.
    pub store: usize,
    /// One line for each product on sale, in the order of the products.
    pub lines: Vec<DailyLine>,
}

/// One product on one open day of one shop. `carried_in + baked = sold + wasted + what is carried out`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DailyLine {
    /// Index of the product.
    pub product: usize,
    /// What customers wanted: the truth that no till records.
    pub demand: i64,
    /// On the shelf from earlier days when the shop opened.
    pub carried_in: i64,
    /// Baked, or delivered, for this day.
    pub baked: i64,
    pub sold: i64,
    /// Thrown away in the evening.
    pub wasted: i64,
    /// Price of a piece that day, the offer taken off, in cents.
    pub price_minor: i64,
    /// Index of the offer under which it was sold.
    pub promotion: Option<usize>,
    /// Minute of the day at which the shelf stood empty; `None` if something was left in the evening.
    pub sold_out_at: Option<u32>,
}

impl DailyLine {
    /// Everything that could have been sold.
    #[must_use]
    pub const fn supply(&self) -> i64 {
        self.carried_in + self.baked
    }

    /// Customers who went away without it, in pieces.
    #[must_use]
    pub const fn lost(&self) -> i64 {
        self.demand - self.sold
    }
}

/// Daily persistence of a series' own level, and its daily shock: a slow drift of about 12 % either way.
const DRIFT_PERSISTENCE: f64 = 0.995;
const DRIFT_SHOCK: f64 = 0.012;
/// Chance that all of a shop's day is good or bad.
const SHOP_DAY_SHOCK: f64 = 0.05;
/// Longest closure that is looked across to find the next open day.
const LONGEST_CLOSURE: i64 = 30;

/// The days of a chain, one after the other; holds one day's state and no history.
pub struct Simulation<'a> {
    chain: &'a Chain,
    date: NaiveDate,
    last: NaiveDate,
    store: usize,
    planner: Planner,
    /// By shop, then product.
    drift: Vec<f64>,
    /// By shop, then product.
    shelves: Vec<Shelf>,
}

impl<'a> Simulation<'a> {
    pub(crate) fn new(chain: &'a Chain, last: NaiveDate) -> Self {
        let series = chain.shop_count() * chain.products().len();
        Self {
            chain,
            date: chain.start_date(),
            last,
            store: 0,
            planner: Planner::new(chain),
            drift: vec![0.0; series],
            shelves: vec![Shelf::default(); series],
        }
    }

    /// Moves every series' level on by a day, open or not.
    fn drift_on(&mut self, store: usize, day: usize) {
        let products = self.chain.products().len();
        let mut rng = stream(self.chain.config.seed, Purpose::Drift, store, day);
        for level in &mut self.drift[store * products..(store + 1) * products] {
            *level = DRIFT_PERSISTENCE * *level + normal(&mut rng, 0.0, DRIFT_SHOCK);
        }
    }

    /// How many days until the shop opens again, if that is soon enough to matter.
    fn days_to_next(&self, store: usize, date: NaiveDate) -> Option<usize> {
        let wait =
            (1..=LONGEST_CLOSURE).find(|days| self.chain.is_open(store, shift(date, *days)))?;
        usize::try_from(wait).ok()
    }

    fn open_day(&mut self, store: usize, date: NaiveDate, day: usize) -> SimulatedDay {
        let chain = self.chain;
        let seed = chain.config.seed;
        let products = chain.products().len();
        let around = StoreDay::new(chain, store, date);
        let wait = self.days_to_next(store, date);
        let next_date = wait.map(|days| shift(date, i64::try_from(days).unwrap_or_default()));
        let mut chance = stream(seed, Purpose::Demand, store, day);
        let mut habit = stream(seed, Purpose::Habit, store, day);
        let shop_day = normal(&mut chance, 0.0, SHOP_DAY_SHOCK).exp();
        let mut lines = Vec::with_capacity(products);
        for product in 0..products {
            if !chain.on_sale(store, product, date) {
                continue;
            }
            let item = &chain.products()[product];
            let series = store * products + product;
            let promotion = chain.promotion_on(store, product, date);
            let mean =
                around.mean(chain, store, product, promotion) * shop_day * self.drift[series].exp();
            let demand =
                overdispersed_count(&mut chance, mean, dispersion(chain.appeals[product].base));
            let gut = Planner::gut(chain, product, &around, date, promotion);
            let shelf = &mut self.shelves[series];
            let carried_in = shelf.on_hand();
            let baked = self
                .planner
                .quantity(chain, store, product, date, gut, carried_in, &mut habit);
            shelf.add(baked, item.shelf_life_days);
            let sold = shelf.sell(demand);
            let emptied = shelf.on_hand() == 0;
            let on_sale_next = next_date.is_some_and(|next| chain.on_sale(store, product, next));
            let wasted = match wait {
                Some(days) if on_sale_next => shelf.close(days),
                _ => shelf.clear(),
            };
            self.planner.learn(store, product, date, gut, sold, emptied);
            let sold_out_at = emptied.then(|| {
                let share = if demand == 0 {
                    0.0
                } else {
                    small(sold) / small(demand)
                };
                chain.profiles[store][item.category].minute_at(share)
            });
            let price_minor = chain.price_minor(product, date, promotion);
            lines.push(DailyLine {
                product,
                demand,
                carried_in,
                baked,
                sold,
                wasted,
                price_minor,
                promotion,
                sold_out_at,
            });
        }
        SimulatedDay { date, store, lines }
    }
}

impl Iterator for Simulation<'_> {
    type Item = SimulatedDay;

    fn next(&mut self) -> Option<SimulatedDay> {
        while self.date <= self.last {
            let (date, store) = (self.date, self.store);
            self.store += 1;
            if self.store == self.chain.shop_count() {
                self.store = 0;
                self.date = shift(date, 1);
            }
            let day = self.chain.day_index(date)?;
            self.drift_on(store, day);
            if self.chain.is_open(store, date) {
                return Some(self.open_day(store, date, day));
            }
        }
        None
    }
}
