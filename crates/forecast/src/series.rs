//! A series on the calendar: one slot per day, with prefix sums so that any mean over past days costs O(1).

use crate::surroundings::Surroundings;
use domain::panel::{HORIZON_DAYS, PanelSeries};

/// Days since 0001-01-01; Monday is `(day - 1) % 7 == 0`.
pub(crate) fn day_number(date: chrono::NaiveDate) -> i32 {
    chrono::Datelike::num_days_from_ce(&date)
}

/// Weekday of a day number, Monday = 0.
pub(crate) fn weekday(day: i32) -> usize {
    (day - 1).rem_euclid(7) as usize
}

/// What is known of one day of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum DayState {
    /// Store closed or product not on sale.
    Closed,
    /// Open, and what was sold is what was wanted.
    Valid,
    /// Open and sold out: demand was at least what was sold.
    Censored,
}

/// One store x product, aligned to the calendar from its first day to the cutoff.
#[derive(Clone, Debug)]
pub(crate) struct Series {
    pub store: usize,
    pub product: usize,
    /// Day number of the first slot.
    pub start: i32,
    /// Day number of the cutoff.
    pub last: i32,
    value: Vec<f32>,
    state: Vec<DayState>,
    /// 1 yes, 0 no, -1 unknown; continues for the days ahead.
    promotion: Vec<i8>,
    /// NaN when unknown; continues for the days ahead.
    price: Vec<f32>,
    planned: [bool; HORIZON_DAYS],
    /// Prefix sums over slots: `sum[i]` covers slots before `i`.
    sum_valid: Vec<f64>,
    sum_open: Vec<f64>,
    count_valid: Vec<u32>,
    count_open: Vec<u32>,
    count_zero: Vec<u32>,
    /// Every quantity is a whole number.
    pub whole: bool,
    /// Temperature and rain that are assumed on a day ahead, in place of those of the store.
    weather: Option<(i32, Option<f32>, Option<f32>)>,
}

impl Series {
    /// Aligns a panel series. Days after `last`, and non-finite quantities, must have been dealt with before.
    pub fn new(source: &PanelSeries, last: i32) -> Self {
        let days: Vec<_> = source
            .days
            .iter()
            .filter(|d| day_number(d.date) <= last && d.quantity.is_finite())
            .collect();
        let start = days
            .iter()
            .map(|d| day_number(d.date))
            .min()
            .unwrap_or(last + 1);
        let length = (last - start + 1).max(0) as usize;
        let mut series = Self {
            store: source.store,
            product: source.product,
            start,
            last,
            value: vec![0.0; length],
            state: vec![DayState::Closed; length],
            promotion: vec![-1; length + HORIZON_DAYS],
            price: vec![f32::NAN; length + HORIZON_DAYS],
            planned: [false; HORIZON_DAYS],
            sum_valid: Vec::with_capacity(length + 1),
            sum_open: Vec::with_capacity(length + 1),
            count_valid: Vec::with_capacity(length + 1),
            count_open: Vec::with_capacity(length + 1),
            count_zero: Vec::with_capacity(length + 1),
            whole: days.iter().all(|d| d.quantity.fract() == 0.0),
            weather: None,
        };
        for day in days {
            let slot = (day_number(day.date) - start) as usize;
            // A net return is a day without demand, not negative demand.
            series.value[slot] = day.quantity.max(0.0) as f32;
            series.state[slot] = if day.censored {
                DayState::Censored
            } else {
                DayState::Valid
            };
            series.promotion[slot] = day.promotion.map_or(-1, i8::from);
            series.price[slot] = known_price(day.price);
        }
        for day in &source.planned {
            let ahead = day_number(day.date) - last;
            if (1..=HORIZON_DAYS as i32).contains(&ahead) {
                let slot = length + ahead as usize - 1;
                series.planned[ahead as usize - 1] = true;
                series.promotion[slot] = day.promotion.map_or(-1, i8::from);
                series.price[slot] = known_price(day.price);
            }
        }
        series.accumulate();
        series
    }

    /// The same series with something else on one day ahead; what is `None` stays as it is planned.
    pub fn assuming(
        &self,
        day: i32,
        price: Option<f64>,
        promotion: Option<bool>,
        (temperature, rain): (Option<f64>, Option<f64>),
    ) -> Self {
        let mut series = self.clone();
        if !self.planned_on(day) {
            return series;
        }
        let slot = (day - self.start) as usize;
        if let Some(promotion) = promotion {
            series.promotion[slot] = i8::from(promotion);
        }
        if price.is_some() {
            series.price[slot] = known_price(price);
        }
        if temperature.is_some() || rain.is_some() {
            let stored = |value: Option<f64>| value.map(|v| v as f32);
            series.weather = Some((day, stored(temperature), stored(rain)));
        }
        series
    }

    /// Temperature of the series' store, or what is assumed of it.
    pub fn temperature(&self, around: &Surroundings, day: i32) -> Option<f64> {
        let assumed = self.weather.filter(|(at, ..)| *at == day);
        let assumed = assumed.and_then(|(_, temperature, _)| temperature);
        assumed
            .map(f64::from)
            .or_else(|| around.temperature(self.store, day))
    }

    /// As [`Self::temperature`], for rain.
    pub fn rain(&self, around: &Surroundings, day: i32) -> Option<f64> {
        let assumed = self.weather.filter(|(at, ..)| *at == day);
        let assumed = assumed.and_then(|(.., rain)| rain);
        assumed
            .map(f64::from)
            .or_else(|| around.rain(self.store, day))
    }

    /// Days in memory.
    pub fn slots(&self) -> usize {
        self.value.len()
    }

    fn accumulate(&mut self) {
        let (mut valid, mut open) = (0.0, 0.0);
        let (mut n_valid, mut n_open, mut n_zero) = (0, 0, 0);
        self.push_sums(valid, open, n_valid, n_open, n_zero);
        for slot in 0..self.value.len() {
            let value = f64::from(self.value[slot]);
            match self.state[slot] {
                DayState::Closed => {}
                DayState::Valid => {
                    valid += value;
                    n_valid += 1;
                    n_zero += u32::from(value == 0.0);
                    open += value;
                    n_open += 1;
                }
                DayState::Censored => {
                    open += value;
                    n_open += 1;
                }
            }
            self.push_sums(valid, open, n_valid, n_open, n_zero);
        }
    }

    fn push_sums(&mut self, valid: f64, open: f64, n_valid: u32, n_open: u32, n_zero: u32) {
        self.sum_valid.push(valid);
        self.sum_open.push(open);
        self.count_valid.push(n_valid);
        self.count_open.push(n_open);
        self.count_zero.push(n_zero);
    }

    fn slot(&self, day: i32) -> Option<usize> {
        (day >= self.start && day <= self.last).then(|| (day - self.start) as usize)
    }

    pub fn state(&self, day: i32) -> DayState {
        self.slot(day)
            .map_or(DayState::Closed, |slot| self.state[slot])
    }

    /// Units of a day on which sales equal demand.
    pub fn valid(&self, day: i32) -> Option<f64> {
        let slot = self.slot(day)?;
        (self.state[slot] == DayState::Valid).then(|| f64::from(self.value[slot]))
    }

    /// Units of any open day.
    pub fn open_value(&self, day: i32) -> Option<f64> {
        let slot = self.slot(day)?;
        (self.state[slot] != DayState::Closed).then(|| f64::from(self.value[slot]))
    }

    /// Open in the past, or planned to be open.
    pub fn open_or_planned(&self, day: i32) -> bool {
        if day > self.last {
            self.planned_on(day)
        } else {
            self.state(day) != DayState::Closed
        }
    }

    pub fn planned_on(&self, day: i32) -> bool {
        let ahead = day - self.last;
        (1..=HORIZON_DAYS as i32).contains(&ahead) && self.planned[ahead as usize - 1]
    }

    pub fn promotion(&self, day: i32) -> Option<bool> {
        match self.promotion.get(usize::try_from(day - self.start).ok()?) {
            Some(0) => Some(false),
            Some(1) => Some(true),
            _ => None,
        }
    }

    pub fn price(&self, day: i32) -> Option<f64> {
        let price = *self.price.get(usize::try_from(day - self.start).ok()?)?;
        price.is_finite().then_some(f64::from(price))
    }

    /// Slots before the end of `day`, clamped to the history.
    fn end(&self, day: i32) -> usize {
        (day - self.start + 1).clamp(0, self.value.len() as i32) as usize
    }

    /// Sum and number of valid days in `from..=to`.
    pub fn valid_between(&self, from: i32, to: i32) -> (f64, u32) {
        let (a, b) = (self.end(from - 1), self.end(to));
        if b <= a {
            return (0.0, 0);
        }
        (
            self.sum_valid[b] - self.sum_valid[a],
            self.count_valid[b] - self.count_valid[a],
        )
    }

    /// Mean of the valid days in `from..=to` if there are at least `least`.
    pub fn mean_between(&self, from: i32, to: i32, least: u32) -> Option<f64> {
        let (sum, count) = self.valid_between(from, to);
        (count >= least.max(1)).then(|| sum / f64::from(count))
    }

    pub fn open_between(&self, from: i32, to: i32) -> u32 {
        let (a, b) = (self.end(from - 1), self.end(to));
        self.count_open[b.max(a)] - self.count_open[a]
    }

    pub fn zeros_between(&self, from: i32, to: i32) -> u32 {
        let (a, b) = (self.end(from - 1), self.end(to));
        self.count_zero[b.max(a)] - self.count_zero[a]
    }

    /// Valid days up to and including `day`.
    pub fn valid_days(&self, day: i32) -> u32 {
        self.count_valid[self.end(day)]
    }

    /// Open days up to and including `day`.
    pub fn open_days(&self, day: i32) -> u32 {
        self.count_open[self.end(day)]
    }

    /// Mean of the latest `n` valid days up to `day`.
    pub fn latest_mean(&self, n: u32, day: i32) -> Option<f64> {
        latest(&self.count_valid, &self.sum_valid, self.end(day), n)
    }

    /// Mean of the latest `n` open days up to `day`, sold out or not.
    pub fn latest_open_mean(&self, n: u32, day: i32) -> Option<f64> {
        latest(&self.count_open, &self.sum_open, self.end(day), n)
    }

    /// First day by which `n` valid days are known.
    pub fn day_of_valid(&self, n: u32) -> Option<i32> {
        let end = self.count_valid.partition_point(|&c| c < n);
        (end < self.count_valid.len()).then(|| self.start + end as i32 - 1)
    }
}

fn latest(counts: &[u32], sums: &[f64], end: usize, n: u32) -> Option<f64> {
    let total = counts[end];
    if total == 0 || n == 0 {
        return None;
    }
    let from = counts[..=end].partition_point(|&c| c < total.saturating_sub(n));
    let count = total - counts[from];
    (count > 0).then(|| (sums[end] - sums[from]).max(0.0) / f64::from(count))
}

fn known_price(price: Option<f64>) -> f32 {
    match price {
        Some(p) if p.is_finite() && p > 0.0 => p as f32,
        _ => f32::NAN,
    }
}
