//! Reads a data set folder (`sales.csv[.gz]`, `calendar.csv`, `weather.csv`, `dataset.toml`) into a panel.

use anyhow::{Context, Result, bail};
use chrono::NaiveDate;
use domain::CalendarKind;
use domain::panel::{
    Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore, PanelWeatherDay,
};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// What is read of `dataset.toml`.
#[derive(Debug, Deserialize)]
pub struct Meta {
    pub cutoffs: Vec<NaiveDate>,
}

#[derive(Deserialize)]
struct SalesRow {
    date: NaiveDate,
    store_id: String,
    product_id: String,
    quantity: f64,
    #[serde(default)]
    unit_price: Option<f64>,
    #[serde(default)]
    promotion: Option<u8>,
}

#[derive(Deserialize)]
struct CalendarRow {
    date: NaiveDate,
    store_id: String,
    kind: String,
    name: String,
}

#[derive(Deserialize)]
struct WeatherRow {
    date: NaiveDate,
    #[serde(default)]
    store_id: Option<String>,
    #[serde(default)]
    temperature_c: Option<f64>,
    #[serde(default)]
    precipitation_mm: Option<f64>,
}

/// The cutoffs of the set.
pub fn meta(dir: &Path) -> Result<Meta> {
    let path = dir.join("dataset.toml");
    let text = std::fs::read_to_string(&path).with_context(|| path.display().to_string())?;
    toml::from_str(&text).with_context(|| path.display().to_string())
}

/// The whole set as one panel whose `last_date` is the last day with a row; cut it with `forecast::truncate`.
pub fn read(dir: &Path) -> Result<Panel> {
    let mut stores: BTreeMap<String, usize> = BTreeMap::new();
    let mut products: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: BTreeMap<(String, String), Vec<PanelDay>> = BTreeMap::new();
    let mut last_date = NaiveDate::MIN;
    for row in table::<SalesRow>(dir, "sales.csv")?.context("no sales.csv in the folder")? {
        last_date = last_date.max(row.date);
        rows.entry((row.store_id, row.product_id))
            .or_default()
            .push(PanelDay {
                date: row.date,
                quantity: row.quantity,
                price: row.unit_price,
                promotion: row.promotion.map(|p| p != 0),
                censored: false,
            });
    }
    for (store, product) in rows.keys() {
        stores.entry(store.clone()).or_default();
        products.entry(product.clone()).or_default();
    }
    for names in [&mut stores, &mut products] {
        for (index, value) in names.values_mut().enumerate() {
            *value = index;
        }
    }
    let series = rows
        .into_iter()
        .map(|((store, product), mut days)| {
            days.sort_by_key(|d| d.date);
            PanelSeries {
                store: stores[&store],
                product: products[&product],
                days,
                planned: Vec::new(),
            }
        })
        .collect();
    let named = |id: &str| -> Result<Option<Option<usize>>> {
        Ok(if id.is_empty() {
            Some(None)
        } else {
            stores.get(id).map(|s| Some(*s))
        })
    };
    let mut calendar = Vec::new();
    for row in table::<CalendarRow>(dir, "calendar.csv")?.unwrap_or_default() {
        let kind = match row.kind.as_str() {
            "public_holiday" => CalendarKind::PublicHoliday,
            "school_holiday" => CalendarKind::SchoolHoliday,
            "event" => CalendarKind::Event,
            "closure" => CalendarKind::Closure,
            other => bail!("calendar.csv: unknown kind {other}"),
        };
        if let Some(store) = named(&row.store_id)? {
            calendar.push(PanelCalendarDay {
                date: row.date,
                store,
                kind,
                name: row.name,
            });
        }
    }
    let mut weather = Vec::new();
    for row in table::<WeatherRow>(dir, "weather.csv")?.unwrap_or_default() {
        if let Some(store) = named(row.store_id.as_deref().unwrap_or_default())? {
            weather.push(PanelWeatherDay {
                date: row.date,
                store,
                temperature_c: row.temperature_c,
                precipitation_mm: row.precipitation_mm,
            });
        }
    }
    Ok(Panel {
        stores: stores.into_keys().map(|id| PanelStore { id }).collect(),
        products: products
            .into_keys()
            .map(|id| PanelProduct {
                id,
                category: String::new(),
                list_price: None,
            })
            .collect(),
        series,
        calendar,
        weather,
        last_date,
    })
}

/// The rows of a table, plain or compressed; `None` when the folder has no such table.
fn table<T: for<'de> Deserialize<'de>>(dir: &Path, name: &str) -> Result<Option<Vec<T>>> {
    let plain = dir.join(name);
    let compressed = dir.join(format!("{name}.gz"));
    let (path, source): (_, Box<dyn Read>) = if plain.exists() {
        let file = File::open(&plain).with_context(|| plain.display().to_string())?;
        (plain, Box::new(file))
    } else if compressed.exists() {
        let file = File::open(&compressed).with_context(|| compressed.display().to_string())?;
        (compressed, Box::new(flate2::read::GzDecoder::new(file)))
    } else {
        return Ok(None);
    };
    csv::Reader::from_reader(source)
        .deserialize()
        .collect::<Result<Vec<T>, _>>()
        .map(Some)
        .with_context(|| path.display().to_string())
}
