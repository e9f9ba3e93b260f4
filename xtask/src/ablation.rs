//! `cargo xtask ablation`: what each part of the forecaster is worth, from backtests that went without it.
//!
//! A folder holds `SET.SEED.csv`, forecasts of the whole, and `SET.SEED.without-PART.csv`, those of
//! `hornada backtest --without PART`, with the same seed. Both are judged on the days of the data set folder SET.

use crate::judged;
use crate::truth::bootstrap::{Estimate, Sums};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use clap::Args;
use ingest::dataset_folder::Dataset;
use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Where the numbers are written down.
const DOCUMENT: &str = "docs/ablation.md";
/// What to compare.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder with the forecasts.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Folder with the data set folders.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Write docs/ablation.md instead of printing it.
    #[arg(long)]
    write: bool,
}

/// The command.
///
/// # Errors
/// A fault of a folder or forecast, with file and line; a document that cannot be written.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let runs = runs(&options.from)?;
    ensure!(
        runs.values().any(|parts| !parts.is_empty()),
        "{} holds no pair of SET.SEED.csv and SET.SEED.without-PART.csv",
        options.from.display()
    );
    let page = page(&options.from, &options.data, &runs)?;
    workspace.publish(DOCUMENT, &page, options.write)?;
    Ok(ExitCode::SUCCESS)
}

/// Set and seed.
type Run = (String, String);

/// Parts that were left out, by set and seed of the whole.
fn runs(from: &Path) -> Result<BTreeMap<Run, Vec<String>>> {
    let mut runs: BTreeMap<Run, Vec<String>> = BTreeMap::new();
    for entry in std::fs::read_dir(from).with_context(|| format!("read {}", from.display()))? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let parts: Vec<&str> = name.split('.').collect();
        let [set, seed, without, "csv"] = parts[..] else {
            continue;
        };
        let Some(part) = without.strip_prefix("without-") else {
            continue;
        };
        let run = (set.to_owned(), seed.to_owned());
        if from.join(format!("{set}.{seed}.csv")).exists() {
            runs.entry(run).or_default().push(part.to_owned());
        }
    }
    Ok(runs)
}

/// Days of the first week, and all.
const HORIZONS: [(&str, i64); 2] = [("1-7", 7), ("1-28", 28)];

fn page(from: &Path, data: &Path, runs: &BTreeMap<Run, Vec<String>>) -> Result<String> {
    let mut changes: BTreeMap<(String, String), [Sums<2>; 2]> = BTreeMap::new();
    let mut seeds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for ((set, seed), parts) in runs {
        let dataset = Dataset::read(&data.join(set))?;
        let whole = losses(from, &format!("{set}.{seed}.csv"), &dataset)?;
        let number = seeds.entry(set.clone()).or_default().len();
        seeds.entry(set.clone()).or_default().push(seed.clone());
        for part in parts {
            let file = format!("{set}.{seed}.without-{part}.csv");
            let without = losses(from, &file, &dataset)?;
            ensure!(
                whole.keys().all(|key| without.contains_key(key)),
                "{file} lacks days that {set}.{seed}.csv forecasts"
            );
            let sums = changes.entry((part.clone(), set.clone())).or_default();
            for ((store, product, window, date), (loss, ahead)) in &whole {
                let other = without[&(*store, *product, *window, *date)].0;
                let block = (number, *store, 4 * window + (*ahead as usize - 1) / 7);
                for (sums, (_, last)) in sums.iter_mut().zip(HORIZONS) {
                    if *ahead <= last {
                        sums.add(block, [*loss, other]);
                    }
                }
            }
        }
    }
    let mut out = String::from(
        "# What each part is worth\n\n\
        Written by `cargo xtask ablation` from `hornada backtest --without PART`: by how much the quantile loss rises when one part is left out of \
        training and forecasting, in per cent of the whole's, with the interval in which 95 of 100 draws of blocks lie (a block is a week ahead of \
        one shop after one cutoff). Negative: better without; 0: not a number changed, as where the set has nothing of it; empty: not run. Two trainings with different seeds differ by about one per cent, which is not in the interval.\n",
    );
    for (at, (horizon, _)) in HORIZONS.into_iter().enumerate() {
        let sets: Vec<&String> = seeds.keys().collect();
        let _ = write!(out, "\n| days {horizon}, without |");
        for set in &sets {
            let _ = write!(out, " {set} |");
        }
        let _ = write!(out, "\n|---|{}\n", "--:|".repeat(sets.len()));
        let mut parts: Vec<&String> = changes.keys().map(|(part, _)| part).collect();
        parts.dedup();
        for part in parts {
            let _ = write!(out, "| {} |", part.replace('_', " "));
            for set in &sets {
                let change = changes.get(&(part.clone(), (*set).clone()));
                let estimate = change.and_then(|sums| {
                    sums[at].estimate(|[whole, without]| {
                        (*whole > 0.0).then(|| 100.0 * (without / whole - 1.0))
                    })
                });
                let _ = write!(out, " {} |", shown(estimate));
            }
            out.push('\n');
        }
    }
    out.push_str("\nSeeds: ");
    let seeds: Vec<String> = seeds
        .iter()
        .map(|(set, seeds)| format!("{set} {}", seeds.join(", ")))
        .collect();
    let _ = writeln!(out, "{}.", seeds.join("; "));
    Ok(out)
}

fn shown(estimate: Option<Estimate>) -> String {
    let Some(estimate) = estimate else {
        return String::new();
    };
    match estimate.interval {
        Some((0.0, 0.0)) => "0".to_owned(),
        Some((low, high)) => format!("{:+.1} ({low:+.1} to {high:+.1})", estimate.value),
        None => format!("{:+.1}", estimate.value),
    }
}

/// Store, product, window and day.
type Key = (usize, usize, usize, NaiveDate);

/// Quantile loss and days ahead of every judged day.
fn losses(from: &Path, file: &str, dataset: &Dataset) -> Result<HashMap<Key, (f64, i64)>> {
    let mut losses = HashMap::new();
    judged::visit(from, file, dataset, |day| {
        let key = (day.store, day.product, day.window, day.date);
        losses.insert(key, (day.loss(), day.ahead));
    })?;
    Ok(losses)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::judged::LEVELS;
    use std::fs;

    /// A shop that sells ten a day, forecast exactly by the whole and with `error` more without the weather.
    fn folders(error: f64) -> (tempfile::TempDir, tempfile::TempDir) {
        let (data, from) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let set = data.path().join("one");
        fs::create_dir(&set).unwrap();
        let toml = "title = \"One\"\nhorizon = 28\nmin_history_days = 60\nactive_days = 0\n\
            cutoffs = [\"2025-04-10\"]\n";
        fs::write(set.join("dataset.toml"), toml).unwrap();
        let first: NaiveDate = "2025-01-01".parse().unwrap();
        let mut sales = "date,store_id,product_id,quantity\n".to_owned();
        for date in first.iter_days().take(150) {
            sales += &format!("{date},A,pan,10\n");
        }
        fs::write(set.join("sales.csv"), sales).unwrap();
        let write = |file: &str, quantile: &dyn Fn(i64) -> f64| {
            let mut text = format!(
                "cutoff,store_id,product_id,target_date,mean,{}\n",
                LEVELS.join(",")
            );
            let cutoff: NaiveDate = "2025-04-10".parse().unwrap();
            for ahead in 1..=28 {
                let date = cutoff + chrono::Days::new(ahead as u64);
                let q = quantile(ahead);
                let row = vec![q.to_string(); 12].join(",");
                text += &format!("{cutoff},A,pan,{date},{row}\n");
            }
            fs::write(from.path().join(file), text).unwrap();
        };
        write("one.1.csv", &|_| 9.0);
        write("one.1.without-weather.csv", &|ahead| {
            if ahead <= 7 { 9.0 - error } else { 9.0 }
        });
        write("one.2.csv", &|_| 9.0);
        (data, from)
    }

    #[test]
    fn the_rise_of_the_loss_is_told_by_part_and_horizon() {
        let (data, from) = folders(0.5);
        let runs = runs(from.path()).unwrap();
        assert_eq!(runs.len(), 1, "a whole without a pair is no run: {runs:?}");
        let page = page(from.path(), data.path(), &runs).unwrap();
        // 1.5 below instead of 1: half as much again in the first week, an eighth of that over all four.
        assert!(page.contains("| days 1-7, without | one |"), "{page}");
        assert!(page.contains("| weather | +50.0 |"), "{page}");
        assert!(page.contains("| weather | +12.5 |"), "{page}");
        assert!(page.contains("Seeds: one 1."), "{page}");
    }
}
