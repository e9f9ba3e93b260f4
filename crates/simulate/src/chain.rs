//! The chain as a whole: what stands still while days go by, and what is planned.

use crate::assortment::{self, Appeal, CATEGORIES, Product};
use crate::calendar::{self, CalendarEntry, DayFlags};
use crate::climate::{Climate, WeatherDay};
use crate::holidays::{date, shift};
use crate::intraday::IntradayProfile;
use crate::promotions::{self, Promotion};
use crate::run::{SimulatedDay, Simulation};
use crate::season::small;
use crate::shops::{self, Store, Trade};
use crate::stream::{Purpose, normal, stream, whole};
use crate::tickets::{self, Ticket};
use chrono::{Datelike, NaiveDate};
use domain::panel::HORIZON_DAYS;
use rand::RngExt;

/// What to simulate. The same configuration gives the same chain, number for number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChainConfig {
    pub seed: u64,
    /// Shops besides the central kitchen; at least one is made. The first six are always the same.
    pub shops: usize,
    /// Calendar days of history up to and including `end_date`, at least one.
    pub days: u32,
    /// Last simulated business date. What is planned reaches [`HORIZON_DAYS`] further.
    pub end_date: NaiveDate,
    /// Products of the assortment, at least one; 45 is the full table, more are variants of it.
    pub products: usize,
}

impl ChainConfig {
    /// The chain as it is shown: six shops, 45 products, two years and a month.
    #[must_use]
    pub const fn new(seed: u64, end_date: NaiveDate) -> Self {
        Self {
            seed,
            shops: 6,
            days: 760,
            end_date,
            products: 45,
        }
    }

    /// First simulated business date.
    #[must_use]
    pub fn start_date(&self) -> NaiveDate {
        shift(self.end_date, 1 - i64::from(self.days.max(1)))
    }
}

/// Days past the last date for which flags and weather exist: a forecast issued on the last day that can be
/// simulated still sees its whole horizon.
const AHEAD: usize = 2 * HORIZON_DAYS + 4;

/// A synthetic bakery chain.
pub struct Chain {
    pub(crate) config: ChainConfig,
    pub(crate) start: NaiveDate,
    stores: Vec<Store>,
    pub(crate) trades: Vec<Trade>,
    categories: Vec<String>,
    products: Vec<Product>,
    pub(crate) appeals: Vec<Appeal>,
    calendar: Vec<CalendarEntry>,
    flags: Vec<Vec<DayFlags>>,
    pub(crate) climate: Climate,
    promotions: Vec<Promotion>,
    /// Taste of a shop's customers for a product around 1; 0 where it is not sold. By shop, then product.
    affinity: Vec<f64>,
    /// First day and list price in cents, ascending, by product.
    prices: Vec<Vec<(NaiveDate, i64)>>,
    /// By shop, then category.
    pub(crate) profiles: Vec<Vec<IntradayProfile>>,
}

impl Chain {
    /// Builds everything that does not depend on the course of the days.
    #[must_use]
    pub fn new(config: ChainConfig) -> Self {
        let config = ChainConfig {
            shops: config.shops.max(1),
            days: config.days.max(1),
            products: config.products.max(1),
            ..config
        };
        let start = config.start_date();
        let count = usize::try_from(config.days)
            .unwrap_or(usize::MAX)
            .saturating_add(AHEAD);
        let last = shift(config.end_date, i64::try_from(AHEAD).unwrap_or_default());
        let (stores, trades) = shops::build(config.seed, config.shops);
        let (products, appeals) = assortment::build(config.products, start, config.days);
        let calendar = calendar::build(config.seed, &trades, start, config.days, last);
        let flags = calendar::flags(&stores, config.shops, &calendar, start, count);
        let climate = Climate::new(
            config.seed,
            start,
            count,
            trades.iter().map(|trade| trade.city),
        );
        let planned_to = shift(config.end_date, days_of_horizon());
        let promotions = promotions::build(
            config.seed,
            config.shops,
            &products,
            &appeals,
            start,
            planned_to,
        );
        let profiles = stores
            .iter()
            .take(config.shops)
            .map(|store| IntradayProfile::all(store.opens_at_minute, store.closes_at_minute))
            .collect();
        Self {
            affinity: affinity(config.seed, config.shops, &appeals),
            prices: prices(config.seed, &products, start, config.end_date),
            categories: CATEGORIES.iter().map(|name| (*name).to_owned()).collect(),
            config,
            start,
            stores,
            trades,
            products,
            appeals,
            calendar,
            flags,
            climate,
            promotions,
            profiles,
        }
    }

    /// What was asked for, with counts of at least one.
    #[must_use]
    pub const fn config(&self) -> &ChainConfig {
        &self.config
    }

    /// First simulated business date.
    #[must_use]
    pub const fn start_date(&self) -> NaiveDate {
        self.start
    }

    /// Last day that [`Chain::simulate_until`] can reach: [`HORIZON_DAYS`] after the configured end.
    #[must_use]
    pub fn last_possible_date(&self) -> NaiveDate {
        shift(self.config.end_date, days_of_horizon())
    }

    /// The shops, and behind them, last, the central kitchen.
    #[must_use]
    pub fn stores(&self) -> &[Store] {
        &self.stores
    }

    /// How many of [`Chain::stores`] are shops: the first ones.
    #[must_use]
    pub const fn shop_count(&self) -> usize {
        self.config.shops
    }

    /// Names of the categories in the order of the counter.
    #[must_use]
    pub fn categories(&self) -> &[String] {
        &self.categories
    }

    /// Everything the chain sells, sold or will sell.
    #[must_use]
    pub fn products(&self) -> &[Product] {
        &self.products
    }

    /// Every offer, past, running and planned.
    #[must_use]
    pub fn promotions(&self) -> &[Promotion] {
        &self.promotions
    }

    /// Holidays, school holidays, festivals and closures, some weeks past the end included.
    #[must_use]
    pub fn calendar(&self) -> &[CalendarEntry] {
        &self.calendar
    }

    /// Weather measured at each shop on a day; empty outside the simulated days.
    #[must_use]
    pub fn weather(&self, day: NaiveDate) -> Vec<WeatherDay> {
        let of = |(store, trade): (usize, &Trade)| {
            let sky = self.climate.observed(trade.city, day)?;
            Some(WeatherDay {
                date: day,
                store,
                temperature_c_x10: sky.temperature_c_x10,
                precipitation_mm_x10: sky.precipitation_mm_x10,
                is_forecast: false,
            })
        };
        self.trades.iter().enumerate().filter_map(of).collect()
    }

    /// Weather foreseen on a day for each shop and each of the [`HORIZON_DAYS`] days after it, by day, then shop.
    #[must_use]
    pub fn forecast_weather(&self, issued_on: NaiveDate) -> Vec<WeatherDay> {
        let mut days = Vec::with_capacity(HORIZON_DAYS * self.trades.len());
        for lead in (1..).take(HORIZON_DAYS) {
            for (store, trade) in self.trades.iter().enumerate() {
                if let Some(sky) = self.climate.foreseen(trade.city, issued_on, lead) {
                    days.push(WeatherDay {
                        date: shift(issued_on, i64::from(lead)),
                        store,
                        temperature_c_x10: sky.temperature_c_x10,
                        precipitation_mm_x10: sky.precipitation_mm_x10,
                        is_forecast: true,
                    });
                }
            }
        }
        days
    }

    /// Whether a shop belongs to those that sell a product at all.
    #[must_use]
    pub fn listed(&self, store: usize, product: usize) -> bool {
        self.affinity_of(store, product) > 0.0
    }

    /// Whether a shop opens on a day; never outside the simulated and planned days, never for the kitchen.
    #[must_use]
    pub fn is_open(&self, store: usize, day: NaiveDate) -> bool {
        self.flags_on(store, day).is_some_and(|flags| flags.open)
    }

    /// Whether a shop that is open on a day has a product on its shelf: listed, in season, launched, not withdrawn.
    #[must_use]
    pub fn on_sale(&self, store: usize, product: usize, day: NaiveDate) -> bool {
        let item = &self.products[product];
        self.listed(store, product)
            && item.introduced_on.is_none_or(|first| first <= day)
            && item.discontinued_on.is_none_or(|end| day < end)
            && self.appeals[product].season.on_sale(day)
    }

    /// List price of a product on a day, in cents.
    #[must_use]
    pub fn list_price_minor(&self, product: usize, day: NaiveDate) -> i64 {
        let steps = &self.prices[product];
        let known = steps.partition_point(|(from, _)| *from <= day);
        steps[known.saturating_sub(1)].1
    }

    /// The offer under which a shop sells a product on a day: of several, the largest discount.
    #[must_use]
    pub fn promotion_on(&self, store: usize, product: usize, day: NaiveDate) -> Option<usize> {
        let category = self.products[product].category;
        let running = self.promotions.iter().enumerate();
        running
            .filter(|(_, offer)| offer.applies(store, product, category, day))
            .max_by_key(|(index, offer)| (offer.discount_bp, usize::MAX - index))
            .map(|(index, _)| index)
    }

    /// What a piece costs in a shop on a day, in cents, under the offer of [`Chain::promotion_on`].
    #[must_use]
    pub fn price_minor(&self, product: usize, day: NaiveDate, promotion: Option<usize>) -> i64 {
        let list = self.list_price_minor(product, day);
        promotion
            .and_then(|index| self.promotions.get(index))
            .map_or(list, |offer| offer.price_minor(list))
    }

    /// The configured days, by date, then shop; days on which a shop is closed do not occur.
    #[must_use]
    pub fn simulate(&self) -> Simulation<'_> {
        self.simulate_until(self.config.end_date)
    }

    /// The same days up to another last one, at most [`Chain::last_possible_date`]: how it went on after the
    /// configured end.
    #[must_use]
    pub fn simulate_until(&self, last: NaiveDate) -> Simulation<'_> {
        Simulation::new(self, last.min(self.last_possible_date()))
    }

    /// The tickets of one shop's day, by time. Their quantities add up to what was sold.
    #[must_use]
    pub fn tickets(&self, day: &SimulatedDay) -> Vec<Ticket> {
        tickets::of_day(self, day)
    }

    pub(crate) fn affinity_of(&self, store: usize, product: usize) -> f64 {
        if store < self.config.shops {
            self.affinity[store * self.products.len() + product]
        } else {
            0.0
        }
    }

    pub(crate) fn day_index(&self, day: NaiveDate) -> Option<usize> {
        usize::try_from((day - self.start).num_days()).ok()
    }

    pub(crate) fn flags_on(&self, store: usize, day: NaiveDate) -> Option<DayFlags> {
        self.flags.get(store)?.get(self.day_index(day)?).copied()
    }
}

/// [`HORIZON_DAYS`] as a signed number of days.
pub(crate) fn days_of_horizon() -> i64 {
    i64::try_from(HORIZON_DAYS).unwrap_or_default()
}

/// Pieces a day from which a product is carried by every shop.
const BESTSELLER: f64 = 20.0;

/// The first shop carries everything, every shop the bestsellers, and most shops most of the rest.
fn affinity(seed: u64, shops: usize, appeals: &[Appeal]) -> Vec<f64> {
    let mut all = Vec::with_capacity(shops * appeals.len());
    for store in 0..shops {
        for (product, appeal) in appeals.iter().enumerate() {
            let mut rng = stream(seed, Purpose::Affinity, store, product);
            let carried = rng.random_bool(0.93) || store == 0 || appeal.base >= BESTSELLER;
            let taste = normal(&mut rng, 0.0, 0.22).clamp(-0.5, 0.5).exp();
            all.push(if carried { taste } else { 0.0 });
        }
    }
    all
}

/// Prices rise on the first of March, by some per cent, in steps of five cents.
fn prices(
    seed: u64,
    products: &[Product],
    start: NaiveDate,
    end: NaiveDate,
) -> Vec<Vec<(NaiveDate, i64)>> {
    let of = |(index, product): (usize, &Product)| {
        let mut rng = stream(seed, Purpose::Prices, index, 0);
        let mut price = product.price_minor;
        let mut steps = Vec::new();
        for year in (start.year()..=end.year()).rev() {
            let day = date(year, 3, 1);
            if day > start && day <= end {
                steps.push((day, price));
                let before = small(price) / (1.0 + rng.random_range(0.015..0.07));
                // Never dearer than the year after; cheap goods may keep their price.
                price = (whole(before / 5.0) * 5).clamp(5, price.max(5));
            }
        }
        steps.push((start, price));
        steps.reverse();
        steps
    };
    products.iter().enumerate().map(of).collect()
}
