//! Reads folders of known demand and forecasts of them.

use super::rank::Quantiles;
use super::score::{Case, baseline};
use crate::judged::LEVELS;
use crate::known_set::TRUTH;
use anyhow::{Context, Result, bail, ensure};
use chrono::NaiveDate;
use domain::panel::{HORIZON_DAYS, PanelDay};
use ingest::dataset_folder::{Dataset, Table};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};
use std::path::Path;

/// Mean true demand a day from which a series counts as dense.
const DENSE: f64 = 10.0;
/// A store whose first row comes so many days after the chain's is a new one.
const NEW_STORE_DAYS: i64 = 28;

/// A folder of known demand and every forecast of it.
#[derive(Debug)]
pub struct Set {
    pub name: String,
    pub title: String,
    pub cutoffs: usize,
    pub series: usize,
    /// By product, as in [`Case::product`]; empty where unknown.
    pub categories: Vec<String>,
    pub seeds: Vec<String>,
    /// Of all seeds, by seed and then in the order of the keys.
    pub cases: Vec<Case>,
}

/// What is true of a row.
#[derive(Clone, Copy, Debug)]
struct True {
    demand: f64,
    ran_empty: bool,
    promoted: bool,
}

/// What is known of a folder, by series.
struct Known {
    dataset: Dataset,
    by_key: HashMap<(String, String), usize>,
    truth: Vec<HashMap<NaiveDate, True>>,
    dense: Vec<bool>,
    in_new_store: Vec<bool>,
}

/// Every set of a folder that has forecasts, by name, and the names of those that have none.
///
/// # Errors
/// The first fault of a folder or forecast, with file and line; a forecast without a folder.
pub fn sets(from: &Path) -> Result<(Vec<Set>, Vec<String>)> {
    let mut folders = BTreeSet::new();
    let mut files: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.join("dataset.toml").exists() {
            folders.insert(name.into_owned());
        } else if let Some((set, seed)) = named(&name) {
            files
                .entry(set.to_owned())
                .or_default()
                .insert(seed.to_owned());
        }
    }
    if let Some((set, seeds)) = files.iter().find(|(set, _)| !folders.contains(*set)) {
        let seed = seeds.first().map_or("", String::as_str);
        bail!("{set}.{seed}.csv forecasts {set}, but there is no folder {set}");
    }
    let mut read = Vec::new();
    let mut idle = Vec::new();
    for name in folders {
        match files.remove(&name) {
            Some(seeds) => read.push(set(from, &name, seeds, read.len())?),
            None => idle.push(name),
        }
    }
    Ok((read, idle))
}

/// Set and seed of `SET.SEED.csv` or `SET.SEED.csv.gz`.
fn named(file: &str) -> Option<(&str, &str)> {
    let stem = file
        .strip_suffix(".gz")
        .unwrap_or(file)
        .strip_suffix(".csv")?;
    let (set, seed) = stem.rsplit_once('.')?;
    (!seed.is_empty() && seed.bytes().all(|byte| byte.is_ascii_digit())).then_some((set, seed))
}

fn set(from: &Path, name: &str, seeds: BTreeSet<String>, number: usize) -> Result<Set> {
    let known = known(&from.join(name)).with_context(|| name.to_owned())?;
    let mut cases = Vec::new();
    for seed in &seeds {
        forecasts(
            from,
            &format!("{name}.{seed}.csv"),
            &known,
            number,
            &mut cases,
        )?;
    }
    let panel = &known.dataset.panel;
    Ok(Set {
        name: name.to_owned(),
        title: known.dataset.title.clone(),
        cutoffs: known.dataset.cutoffs.len(),
        series: panel.series.len(),
        categories: panel.products.iter().map(|p| p.category.clone()).collect(),
        seeds: seeds.into_iter().collect(),
        cases,
    })
}

fn known(folder: &Path) -> Result<Known> {
    let dataset = Dataset::read(folder)?;
    let panel = &dataset.panel;
    let by_key: HashMap<(String, String), usize> = panel
        .series
        .iter()
        .map(|one| {
            let (store, product) = (&panel.stores[one.store], &panel.products[one.product]);
            (store.id.clone(), product.id.clone())
        })
        .zip(0..)
        .collect();
    let truth = truth(folder, &dataset, &by_key)?;
    let dense = truth
        .iter()
        .map(|days| {
            let sum: f64 = days.values().map(|day| day.demand).sum();
            sum >= DENSE * days.len() as f64
        })
        .collect();
    let first = |store: Option<usize>| {
        let series = panel.series.iter();
        let series = series.filter(|one| store.is_none_or(|store| store == one.store));
        series.filter_map(|one| Some(one.days.first()?.date)).min()
    };
    let start = first(None);
    let is_new: Vec<bool> = (0..panel.stores.len())
        .map(|store| {
            let wait = first(Some(store)).zip(start).map(|(own, all)| own - all);
            wait.is_some_and(|wait| wait.num_days() >= NEW_STORE_DAYS)
        })
        .collect();
    Ok(Known {
        in_new_store: panel.series.iter().map(|one| is_new[one.store]).collect(),
        by_key,
        truth,
        dense,
        dataset,
    })
}

/// The row of a series on a day.
fn sale(days: &[PanelDay], date: NaiveDate) -> Option<&PanelDay> {
    let at = days.binary_search_by_key(&date, |day| day.date).ok()?;
    days.get(at)
}

fn truth(
    folder: &Path,
    dataset: &Dataset,
    by_key: &HashMap<(String, String), usize>,
) -> Result<Vec<HashMap<NaiveDate, True>>> {
    let mut table = Table::open(folder, TRUTH)?
        .with_context(|| format!("there is no {TRUTH}: `cargo xtask known-set` writes it"))?;
    let columns = (table.needed("date")?, table.needed("store_id")?);
    let (product, demand) = (table.needed("product_id")?, table.needed("demand")?);
    let flags = (table.needed("sold_out")?, table.needed("promotion")?);
    let mut truth = vec![HashMap::new(); dataset.panel.series.len()];
    while table.advance()? {
        let date = table.date(columns.0, "date")?;
        let key = (
            table.field(Some(columns.1)).to_owned(),
            table.field(Some(product)).to_owned(),
        );
        let sold = by_key.get(&key).and_then(|series| {
            let days = &dataset.panel.series[*series].days;
            Some((*series, sale(days, date)?.quantity))
        });
        let text = format!("{}, {}, {date}", key.0, key.1);
        let Some((series, sold)) = sold else {
            bail!(table.fault("date", &text, "has no row in sales.csv"));
        };
        let wanted = table
            .number(Some(demand), "demand")?
            .filter(|wanted| *wanted >= sold);
        let Some(wanted) = wanted else {
            let value = table.field(Some(demand));
            bail!(table.fault("demand", value, "is less than was sold"));
        };
        let row = True {
            demand: wanted,
            ran_empty: table.flag(Some(flags.0), "sold_out")? == Some(true),
            promoted: table.flag(Some(flags.1), "promotion")? == Some(true),
        };
        if truth[series].insert(date, row).is_some() {
            bail!(table.fault("date", &text, "has a row above already"));
        }
    }
    for (series, days) in dataset.panel.series.iter().zip(&truth) {
        let missing = series.days.iter().find(|day| !days.contains_key(&day.date));
        if let Some(day) = missing {
            let (store, product) = (series.store, series.product);
            let panel = &dataset.panel;
            bail!(
                "{TRUTH} has no row for {}, {}, {}",
                panel.stores[store].id,
                panel.products[product].id,
                day.date
            );
        }
    }
    Ok(truth)
}

/// Adds the days of a forecast file of which the truth is known.
fn forecasts(
    from: &Path,
    file: &str,
    known: &Known,
    number: usize,
    cases: &mut Vec<Case>,
) -> Result<()> {
    let mut table = Table::open(from, file)?.with_context(|| format!("there is no {file}"))?;
    let keys = (table.needed("cutoff")?, table.needed("store_id")?);
    let (product, target) = (table.needed("product_id")?, table.needed("target_date")?);
    let mean = table.needed("mean")?;
    let mut levels = [0; 11];
    for (column, name) in levels.iter_mut().zip(LEVELS) {
        *column = table.needed(name)?;
    }
    let cutoffs = &known.dataset.cutoffs;
    let mut seen: HashSet<(usize, usize, NaiveDate)> = HashSet::new();
    let first = cases.len();
    while table.advance()? {
        let cutoff = table.date(keys.0, "cutoff")?;
        let Ok(window) = cutoffs.binary_search(&cutoff) else {
            bail!(table.fault("cutoff", &cutoff.to_string(), "is none of the set's"));
        };
        let date = table.date(target, "target_date")?;
        if !(1..=HORIZON_DAYS as i64).contains(&(date - cutoff).num_days()) {
            let reason = "is not one of the 28 days after the cutoff";
            bail!(table.fault("target_date", &date.to_string(), reason));
        }
        let amount = |column: usize, name: &'static str| -> Result<f64> {
            match table.number(Some(column), name)? {
                Some(amount) if amount >= 0.0 => Ok(amount),
                _ => bail!(table.fault(name, table.field(Some(column)), "is no amount")),
            }
        };
        let mean = amount(mean, "mean")?;
        let mut quantiles: Quantiles = [0.0; 11];
        for (at, name) in LEVELS.into_iter().enumerate() {
            quantiles[at] = amount(levels[at], name)?;
            if at > 0 && quantiles[at] < quantiles[at - 1] {
                let value = table.field(Some(levels[at]));
                bail!(table.fault(name, value, "is less than the quantile before"));
            }
        }
        let key = (
            table.field(Some(keys.1)).to_owned(),
            table.field(Some(product)).to_owned(),
        );
        // A day on which the shop was closed or the product not on sale: nothing is known of it.
        let there = known.by_key.get(&key).and_then(|series| {
            let sold = sale(&known.dataset.panel.series[*series].days, date)?;
            Some((*series, sold.quantity, *known.truth[*series].get(&date)?))
        });
        let Some((series, sold, truth)) = there else {
            continue;
        };
        if !seen.insert((window, series, date)) {
            let text = format!("{}, {}, {date}", key.0, key.1);
            bail!(table.fault("target_date", &text, "has a row above already"));
        }
        let row = Row {
            series,
            window,
            date,
            sold,
            truth,
            mean,
            quantiles,
        };
        cases.push(case(known, number, &row));
    }
    complete(known, &seen).with_context(|| file.to_owned())?;
    cases[first..].sort_by_key(|case| (case.block, case.product, case.date));
    Ok(())
}

/// A row of a forecast file with what is known of its day.
struct Row {
    series: usize,
    window: usize,
    date: NaiveDate,
    sold: f64,
    truth: True,
    mean: f64,
    quantiles: Quantiles,
}

fn case(known: &Known, number: usize, row: &Row) -> Case {
    let cutoff = known.dataset.cutoffs[row.window];
    let series = &known.dataset.panel.series[row.series];
    let past = &series.days[..series.days.partition_point(|day| day.date <= cutoff)];
    let promoted = past.iter().filter(|day| day.promotion == Some(true));
    Case {
        block: (number, series.store, row.window),
        product: series.product,
        date: row.date,
        demand: row.truth.demand,
        sold: row.sold,
        ran_empty: row.truth.ran_empty,
        promoted: row.truth.promoted,
        mean: row.mean,
        quantiles: row.quantiles,
        baseline: baseline(past, row.date),
        age_days: past.first().map(|day| (cutoff - day.date).num_days()),
        in_new_store: known.in_new_store[row.series],
        judged: known.dataset.is_judged(row.series, cutoff),
        dense: known.dense[row.series],
        promoted_before: promoted.count(),
    }
}

/// That every day which a scorer would ask for was forecast.
fn complete(known: &Known, seen: &HashSet<(usize, usize, NaiveDate)>) -> Result<()> {
    let panel = &known.dataset.panel;
    for (window, cutoff) in known.dataset.cutoffs.iter().enumerate() {
        for (at, series) in panel.series.iter().enumerate() {
            if !known.dataset.is_judged(at, *cutoff) {
                continue;
            }
            let ahead = |day: &&PanelDay| {
                (1..=HORIZON_DAYS as i64).contains(&(day.date - *cutoff).num_days())
            };
            for day in series.days.iter().filter(ahead) {
                ensure!(
                    seen.contains(&(window, at, day.date)),
                    "there is no forecast of {}, {} for {} after {cutoff}",
                    panel.stores[series.store].id,
                    panel.products[series.product].id,
                    day.date
                );
            }
        }
    }
    Ok(())
}
