//! Data set folders: published or exported histories in one format, read whole into a panel.
//!
//! A folder holds `sales.csv` (or `.csv.gz`) with `date,store_id,product_id,quantity[,unit_price][,promotion]`, one row for each day
//! on which a product was on sale; `calendar.csv` with `date,store_id,kind,name`; where there is weather, `weather.csv` with
//! `date,store_id,temperature_c,precipitation_mm`; and `dataset.toml`. An empty `store_id` means every store, an empty
//! price or promotion means unknown, columns that are not named here are left out.

use chrono::NaiveDate;
use domain::CalendarKind;
use domain::panel::{
    HORIZON_DAYS, Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore,
    PanelWeatherDay,
};
use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

/// A data set.
#[derive(Clone, Debug)]
pub struct Dataset {
    pub title: String,
    /// Days after which forecasts are made, ascending; the 28 days after each are the targets.
    pub cutoffs: Vec<NaiveDate>,
    /// Days that must lie between a series' first row and a cutoff for it to be judged there.
    pub min_history_days: i64,
    /// Days before a cutoff within which a series must have sold to be judged there; 0 = it need not.
    pub active_days: i64,
    /// Every row, cut off nowhere: `last_date` is the day of the last row.
    pub panel: Panel,
}

/// What is wrong with a folder.
#[derive(Debug, thiserror::Error)]
pub enum DatasetError {
    #[error("{file} cannot be read: {source}")]
    Unreadable { file: String, source: io::Error },
    #[error("{file}: {reason}")]
    File { file: String, reason: String },
    #[error("{file}, line {line}, {column} `{value}`: {reason}")]
    Value {
        file: String,
        line: u64,
        column: &'static str,
        value: String,
        reason: String,
    },
}

#[derive(Deserialize)]
struct Description {
    #[serde(default)]
    title: String,
    horizon: Option<usize>,
    cutoffs: Vec<String>,
    #[serde(default)]
    min_history_days: i64,
    #[serde(default)]
    active_days: i64,
}

impl Dataset {
    /// Reads a folder.
    ///
    /// # Errors
    /// The first fault, with file, line, column and value.
    pub fn read(folder: &Path) -> Result<Self, DatasetError> {
        let description = description(folder)?;
        let (panel, stores) = sales(folder)?;
        let panel = Panel {
            calendar: calendar(folder, &stores)?,
            weather: weather(folder, &stores)?,
            ..panel
        };
        let cutoffs = cutoffs(&description, panel.last_date)?;
        Ok(Self {
            title: description.title,
            cutoffs,
            min_history_days: description.min_history_days,
            active_days: description.active_days,
            panel,
        })
    }

    /// Whether a series is judged at a cutoff: known for long enough, ever sold, and, where that is asked for, sold lately. Looks
    /// at nothing after the cutoff.
    #[must_use]
    pub fn is_judged(&self, series: usize, cutoff: NaiveDate) -> bool {
        let days = &self.panel.series[series].days;
        let past = &days[..days.partition_point(|day| day.date <= cutoff)];
        let Some(first) = past.first() else {
            return false;
        };
        let latest_sale = past.iter().rev().find(|day| day.quantity > 0.0);
        latest_sale.is_some_and(|sale| {
            (cutoff - first.date).num_days() >= self.min_history_days
                && (self.active_days == 0 || (cutoff - sale.date).num_days() < self.active_days)
        })
    }
}

const DESCRIPTION: &str = "dataset.toml";

fn file_fault(file: &str, reason: impl Into<String>) -> DatasetError {
    DatasetError::File {
        file: file.to_owned(),
        reason: reason.into(),
    }
}

fn description(folder: &Path) -> Result<Description, DatasetError> {
    let text = std::fs::read_to_string(folder.join(DESCRIPTION)).map_err(|source| {
        DatasetError::Unreadable {
            file: DESCRIPTION.to_owned(),
            source,
        }
    })?;
    let description: Description =
        toml::from_str(&text).map_err(|error| file_fault(DESCRIPTION, error.message()))?;
    match description.horizon {
        Some(days) if days != HORIZON_DAYS => Err(file_fault(
            DESCRIPTION,
            format!("the horizon is {days} days; Hornada forecasts {HORIZON_DAYS}"),
        )),
        _ => Ok(description),
    }
}

fn cutoffs(
    description: &Description,
    last_date: NaiveDate,
) -> Result<Vec<NaiveDate>, DatasetError> {
    let mut cutoffs = Vec::new();
    for text in &description.cutoffs {
        let date: NaiveDate = text
            .parse()
            .map_err(|_| file_fault(DESCRIPTION, format!("the cutoff `{text}` is no date")))?;
        if date > last_date {
            return Err(file_fault(
                DESCRIPTION,
                format!("the cutoff {date} lies after the last sale on {last_date}"),
            ));
        }
        cutoffs.push(date);
    }
    cutoffs.sort_unstable();
    cutoffs.dedup();
    if cutoffs.is_empty() {
        return Err(file_fault(DESCRIPTION, "no cutoffs are named"));
    }
    Ok(cutoffs)
}

type Indices = HashMap<String, usize>;

fn sales(folder: &Path) -> Result<(Panel, Indices), DatasetError> {
    let mut table = Table::open(folder, "sales.csv")?.ok_or_else(|| {
        file_fault(
            "sales.csv",
            "the folder has neither sales.csv nor sales.csv.gz",
        )
    })?;
    let columns = (
        table.needed("date")?,
        table.needed("store_id")?,
        table.needed("product_id")?,
        table.needed("quantity")?,
        table.column("unit_price"),
        table.column("promotion"),
    );
    // Ids are text; a series is looked up by its two, once a row.
    let mut rows: BTreeMap<(String, String), Vec<PanelDay>> = BTreeMap::new();
    let mut last_date = NaiveDate::MIN;
    let mut key = (String::new(), String::new());
    while table.next()? {
        let date = table.date(columns.0)?;
        last_date = last_date.max(date);
        for (part, column, name) in [
            (&mut key.0, columns.1, "store_id"),
            (&mut key.1, columns.2, "product_id"),
        ] {
            part.clear();
            part.push_str(table.field(Some(column)));
            if part.is_empty() {
                return Err(table.fault(name, "", "is empty"));
            }
        }
        let quantity = table
            .number(Some(columns.3), "quantity")?
            .ok_or_else(|| table.fault("quantity", "", "is empty"))?;
        let promotion = match table.field(columns.5) {
            "" => None,
            "1" | "1.0" | "true" => Some(true),
            "0" | "0.0" | "false" => Some(false),
            other => return Err(table.fault("promotion", other, "is neither 0 nor 1")),
        };
        let day = PanelDay {
            date,
            quantity,
            price: table.number(columns.4, "unit_price")?,
            promotion,
            censored: false,
        };
        match rows.get_mut(&key) {
            Some(days) => days.push(day),
            None => {
                rows.insert(key.clone(), vec![day]);
            }
        }
    }
    if rows.is_empty() {
        return Err(file_fault(&table.file, "there are no sales"));
    }
    let index = |ids: Vec<&String>| -> Indices {
        let mut ids: Vec<String> = ids.into_iter().cloned().collect();
        ids.sort_unstable();
        ids.dedup();
        ids.into_iter().zip(0..).collect()
    };
    let stores = index(rows.keys().map(|(store, _)| store).collect());
    let products = index(rows.keys().map(|(_, product)| product).collect());
    let mut series = Vec::with_capacity(rows.len());
    for ((store, product), mut days) in rows {
        days.sort_by_key(|day| day.date);
        if let Some(pair) = days.windows(2).find(|pair| pair[0].date == pair[1].date) {
            return Err(file_fault(
                &table.file,
                format!("{store}, {product} has two rows for {}", pair[0].date),
            ));
        }
        series.push(PanelSeries {
            store: stores[&store],
            product: products[&product],
            days,
            planned: Vec::new(),
        });
    }
    let named = |indices: &Indices| -> Vec<String> {
        let mut ids: Vec<String> = indices.keys().cloned().collect();
        ids.sort_unstable();
        ids
    };
    let panel = Panel {
        stores: named(&stores)
            .into_iter()
            .map(|id| PanelStore { id })
            .collect(),
        products: named(&products)
            .into_iter()
            .map(|id| PanelProduct {
                id,
                category: String::new(),
                list_price: None,
                unit_cost: None,
                salvage: None,
            })
            .collect(),
        series,
        calendar: Vec::new(),
        weather: Vec::new(),
        last_date,
    };
    Ok((panel, stores))
}

/// Whose row it is: `Some(None)` = every store's, `None` = of a store that sells nothing here.
fn whose(id: &str, stores: &Indices) -> Option<Option<usize>> {
    if id.is_empty() {
        Some(None)
    } else {
        stores.get(id).map(|store| Some(*store))
    }
}

fn calendar(folder: &Path, stores: &Indices) -> Result<Vec<PanelCalendarDay>, DatasetError> {
    let Some(mut table) = Table::open(folder, "calendar.csv")? else {
        return Ok(Vec::new());
    };
    let (date, store) = (table.needed("date")?, table.column("store_id"));
    let (kind, name) = (table.needed("kind")?, table.column("name"));
    let mut days = Vec::new();
    while table.next()? {
        let kind: CalendarKind = match table.field(Some(kind)) {
            "public_holiday" => CalendarKind::PublicHoliday,
            "school_holiday" => CalendarKind::SchoolHoliday,
            "event" => CalendarKind::Event,
            "closure" => CalendarKind::Closure,
            other => {
                return Err(table.fault(
                    "kind",
                    other,
                    "is none of public_holiday, school_holiday, event, closure",
                ));
            }
        };
        let date = table.date(date)?;
        if let Some(store) = whose(table.field(store), stores) {
            days.push(PanelCalendarDay {
                date,
                store,
                kind,
                name: table.field(name).to_owned(),
            });
        }
    }
    Ok(days)
}

fn weather(folder: &Path, stores: &Indices) -> Result<Vec<PanelWeatherDay>, DatasetError> {
    let Some(mut table) = Table::open(folder, "weather.csv")? else {
        return Ok(Vec::new());
    };
    let (date, store) = (table.needed("date")?, table.column("store_id"));
    let (warmth, rain) = (
        table.column("temperature_c"),
        table.column("precipitation_mm"),
    );
    let mut days = Vec::new();
    while table.next()? {
        let date = table.date(date)?;
        let temperature_c = table.number(warmth, "temperature_c")?;
        let precipitation_mm = table.number(rain, "precipitation_mm")?;
        if let Some(store) = whose(table.field(store), stores) {
            days.push(PanelWeatherDay {
                date,
                store,
                temperature_c,
                precipitation_mm,
            });
        }
    }
    Ok(days)
}

/// A table that is read row by row.
struct Table {
    file: String,
    reader: csv::Reader<Box<dyn Read>>,
    header: Vec<String>,
    record: csv::StringRecord,
    line: u64,
}

impl Table {
    /// Plain or compressed; `None` when the folder has no such table.
    fn open(folder: &Path, name: &str) -> Result<Option<Self>, DatasetError> {
        let compressed = format!("{name}.gz");
        let (file, path) = if folder.join(name).exists() {
            (name.to_owned(), folder.join(name))
        } else if folder.join(&compressed).exists() {
            (compressed.clone(), folder.join(&compressed))
        } else {
            return Ok(None);
        };
        let bytes = File::open(path).map_err(|source| DatasetError::Unreadable {
            file: file.clone(),
            source,
        })?;
        let bytes = BufReader::with_capacity(1 << 20, bytes);
        let bytes: Box<dyn Read> = if file == compressed {
            Box::new(MultiGzDecoder::new(bytes))
        } else {
            Box::new(bytes)
        };
        let mut reader = csv::ReaderBuilder::new()
            .trim(csv::Trim::All)
            .from_reader(bytes);
        let header = reader
            .headers()
            .map_err(|error| file_fault(&file, error.to_string()))?
            .iter()
            .map(|name| name.trim_start_matches('\u{feff}').to_owned())
            .collect();
        Ok(Some(Self {
            file,
            reader,
            header,
            record: csv::StringRecord::new(),
            line: 1,
        }))
    }

    fn column(&self, name: &str) -> Option<usize> {
        self.header.iter().position(|column| column == name)
    }

    fn needed(&self, name: &str) -> Result<usize, DatasetError> {
        self.column(name)
            .ok_or_else(|| file_fault(&self.file, format!("there is no column {name}")))
    }

    /// Goes to the next row; `false` at the end.
    fn next(&mut self) -> Result<bool, DatasetError> {
        let there = self
            .reader
            .read_record(&mut self.record)
            .map_err(|error| file_fault(&self.file, error.to_string()))?;
        self.line = self
            .record
            .position()
            .map_or(self.line, csv::Position::line);
        Ok(there)
    }

    /// Empty where there is no such column.
    fn field(&self, column: Option<usize>) -> &str {
        column
            .and_then(|column| self.record.get(column))
            .unwrap_or_default()
    }

    fn fault(&self, column: &'static str, value: &str, reason: &str) -> DatasetError {
        DatasetError::Value {
            file: self.file.clone(),
            line: self.line,
            column,
            value: value.to_owned(),
            reason: reason.to_owned(),
        }
    }

    fn date(&self, column: usize) -> Result<NaiveDate, DatasetError> {
        let text = self.field(Some(column));
        text.parse()
            .map_err(|_| self.fault("date", text, "is no date such as 2026-03-01"))
    }

    /// `None` where the field is empty.
    fn number(
        &self,
        column: Option<usize>,
        name: &'static str,
    ) -> Result<Option<f64>, DatasetError> {
        let text = self.field(column);
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<f64>() {
            Ok(number) if number.is_finite() => Ok(Some(number)),
            _ => Err(self.fault(name, text, "is no number")),
        }
    }
}
