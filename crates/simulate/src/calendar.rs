//! Special days of the chain: holidays, school holidays, festivals, closures.

use crate::holidays::{date, holidays_of_region, national_holidays, shift};
use crate::season::easter_break;
use crate::shops::{Store, Trade};
use crate::stream::{Purpose, stream};
use chrono::{Datelike, NaiveDate};
use domain::CalendarKind;
use rand::RngExt;
use serde::Serialize;

/// Days known in advance to be special.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarEntry {
    /// Index of the shop; `None` = every shop.
    pub store: Option<usize>,
    pub kind: CalendarKind,
    pub name: String,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
}

impl CalendarEntry {
    /// Whether a day belongs to it.
    #[must_use]
    pub fn covers(&self, day: NaiveDate) -> bool {
        (self.starts_on..=self.ends_on).contains(&day)
    }
}

/// Small events near a shop: name, days, and what they do to its trade in hundredths.
const NEARBY: [(&str, i64, i8); 8] = [
    ("Mercado medieval", 3, 16),
    ("Media maratón", 1, -14),
    ("Feria del libro", 5, 9),
    ("Mercadillo artesano", 2, 8),
    ("Fiesta del barrio", 3, 18),
    ("Concierto en la plaza", 1, 12),
    ("Calle cortada por obras", 9, -12),
    ("Jornada de puertas abiertas", 1, 7),
];

/// What is special about one day of one shop.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct DayFlags {
    pub(crate) open: bool,
    pub(crate) holiday: bool,
    /// The day before a public holiday.
    pub(crate) eve: bool,
    pub(crate) school_holiday: bool,
    pub(crate) festival: bool,
    /// What a small event nearby does to the day's trade, in hundredths.
    pub(crate) nearby: i8,
    /// Closed on the day after: people buy ahead.
    pub(crate) closed_tomorrow: bool,
}

/// Every entry that touches the days from `start` to `last`, in order of its first day. `days` is the length of the
/// history, in which two shops were rebuilt.
pub(crate) fn build(
    seed: u64,
    trades: &[Trade],
    start: NaiveDate,
    days: u32,
    last: NaiveDate,
) -> Vec<CalendarEntry> {
    let mut entries = Vec::new();
    let mut add = |store, kind, name: &str, starts_on, ends_on| {
        if ends_on >= start && starts_on <= last {
            entries.push(CalendarEntry {
                store,
                kind,
                name: name.to_owned(),
                starts_on,
                ends_on,
            });
        }
    };
    for year in start.year() - 1..=last.year() {
        for (day, name) in national_holidays(year) {
            add(None, CalendarKind::PublicHoliday, name, day, day);
        }
        add(
            None,
            CalendarKind::Closure,
            "Cerrado por Año Nuevo",
            date(year, 1, 1),
            date(year, 1, 1),
        );
        add(
            None,
            CalendarKind::Closure,
            "Cerrado por Navidad",
            date(year, 12, 25),
            date(year, 12, 25),
        );
        add(
            None,
            CalendarKind::SchoolHoliday,
            "Vacaciones de verano",
            date(year, 6, 22),
            date(year, 9, 7),
        );
        add(
            None,
            CalendarKind::SchoolHoliday,
            "Vacaciones de Navidad",
            date(year, 12, 22),
            date(year + 1, 1, 7),
        );
        for (index, trade) in trades.iter().enumerate() {
            let (place, store) = (trade.place(), Some(index));
            for (day, name) in holidays_of_region(place.region, year) {
                add(store, CalendarKind::PublicHoliday, name, day, day);
            }
            for (rule, name) in place.local_days {
                let day = rule.in_year(year);
                add(store, CalendarKind::PublicHoliday, name, day, day);
            }
            let (from, to) = easter_break(year, place.region);
            add(
                store,
                CalendarKind::SchoolHoliday,
                "Vacaciones de Semana Santa",
                from,
                to,
            );
            let (rule, length, name) = place.festival;
            let from = rule.in_year(year);
            add(
                store,
                CalendarKind::Event,
                name,
                from,
                shift(from, length - 1),
            );
        }
    }
    if days >= 200 {
        // Two shops were rebuilt, one for longer than a week.
        for (index, hundredth, length) in [(3, 38, 10), (1, 71, 4)] {
            if index < trades.len() {
                let from = shift(start, i64::from(days) * hundredth / 100);
                add(
                    Some(index),
                    CalendarKind::Closure,
                    "Cerrado por reforma",
                    from,
                    shift(from, length - 1),
                );
            }
        }
    }
    for index in 0..trades.len() {
        let mut rng = stream(seed, Purpose::Nearby, index, 0);
        let mut from = shift(start, rng.random_range(10..90));
        while from <= last {
            let (name, length, _) = NEARBY[rng.random_range(0..NEARBY.len())];
            entries.push(CalendarEntry {
                store: Some(index),
                kind: CalendarKind::Event,
                name: name.to_owned(),
                starts_on: from,
                ends_on: shift(from, length - 1),
            });
            from = shift(from, rng.random_range(40..130));
        }
    }
    entries.sort_by(|a, b| {
        (a.starts_on, a.store, a.kind, &a.name).cmp(&(b.starts_on, b.store, b.kind, &b.name))
    });
    entries
}

/// Flags by shop and day for `count` days from `start`; shops only.
pub(crate) fn flags(
    stores: &[Store],
    shops: usize,
    entries: &[CalendarEntry],
    start: NaiveDate,
    count: usize,
) -> Vec<Vec<DayFlags>> {
    let mut all = Vec::with_capacity(shops);
    for (index, store) in stores.iter().enumerate().take(shops) {
        let mut days: Vec<DayFlags> = start
            .iter_days()
            .take(count)
            .map(|day| DayFlags {
                open: store.opens_on_weekday(day),
                ..DayFlags::default()
            })
            .collect();
        let mut mark = |day: NaiveDate, set: &dyn Fn(&mut DayFlags)| {
            if let Some(flags) = usize::try_from((day - start).num_days())
                .ok()
                .and_then(|at| days.get_mut(at))
            {
                set(flags);
            }
        };
        for entry in entries
            .iter()
            .filter(|entry| entry.store.is_none_or(|only| only == index))
        {
            let nearby = NEARBY
                .iter()
                .find(|(name, ..)| *name == entry.name)
                .map(|(.., percent)| *percent);
            for day in entry
                .starts_on
                .iter_days()
                .take_while(|day| *day <= entry.ends_on)
            {
                match entry.kind {
                    CalendarKind::PublicHoliday => {
                        mark(day, &|flags| flags.holiday = true);
                        mark(shift(day, -1), &|flags| flags.eve = true);
                    }
                    CalendarKind::SchoolHoliday => mark(day, &|flags| flags.school_holiday = true),
                    CalendarKind::Event => match nearby {
                        Some(percent) => mark(day, &|flags| flags.nearby = percent),
                        None => mark(day, &|flags| flags.festival = true),
                    },
                    CalendarKind::Closure => mark(day, &|flags| flags.open = false),
                }
            }
        }
        for at in 1..days.len() {
            days[at - 1].closed_tomorrow = !days[at].open;
        }
        all.push(days);
    }
    all
}
