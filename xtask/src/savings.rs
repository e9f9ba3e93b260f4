//! What a distribution saves against a point: the same forecasts, once asked for the newsvendor's quantile and once for their median.

use crate::judged::{self, Day};
use crate::known_set::TRUTH;
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use clap::Args;
use domain::replenish::{DayDemand, Demand, critical_ratio};
use ingest::dataset_folder::{Dataset, Table};
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Price, unit cost and salvage of a piece, in cents: a bar of bread, a cake, a coffee with little to lose, and goods with little to
/// earn. Sets of sales rarely name their costs, so several kinds are shown.
const GOODS: [(&str, i64, i64, i64); 4] = [
    ("bread", 95, 27, 5),
    ("pastry", 150, 48, 15),
    ("drink", 180, 42, 0),
    ("little margin", 100, 65, 10),
];

/// A forecast file, and the sales that it is judged by; of a simulated chain the demand that they hide (`cargo xtask known-set`).
#[derive(Debug, Args)]
pub struct Options {
    /// Data set folder.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Forecast file of `hornada backtest`.
    #[arg(long, value_name = "FILE")]
    forecasts: PathBuf,
}

/// Money lost with a rule, in cents: earnings missed and goods thrown away.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Lost {
    quantile: f64,
    median: f64,
    /// With the median times one factor for all days, the best that hindsight finds.
    scaled: f64,
}

/// The command: prints a table.
///
/// # Errors
/// A folder or file that cannot be read, or holds nothing to judge.
pub fn run(_: &Workspace, options: &Options) -> Result<ExitCode> {
    let dataset = Dataset::read(&options.data)?;
    let folder = options.forecasts.parent().context("no folder")?;
    let file = options
        .forecasts
        .file_name()
        .context("no file")?
        .to_string_lossy();
    let mut days: Vec<Day> = Vec::new();
    judged::visit(folder, &file, &dataset, |day| days.push(*day))?;
    ensure!(!days.is_empty(), "the file forecasts no day that is judged");
    let is_known = tell(&options.data, &dataset, &mut days)?;
    println!("{}: {} days of {}\n", dataset.title, days.len(), file);
    println!(
        "| goods | critical ratio | lost with the quantile | lost with the median | saved | lost with the best multiple of the median |"
    );
    println!("|---|--:|--:|--:|--:|--:|");
    for (name, price, cost, salvage) in GOODS {
        let ratio = critical_ratio(price, cost, salvage, 9_500, 0).value;
        let costs = (price - cost, cost - salvage);
        let lost = lost(&days, ratio, costs);
        println!(
            "| {name} | {ratio:.3} | {:.0} | {:.0} | {:.1} % | {:.0} |",
            lost.quantile / 100.0,
            lost.median / 100.0,
            100.0 * (1.0 - lost.quantile / lost.median),
            lost.scaled / 100.0
        );
    }
    let wanted = if is_known {
        "against what customers wanted, sold out or not"
    } else {
        "what was sold is taken for what was wanted, also on days that sold out"
    };
    println!("\nIn units of money; {wanted}.");
    Ok(ExitCode::SUCCESS)
}

/// Puts true demand in the place of sales, where the folder knows it; says whether it does.
fn tell(folder: &Path, dataset: &Dataset, days: &mut [Day]) -> Result<bool> {
    let Some(mut table) = Table::open(folder, TRUTH)? else {
        return Ok(false);
    };
    let columns = (table.needed("date")?, table.needed("demand")?);
    let keys = (table.needed("store_id")?, table.needed("product_id")?);
    let panel = &dataset.panel;
    let number =
        |ids: Vec<String>| -> HashMap<String, usize> { ids.into_iter().zip(0..).collect() };
    let stores = number(panel.stores.iter().map(|s| s.id.clone()).collect());
    let products = number(panel.products.iter().map(|p| p.id.clone()).collect());
    let mut demand: HashMap<(usize, usize, NaiveDate), f64> = HashMap::new();
    while table.advance()? {
        let date = table.date(columns.0, "date")?;
        let wanted = table.number(Some(columns.1), "demand")?;
        let (store, product) = (
            stores.get(table.field(Some(keys.0))),
            products.get(table.field(Some(keys.1))),
        );
        if let (Some(store), Some(product), Some(wanted)) = (store, product, wanted) {
            demand.insert((*store, *product, date), wanted);
        }
    }
    for day in days {
        let wanted = demand.get(&(day.store, day.product, day.date));
        day.sold = *wanted.with_context(|| format!("{TRUTH} lacks a row of {}", day.date))?;
    }
    Ok(true)
}

fn lost(days: &[Day], ratio: f64, (under, over): (i64, i64)) -> Lost {
    let cost = |quantity: f64, sold: f64| {
        if quantity < sold {
            under as f64 * (sold - quantity)
        } else {
            over as f64 * (quantity - sold)
        }
    };
    let mut lost = Lost::default();
    for day in days {
        lost.quantile += cost(of_quantile(day, ratio), day.sold);
        lost.median += cost(of_median(day, 1.0), day.sold);
    }
    // In steps of a fiftieth from half to twice as much.
    let factors = (25..=100).map(|step| f64::from(step) / 50.0);
    lost.scaled = factors
        .map(|factor| {
            days.iter()
                .map(|day| cost(of_median(day, factor), day.sold))
                .sum()
        })
        .fold(f64::INFINITY, f64::min);
    lost
}

fn of_quantile(day: &Day, ratio: f64) -> f64 {
    let milli = day.quantiles.map(|q| (q * 1_000.0).round() as i64);
    let demand = Demand::sum_of(&[DayDemand::from_milli(milli[5], milli)], 0.0);
    demand.quantile(ratio) as f64
}

fn of_median(day: &Day, factor: f64) -> f64 {
    (day.quantiles[5] * factor).round()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(sold: f64) -> Day {
        Day {
            store: 0,
            product: 0,
            window: 0,
            date: chrono::NaiveDate::MIN,
            ahead: 1,
            sold,
            quantiles: [5.0, 6.0, 7.0, 8.0, 9.0, 10.0, 11.0, 12.0, 13.0, 14.0, 15.0],
        }
    }

    #[test]
    fn much_to_earn_bakes_more_and_loses_less_where_much_is_wanted() {
        let days: Vec<Day> = (5..=15).map(|sold| day(f64::from(sold))).collect();
        let lost = lost(&days, 0.9, (9, 1));
        // Ten of each day: five days miss 1 to 5, five throw 1 to 5 away.
        assert_eq!(lost.median, 15.0 * 9.0 + 15.0);
        assert!(lost.quantile < lost.median / 2.0, "{lost:?}");
        assert!(lost.scaled <= lost.median);
        // Nothing speaks for one side over the other: the quantile is the median.
        let even = super::lost(&days, 0.5, (1, 1));
        assert_eq!(even.quantile, even.median);
    }
}
