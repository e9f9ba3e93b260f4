//! `cargo xtask simulate`: a simulated bakery chain as the two files that `hornada setup` and `hornada import` read.

use ::simulate::{Chain, ChainConfig, SimulatedDay};
use anyhow::{Context, Result};
use chrono::{Days, Local, NaiveDate};
use clap::Args;
use serde_json::{Value, json};
use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Name of the catalog in the output folder.
pub const CATALOG: &str = "catalog.json";
/// Name of the tickets in the output folder.
pub const TICKETS: &str = "tickets.csv";

/// Which chain. The same options give the same files, byte for byte.
#[derive(Debug, Args)]
pub struct Options {
    /// Shops besides the central kitchen.
    #[arg(long, value_name = "N", default_value_t = 6, alias = "shops", value_parser = clap::value_parser!(u32).range(1..=200))]
    stores: u32,
    /// Products of the assortment.
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=500))]
    products: u32,
    /// Days of history.
    #[arg(long, value_name = "N", default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..=2_000))]
    days: u32,
    /// Another seed is another chain.
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Last day of the tickets [default: yesterday].
    #[arg(long, value_name = "DATE")]
    until: Option<NaiveDate>,
    /// Stop after so many ticket lines.
    #[arg(long, value_name = "N")]
    lines: Option<u64>,
    /// Folder to write `catalog.json` and `tickets.csv` into.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
}

/// What was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Written {
    /// Ticket lines, without the heading.
    pub lines: u64,
    /// Size of the tickets.
    pub bytes: u64,
    /// Day of the last line.
    pub last: NaiveDate,
}

/// The command.
///
/// # Errors
/// When the folder cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let yesterday = Local::now().date_naive() - Days::new(1);
    let mut config = ChainConfig::new(options.seed, options.until.unwrap_or(yesterday));
    config.shops = options.stores as usize;
    config.products = options.products as usize;
    config.days = options.days;
    let written = write(config, options.lines, &options.out)?;
    println!(
        "{} ticket lines from {} to {} in {}; catalog in {}",
        written.lines,
        config.start_date(),
        written.last,
        options.out.join(TICKETS).display(),
        options.out.join(CATALOG).display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes catalog and tickets of a chain into a folder, at most so many ticket lines.
///
/// # Errors
/// When the folder cannot be written.
pub fn write(config: ChainConfig, most_lines: Option<u64>, out: &Path) -> Result<Written> {
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    let create = |name: &str| {
        let file = out.join(name);
        File::create(&file)
            .map(BufWriter::new)
            .with_context(|| format!("cannot write {}", file.display()))
    };
    let chain = Chain::new(config);
    let mut file = create(CATALOG)?;
    serde_json::to_writer(&mut file, &catalog(&chain))?;
    file.flush()?;
    let (lines, last) = tickets(&chain, most_lines.unwrap_or(u64::MAX), create(TICKETS)?)?;
    Ok(Written {
        lines,
        bytes: std::fs::metadata(out.join(TICKETS))?.len(),
        last,
    })
}

/// Tickets in the columns of the import template, by day, shop and time.
fn tickets(chain: &Chain, most: u64, out: impl Write) -> Result<(u64, NaiveDate)> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record([
        "transaction_id",
        "timestamp",
        "store_id",
        "product_id",
        "quantity_sold",
        "price_unit",
        "total_amount",
        "promotion_applied_id",
    ])?;
    let (mut lines, mut last) = (0, chain.start_date());
    for day in chain.simulate() {
        if lines == most {
            break;
        }
        last = day.date;
        lines += of_day(chain, &day, most - lines, &mut csv)?;
    }
    csv.flush()?;
    Ok((lines, last))
}

fn of_day(
    chain: &Chain,
    day: &SimulatedDay,
    most: u64,
    csv: &mut csv::Writer<impl Write>,
) -> Result<u64> {
    let store = chain.stores()[day.store].code.as_str();
    let money = |minor: i64| format!("{}.{:02}", minor / 100, minor % 100);
    let mut written = 0;
    for ticket in chain.tickets(day) {
        let at = ticket.sold_at.format("%Y-%m-%dT%H:%M:%S").to_string();
        for line in &ticket.lines {
            if written == most {
                return Ok(written);
            }
            csv.write_record([
                ticket.transaction_id.as_str(),
                &at,
                store,
                &chain.products()[line.product].sku,
                &line.quantity.to_string(),
                &money(line.unit_price_minor),
                &money(line.quantity * line.unit_price_minor),
                line.promotion
                    .map_or("", |index| &chain.promotions()[index].code),
            ])?;
            written += 1;
        }
    }
    Ok(written)
}

/// The catalog as `docs/catalog.md` describes it.
fn catalog(chain: &Chain) -> Value {
    let code = |index: usize| chain.stores()[index].code.as_str();
    let category = |index: usize| chain.categories()[index].as_str();
    let weather: Vec<Value> = chain
        .start_date()
        .iter_days()
        .take_while(|day| *day <= chain.config().end_date)
        .flat_map(|day| chain.weather(day))
        .chain(chain.forecast_weather(chain.config().end_date))
        .map(|day| {
            json!({
                "store": code(day.store), "date": day.date, "temperature_c_x10": day.temperature_c_x10,
                "precipitation_mm_x10": day.precipitation_mm_x10, "is_forecast": day.is_forecast,
            })
        })
        .collect();
    let stores: Vec<Value> = chain.stores().iter().map(|store| json!({
        "code": store.code, "name": store.name, "kind": store.kind, "city": store.city, "region": store.region,
        "time_zone": store.time_zone, "latitude_e6": store.latitude_e6, "longitude_e6": store.longitude_e6,
        "opening_days": store.opening_days, "opens_at_minute": store.opens_at_minute,
        "closes_at_minute": store.closes_at_minute, "kitchen": store.kitchen.map(code),
    })).collect();
    let products: Vec<Value> = chain.products().iter().enumerate().map(|(index, product)| json!({
        "sku": product.sku, "name": product.name, "category": category(product.category), "unit": product.unit,
        "price_minor": product.price_minor, "unit_cost_minor": product.unit_cost_minor,
        "salvage_minor": product.salvage_minor, "shelf_life_days": product.shelf_life_days,
        "tray_size": product.tray_size, "lead_time_days": product.lead_time_days, "policy": product.policy,
        "service_level_bp": product.service_level_bp, "allergens": product.allergens,
        "introduced_on": product.introduced_on, "discontinued_on": product.discontinued_on,
        "stores": (0..chain.shop_count()).filter(|shop| chain.listed(*shop, index)).map(code).collect::<Vec<_>>(),
    })).collect();
    let promotions: Vec<Value> = chain
        .promotions()
        .iter()
        .map(|offer| {
            json!({
                "code": offer.code, "name": offer.name, "store": offer.store.map(code),
                "product": offer.product.map(|index| chain.products()[index].sku.as_str()),
                "category": offer.category.map(category), "discount_bp": offer.discount_bp,
                "starts_on": offer.starts_on, "ends_on": offer.ends_on,
            })
        })
        .collect();
    let calendar: Vec<Value> = chain
        .calendar()
        .iter()
        .map(|entry| {
            json!({
                "store": entry.store.map(code), "kind": entry.kind, "name": entry.name,
                "starts_on": entry.starts_on, "ends_on": entry.ends_on,
            })
        })
        .collect();
    json!({
        "organization": {
            "slug": "simulated", "name": "Panadería simulada", "currency": "EUR", "language": "es",
            "time_zone": "Europe/Madrid",
        },
        "stores": stores,
        "categories": chain.categories().iter().map(|name| json!({ "name": name })).collect::<Vec<_>>(),
        "products": products,
        "promotions": promotions,
        "calendar": calendar,
        "weather": weather,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config() -> ChainConfig {
        let mut config = ChainConfig::new(7, NaiveDate::from_ymd_opt(2026, 3, 31).unwrap());
        (config.shops, config.products, config.days) = (2, 10, 5);
        config
    }

    #[test]
    fn the_same_chain_is_written_alike_and_no_longer_than_asked() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let whole = write(config(), None, one.path()).unwrap();
        let part = write(config(), Some(100), two.path()).unwrap();
        assert!(whole.lines > 100, "{whole:?}");
        assert_eq!(part.lines, 100);
        let read = |folder: &Path, name| std::fs::read_to_string(folder.join(name)).unwrap();
        let (all, first) = (read(one.path(), TICKETS), read(two.path(), TICKETS));
        assert!(all.starts_with(&first));
        assert_eq!(first.lines().count(), 101);
        assert_eq!(read(one.path(), CATALOG), read(two.path(), CATALOG));
    }

    #[test]
    fn tickets_name_what_the_catalog_holds_and_their_totals_fit() {
        let folder = tempfile::tempdir().unwrap();
        write(config(), None, folder.path()).unwrap();
        let catalog: Value =
            serde_json::from_reader(File::open(folder.path().join(CATALOG)).unwrap()).unwrap();
        let names = |list: &str, field: &str| -> Vec<String> {
            let list = catalog[list].as_array().unwrap();
            list.iter()
                .map(|entry| entry[field].as_str().unwrap().to_owned())
                .collect()
        };
        let (stores, products) = (names("stores", "code"), names("products", "sku"));
        let mut csv = csv::Reader::from_path(folder.path().join(TICKETS)).unwrap();
        let cents = |text: &str| text.replace('.', "").parse::<i64>().unwrap();
        for row in csv.records() {
            let row = row.unwrap();
            assert!(stores.iter().any(|code| code == &row[2]), "{row:?}");
            assert!(products.iter().any(|sku| sku == &row[3]), "{row:?}");
            let quantity: i64 = row[4].parse().unwrap();
            assert_eq!(quantity * cents(&row[5]), cents(&row[6]), "{row:?}");
        }
    }
}
