//! `cargo xtask known-set`: a simulated bakery chain as a data set folder, with the demand that its sales hide beside it.
//!
//! A forecaster reads the folder as it reads any other (`ingest::dataset_folder`); `truth.csv` is for its judge alone
//! (`cargo xtask truth`): what customers wanted on each row's day, and whether the shelf really ran empty.
//!
//! What a row says is known on its own day. The marks of `--marks found` come from the product's rule for sold-out days, which
//! judges days in blocks (the first six weeks together, then week by week) and lets the days of a block teach each other
//! where too little came before. Judged in one go up to its end, a chain could therefore let days after a cutoff change marks
//! before it. So the chain is judged once for each cutoff, up to that cutoff and no further, and a row carries the mark that it
//! had on the first cutoff after it: in the product, too, a mark once made stands.

use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use clap::{Args, ValueEnum};
use domain::CalendarKind;
use domain::panel::HORIZON_DAYS;
use serde::Serialize;
use simulate::{Censoring, Chain, ChainConfig, KnownPanel, panel};
use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Name of the file with the true demand.
pub const TRUTH: &str = "truth.csv";
/// Days from one cutoff to the next: windows do not overlap, and their first days fall on different weekdays.
const STEP: u64 = 29;
/// Days of history that the first cutoff has at least: eight weeks.
const LEAST_HISTORY: u64 = 56;
/// Days for which a new store has been open at the first cutoff that knows it.
const NEW_STORE_DAYS: u64 = 14;

/// Who says on which days a shelf ran empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Marks {
    /// The truth.
    Told,
    /// The product's own rule, from the tickets alone.
    Found,
    /// Nobody: no day is marked.
    None,
}

/// Which chain. The same options give the same files, byte for byte.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder to write into.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Shops.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=200))]
    pub stores: u32,
    /// Products of the assortment.
    #[arg(long, value_name = "N", default_value_t = 45, value_parser = clap::value_parser!(u32).range(1..=500))]
    pub products: u32,
    /// Days of sales, the windows included.
    #[arg(long, value_name = "N", default_value_t = 800, value_parser = clap::value_parser!(u32).range(1..=4_000))]
    pub days: u32,
    /// Another seed is another chain.
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub seed: u64,
    /// Cutoffs, 29 days apart; the last lies 28 days before the last day.
    #[arg(long, value_name = "N", default_value_t = 6, value_parser = clap::value_parser!(u32).range(1..=50))]
    pub windows: u32,
    /// Last day of the sales; a fixed one unless named, so that the files do not depend on the day on which they are made.
    #[arg(long, value_name = "DATE", default_value = "2026-06-30")]
    pub until: NaiveDate,
    /// Who says on which days a shelf ran empty.
    #[arg(long, value_enum, default_value_t = Marks::Told)]
    pub marks: Marks,
    /// So many shops, the last ones, open only 14 days before the first, third, fifth ... cutoff. The rule of `--marks found` still
    /// knows their tickets of before.
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub new_stores: u32,
}

impl Options {
    /// Ascending.
    fn cutoffs(&self) -> Vec<NaiveDate> {
        let last = self.until - Days::new(HORIZON_DAYS as u64);
        (0..u64::from(self.windows))
            .rev()
            .map(|back| last - Days::new(STEP * back))
            .collect()
    }

    /// First day of each shop, where it is not the chain's.
    fn openings(&self, cutoffs: &[NaiveDate]) -> Vec<Option<NaiveDate>> {
        let new = self.new_stores as usize;
        let old = (self.stores as usize).saturating_sub(new);
        let opening = |number: usize| {
            let cutoff = cutoffs.get(2 * number).or(cutoffs.last())?;
            Some(*cutoff - Days::new(NEW_STORE_DAYS))
        };
        let news = (0..new).map(opening);
        std::iter::repeat_n(None, old).chain(news).collect()
    }
}

/// The command.
///
/// # Errors
/// When the history is too short for the windows, and when the folder cannot be written.
pub fn run(options: &Options) -> Result<ExitCode> {
    let rows = write(options)?;
    println!(
        "{rows} rows until {} in {}",
        options.until,
        options.out.display()
    );
    Ok(ExitCode::SUCCESS)
}

/// Writes the folder and says how many rows its sales have.
///
/// # Errors
/// As [`run`].
pub fn write(options: &Options) -> Result<usize> {
    let least = LEAST_HISTORY + STEP * u64::from(options.windows - 1) + HORIZON_DAYS as u64;
    ensure!(
        u64::from(options.days) >= least,
        "{} windows need {least} days of sales, eight weeks before the first cutoff included; --days says {}",
        options.windows,
        options.days
    );
    ensure!(
        options.new_stores < options.stores,
        "of {} shops {} cannot be new: one must be old",
        options.stores,
        options.new_stores
    );
    let chain = Chain::new(ChainConfig {
        shops: options.stores as usize,
        products: options.products as usize,
        days: options.days,
        ..ChainConfig::new(options.seed, options.until)
    });
    let cutoffs = options.cutoffs();
    let out = &options.out;
    std::fs::create_dir_all(out).with_context(|| format!("cannot make {}", out.display()))?;
    describe(options, &cutoffs)?;
    // The censored days of this one are the truth.
    let known = panel(&chain, options.until, Censoring::Told);
    let marked = (options.marks == Marks::Found).then(|| found(&chain, &cutoffs, options.until));
    let rows = sales(
        options,
        &known,
        &options.openings(&cutoffs),
        marked.as_ref(),
    )?;
    surroundings(out, &known)?;
    products(out, &chain, cutoffs[0])?;
    Ok(rows)
}

/// Store, product and day of a row; the first two as indices of the chain.
type Shelf = (usize, usize, NaiveDate);

/// Rows of which the product's rule says that the shelf ran empty: of each row, what it said on the first cutoff after it.
fn found(chain: &Chain, cutoffs: &[NaiveDate], until: NaiveDate) -> HashSet<Shelf> {
    let mut marked = HashSet::new();
    let mut judged_until = NaiveDate::MIN;
    for &knows_until in cutoffs.iter().chain([&until]) {
        let known = panel(chain, knows_until, Censoring::Found);
        for series in &known.panel.series {
            let news = series.days.iter().filter(|day| day.date > judged_until);
            marked.extend(
                news.filter(|day| day.censored)
                    .map(|day| (series.store, series.product, day.date)),
            );
        }
        judged_until = knows_until;
    }
    marked
}

/// `dataset.toml`.
#[derive(Serialize)]
struct Description {
    title: String,
    source: String,
    unit: &'static str,
    horizon: usize,
    cutoffs: Vec<String>,
    min_history_days: i64,
    active_days: i64,
}

fn describe(options: &Options, cutoffs: &[NaiveDate]) -> Result<()> {
    let marks = match options.marks {
        Marks::Told => "sold-out days marked truly",
        Marks::Found => "sold-out days marked by rule",
        Marks::None => "no day marked",
    };
    let news = match options.new_stores {
        0 => String::new(),
        new => format!(", {new} of them new"),
    };
    let description = Description {
        title: format!(
            "Simulated chain {}: {} shops{news}, {} products, {} days; {marks}",
            options.seed, options.stores, options.products, options.days
        ),
        source: "Hornada's simulator (cargo xtask known-set); true demand in truth.csv".to_owned(),
        unit: "pieces",
        horizon: HORIZON_DAYS,
        cutoffs: cutoffs.iter().map(NaiveDate::to_string).collect(),
        min_history_days: 0,
        active_days: 0,
    };
    let path = options.out.join("dataset.toml");
    std::fs::write(&path, toml::to_string(&description)?)
        .with_context(|| format!("cannot write {}", path.display()))
}

type Table = csv::Writer<std::fs::File>;

fn table(out: &Path, name: &str, head: &[&str]) -> Result<Table> {
    let path = out.join(name);
    let mut table = csv::Writer::from_path(&path)
        .with_context(|| format!("cannot write {}", path.display()))?;
    table.write_record(head)?;
    Ok(table)
}

const fn digit(flag: bool) -> &'static str {
    if flag { "1" } else { "0" }
}

/// `sales.csv`, and `truth.csv` row by row beside it.
fn sales(
    options: &Options,
    known: &KnownPanel,
    openings: &[Option<NaiveDate>],
    found: Option<&HashSet<Shelf>>,
) -> Result<usize> {
    let key = ["date", "store_id", "product_id"];
    let seen = ["quantity", "unit_price", "promotion", "sold_out"];
    let hidden = ["demand", "sold_out", "promotion"];
    let mut sales = table(&options.out, "sales.csv", &[&key[..], &seen].concat())?;
    let mut truth = table(&options.out, TRUTH, &[&key[..], &hidden].concat())?;
    let mut rows = 0;
    for (series, demand) in known.panel.series.iter().zip(&known.demand) {
        let store = known.panel.stores[series.store].id.as_str();
        let product = known.panel.products[series.product].id.as_str();
        for (day, demand) in series.days.iter().zip(demand) {
            if openings[series.store].is_some_and(|opens| day.date < opens) {
                continue;
            }
            let mark = match (options.marks, found) {
                (Marks::None, _) => "",
                (Marks::Found, Some(found)) => {
                    digit(found.contains(&(series.store, series.product, day.date)))
                }
                _ => digit(day.censored),
            };
            let date = day.date.to_string();
            let price = day
                .price
                .map_or(String::new(), |price| format!("{price:.2}"));
            let promotion = day.promotion.map_or("", digit);
            let quantity = day.quantity.to_string();
            sales.write_record([
                date.as_str(),
                store,
                product,
                &quantity,
                &price,
                promotion,
                mark,
            ])?;
            let demand = demand.to_string();
            let empty = digit(day.censored);
            truth.write_record([date.as_str(), store, product, &demand, empty, promotion])?;
            rows += 1;
        }
    }
    sales.flush()?;
    truth.flush()?;
    Ok(rows)
}

/// `calendar.csv` and `weather.csv`.
fn surroundings(out: &Path, known: &KnownPanel) -> Result<()> {
    let of = |store: Option<usize>| store.map_or("", |at| known.panel.stores[at].id.as_str());
    let mut days = table(out, "calendar.csv", &["date", "store_id", "kind", "name"])?;
    for day in &known.panel.calendar {
        // The central kitchen sells nothing.
        if day.store.is_some_and(|at| at >= known.panel.stores.len()) {
            continue;
        }
        let kind = match day.kind {
            CalendarKind::PublicHoliday => "public_holiday",
            CalendarKind::SchoolHoliday => "school_holiday",
            CalendarKind::Event => "event",
            CalendarKind::Closure => "closure",
        };
        days.write_record([&day.date.to_string(), of(day.store), kind, &day.name])?;
    }
    days.flush()?;
    let head = ["date", "store_id", "temperature_c", "precipitation_mm"];
    let mut days = table(out, "weather.csv", &head)?;
    // Measured days alone: what was foreseen for the days after the last is of no use to anybody.
    let measured = known.panel.weather.iter();
    for day in measured.filter(|day| day.date <= known.panel.last_date) {
        if day.store.is_some_and(|at| at >= known.panel.stores.len()) {
            continue;
        }
        let tenth = |value: Option<f64>| value.map_or(String::new(), |value| format!("{value:.1}"));
        days.write_record([
            &day.date.to_string(),
            of(day.store),
            &tenth(day.temperature_c),
            &tenth(day.precipitation_mm),
        ])?;
    }
    days.flush()?;
    Ok(())
}

/// `products.csv`, with the list prices of the first cutoff: those of the end would tell of price rises to come.
fn products(out: &Path, chain: &Chain, first_cutoff: NaiveDate) -> Result<()> {
    let mut table = table(
        out,
        "products.csv",
        &["product_id", "category", "list_price"],
    )?;
    for (index, product) in chain.products().iter().enumerate() {
        let minor = chain.list_price_minor(index, first_cutoff);
        table.write_record([
            product.sku.as_str(),
            &chain.categories()[product.category],
            &format!("{}.{:02}", minor / 100, minor % 100),
        ])?;
    }
    table.flush()?;
    Ok(())
}

#[cfg(test)]
mod tests;
