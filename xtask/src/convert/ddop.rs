//! The ddop bakery chain: daily quantities of 35 shops and three products.

use super::Options;
use super::catalog::{
    CalendarEntry, Catalog, Category, Organization, Product, Promotion, Store, WeatherDay,
    join_days,
};
use super::tickets::{self, CLOSES_AT_MINUTE, Daily, OPENS_AT_MINUTE};
use anyhow::{Context, Result, bail};
use chrono::{Datelike, NaiveDate};
use flate2::read::GzDecoder;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::{BufReader, BufWriter, Read, Write};
use std::path::Path;

const TIME_ZONE: &str = "Europe/Berlin";

/// What the data set does not tell and a bakery must know: sku, name, price, cost, salvage (euro cents), pieces a tray.
const PRODUCTS: [(&str, &str, &str, i64, i64, i64, u32); 3] = [
    ("roll", "Roll", "Rolls", 45, 14, 3, 40),
    ("seeded_roll", "Seeded roll", "Rolls", 75, 26, 5, 30),
    ("pretzel", "Pretzel", "Pretzels", 85, 28, 5, 24),
];

#[derive(Debug, Deserialize)]
struct SaleRow {
    date: NaiveDate,
    store_id: String,
    product_id: String,
    /// A few days hold fractions; they become whole pieces, halves upwards.
    #[serde(deserialize_with = "whole_pieces")]
    quantity: i64,
    promotion: Option<u8>,
}

fn whole_pieces<'de, D: serde::Deserializer<'de>>(input: D) -> Result<i64, D::Error> {
    let quantity = f64::deserialize(input)?;
    if quantity.is_finite() && quantity.abs() < 1e9 {
        Ok((quantity + 0.5).floor() as i64)
    } else {
        Err(serde::de::Error::custom(format!(
            "{quantity} is no quantity"
        )))
    }
}

#[derive(Debug, Deserialize)]
struct CalendarRow {
    date: NaiveDate,
    store_id: String,
    kind: String,
    name: String,
}

#[derive(Debug, Deserialize)]
struct WeatherRow {
    date: NaiveDate,
    store_id: String,
    temperature_c: Option<f64>,
    precipitation_mm: Option<f64>,
}

/// The three files of the data set.
#[derive(Debug, Default)]
struct DataSet {
    sales: Vec<SaleRow>,
    calendar: Vec<CalendarRow>,
    weather: Vec<WeatherRow>,
}

fn rows<T: serde::de::DeserializeOwned>(input: impl Read, name: &str) -> Result<Vec<T>> {
    csv::Reader::from_reader(input)
        .into_deserialize()
        .enumerate()
        .map(|(index, row)| row.with_context(|| format!("{name}, row {}", index + 2)))
        .collect()
}

impl DataSet {
    fn read(folder: &Path) -> Result<Self> {
        let open = |name: &str| {
            let path = folder.join(name);
            File::open(&path)
                .map(BufReader::new)
                .with_context(|| format!("cannot open {}", path.display()))
        };
        Ok(Self {
            sales: rows(GzDecoder::new(open("sales.csv.gz")?), "sales.csv.gz")?,
            calendar: rows(open("calendar.csv")?, "calendar.csv")?,
            weather: rows(open("weather.csv")?, "weather.csv")?,
        })
    }
}

/// Runs of promotion days. A run goes on over one closed day.
fn promotions(sales: &[SaleRow]) -> Vec<Promotion> {
    let days: BTreeSet<NaiveDate> = sales
        .iter()
        .filter(|row| row.promotion == Some(1))
        .map(|row| row.date)
        .collect();
    let mut runs: Vec<Promotion> = Vec::new();
    for day in days {
        match runs.last_mut() {
            Some(run) if (day - run.ends_on).num_days() <= 2 => run.ends_on = day,
            _ => runs.push(Promotion {
                code: format!("PROMO-{}", day.format("%Y%m%d")),
                name: "Promotion",
                discount_bp: 0,
                starts_on: day,
                ends_on: day,
            }),
        }
    }
    runs
}

/// `45` as `0.45`.
fn money(minor: i64) -> String {
    format!("{}.{:02}", minor / 100, minor % 100)
}

fn price(sku: &str) -> Result<i64> {
    PRODUCTS
        .iter()
        .find(|product| product.0 == sku)
        .map(|product| product.3)
        .with_context(|| format!("the product {sku:?} has no price"))
}

/// Writes the tickets in the columns of the import template; returns how many lines.
fn write_tickets(data: &DataSet, options: &Options, output: impl Write) -> Result<u64> {
    let runs = promotions(&data.sales);
    let wanted = |row: &&SaleRow| {
        options.from.is_none_or(|from| row.date >= from)
            && options.to.is_none_or(|to| row.date <= to)
            && (options.store.is_empty() || options.store.contains(&row.store_id))
    };
    let mut days: BTreeMap<(NaiveDate, &str), Vec<Daily<'_>>> = BTreeMap::new();
    for row in data.sales.iter().filter(wanted) {
        if row.quantity < 0 {
            bail!(
                "{} {} {}: the quantity {} is negative",
                row.date,
                row.store_id,
                row.product_id,
                row.quantity
            );
        }
        let run = runs
            .iter()
            .find(|run| (run.starts_on..=run.ends_on).contains(&row.date));
        days.entry((row.date, &row.store_id))
            .or_default()
            .push(Daily {
                product: &row.product_id,
                quantity: row.quantity,
                promotion: run
                    .filter(|_| row.promotion == Some(1))
                    .map(|run| run.code.as_str()),
            });
    }
    if days.is_empty() {
        bail!("the data set has no sales for these days and shops");
    }
    let mut file = csv::Writer::from_writer(output);
    file.write_record([
        "transaction_id",
        "timestamp",
        "store_id",
        "product_id",
        "quantity_sold",
        "price_unit",
        "total_amount",
        "promotion_applied_id",
    ])?;
    let mut lines = 0;
    for ((date, store), day) in days {
        for line in tickets::spread(store, date, &day) {
            let price = price(&line.product)?;
            file.write_record([
                line.transaction.as_str(),
                &line.at.format("%Y-%m-%dT%H:%M:%S").to_string(),
                store,
                &line.product,
                &line.quantity.to_string(),
                &money(price),
                &money(price * line.quantity),
                line.promotion.as_deref().unwrap_or(""),
            ])?;
            lines += 1;
        }
    }
    file.flush()?;
    Ok(lines)
}

/// Weekdays on which a shop trades: those with at least a tenth of the trading days of its busiest weekday, so that a
/// single Sunday before Christmas does not count.
fn opening_days(dates: &BTreeSet<NaiveDate>) -> u8 {
    let mut counts = [0_usize; 7];
    for date in dates {
        counts[date.weekday().num_days_from_monday() as usize] += 1;
    }
    let most = counts.iter().copied().max().unwrap_or(0);
    counts
        .iter()
        .enumerate()
        .filter(|(_, count)| **count * 10 >= most.max(1))
        .fold(0, |bits, (day, _)| bits | 1 << day)
}

fn tenths(value: Option<f64>) -> Option<i64> {
    value.map(|value| (value * 10.0).round() as i64)
}

fn catalog(data: &DataSet, options: &Options) -> Catalog {
    let mut traded: BTreeMap<&str, BTreeSet<NaiveDate>> = BTreeMap::new();
    let mut introduced: BTreeMap<&str, NaiveDate> = BTreeMap::new();
    for row in &data.sales {
        traded.entry(&row.store_id).or_default().insert(row.date);
        let first = introduced.entry(&row.product_id).or_insert(row.date);
        *first = row.date.min(*first);
    }
    let wanted = |store: &str| {
        store.is_empty()
            || options.store.is_empty()
            || options.store.iter().any(|code| code == store)
    };
    let scope = |store: &str| (!store.is_empty()).then(|| store.to_owned());
    Catalog {
        organization: Organization {
            slug: "ddop",
            name: "Bäckerei ddop",
            currency: "EUR",
            language: "en",
            time_zone: TIME_ZONE,
        },
        stores: traded
            .iter()
            .filter(|(code, _)| wanted(code))
            .map(|(code, dates)| Store {
                code: (*code).to_owned(),
                name: format!("Shop {}", code.trim_start_matches("store_")),
                kind: "shop",
                city: "",
                region: "DE",
                time_zone: TIME_ZONE,
                opening_days: opening_days(dates),
                opens_at_minute: OPENS_AT_MINUTE,
                closes_at_minute: CLOSES_AT_MINUTE,
            })
            .collect(),
        categories: vec![
            Category {
                name: "Rolls",
                position: 1,
            },
            Category {
                name: "Pretzels",
                position: 2,
            },
        ],
        products: PRODUCTS
            .iter()
            .map(
                |(sku, name, category, price, cost, salvage, tray)| Product {
                    sku: (*sku).to_owned(),
                    name,
                    category,
                    unit: "piece",
                    price_minor: *price,
                    unit_cost_minor: *cost,
                    salvage_minor: *salvage,
                    shelf_life_days: 1,
                    tray_size: *tray,
                    lead_time_days: 0,
                    policy: "newsvendor",
                    allergens: vec!["gluten"],
                    introduced_on: introduced.get(sku).copied(),
                },
            )
            .collect(),
        promotions: promotions(&data.sales),
        calendar: join_days(
            data.calendar
                .iter()
                .filter(|row| wanted(&row.store_id))
                .map(|row| CalendarEntry {
                    store: scope(&row.store_id),
                    kind: row.kind.clone(),
                    name: row.name.clone(),
                    starts_on: row.date,
                    ends_on: row.date,
                })
                .collect(),
        ),
        // Measured weather: what lies after the last day of the tickets is not known yet.
        weather: data
            .weather
            .iter()
            .filter(|row| wanted(&row.store_id) && options.to.is_none_or(|to| row.date <= to))
            .map(|row| WeatherDay {
                store: scope(&row.store_id),
                date: row.date,
                temperature_c_x10: tenths(row.temperature_c),
                precipitation_mm_x10: tenths(row.precipitation_mm),
                is_forecast: false,
            })
            .collect(),
    }
}

/// Reads the data set and writes what was asked for.
///
/// # Errors
/// When a file is missing or not as documented, or nothing was asked for.
pub fn convert(options: &Options) -> Result<()> {
    if options.out.is_none() && options.catalog.is_none() {
        bail!(
            "say what to write: --out FILE for the tickets, --catalog FILE for shops and products"
        );
    }
    let data = DataSet::read(&options.input)?;
    let create = |path: &Path| {
        File::create(path)
            .map(BufWriter::new)
            .with_context(|| format!("cannot write {}", path.display()))
    };
    if let Some(path) = &options.catalog {
        let mut file = create(path)?;
        let catalog = catalog(&data, options);
        serde_json::to_writer_pretty(&mut file, &catalog)?;
        file.flush()?;
        println!(
            "{}: {} shops, {} products",
            path.display(),
            catalog.stores.len(),
            catalog.products.len()
        );
    }
    if let Some(path) = &options.out {
        let lines = write_tickets(&data, options, create(path)?)?;
        println!("{}: {lines} ticket lines", path.display());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const SALES: &str = "date,store_id,product_id,quantity,promotion\n\
        2016-01-02,store_01,pretzel,28,\n\
        2016-01-02,store_01,roll,130,1\n\
        2016-01-04,store_01,roll,89.5,1\n\
        2016-01-04,store_02,roll,0,1\n\
        2016-01-09,store_01,roll,110,1\n";

    fn data() -> DataSet {
        DataSet {
            sales: rows(SALES.as_bytes(), "sales").unwrap(),
            calendar: rows(
                "date,store_id,kind,name\n2016-01-03,store_01,closure,closed\n2016-01-06,,public_holiday,Epiphany\n"
                    .as_bytes(),
                "calendar",
            )
            .unwrap(),
            weather: rows(
                "date,store_id,temperature_c,precipitation_mm\n2016-01-02,,-4.25,2.3\n2016-01-09,,,0\n".as_bytes(),
                "weather",
            )
            .unwrap(),
        }
    }

    fn options(from: Option<&str>, to: Option<&str>) -> Options {
        let date = |text: &str| text.parse().unwrap();
        Options {
            input: "unused".into(),
            out: None,
            catalog: None,
            from: from.map(date),
            to: to.map(date),
            store: Vec::new(),
        }
    }

    fn written(options: &Options) -> Vec<BTreeMap<String, String>> {
        let mut output = Vec::new();
        let lines = write_tickets(&data(), options, &mut output).unwrap();
        let rows: Vec<_> = csv::Reader::from_reader(output.as_slice())
            .into_deserialize()
            .map(Result::unwrap)
            .collect();
        assert_eq!(rows.len() as u64, lines);
        rows
    }

    #[test]
    fn tickets_sum_to_the_daily_quantity_and_to_the_cent() {
        let rows = written(&options(None, None));
        let mut sums: BTreeMap<(String, String, String), i64> = BTreeMap::new();
        for row in &rows {
            let quantity: i64 = row["quantity_sold"].parse().unwrap();
            let cents = |column: &str| row[column].replace('.', "").parse::<i64>().unwrap();
            assert_eq!(cents("total_amount"), cents("price_unit") * quantity);
            let day = row["timestamp"][..10].to_owned();
            *sums
                .entry((day, row["store_id"].clone(), row["product_id"].clone()))
                .or_default() += quantity;
        }
        let key =
            |day: &str, product: &str| (day.to_owned(), "store_01".to_owned(), product.to_owned());
        let expected = [
            (key("2016-01-02", "pretzel"), 28),
            (key("2016-01-02", "roll"), 130),
            (key("2016-01-04", "roll"), 90),
            (key("2016-01-09", "roll"), 110),
        ];
        assert_eq!(sums.into_iter().collect::<Vec<_>>(), expected);
    }

    #[test]
    fn promotions_are_runs_with_a_code_each_that_the_tickets_name() {
        let codes: Vec<_> = promotions(&data().sales)
            .into_iter()
            .map(|run| (run.code, run.ends_on.to_string()))
            .collect();
        assert_eq!(
            codes,
            [
                ("PROMO-20160102".to_owned(), "2016-01-04".to_owned()),
                ("PROMO-20160109".to_owned(), "2016-01-09".to_owned())
            ]
        );
        for row in written(&options(None, None)) {
            assert_eq!(
                row["promotion_applied_id"].is_empty(),
                row["product_id"] == "pretzel"
            );
        }
    }

    #[test]
    fn days_can_be_chosen_and_an_empty_choice_is_refused() {
        let rows = written(&options(Some("2016-01-03"), Some("2016-01-04")));
        assert!(
            rows.iter()
                .all(|row| row["timestamp"].starts_with("2016-01-04T"))
        );
        assert!(write_tickets(&data(), &options(Some("2020-01-01"), None), Vec::new()).is_err());
    }

    #[test]
    fn the_catalog_holds_integers_and_no_weather_of_the_future() {
        let catalog = catalog(&data(), &options(None, Some("2016-01-05")));
        assert_eq!(catalog.stores.len(), 2);
        assert_eq!(catalog.weather.len(), 1);
        assert_eq!(catalog.weather[0].temperature_c_x10, Some(-43));
        assert_eq!(catalog.calendar.len(), 2);
        assert_eq!(
            catalog.products[0].introduced_on,
            Some("2016-01-02".parse().unwrap())
        );
        let json = serde_json::to_value(&catalog).unwrap();
        assert_eq!(json["products"][2]["price_minor"], 85);
        assert!(json["calendar"][0].get("store").is_none());
    }

    #[test]
    fn a_rare_weekday_is_no_opening_day() {
        let start: NaiveDate = "2016-01-04".parse().unwrap();
        let mut dates: BTreeSet<NaiveDate> = start
            .iter_days()
            .take(7 * 20)
            .filter(|date| date.weekday() != chrono::Weekday::Sun)
            .collect();
        dates.insert("2016-01-10".parse().unwrap());
        assert_eq!(opening_days(&dates), 0b011_1111);
    }
}
