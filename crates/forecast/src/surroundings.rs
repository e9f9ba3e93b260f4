//! What happens around a series: calendar, opening, weather of its store, and the level of its product and store.

mod sources;

use crate::series::Series;
use chrono::{Datelike, NaiveDate};
use domain::panel::{HORIZON_DAYS, Panel};
use sources::{calendar, levels, opening, weather};
use std::collections::{BTreeMap, HashMap};
use std::f64::consts::TAU;

pub(crate) const HOLIDAY: u8 = 1;
pub(crate) const SCHOOL: u8 = 2;
pub(crate) const EVENT: u8 = 4;
const CLOSURE: u8 = 8;
const OPEN: u8 = 16;
/// An event that comes around so often that it is part of the ordinary.
pub(crate) const RECURRING: u8 = 32;

/// Days kept before the first one of the history: what lies around a day is looked at.
const BEFORE: i32 = 3;

/// A year of whole weeks.
const YEAR: i32 = 364;
/// The growth of a season: days of the level before it, days on either side of the day itself, and how far it goes.
const GROWTH_LEVEL: i32 = 28;
const GROWTH_REACH: i32 = 10;
const GROWTH_CAP: f64 = 3.0;

/// Days a year from which on an event of a name is a recurring one.
const RECURRING_DAYS: f64 = 24.0;

/// Kind and name of a special day, interned; 0 = an ordinary day.
type SpecialKey = u32;

/// One store's days.
#[derive(Clone, Debug)]
struct StoreDays {
    flags: Vec<u8>,
    special: Vec<SpecialKey>,
    recurring: Vec<SpecialKey>,
    temperature: Vec<f32>,
    rain: Vec<f32>,
    /// Prefix sums of the known temperatures.
    warmth: Vec<f64>,
    warmth_days: Vec<u32>,
}

/// Daily sums over the valid days of many series, as prefix sums.
#[derive(Clone, Debug)]
struct GroupLevel {
    sum: Vec<f64>,
    count: Vec<u32>,
}

/// Demand on a special day over its ordinary level, by date.
type Occurrences = Vec<(i32, f64)>;

/// What days of a kind taught. No day of kind 0 is ever learned from.
#[derive(Clone, Debug, Default)]
struct Lessons {
    products: HashMap<(usize, SpecialKey), Occurrences>,
    chain: HashMap<SpecialKey, Occurrences>,
}

/// Everything around the series.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    first: i32,
    end: i32,
    stores: Vec<StoreDays>,
    season: Vec<[f32; 8]>,
    product_level: Vec<GroupLevel>,
    store_level: Vec<GroupLevel>,
    special: Lessons,
    recurring: Lessons,
}

impl Surroundings {
    pub fn new(panel: &Panel, series: &[Series], last: i32) -> Self {
        let first = series
            .iter()
            .map(|s| s.start)
            .min()
            .unwrap_or(last)
            .min(last)
            - BEFORE;
        let end = last + HORIZON_DAYS as i32 + 3;
        let length = (end - first + 1) as usize;
        let mut stores = calendar(panel, first, length);
        opening(&mut stores, series, first, end);
        weather(&mut stores, panel, first, length);
        let product_level = levels(series, panel.products.len(), first, length, |s| s.product);
        let store_level = levels(series, panel.stores.len(), first, length, |s| s.store);
        let mut surroundings = Self {
            first,
            end,
            stores,
            season: (first..=end).map(season).collect(),
            product_level,
            store_level,
            special: Lessons::default(),
            recurring: Lessons::default(),
        };
        surroundings.special = surroundings.learn(series, Self::special_key);
        surroundings.recurring = surroundings.learn(series, |around, store, day| {
            // On a special day nobody can tell what the recurring event did.
            if around.is_special(store, day) {
                0
            } else {
                around.recurring_key(store, day)
            }
        });
        surroundings
    }

    /// Days in memory, those ahead among them.
    pub fn length(&self) -> usize {
        (self.end - self.first + 1) as usize
    }

    fn index(&self, day: i32) -> Option<usize> {
        (day >= self.first && day <= self.end).then(|| (day - self.first) as usize)
    }

    pub fn has(&self, store: usize, day: i32, flag: u8) -> bool {
        self.index(day)
            .is_some_and(|i| self.stores[store].flags[i] & flag != 0)
    }

    /// Whether the store is shut, seen from `cutoff`: by its opening or its plan, beyond the plan by the calendar.
    pub fn closed(&self, store: usize, day: i32, cutoff: i32) -> bool {
        if day > cutoff + HORIZON_DAYS as i32 || day < self.first + 3 {
            return self.has(store, day, CLOSURE);
        }
        !self.has(store, day, OPEN)
    }

    /// Whether the history reaches back to the same day of the year before.
    pub fn knows_season(&self, day: i32) -> bool {
        day - YEAR >= self.first + BEFORE
    }

    /// Whether the season of the four weeks after `day` lies in the history already, a year before.
    pub fn has_seen_season_after(&self, day: i32) -> bool {
        self.knows_season(day + HORIZON_DAYS as i32)
    }

    /// Yearly (three pairs) and monthly (one pair) waves.
    pub fn season(&self, day: i32) -> [f32; 8] {
        self.index(day)
            .map_or_else(|| season(day), |i| self.season[i])
    }

    pub fn temperature(&self, store: usize, day: i32) -> Option<f64> {
        let value = self.stores[store].temperature[self.index(day)?];
        value.is_finite().then_some(f64::from(value))
    }

    pub fn rain(&self, store: usize, day: i32) -> Option<f64> {
        let value = self.stores[store].rain[self.index(day)?];
        value.is_finite().then_some(f64::from(value))
    }

    /// Mean of the known temperatures in `from..=to`.
    pub fn mean_temperature(&self, store: usize, from: i32, to: i32) -> Option<f64> {
        let a = self.index(from.max(self.first))?;
        let b = self.index(to)? + 1;
        let days = &self.stores[store];
        let count = days.warmth_days[b].checked_sub(days.warmth_days[a])?;
        (count > 0).then(|| (days.warmth[b] - days.warmth[a]) / f64::from(count))
    }

    /// Mean units per series and day of a product over the chain.
    pub fn product_mean(&self, product: usize, from: i32, to: i32) -> Option<f64> {
        self.group_mean(&self.product_level[product], from, to)
    }

    /// Mean units per series and day of a store.
    pub fn store_mean(&self, store: usize, from: i32, to: i32) -> Option<f64> {
        self.group_mean(&self.store_level[store], from, to)
    }

    /// How a store's sales stood to those of the four weeks before, a year ago and half believed: three weeks around the day
    /// over the four weeks up to the day of the forecast. `None` unless the history holds both.
    pub fn season_growth(&self, store: usize, day: i32, target: i32) -> Option<f64> {
        let (then, year_ago) = (target - YEAR, day - YEAR);
        if year_ago - GROWTH_LEVEL + 1 < self.first + BEFORE {
            return None;
        }
        let level = self
            .store_mean(store, year_ago - GROWTH_LEVEL + 1, year_ago)
            .filter(|m| *m > 0.0)?;
        let around = self.store_mean(store, then - GROWTH_REACH, then + GROWTH_REACH)?;
        Some((around / level).clamp(1.0 / GROWTH_CAP, GROWTH_CAP).sqrt())
    }

    /// How much of the growth of a season still has to be told to who learns from this history: all of it in a second
    /// year, when no day has been seen together with its year before, none once they all have.
    pub fn untaught_season(&self) -> f64 {
        let length = f64::from(self.end - HORIZON_DAYS as i32 - BEFORE - self.first - BEFORE + 1);
        let year = f64::from(YEAR);
        ((2.5 * year - length) / (0.5 * year)).clamp(0.0, 1.0)
    }

    fn group_mean(&self, level: &GroupLevel, from: i32, to: i32) -> Option<f64> {
        if to < self.first {
            return None;
        }
        let a = (from.max(self.first) - self.first) as usize;
        let b = (to.min(self.end) - self.first) as usize + 1;
        let count = level.count[b].checked_sub(*level.count.get(a)?)?;
        (count > 0).then(|| (level.sum[b] - level.sum[a]) / f64::from(count))
    }

    fn special_key(&self, store: usize, day: i32) -> SpecialKey {
        self.index(day).map_or(0, |i| self.stores[store].special[i])
    }

    pub fn is_special(&self, store: usize, day: i32) -> bool {
        self.special_key(store, day) != 0
    }

    /// How demand on this special day stood to its ordinary level on earlier occasions, all stores and years up to
    /// `cutoff`: the product's own experience shrunk towards the chain's, and that towards 1.
    pub fn special_ratio(
        &self,
        store: usize,
        product: usize,
        day: i32,
        cutoff: i32,
    ) -> Option<f64> {
        let key = self.special_key(store, day);
        self.special.ratio(product, key, cutoff)
    }

    /// As [`Self::special_ratio`], for events that are part of the ordinary.
    pub fn recurring_ratio(
        &self,
        store: usize,
        product: usize,
        day: i32,
        cutoff: i32,
    ) -> Option<f64> {
        let key = self.recurring_key(store, day);
        self.recurring.ratio(product, key, cutoff)
    }

    fn recurring_key(&self, store: usize, day: i32) -> SpecialKey {
        self.index(day)
            .map_or(0, |i| self.stores[store].recurring[i])
    }

    /// How a store's latest `days` days stood to the mean of the four same weekdays before each.
    pub fn store_surprise(&self, store: usize, day: i32, days: i32) -> Option<f64> {
        self.surprise(&self.store_level[store], day, days)
    }

    /// As [`Self::store_surprise`], for a product over the chain.
    pub fn product_surprise(&self, product: usize, day: i32, days: i32) -> Option<f64> {
        self.surprise(&self.product_level[product], day, days)
    }

    fn surprise(&self, level: &GroupLevel, day: i32, days: i32) -> Option<f64> {
        let (mut sum, mut usual) = (0.0, 0.0);
        for day in day - days + 1..=day {
            let Some(value) = self.group_mean(level, day, day) else {
                continue;
            };
            let (mut before, mut count) = (0.0, 0.0);
            for week in 1..=4 {
                if let Some(value) = self.group_mean(level, day - 7 * week, day - 7 * week) {
                    before += value;
                    count += 1.0;
                }
            }
            if count > 0.0 {
                sum += value;
                usual += before / count;
            }
        }
        (usual > 0.0).then(|| sum / usual)
    }

    /// Demand over the ordinary level on the days that have a key, by product and over the chain.
    fn learn(
        &self,
        series: &[Series],
        key_of: impl Fn(&Self, usize, i32) -> SpecialKey,
    ) -> Lessons {
        let mut sums: BTreeMap<(usize, SpecialKey, i32), (f64, f64)> = BTreeMap::new();
        for s in series {
            for day in s.start..=s.last {
                let key = key_of(self, s.store, day);
                if key == 0 {
                    continue;
                }
                let (Some(value), Some(level)) = (s.valid(day), self.ordinary_level(s, day)) else {
                    continue;
                };
                let entry = sums.entry((s.product, key, day)).or_default();
                entry.0 += value;
                entry.1 += level;
            }
        }
        let mut lessons = Lessons::default();
        let mut chain: BTreeMap<(SpecialKey, i32), (f64, f64)> = BTreeMap::new();
        for ((product, key, day), (value, level)) in sums {
            let entry = chain.entry((key, day)).or_default();
            entry.0 += value;
            entry.1 += level;
            let ratio = (value / level).min(5.0);
            lessons
                .products
                .entry((product, key))
                .or_default()
                .push((day, ratio));
        }
        for ((key, day), (value, level)) in chain {
            let ratio = (value / level).min(5.0);
            lessons.chain.entry(key).or_default().push((day, ratio));
        }
        lessons
    }

    /// Mean of the latest four ordinary same weekdays before `day`, at most ten weeks back.
    fn ordinary_level(&self, series: &Series, day: i32) -> Option<f64> {
        let values: Vec<f64> = (1..=10)
            .map(|week| day - 7 * week)
            .filter(|&d| {
                !self.is_special(series.store, d) && self.recurring_key(series.store, d) == 0
            })
            .filter_map(|d| series.valid(d))
            .take(4)
            .collect();
        let level = values.iter().sum::<f64>() / values.len().max(1) as f64;
        (values.len() >= 2 && level > 0.0).then_some(level)
    }
}

impl Lessons {
    /// The product's own experience up to `cutoff`, shrunk towards the chain's, and that towards 1.
    fn ratio(&self, product: usize, key: SpecialKey, cutoff: i32) -> Option<f64> {
        let (sum, count) = past(self.chain.get(&key)?, cutoff);
        if count == 0.0 {
            return None;
        }
        let chain = (sum + 1.0) / (count + 1.0);
        let own = self
            .products
            .get(&(product, key))
            .map_or((0.0, 0.0), |o| past(o, cutoff));
        Some((own.0 + chain) / (own.1 + 1.0))
    }
}

fn past(occurrences: &[(i32, f64)], cutoff: i32) -> (f64, f64) {
    let known = occurrences.partition_point(|(day, _)| *day <= cutoff);
    (
        occurrences[..known].iter().map(|(_, ratio)| ratio).sum(),
        known as f64,
    )
}

fn season(day: i32) -> [f32; 8] {
    let date = NaiveDate::from_num_days_from_ce_opt(day).unwrap_or(NaiveDate::MIN);
    let year = f64::from(date.ordinal0()) / 365.25 * TAU;
    let month = f64::from(date.day0()) / 30.5 * TAU;
    [
        year.sin(),
        year.cos(),
        (2.0 * year).sin(),
        (2.0 * year).cos(),
        (3.0 * year).sin(),
        (3.0 * year).cos(),
        month.sin(),
        month.cos(),
    ]
    .map(|v| v as f32)
}
