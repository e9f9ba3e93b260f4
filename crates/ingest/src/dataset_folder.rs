//! Data set folders: published or exported histories in one format, read whole into a panel.
//!
//! A folder holds `sales.csv` (or `.csv.gz`) with `date,store_id,product_id,quantity[,unit_price][,promotion][,sold_out]`, one
//! row for each day on which a product was on sale; `calendar.csv` with `date,store_id,kind,name`; where there is weather,
//! `weather.csv` with `date,store_id,temperature_c,precipitation_mm`; where more is known of the products, `products.csv` with
//! `product_id,category,list_price`; and `dataset.toml`. An empty `store_id` means every store, an empty price, category or
//! promotion means unknown, columns that are not named here are left out.
//!
//! `sold_out` is 1 on a day on which the shelf ran empty, so that demand may have been larger than `quantity`
//! ([`PanelDay::censored`]); 0 or empty on a day that is not known to have.

mod table;

use chrono::NaiveDate;
use domain::CalendarKind;
use domain::panel::{
    HORIZON_DAYS, Panel, PanelCalendarDay, PanelDay, PanelProduct, PanelSeries, PanelStore,
    PanelWeatherDay,
};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::io;
use std::path::Path;
pub use table::Table;

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
        let (mut panel, stores) = sales(folder)?;
        describe(folder, &mut panel.products)?;
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
        table.column("sold_out"),
    );
    // Ids are text; a series is looked up by its two, once a row.
    let mut rows: BTreeMap<(String, String), Vec<PanelDay>> = BTreeMap::new();
    let mut last_date = NaiveDate::MIN;
    let mut key = (String::new(), String::new());
    while table.advance()? {
        let date = table.date(columns.0, "date")?;
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
        let day = PanelDay {
            date,
            quantity,
            price: table.number(columns.4, "unit_price")?,
            promotion: table.flag(columns.5, "promotion")?,
            censored: table.flag(columns.6, "sold_out")?.unwrap_or(false),
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

/// Fills in what `products.csv` says of the products that sell here; `products` are in the order of their ids.
fn describe(folder: &Path, products: &mut [PanelProduct]) -> Result<(), DatasetError> {
    let Some(mut table) = Table::open(folder, "products.csv")? else {
        return Ok(());
    };
    let id = table.needed("product_id")?;
    let (category, price) = (table.column("category"), table.column("list_price"));
    let mut seen = BTreeSet::new();
    while table.advance()? {
        let id = table.field(Some(id));
        if id.is_empty() {
            return Err(table.fault("product_id", "", "is empty"));
        }
        if !seen.insert(id.to_owned()) {
            return Err(table.fault("product_id", id, "has a row above already"));
        }
        let list_price = table.number(price, "list_price")?;
        if list_price.is_some_and(|price| price <= 0.0) {
            let value = table.field(price);
            return Err(table.fault("list_price", value, "is no price above 0"));
        }
        if let Ok(at) = products.binary_search_by(|product| product.id.as_str().cmp(id)) {
            products[at].list_price = list_price;
            table.field(category).clone_into(&mut products[at].category);
        }
    }
    Ok(())
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
    while table.advance()? {
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
        let date = table.date(date, "date")?;
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
    while table.advance()? {
        let date = table.date(date, "date")?;
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
