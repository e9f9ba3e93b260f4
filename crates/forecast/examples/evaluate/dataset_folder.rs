//! Reads a data set folder (`sales.csv[.gz]`, `calendar.csv`, `weather.csv`, `dataset.toml`) into a panel.

use chrono::NaiveDate;
use domain::CalendarKind;
use domain::panel::{
    Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore, PanelWeatherDay,
};
use std::collections::BTreeMap;
use std::error::Error;
use std::path::Path;
use std::process::Command;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// The cutoffs named in `dataset.toml`.
pub fn cutoffs(dir: &Path) -> Result<Vec<NaiveDate>> {
    let text = std::fs::read_to_string(dir.join("dataset.toml"))?;
    let line = text
        .lines()
        .find(|l| l.starts_with("cutoffs"))
        .ok_or("dataset.toml names no cutoffs")?;
    line.split('"')
        .skip(1)
        .step_by(2)
        .map(|date| Ok(date.parse()?))
        .collect()
}

/// The whole set as one panel whose `last_date` is the last day with a row; cut it with `forecast::truncate`.
pub fn read(dir: &Path) -> Result<Panel> {
    let mut stores: BTreeMap<String, usize> = BTreeMap::new();
    let mut products: BTreeMap<String, usize> = BTreeMap::new();
    let mut rows: BTreeMap<(String, String), Vec<PanelDay>> = BTreeMap::new();
    let mut last_date = NaiveDate::MIN;
    let sales = Table::read(dir, "sales.csv")?.ok_or("no sales.csv in the folder")?;
    for row in &sales.rows {
        let date = sales.field(row, "date").parse()?;
        last_date = last_date.max(date);
        let key = (
            sales.field(row, "store_id").to_owned(),
            sales.field(row, "product_id").to_owned(),
        );
        rows.entry(key).or_default().push(PanelDay {
            date,
            quantity: sales.field(row, "quantity").parse()?,
            price: sales.number(row, "unit_price")?,
            promotion: sales.number(row, "promotion")?.map(|p| p != 0.0),
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
    // Empty = every store; a store without sales is nobody's.
    let named = |id: &str| {
        if id.is_empty() {
            Some(None)
        } else {
            stores.get(id).map(|s| Some(*s))
        }
    };
    let mut calendar = Vec::new();
    if let Some(days) = Table::read(dir, "calendar.csv")? {
        for row in &days.rows {
            let kind = match days.field(row, "kind") {
                "public_holiday" => CalendarKind::PublicHoliday,
                "school_holiday" => CalendarKind::SchoolHoliday,
                "event" => CalendarKind::Event,
                "closure" => CalendarKind::Closure,
                other => return Err(format!("calendar.csv: unknown kind {other}").into()),
            };
            if let Some(store) = named(days.field(row, "store_id")) {
                calendar.push(PanelCalendarDay {
                    date: days.field(row, "date").parse()?,
                    store,
                    kind,
                    name: days.field(row, "name").to_owned(),
                });
            }
        }
    }
    let mut weather = Vec::new();
    if let Some(days) = Table::read(dir, "weather.csv")? {
        for row in &days.rows {
            if let Some(store) = named(days.field(row, "store_id")) {
                weather.push(PanelWeatherDay {
                    date: days.field(row, "date").parse()?,
                    store,
                    temperature_c: days.number(row, "temperature_c")?,
                    precipitation_mm: days.number(row, "precipitation_mm")?,
                });
            }
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

/// A small table in memory. Fields may be quoted; none of the sets has line breaks in them.
struct Table {
    columns: BTreeMap<String, usize>,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// Plain, or compressed and then read through `gzip -dc`; `None` when the folder has no such table.
    fn read(dir: &Path, name: &str) -> Result<Option<Self>> {
        let plain = dir.join(name);
        let compressed = dir.join(format!("{name}.gz"));
        let text = if plain.exists() {
            std::fs::read_to_string(plain)?
        } else if compressed.exists() {
            let output = Command::new("gzip").arg("-dc").arg(compressed).output()?;
            if !output.status.success() {
                return Err(String::from_utf8_lossy(&output.stderr).into());
            }
            String::from_utf8(output.stdout)?
        } else {
            return Ok(None);
        };
        let mut lines = text.lines().filter(|l| !l.is_empty()).map(fields);
        let header = lines.next().ok_or("an empty table")?;
        Ok(Some(Self {
            columns: header.into_iter().zip(0..).collect(),
            rows: lines.collect(),
        }))
    }

    /// Empty where the table has no such column.
    fn field<'a>(&self, row: &'a [String], column: &str) -> &'a str {
        self.columns
            .get(column)
            .and_then(|i| row.get(*i))
            .map_or("", String::as_str)
    }

    fn number(&self, row: &[String], column: &str) -> Result<Option<f64>> {
        let field = self.field(row, column);
        Ok(if field.is_empty() {
            None
        } else {
            Some(field.parse()?)
        })
    }
}

fn fields(line: &str) -> Vec<String> {
    let mut out = vec![String::new()];
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => out.push(String::new()),
            c => out.last_mut().expect("never empty").push(c),
        }
    }
    out
}
