//! What happens around a series: calendar, opening, weather of its store, and the level of its product and store.

use crate::series::{DayState, Series};
use chrono::{Datelike, NaiveDate};
use domain::CalendarKind;
use domain::panel::{HORIZON_DAYS, Panel};
use std::collections::{BTreeMap, HashMap};
use std::f64::consts::TAU;

pub(crate) const HOLIDAY: u8 = 1;
pub(crate) const SCHOOL: u8 = 2;
pub(crate) const EVENT: u8 = 4;
const CLOSURE: u8 = 8;
const OPEN: u8 = 16;

/// Kind and name of a special day, interned; 0 = an ordinary day.
type SpecialKey = u32;

/// One store's days.
#[derive(Clone, Debug)]
struct StoreDays {
    flags: Vec<u8>,
    special: Vec<SpecialKey>,
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

/// Everything around the series.
#[derive(Clone, Debug)]
pub(crate) struct Surroundings {
    first: i32,
    end: i32,
    stores: Vec<StoreDays>,
    season: Vec<[f32; 8]>,
    product_level: Vec<GroupLevel>,
    store_level: Vec<GroupLevel>,
    product_special: HashMap<(usize, SpecialKey), Occurrences>,
    chain_special: HashMap<SpecialKey, Occurrences>,
}

impl Surroundings {
    pub fn new(panel: &Panel, series: &[Series], last: i32) -> Self {
        let first = series
            .iter()
            .map(|s| s.start)
            .min()
            .unwrap_or(last)
            .min(last)
            - 3;
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
            product_special: HashMap::new(),
            chain_special: HashMap::new(),
        };
        surroundings.learn_special_days(series);
        surroundings
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

    fn group_mean(&self, level: &GroupLevel, from: i32, to: i32) -> Option<f64> {
        if to < self.first {
            return None;
        }
        let a = (from.max(self.first) - self.first) as usize;
        let b = (to.min(self.end) - self.first) as usize + 1;
        let count = level.count[b].checked_sub(*level.count.get(a)?)?;
        (count > 0).then(|| (level.sum[b] - level.sum[a]) / f64::from(count))
    }

    fn special(&self, store: usize, day: i32) -> SpecialKey {
        self.index(day).map_or(0, |i| self.stores[store].special[i])
    }

    pub fn is_special(&self, store: usize, day: i32) -> bool {
        self.special(store, day) != 0
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
        let key = self.special(store, day);
        if key == 0 {
            return None;
        }
        let (sum, count) = past(self.chain_special.get(&key)?, cutoff);
        if count == 0.0 {
            return None;
        }
        let chain = (sum + 1.0) / (count + 1.0);
        let own = self
            .product_special
            .get(&(product, key))
            .map_or((0.0, 0.0), |o| past(o, cutoff));
        Some((own.0 + chain) / (own.1 + 1.0))
    }

    fn learn_special_days(&mut self, series: &[Series]) {
        let mut sums: BTreeMap<(usize, SpecialKey, i32), (f64, f64)> = BTreeMap::new();
        for s in series {
            for day in s.start..=s.last {
                let key = self.special(s.store, day);
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
        let mut chain: BTreeMap<(SpecialKey, i32), (f64, f64)> = BTreeMap::new();
        for ((product, key, day), (value, level)) in sums {
            let entry = chain.entry((key, day)).or_default();
            entry.0 += value;
            entry.1 += level;
            self.product_special
                .entry((product, key))
                .or_default()
                .push((day, (value / level).min(5.0)));
        }
        for ((key, day), (value, level)) in chain {
            self.chain_special
                .entry(key)
                .or_default()
                .push((day, (value / level).min(5.0)));
        }
    }

    /// Mean of the latest four ordinary same weekdays before `day`, at most ten weeks back.
    fn ordinary_level(&self, series: &Series, day: i32) -> Option<f64> {
        let values: Vec<f64> = (1..=10)
            .map(|week| day - 7 * week)
            .filter(|&d| self.special(series.store, d) == 0)
            .filter_map(|d| series.valid(d))
            .take(4)
            .collect();
        let level = values.iter().sum::<f64>() / values.len().max(1) as f64;
        (values.len() >= 2 && level > 0.0).then_some(level)
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

fn calendar(panel: &Panel, first: i32, length: usize) -> Vec<StoreDays> {
    let empty = StoreDays {
        flags: vec![0; length],
        special: vec![0; length],
        temperature: vec![f32::NAN; length],
        rain: vec![f32::NAN; length],
        warmth: Vec::new(),
        warmth_days: Vec::new(),
    };
    let mut stores = vec![empty; panel.stores.len()];
    let mut names: Vec<BTreeMap<i32, (u8, &str)>> = vec![BTreeMap::new(); stores.len()];
    for day in &panel.calendar {
        let number = crate::series::day_number(day.date);
        let flag = match day.kind {
            CalendarKind::PublicHoliday => HOLIDAY,
            CalendarKind::SchoolHoliday => SCHOOL,
            CalendarKind::Event => EVENT,
            CalendarKind::Closure => CLOSURE,
        };
        let range = match day.store {
            Some(store) => store..store + 1,
            None => 0..stores.len(),
        };
        for store in range {
            if let Ok(i) = usize::try_from(number - first)
                && i < length
            {
                stores[store].flags[i] |= flag;
            }
            if flag & (HOLIDAY | EVENT) != 0 {
                // A holiday outranks an event; among equals the first name in the alphabet.
                let candidate = (flag, day.name.as_str());
                let entry = names[store].entry(number).or_insert(candidate);
                *entry = (*entry).min(candidate);
            }
        }
    }
    let mut keys: BTreeMap<(u8, &str), SpecialKey> = BTreeMap::new();
    for (store, named) in stores.iter_mut().zip(&names) {
        for (i, slot) in store.special.iter_mut().enumerate() {
            let day = first + i as i32;
            let holiday = |d: i32| {
                named
                    .get(&d)
                    .filter(|(flag, _)| *flag == HOLIDAY)
                    .map(|(_, name)| *name)
            };
            let special = holiday(day)
                .map(|n| (0, n))
                .or_else(|| holiday(day + 1).map(|n| (1, n)))
                .or_else(|| holiday(day - 1).map(|n| (2, n)))
                .or_else(|| named.get(&day).map(|(_, n)| (3, *n)));
            if let Some(special) = special {
                let next = keys.len() as SpecialKey + 1;
                *slot = *keys.entry(special).or_insert(next);
            }
        }
    }
    stores
}

fn opening(stores: &mut [StoreDays], series: &[Series], first: i32, end: i32) {
    for s in series {
        let flags = &mut stores[s.store].flags;
        for day in s.start.max(first)..=end {
            if s.state(day) != DayState::Closed || s.open_or_planned(day) {
                flags[(day - first) as usize] |= OPEN;
            }
        }
    }
}

fn weather(stores: &mut [StoreDays], panel: &Panel, first: i32, length: usize) {
    // A store's own weather outranks the one given for all stores.
    for own in [false, true] {
        for day in panel.weather.iter().filter(|d| d.store.is_some() == own) {
            let Ok(i) = usize::try_from(crate::series::day_number(day.date) - first) else {
                continue;
            };
            if i >= length {
                continue;
            }
            let range = match day.store {
                Some(store) => store..store + 1,
                None => 0..stores.len(),
            };
            for store in range {
                if let Some(t) = day.temperature_c.filter(|t| t.is_finite()) {
                    stores[store].temperature[i] = t as f32;
                }
                if let Some(mm) = day.precipitation_mm.filter(|mm| mm.is_finite()) {
                    stores[store].rain[i] = mm.max(0.0) as f32;
                }
            }
        }
    }
    for store in stores {
        let (mut sum, mut count) = (0.0, 0);
        store.warmth.push(sum);
        store.warmth_days.push(count);
        for &t in &store.temperature {
            if t.is_finite() {
                sum += f64::from(t);
                count += 1;
            }
            store.warmth.push(sum);
            store.warmth_days.push(count);
        }
    }
}

fn levels(
    series: &[Series],
    groups: usize,
    first: i32,
    length: usize,
    group: impl Fn(&Series) -> usize,
) -> Vec<GroupLevel> {
    let mut levels = vec![
        GroupLevel {
            sum: vec![0.0; length + 1],
            count: vec![0; length + 1]
        };
        groups
    ];
    for s in series {
        let level = &mut levels[group(s)];
        for day in s.start..=s.last {
            if let Some(value) = s.valid(day) {
                let i = (day - first) as usize + 1;
                level.sum[i] += value;
                level.count[i] += 1;
            }
        }
    }
    for level in &mut levels {
        for i in 1..=length {
            level.sum[i] += level.sum[i - 1];
            level.count[i] += level.count[i - 1];
        }
    }
    levels
}
