//! Fills the days around the series from what a panel holds.

use super::{
    CLOSURE, EVENT, GroupLevel, HOLIDAY, OPEN, RECURRING, RECURRING_DAYS, SCHOOL, SpecialKey,
    StoreDays,
};
use crate::series::{DayState, Series};
use chrono::NaiveDate;
use domain::CalendarKind;
use domain::panel::Panel;
use std::collections::{BTreeMap, BTreeSet, HashMap};

pub(super) fn calendar(panel: &Panel, first: i32, length: usize) -> Vec<StoreDays> {
    let empty = StoreDays {
        flags: vec![0; length],
        special: vec![0; length],
        recurring: vec![0; length],
        temperature: vec![f32::NAN; length],
        rain: vec![f32::NAN; length],
        warmth: Vec::new(),
        warmth_days: Vec::new(),
    };
    let mut stores = vec![empty; panel.stores.len()];
    let mut names: Vec<BTreeMap<i32, (u8, &str)>> = vec![BTreeMap::new(); stores.len()];
    let often = recurring_events(panel);
    for day in &panel.calendar {
        let number = crate::series::day_number(day.date);
        let flag = match day.kind {
            CalendarKind::PublicHoliday => HOLIDAY,
            CalendarKind::SchoolHoliday => SCHOOL,
            CalendarKind::Event if often.contains_key(day.name.as_str()) => RECURRING,
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
                if flag == RECURRING {
                    let slot = &mut stores[store].recurring[i];
                    let key = often[day.name.as_str()];
                    *slot = if *slot == 0 { key } else { key.min(*slot) };
                }
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

/// The events that are part of the ordinary, with their keys.
fn recurring_events(panel: &Panel) -> HashMap<&str, SpecialKey> {
    let mut days: BTreeMap<&str, BTreeSet<NaiveDate>> = BTreeMap::new();
    let (mut first, mut last) = (NaiveDate::MAX, NaiveDate::MIN);
    for day in &panel.calendar {
        (first, last) = (first.min(day.date), last.max(day.date));
        if day.kind == CalendarKind::Event {
            days.entry(&day.name).or_default().insert(day.date);
        }
    }
    let years = ((last - first).num_days() as f64 / 365.25).max(0.5);
    days.into_iter()
        .filter(|(_, days)| days.len() as f64 / years >= RECURRING_DAYS)
        .zip(1..)
        .map(|((name, _), key)| (name, key))
        .collect()
}

pub(super) fn opening(stores: &mut [StoreDays], series: &[Series], first: i32, end: i32) {
    for s in series {
        let flags = &mut stores[s.store].flags;
        for day in s.start.max(first)..=end {
            if s.state(day) != DayState::Closed || s.open_or_planned(day) {
                flags[(day - first) as usize] |= OPEN;
            }
        }
    }
}

pub(super) fn weather(stores: &mut [StoreDays], panel: &Panel, first: i32, length: usize) {
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

pub(super) fn levels(
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
