//! The catalog file of `hornada setup --file`: everything about an organization but its sales.
//!
//! Names, units and integer forms are those of `docs/data-dictionary.md`; shops are referred to by code, categories by
//! name, products by sku.

use chrono::NaiveDate;
use serde::Serialize;

#[derive(Debug, Serialize)]
pub struct Catalog {
    pub organization: Organization,
    pub stores: Vec<Store>,
    pub categories: Vec<Category>,
    pub products: Vec<Product>,
    pub promotions: Vec<Promotion>,
    pub calendar: Vec<CalendarEntry>,
    pub weather: Vec<WeatherDay>,
}

#[derive(Debug, Serialize)]
pub struct Organization {
    pub slug: &'static str,
    pub name: &'static str,
    /// ISO 4217.
    pub currency: &'static str,
    pub language: &'static str,
    pub time_zone: &'static str,
}

#[derive(Debug, Serialize)]
pub struct Store {
    pub code: String,
    pub name: String,
    pub kind: &'static str,
    pub city: &'static str,
    pub region: &'static str,
    pub time_zone: &'static str,
    /// Bit 0 is Monday.
    pub opening_days: u8,
    /// Minutes since midnight.
    pub opens_at_minute: u32,
    /// Minutes since midnight.
    pub closes_at_minute: u32,
}

#[derive(Debug, Serialize)]
pub struct Category {
    pub name: &'static str,
    pub position: u32,
}

#[derive(Debug, Serialize)]
pub struct Product {
    pub sku: String,
    pub name: &'static str,
    pub category: &'static str,
    pub unit: &'static str,
    pub price_minor: i64,
    pub unit_cost_minor: i64,
    pub salvage_minor: i64,
    pub shelf_life_days: u32,
    pub tray_size: u32,
    pub lead_time_days: u32,
    pub policy: &'static str,
    pub allergens: Vec<&'static str>,
    pub introduced_on: Option<NaiveDate>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Promotion {
    pub code: String,
    pub name: &'static str,
    /// Basis points; 0 where the data set does not tell.
    pub discount_bp: u32,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CalendarEntry {
    /// Absent: for every shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    pub kind: String,
    pub name: String,
    pub starts_on: NaiveDate,
    pub ends_on: NaiveDate,
}

#[derive(Debug, Serialize)]
pub struct WeatherDay {
    /// Absent: for every shop.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub store: Option<String>,
    pub date: NaiveDate,
    pub temperature_c_x10: Option<i64>,
    pub precipitation_mm_x10: Option<i64>,
    pub is_forecast: bool,
}

/// Joins entries of equal shop, kind and name whose days follow each other.
pub fn join_days(mut entries: Vec<CalendarEntry>) -> Vec<CalendarEntry> {
    entries.sort_by(|a, b| {
        (&a.store, &a.kind, &a.name, a.starts_on).cmp(&(&b.store, &b.kind, &b.name, b.starts_on))
    });
    let mut joined: Vec<CalendarEntry> = Vec::new();
    for entry in entries {
        match joined.last_mut() {
            Some(last)
                if (&last.store, &last.kind, &last.name)
                    == (&entry.store, &entry.kind, &entry.name)
                    && last.ends_on.succ_opt() >= Some(entry.starts_on) =>
            {
                last.ends_on = last.ends_on.max(entry.ends_on);
            }
            _ => joined.push(entry),
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2016, 3, day).unwrap()
    }

    fn entry(store: Option<&str>, from: u32, to: u32) -> CalendarEntry {
        CalendarEntry {
            store: store.map(str::to_owned),
            kind: "closure".into(),
            name: "closed".into(),
            starts_on: day(from),
            ends_on: day(to),
        }
    }

    #[test]
    fn days_that_follow_each_other_become_one_entry() {
        let joined = join_days(vec![
            entry(None, 3, 3),
            entry(Some("a"), 4, 4),
            entry(None, 2, 2),
            entry(None, 5, 5),
            entry(None, 6, 6),
        ]);
        assert_eq!(
            joined,
            [entry(None, 2, 3), entry(None, 5, 6), entry(Some("a"), 4, 4)]
        );
    }
}
