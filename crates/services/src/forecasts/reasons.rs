//! What the history of a shelf says about a day: counted from sales, not read out of a model.

use crate::panels::running_promotion;
use chrono::{Days, NaiveDate};
use contract::calendar::DayMark;
use contract::forecasts::ForecastReason;
use domain::outlook::effect_bp;
use domain::{CalendarKind, SoldOutBy};
use entity::{calendar_entry, promotion, weather_day};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// So many ordinary days of one weekday make "usual".
const USUAL_DAYS: usize = 4;

/// They are looked for so many weeks back.
const USUAL_WEEKS: u64 = 10;

/// Tenths of a millimetre from which a day counts as rainy: 2 mm, what people notice.
const RAIN_MM_X10: i32 = 20;

/// Tenths of a degree from which a day's mean counts as hot.
const HEAT_C_X10: i32 = 260;

/// Days that an effect must have been seen on.
const LEAST_SPECIAL: usize = 2;
const LEAST_PROMOTION: usize = 3;
const LEAST_WEATHER: usize = 4;

/// One day's sales of the shelf.
#[derive(Clone, Debug)]
pub(crate) struct Sold {
    pub quantity: i64,
    pub sold_out: bool,
    pub sold_out_by: Option<SoldOutBy>,
    /// Base units that were not sold because the shelf ran empty, and what they would have brought.
    pub lost: Option<i64>,
    pub lost_minor: Option<i64>,
    pub promotion: bool,
}

/// Everything that the reasons are counted from: about a year of one shelf.
pub(crate) struct History<'a> {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub category_id: Uuid,
    /// Days on which the product sold.
    pub sold: BTreeMap<NaiveDate, Sold>,
    /// Days on which the shop was open.
    pub open: BTreeSet<NaiveDate>,
    pub entries: &'a [calendar_entry::Model],
    pub promotions: &'a [promotion::Model],
    pub weather: BTreeMap<NaiveDate, &'a weather_day::Model>,
}

impl History<'_> {
    fn first(&self) -> Option<NaiveDate> {
        self.sold.keys().next().copied()
    }

    /// What was sold on an open day since the product first sold.
    pub(crate) fn sold_on(&self, date: NaiveDate) -> Option<i64> {
        if self.first().is_none_or(|first| date < first) || !self.open.contains(&date) {
            return None;
        }
        Some(self.sold.get(&date).map_or(0, |s| s.quantity))
    }

    /// The day, where it sold out.
    pub(crate) fn sold_out_day(&self, date: NaiveDate) -> Option<&Sold> {
        self.sold.get(&date).filter(|s| s.sold_out)
    }

    pub(crate) fn sold_out_on(&self, date: NaiveDate) -> bool {
        self.sold.get(&date).is_some_and(|s| s.sold_out)
    }

    fn marked(&self, date: NaiveDate, kind: CalendarKind) -> bool {
        self.entries
            .iter()
            .any(|e| e.kind == kind && e.starts_on <= date && date <= e.ends_on)
    }

    /// Neither holiday nor event, no promotion, and not sold out.
    fn ordinary(&self, date: NaiveDate) -> bool {
        !self.marked(date, CalendarKind::PublicHoliday)
            && !self.marked(date, CalendarKind::Event)
            && !self
                .sold
                .get(&date)
                .is_some_and(|s| s.promotion || s.sold_out)
    }

    /// Ordinary days of the same weekday before a date, latest first.
    fn usual_days(&self, date: NaiveDate, without: Option<CalendarKind>) -> Vec<i64> {
        (1..=USUAL_WEEKS)
            .filter_map(|week| date.checked_sub_days(Days::new(7 * week)))
            .filter(|d| self.ordinary(*d) && without.is_none_or(|kind| !self.marked(*d, kind)))
            .filter_map(|d| self.sold_on(d))
            .take(USUAL_DAYS)
            .collect()
    }

    fn usual_milli(&self, date: NaiveDate, without: Option<CalendarKind>) -> Option<i64> {
        let days = self.usual_days(date, without);
        (days.len() >= 2).then(|| days.iter().sum::<i64>() * 1_000 / days.len() as i64)
    }

    /// Days of one kind and what they sold against their usual.
    fn pairs(
        &self,
        without: Option<CalendarKind>,
        of_kind: impl Fn(NaiveDate) -> bool,
    ) -> Vec<(i64, i64)> {
        self.open
            .iter()
            .filter(|d| of_kind(**d))
            .filter_map(|d| Some((self.sold_on(*d)?, self.usual_milli(*d, without)?)))
            .collect()
    }

    /// Reasons for one day ahead. `known` is the last day whose sales are known.
    pub(crate) fn reasons(&self, target: NaiveDate, known: NaiveDate) -> Vec<ForecastReason> {
        let mut reasons = Vec::new();
        let usual = self.usual_days(target, None);
        if !usual.is_empty() {
            reasons.push(ForecastReason::Weekday {
                days: usual.len() as u32,
                mean_milli: usual.iter().sum::<i64>() * 1_000 / usual.len() as i64,
            });
        }
        if let Some(change_bp) = self.trend_bp(known) {
            reasons.push(ForecastReason::Trend { change_bp });
        }
        for entry in self
            .entries
            .iter()
            .filter(|e| e.starts_on <= target && target <= e.ends_on)
        {
            let pairs = self.pairs(Some(entry.kind), |d| self.marked(d, entry.kind));
            reasons.push(ForecastReason::Special {
                calendar: entry.kind,
                name: entry.name.clone(),
                effect_bp: effect_bp(&pairs, LEAST_SPECIAL),
                days: pairs.len() as u32,
            });
        }
        if let Some(p) = running_promotion(
            self.promotions,
            self.store_id,
            self.product_id,
            self.category_id,
            target,
        ) {
            let pairs = self.pairs(None, |d| self.sold.get(&d).is_some_and(|s| s.promotion));
            reasons.push(ForecastReason::Promotion {
                code: p.code.clone(),
                name: p.name.clone(),
                discount_bp: p.discount_bp,
                effect_bp: effect_bp(&pairs, LEAST_PROMOTION),
                days: pairs.len() as u32,
            });
        }
        self.weather_reasons(target, &mut reasons);
        let sold_out = (0..28)
            .filter_map(|back| known.checked_sub_days(Days::new(back)))
            .filter(|d| self.sold_out_on(*d))
            .count();
        if sold_out > 0 {
            reasons.push(ForecastReason::SoldOut {
                days: sold_out as u32,
            });
        }
        reasons
    }

    fn weather_reasons(&self, target: NaiveDate, reasons: &mut Vec<ForecastReason>) {
        let Some(weather) = self.weather.get(&target) else {
            return;
        };
        let rain_on = |d: &NaiveDate| {
            self.weather
                .get(d)
                .and_then(|w| w.precipitation_mm_x10)
                .is_some_and(|p| p >= RAIN_MM_X10)
        };
        let heat_on = |d: &NaiveDate| {
            self.weather
                .get(d)
                .and_then(|w| w.temperature_c_x10)
                .is_some_and(|t| t >= HEAT_C_X10)
        };
        if let Some(precipitation_mm_x10) = weather.precipitation_mm_x10
            && precipitation_mm_x10 >= RAIN_MM_X10
        {
            let pairs = self.pairs(None, |d| rain_on(&d) && self.ordinary(d));
            reasons.push(ForecastReason::Rain {
                precipitation_mm_x10,
                effect_bp: effect_bp(&pairs, LEAST_WEATHER),
                days: pairs.len() as u32,
            });
        }
        if let Some(temperature_c_x10) = weather.temperature_c_x10
            && temperature_c_x10 >= HEAT_C_X10
        {
            let pairs = self.pairs(None, |d| heat_on(&d) && self.ordinary(d));
            reasons.push(ForecastReason::Heat {
                temperature_c_x10,
                effect_bp: effect_bp(&pairs, LEAST_WEATHER),
                days: pairs.len() as u32,
            });
        }
    }

    /// Sales an open day of the last four weeks against the four before; nothing when either has under two weeks.
    fn trend_bp(&self, known: NaiveDate) -> Option<i64> {
        let mean = |from: u64| {
            let days: Vec<i64> = (from..from + 28)
                .filter_map(|back| known.checked_sub_days(Days::new(back)))
                .filter_map(|d| self.sold_on(d))
                .collect();
            (days.len() >= 14).then(|| days.iter().sum::<i64>() * 1_000 / days.len() as i64)
        };
        let (recent, before) = (mean(0)?, mean(28)?);
        (before > 0).then(|| (recent - before) * 10_000 / before)
    }
}

/// Marks that concern this product: every calendar entry, and the promotions that cover it.
pub(crate) fn marks_of_product(
    entries: Vec<calendar_entry::Model>,
    promotions: Vec<promotion::Model>,
    product_id: Uuid,
    category_id: Uuid,
) -> Vec<DayMark> {
    let promotions = promotions
        .into_iter()
        .filter(|p| p.product_id.is_none_or(|id| id == product_id))
        .filter(|p| p.category_id.is_none_or(|id| id == category_id))
        .collect();
    super::marks(entries, promotions)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(n: u64) -> NaiveDate {
        // A Monday.
        NaiveDate::from_ymd_opt(2026, 1, 5).unwrap() + Days::new(n)
    }

    fn entry(kind: CalendarKind, on: NaiveDate) -> calendar_entry::Model {
        calendar_entry::Model {
            id: Uuid::nil(),
            organization_id: Uuid::nil(),
            store_id: None,
            kind,
            name: "Fiesta".into(),
            starts_on: on,
            ends_on: on,
            note: None,
            created_by: None,
            created_at: chrono::DateTime::UNIX_EPOCH,
        }
    }

    /// Ten weeks: 10 a day, 20 on Saturdays, half as much again on the marked days.
    fn history<'a>(entries: &'a [calendar_entry::Model], until: u64) -> History<'a> {
        let sold = (0..until)
            .map(|n| {
                let usual = if n % 7 == 5 { 20 } else { 10 };
                let special = entries
                    .iter()
                    .any(|e| e.starts_on <= day(n) && day(n) <= e.ends_on);
                let quantity = if special { usual * 3 / 2 } else { usual };
                (
                    day(n),
                    Sold {
                        quantity,
                        sold_out: false,
                        sold_out_by: None,
                        lost: None,
                        lost_minor: None,
                        promotion: false,
                    },
                )
            })
            .collect::<BTreeMap<_, _>>();
        History {
            store_id: Uuid::nil(),
            product_id: Uuid::nil(),
            category_id: Uuid::nil(),
            open: sold.keys().copied().collect(),
            sold,
            entries,
            promotions: &[],
            weather: BTreeMap::new(),
        }
    }

    #[test]
    fn the_usual_saturday_is_the_mean_of_ordinary_saturdays() {
        let entries = [entry(CalendarKind::Event, day(68))];
        let history = history(&entries, 70);
        let reasons = history.reasons(day(75), day(69));
        // The latest Saturday (68) had an event and does not count.
        assert_eq!(
            reasons[0],
            ForecastReason::Weekday {
                days: 4,
                mean_milli: 20_000
            }
        );
    }

    #[test]
    fn a_holiday_says_what_such_days_did_before_and_stays_silent_without_enough_of_them() {
        let entries = [
            entry(CalendarKind::PublicHoliday, day(30)),
            entry(CalendarKind::PublicHoliday, day(50)),
            entry(CalendarKind::PublicHoliday, day(72)),
        ];
        let two = history(&entries, 70).reasons(day(72), day(69));
        assert!(two.contains(&ForecastReason::Special {
            calendar: CalendarKind::PublicHoliday,
            name: "Fiesta".into(),
            effect_bp: Some(5_000),
            days: 2
        }));
        let one = history(&entries[1..], 70).reasons(day(72), day(69));
        assert!(one.contains(&ForecastReason::Special {
            calendar: CalendarKind::PublicHoliday,
            name: "Fiesta".into(),
            effect_bp: None,
            days: 1
        }));
    }

    #[test]
    fn steady_sales_have_no_trend_and_short_histories_say_nothing() {
        assert!(
            history(&[], 70)
                .reasons(day(70), day(69))
                .contains(&ForecastReason::Trend { change_bp: 0 })
        );
        assert!(
            !history(&[], 30)
                .reasons(day(30), day(29))
                .iter()
                .any(|r| matches!(r, ForecastReason::Trend { .. }))
        );
    }
}
