//! The one definition of the features: a series as seen at the end of a day, looking 28 days ahead.
//!
//! Nothing observed after that day is read except the target itself. Known ahead, and therefore read, are opening,
//! calendar, planned price and promotion, and the weather of the days ahead.

use crate::covariates::{
    ALIGNED, FUTURE, GROWTH, HISTORY, HISTORY_DAYS, SEASON, SEASON_SEEN, STATICS,
};
use crate::prepared::Prepared;
use crate::scale::window_scale;
use crate::series::{DayState, Series, weekday};
use crate::surroundings::{EVENT, HOLIDAY, RECURRING, SCHOOL};
use domain::panel::HORIZON_DAYS;

/// Weeks back to look for same weekdays.
const WEEKS_BACK: i32 = 26;

/// Ratios beyond this say "very much more" and nothing else.
const RATIO_CAP: f64 = 8.0;

/// One window's place in a batch.
pub(crate) struct Row<'b> {
    pub history: &'b mut [f32],
    pub future: &'b mut [f32],
    pub aligned: &'b mut [f32],
    pub statics: &'b mut [f32],
}

pub(crate) const HISTORY_WIDTH: usize = HISTORY.len() * HISTORY_DAYS;
pub(crate) const FUTURE_WIDTH: usize = FUTURE.len() * HORIZON_DAYS;
pub(crate) const ALIGNED_WIDTH: usize = ALIGNED.len() * HORIZON_DAYS;

/// Same-weekday statistics over the scale.
#[derive(Clone, Copy, Default)]
struct WeekdayLevel {
    latest: f64,
    mean_4: f64,
    mean_8: f64,
    spread: f64,
    count: f64,
    /// Whether the latest, and the share of the latest four, that were on promotion.
    promoted: f64,
    promoted_4: f64,
}

impl Prepared<'_> {
    /// Writes the features of series `index` as of `day` and returns the scale, or `None` when nothing was ever sold.
    pub fn fill(&self, index: usize, day: i32, row: &mut Row<'_>) -> Option<f64> {
        let series = &self.series[index];
        let scale = window_scale(series, day)?;
        self.fill_history(series, day, scale, row.history);
        self.fill_future(series, day, row.future);
        self.fill_aligned(series, day, scale, row.aligned);
        self.fill_statics(series, day, scale, row.statics);
        self.hidden.hide(row);
        Some(scale)
    }

    /// Channel after channel, oldest day first.
    fn fill_history(&self, series: &Series, day: i32, scale: f64, out: &mut [f32]) {
        out.fill(0.0);
        for k in 0..HISTORY_DAYS {
            let past = day - (HISTORY_DAYS - 1 - k) as i32;
            let value = series.open_value(past).map_or(0.0, |v| ratio(v, scale));
            match series.state(past) {
                DayState::Closed => {}
                DayState::Valid => {
                    out[k] = value;
                    out[HISTORY_DAYS + k] = 1.0;
                }
                DayState::Censored => out[2 * HISTORY_DAYS + k] = value.max(1e-3),
            }
            out[3 * HISTORY_DAYS + k] = flag(series.promotion(past) == Some(true));
            out[4 * HISTORY_DAYS + k] = flag(self.surroundings.has(series.store, past, HOLIDAY));
        }
    }

    fn fill_future(&self, series: &Series, day: i32, out: &mut [f32]) {
        let around = &self.surroundings;
        let store = series.store;
        let reference = self.reference_price(series, day);
        let latest = (0..14).find_map(|back| series.price(day - back));
        let warmth = around.mean_temperature(store, day - 27, day);
        for (ahead, out) in (1i32..).zip(out.chunks_exact_mut(FUTURE.len())) {
            let target = day + ahead;
            out.fill(0.0);
            out[weekday(target)] = 1.0;
            // In a first year the season is only another name for the trend.
            if self.seasonal {
                out[SEASON].copy_from_slice(&around.season(target));
            }
            out[SEASON_SEEN] = flag(around.knows_season(target));
            out[15] = flag(around.has(store, target, HOLIDAY));
            out[16] = flag(around.has(store, target + 1, HOLIDAY));
            out[17] = flag(around.has(store, target + 2, HOLIDAY));
            out[18] = flag(around.has(store, target - 1, HOLIDAY));
            out[19] = flag(around.has(store, target, SCHOOL));
            out[20] = flag(around.has(store, target, EVENT));
            out[21] = flag(around.has(store, target + 1, EVENT));
            out[22] = flag(around.has(store, target - 1, EVENT));
            out[23] = flag(around.has(store, target, RECURRING));
            out[24] = flag(around.closed(store, target - 1, day));
            out[25] = flag(around.closed(store, target + 1, day));
            if let Some(promotion) = series.promotion(target) {
                out[26] = flag(promotion);
                out[27] = 1.0;
            }
            if let (Some(price), Some(reference)) = (series.price(target), reference) {
                out[28] = (price / reference).ln().clamp(-1.0, 1.0) as f32;
                out[29] = 1.0;
            }
            if let (Some(price), Some(latest)) = (series.price(target), latest) {
                out[30] = (price / latest).ln().clamp(-1.0, 1.0) as f32;
            }
            if let Some(temperature) = series.temperature(around, target) {
                out[31] = ((temperature - 12.0) / 10.0).clamp(-6.0, 6.0) as f32;
                out[32] =
                    warmth.map_or(0.0, |w| ((temperature - w) / 10.0).clamp(-6.0, 6.0)) as f32;
                out[33] = 1.0;
            }
            if let Some(rain) = series.rain(around, target) {
                out[34] = (rain.ln_1p() / 2.0).min(4.0) as f32;
                out[35] = 1.0;
            }
            out[36] = ahead as f32 / HORIZON_DAYS as f32;
            out[37] = (ahead as f32 / HORIZON_DAYS as f32).sqrt();
        }
    }

    /// Mean known price of the latest 56 days, else the list price.
    fn reference_price(&self, series: &Series, day: i32) -> Option<f64> {
        let (mut sum, mut count) = (0.0, 0u32);
        for past in (day - 55)..=day {
            if let Some(price) = series.price(past) {
                sum += price;
                count += 1;
            }
        }
        if count > 0 {
            return Some(sum / f64::from(count));
        }
        self.panel.products[series.product]
            .list_price
            .filter(|p| *p > 0.0)
    }

    fn fill_aligned(&self, series: &Series, day: i32, scale: f64, out: &mut [f32]) {
        let around = &self.surroundings;
        let by_weekday: [WeekdayLevel; 7] =
            std::array::from_fn(|wd| self.weekday_level(series, day, wd, scale));
        let year_ago = day - 364;
        let base = series
            .mean_between(year_ago - 55, year_ago, 14)
            .filter(|m| *m > 0.0);
        let product_base = around
            .product_mean(series.product, year_ago - 55, year_ago)
            .filter(|m| *m > 0.0);
        let store_base = around
            .store_mean(series.store, year_ago - 55, year_ago)
            .filter(|m| *m > 0.0);
        for (ahead, out) in (1i32..).zip(out.chunks_exact_mut(ALIGNED.len())) {
            let target = day + ahead;
            let then = target - 364;
            let level = by_weekday[weekday(target)];
            out.fill(0.0);
            out[0] = level.latest as f32;
            out[1] = level.mean_4 as f32;
            out[2] = level.mean_8 as f32;
            out[3] = level.spread as f32;
            out[4] = level.count as f32;
            if let (Some(base), Some(value)) = (base, series.valid(then)) {
                out[5] = ratio(value, base);
                out[6] = 1.0;
            }
            if let (Some(base), Some(week)) = (base, series.mean_between(then - 3, then + 3, 3)) {
                out[7] = ratio(week, base);
                out[8] = 1.0;
            }
            let group = |base: Option<f64>, mean: Option<f64>| match (base, mean) {
                (Some(base), Some(mean)) => ratio(mean, base),
                _ => 1.0,
            };
            out[9] = group(
                product_base,
                around.product_mean(series.product, then - 3, then + 3),
            );
            out[10] = group(
                store_base,
                around.store_mean(series.store, then - 3, then + 3),
            );
            let special = around.special_ratio(series.store, series.product, target, day);
            out[11] = special.unwrap_or(1.0) as f32;
            out[12] = flag(special.is_some());
            out[13] = flag(around.is_special(series.store, target));
            let recurring = around.recurring_ratio(series.store, series.product, target, day);
            out[14] = recurring.unwrap_or(1.0) as f32;
            out[15] = level.promoted as f32;
            out[16] = level.promoted_4 as f32;
            out[GROWTH] = around
                .season_growth(series.store, day, target)
                .unwrap_or(1.0) as f32;
        }
    }

    /// Over the latest eight valid same weekdays that were no public holidays; the scale where there is none.
    fn weekday_level(&self, series: &Series, day: i32, wd: usize, scale: f64) -> WeekdayLevel {
        let latest = day - (weekday(day) as i32 - wd as i32).rem_euclid(7);
        let mut values = [0.0; 8];
        let mut promoted = [0.0; 8];
        let mut count = 0;
        for week in 0..WEEKS_BACK {
            let past = latest - 7 * week;
            if past < series.start || count == values.len() {
                break;
            }
            if self.surroundings.has(series.store, past, HOLIDAY) {
                continue;
            }
            if let Some(value) = series.valid(past) {
                values[count] = (value / scale).min(RATIO_CAP);
                promoted[count] = f64::from(u8::from(series.promotion(past) == Some(true)));
                count += 1;
            }
        }
        if count == 0 {
            return WeekdayLevel {
                latest: 1.0,
                mean_4: 1.0,
                mean_8: 1.0,
                ..WeekdayLevel::default()
            };
        }
        let values = &values[..count];
        let mean = |v: &[f64]| v.iter().sum::<f64>() / v.len() as f64;
        let mean_8 = mean(values);
        let variance = values.iter().map(|v| (v - mean_8).powi(2)).sum::<f64>() / count as f64;
        WeekdayLevel {
            latest: values[0],
            mean_4: mean(&values[..count.min(4)]),
            mean_8,
            spread: variance.sqrt(),
            count: count as f64 / 8.0,
            promoted: promoted[0],
            promoted_4: mean(&promoted[..count.min(4)]),
        }
    }

    fn fill_statics(&self, series: &Series, day: i32, scale: f64, out: &mut [f32]) {
        let around = &self.surroundings;
        let own = |n| series.latest_mean(n, day).map_or(1.0, |m| ratio(m, scale));
        let group = |part: Option<f64>, whole: Option<f64>| match (part, whole) {
            (Some(part), Some(whole)) if whole > 0.0 => ratio(part, whole),
            _ => 1.0,
        };
        let product = |days: i32| around.product_mean(series.product, day - days + 1, day);
        let store = |days: i32| around.store_mean(series.store, day - days + 1, day);
        let (sum, valid) = series.valid_between(day - 55, day);
        let open = series.open_between(day - 55, day);
        let list_price = self.panel.products[series.product]
            .list_price
            .filter(|p| *p > 0.0);
        let now = series.mean_between(day - 55, day, 14);
        let before = series
            .mean_between(day - 419, day - 364, 14)
            .filter(|m| *m > 0.0);
        out[0] = scale.ln() as f32;
        out[1] = own(7);
        out[2] = own(28);
        out[3] = own(364);
        out[4] = series.zeros_between(day - 55, day) as f32 / valid.max(1) as f32;
        out[5] = variation(series, day, sum / f64::from(valid.max(1)), valid, scale);
        out[6] = group(product(7), product(56));
        out[7] = group(product(28), product(364));
        out[8] = group(store(7), store(56));
        out[9] = group(store(28), store(364));
        out[10] = (f64::from(series.open_days(day)).ln_1p() / 7.0) as f32;
        out[11] = open as f32 / 56.0;
        out[12] = (open - valid.min(open)) as f32 / open.max(1) as f32;
        out[13] = list_price.map_or(0.0, |p| p.ln() as f32);
        out[14] = flag(list_price.is_some());
        out[15] = group(now, before);
        out[16] = flag(now.is_some() && before.is_some());
        let surprise = |ratio: Option<f64>| ratio.map_or(1.0, |r| r.min(RATIO_CAP)) as f32;
        out[17] = surprise(around.store_surprise(series.store, day, 1));
        out[18] = surprise(around.store_surprise(series.store, day, 7));
        out[19] = surprise(around.product_surprise(series.product, day, 1));
        out[20] = surprise(around.product_surprise(series.product, day, 7));
        out[21] = own(3);
        out[22] = own(14);
        out[23] = own(112);
        let idle = (0..99).take_while(|back| series.valid(day - back).is_none_or(|v| v == 0.0));
        out[24] = (idle.count() as f32).ln_1p() / 4.0;
        debug_assert_eq!(out.len(), STATICS.len());
    }
}

fn variation(series: &Series, day: i32, mean: f64, valid: u32, scale: f64) -> f32 {
    let squares: f64 = ((day - 55)..=day)
        .filter_map(|d| series.valid(d))
        .map(|v| (v - mean).powi(2))
        .sum();
    ratio((squares / f64::from(valid.max(1))).sqrt(), scale)
}

fn ratio(value: f64, base: f64) -> f32 {
    (value / base).clamp(0.0, RATIO_CAP) as f32
}

fn flag(on: bool) -> f32 {
    f32::from(u8::from(on))
}
