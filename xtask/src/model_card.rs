//! `docs/model-card.md` from the files that backtests and their scorer left.
//!
//! The folder holds `SET.SEED.json` (`hornada backtest --report`), `SET.SEED.score.json` (what the scorer said of its forecast
//! file) and `SET.NAME.score.json` for every other forecaster of the same days, with `seconds.cpu_s` over all cutoffs where it is known.
//! `SET.warm.json`, a report of `hornada backtest --warm`, tells what training further costs.

use crate::judged;
use crate::truth::rank::{Histogram, rank};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use ingest::dataset_folder::Dataset;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The forecaster that the others are measured by.
const REFERENCE: &str = "lightgbm";
/// Horizons of the scorer: the two to decide by, then single days.
const HORIZONS: [&str; 5] = ["1-28", "1-7", "1", "7", "28"];
const COLUMNS: [(&str, usize); 8] = [
    ("WAPE", 4),
    ("wQL", 4),
    ("RMSSE", 4),
    ("MASE", 4),
    ("bias_pct", 2),
    ("cov80", 3),
    ("cov90", 3),
    ("MAPE", 3),
];

/// Writes `docs/model-card.md`.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder with the backtests' reports and the scorer's files.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Folder with the data set folders: then the card also says, from the forecasts SET.SEED.csv, whether ranks are uniform.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
}

/// One data set: what was run on it and how it was scored.
#[derive(Debug, Default)]
struct Set {
    /// Reports of our own runs by seed.
    reports: BTreeMap<String, Value>,
    /// Scores of our own runs by seed.
    ours: BTreeMap<String, Value>,
    /// Scores of others by name.
    others: BTreeMap<String, Value>,
    /// Report of a run that trained further from cutoff to cutoff.
    warm: Option<Value>,
}

pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let sets = read(&options.from)?;
    ensure!(
        sets.values().any(|set| !set.reports.is_empty()),
        "{} holds no report of a backtest (SET.SEED.json)",
        options.from.display()
    );
    let mut page = card(&sets)?;
    if let Some(data) = &options.data {
        page += &ranks(&options.from, data, &sets)?;
    }
    workspace.publish("docs/model-card.md", &page, true)?;
    Ok(ExitCode::SUCCESS)
}

fn read(folder: &Path) -> Result<BTreeMap<String, Set>> {
    let mut sets: BTreeMap<String, Set> = BTreeMap::new();
    for entry in std::fs::read_dir(folder).with_context(|| format!("read {}", folder.display()))? {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let parts: Vec<&str> = name.split('.').collect();
        let (set, run, is_score) = match parts[..] {
            [set, run, "json"] => (set, run, false),
            [set, run, "score", "json"] => (set, run, true),
            _ => continue,
        };
        let value: Value = serde_json::from_slice(&std::fs::read(&path)?)
            .with_context(|| format!("{} is not JSON", path.display()))?;
        let set = sets.entry(set.to_owned()).or_default();
        let is_ours = run.chars().all(|c| c.is_ascii_digit());
        let place = match (is_score, is_ours) {
            (false, true) => &mut set.reports,
            (true, true) => &mut set.ours,
            (true, false) => &mut set.others,
            (false, false) => {
                if run == "warm" {
                    set.warm = Some(value);
                }
                continue;
            }
        };
        place.insert(run.to_owned(), value);
    }
    Ok(sets)
}

fn card(sets: &BTreeMap<String, Set>) -> Result<String> {
    let any = sets
        .values()
        .find_map(|set| set.reports.values().next())
        .context("no report")?;
    let config = &any["config"];
    let mut out = String::from(
        "# Model card\n\nWritten by `cargo xtask model-card`; the method stands in [forecasting.md](forecasting.md).\n",
    );
    let _ = write!(
        out,
        "\n## The model\n\n\
        - Version {version}: {members} networks of width {hidden} and gradient-boosted trees beside them, one model for all shops and \
        products of an organization, trained on its own history alone.\n\
        - Says, for each shop, product and day 1 to 28 ahead, eleven quantiles of demand and the mean.\n\
        - Meant for deciding what to bake and order. Not meant for judging people, nor for setting prices: it knows how demand went \
        with the prices that were asked, not why.\n\
        - Serves only after it has beaten seasonal baselines on days it had not seen; a series with under four weeks of history is forecast \
        from products and shops like it and from its own first days.\n",
        version = any["version"].as_str().unwrap_or("?"),
        members = config["members"],
        hidden = config["hidden"],
    );
    out.push_str("\n## What it was judged on\n\n| set | title | series | cutoffs | seeds |\n|---|---|--:|--:|---|\n");
    for (name, set) in sets {
        let Some(report) = set.reports.values().next() else {
            continue;
        };
        let seeds: Vec<&str> = set.reports.keys().map(String::as_str).collect();
        let _ = writeln!(
            out,
            "| {name} | {} | {} | {} | {} |",
            report["title"].as_str().unwrap_or_default(),
            report["series"],
            report["cutoffs"].as_array().map_or(0, Vec::len),
            seeds.join(", "),
        );
    }
    out.push_str(
        "\nTrained from scratch before every cutoff, as a night does, on what was known then; 28 days each. Weather of the days ahead is the \
        observed one, for every forecaster: gains from it are an upper bound.\n\n## How good it is\n\n\
        Mean over the seeds; lower is better except coverage, bias is best at 0. The last column is the quantile loss over LightGBM's.\n",
    );
    for (name, set) in sets.iter().filter(|(_, set)| !set.ours.is_empty()) {
        let _ = writeln!(out, "\n### {name}");
        for horizon in HORIZONS {
            table(&mut out, set, horizon);
        }
        spread(&mut out, set);
    }
    totals(&mut out, sets);
    out.push_str("\n## What it costs\n\nSeconds of processor time for a cutoff from scratch, mean over cutoffs and seeds, and the largest peak of memory; \
        *further* is what a night costs that trains the champion on what is new (`hornada backtest --warm`; empty: not measured). Training from scratch includes the judging of the challenger. \
        LightGBM's are those of its training, calibration and forecasting on one thread, on the same machine in the same hour.\n\n\
        | set | training | further | forecasting | LightGBM | memory, MiB |\n|---|--:|--:|--:|--:|--:|\n");
    for (name, set) in sets {
        cost(&mut out, name, set);
    }
    out.push_str(
        "\n## Where it is weak\n\n\
        - Shocks that all shops share and nobody announced (heat, strikes, roadworks) hit all series at once: intervals hold on average over \
        days, not on each day.\n\
        - A public holiday that comes under a general name is known only as a holiday.\n\
        - A first year has no season to look back on, and in a second one only half of the last one's growth is believed.\n\
        - Sold-out days are known to be sold out only where stock or ticket times say so.\n",
    );
    Ok(out)
}

fn table(out: &mut String, set: &Set, horizon: &str) {
    let head: Vec<&str> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let _ = write!(
        out,
        "\n| days {horizon} | {} | wQL / LightGBM |\n|---|{}--:|\n",
        head.join(" | "),
        "--:|".repeat(COLUMNS.len())
    );
    let ours: Vec<&Value> = set.ours.values().collect();
    let reference = set
        .others
        .get(REFERENCE)
        .and_then(|score| metric(score, horizon, "wQL"));
    let mut row = |name: &str, scores: &[&Value]| {
        let _ = write!(out, "| {name}");
        for (column, digits) in COLUMNS {
            match mean(scores, horizon, column) {
                Some(value) => {
                    let _ = write!(out, " | {value:.digits$}");
                }
                None => out.push_str(" | "),
            }
        }
        match mean(scores, horizon, "wQL").zip(reference) {
            Some((own, reference)) if reference > 0.0 => {
                let _ = writeln!(out, " | {:.3} |", own / reference);
            }
            _ => out.push_str(" | |\n"),
        }
    };
    row("**hornada**", &ours);
    for (name, score) in &set.others {
        row(name, &[score]);
    }
}

/// How far the seeds lie apart.
fn spread(out: &mut String, set: &Set) {
    let of = |horizon: &str| {
        let each: Vec<f64> = set
            .ours
            .values()
            .filter_map(|score| metric(score, horizon, "wQL"))
            .collect();
        let (least, most) = each
            .iter()
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(a, b), v| {
                (a.min(*v), b.max(*v))
            });
        format!("{least:.4} to {most:.4}")
    };
    let _ = writeln!(
        out,
        "\nwQL of the {} seeds: {} over days 1-28, {} over days 1-7.",
        set.ours.len(),
        of("1-28"),
        of("1-7")
    );
}

fn cost(out: &mut String, name: &str, set: &Set) {
    let cutoffs: Vec<&Value> = set
        .reports
        .values()
        .filter_map(|report| report["cutoffs"].as_array())
        .flatten()
        .collect();
    if cutoffs.is_empty() {
        return;
    }
    let mean = |phase: &str| {
        let seconds = cutoffs.iter().filter_map(|c| c[phase]["cpu_s"].as_f64());
        seconds.sum::<f64>() / cutoffs.len() as f64
    };
    // The baselines' seconds are those of all cutoffs together.
    let reference = set
        .others
        .get(REFERENCE)
        .and_then(|score| score["seconds"]["cpu_s"].as_f64())
        .zip(
            set.reports
                .values()
                .find_map(|report| report["cutoffs"].as_array()),
        )
        .map_or_else(String::new, |(seconds, cutoffs)| {
            format!("{:.1}", seconds / cutoffs.len() as f64)
        });
    let memory = cutoffs
        .iter()
        .filter_map(|c| c["train"]["peak_mib"].as_f64())
        .fold(0.0, f64::max);
    let _ = writeln!(
        out,
        "| {name} | {:.1} | {} | {:.2} | {reference} | {memory:.0} |",
        mean("train"),
        further(set).map_or_else(String::new, |seconds| format!("{seconds:.1}")),
        mean("predict")
    );
}

/// Mean seconds of the cutoffs at which the model of the one before was trained further.
fn further(set: &Set) -> Option<f64> {
    let cutoffs = set.warm.as_ref()?["cutoffs"].as_array()?;
    let seconds: Vec<f64> = cutoffs
        .iter()
        .filter(|c| c["path"] == "refreshed")
        .filter_map(|c| c["train"]["cpu_s"].as_f64())
        .collect();
    (!seconds.is_empty()).then(|| seconds.iter().sum::<f64>() / seconds.len() as f64)
}

/// How well sums over shelves are forecast, as the reports say, mean over the seeds.
fn totals(out: &mut String, sets: &BTreeMap<String, Set>) {
    let mut rows = String::new();
    for (name, set) in sets {
        let mut levels: BTreeMap<&str, Vec<&Value>> = BTreeMap::new();
        for total in set
            .reports
            .values()
            .filter_map(|r| r["totals"].as_array())
            .flatten()
        {
            let level = total["horizon"].as_str().unwrap_or_default();
            levels.entry(level).or_default().push(total);
        }
        for (level, seeds) in levels {
            let mean = |field: &str| {
                let each = seeds.iter().filter_map(|t| t[field].as_f64());
                each.sum::<f64>() / seeds.len() as f64
            };
            let _ = writeln!(
                rows,
                "| {name} | {level} | {} | {} | {:.4} | {:.4} | {:.2} | {:.3} | {:.3} |",
                seeds.len(),
                seeds[0]["days"],
                mean("wape"),
                mean("wql"),
                100.0 * mean("bias"),
                mean("cov80"),
                mean("cov90")
            );
        }
    }
    if !rows.is_empty() {
        let _ = write!(
            out,
            "\n## Totals\n\nSums over the shelves of a shop, over the shops of a product, and over everything, days 1-28; shelves and totals agree, because means add up. Sets without a line were not measured.\n\n\
            | set | level | seeds | days | WAPE | wQL | bias_pct | cov80 | cov90 |\n|---|---|--:|--:|--:|--:|--:|--:|--:|\n{rows}"
        );
    }
}

/// Randomised ranks of what was sold in what was forecast, by decile: flat where distributions are right.
fn ranks(from: &Path, data: &Path, sets: &BTreeMap<String, Set>) -> Result<String> {
    let mut out = String::from(
        "\n## Ranks\n\nShare of the days whose sales fall into each tenth of the forecast distribution, counts randomised within their step \
        (Czado, Gneiting and Held 2009), all seeds, days 1-28. Even tenths would be 10.0.\n\n\
        | set | days | below 10 % | 10-20 | 20-30 | 30-40 | 40-50 | 50-60 | 60-70 | 70-80 | 80-90 | above 90 % |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n",
    );
    for (name, set) in sets {
        let dataset = Dataset::read(&data.join(name))?;
        let mut histogram = Histogram::default();
        let mut random = ChaCha8Rng::seed_from_u64(1);
        let mut days = 0;
        for seed in set.reports.keys() {
            judged::visit(from, &format!("{name}.{seed}.csv"), &dataset, |day| {
                histogram.add(rank(&day.quantiles, day.sold, random.random()));
                days += 1;
            })?;
        }
        let Some(shares) = histogram.shares() else {
            continue;
        };
        let shares = shares.map(|share| format!("{:.1}", 100.0 * share));
        let _ = writeln!(out, "| {name} | {days} | {} |", shares.join(" | "));
    }
    Ok(out)
}

fn metric(score: &Value, horizon: &str, name: &str) -> Option<f64> {
    score["groups"][horizon][name].as_f64()
}

fn mean(scores: &[&Value], horizon: &str, name: &str) -> Option<f64> {
    let values: Vec<f64> = scores
        .iter()
        .filter_map(|score| metric(score, horizon, name))
        .collect();
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use serde_json::json;

    fn score(wql: f64) -> Value {
        let metrics = json!({ "WAPE": 0.2, "wQL": wql, "RMSSE": 0.5, "cov80": 0.8 });
        json!({ "groups": { "1-28": metrics, "1-7": metrics } })
    }

    #[test]
    fn the_card_holds_the_mean_of_the_seeds_beside_the_others() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, value: &Value| {
            std::fs::write(folder.path().join(name), value.to_string()).unwrap();
        };
        let report = json!({
            "title": "Two shops", "version": "9.9.9", "series": 4, "config": { "members": 2, "hidden": 128 },
            "cutoffs": [{ "train": { "cpu_s": 4.0, "peak_mib": 100.0 }, "predict": { "cpu_s": 0.5 } }],
            "totals": [{ "horizon": "store", "days": 56, "wape": 0.1, "wql": 0.07, "bias": -0.01, "cov80": 0.8, "cov90": 0.9 }],
        });
        let warm = json!({ "cutoffs": [
            { "path": "cold", "train": { "cpu_s": 4.0 } }, { "path": "refreshed", "train": { "cpu_s": 0.75 } },
        ]});
        write("two.warm.json", &warm);
        for seed in ["1", "2"] {
            write(&format!("two.{seed}.json"), &report);
        }
        write("two.1.score.json", &score(0.09));
        write("two.2.score.json", &score(0.11));
        let mut reference = score(0.125);
        reference["seconds"] = json!({ "cpu_s": 7.25 });
        write("two.lightgbm.score.json", &reference);
        std::fs::write(folder.path().join("two.1.csv"), "no matter").unwrap();
        let card = card(&read(folder.path()).unwrap()).unwrap();
        assert!(card.contains("Version 9.9.9: 2 networks"), "{card}");
        assert!(
            card.contains("| two | Two shops | 4 | 1 | 1, 2 |"),
            "{card}"
        );
        let row = card
            .lines()
            .find(|l| l.starts_with("| **hornada**"))
            .unwrap();
        assert!(
            row.contains("| 0.1000 |") && row.ends_with("| 0.800 |"),
            "{row}"
        );
        assert!(
            card.contains("wQL of the 2 seeds: 0.0900 to 0.1100"),
            "{card}"
        );
        let costs = "| two | 4.0 | 0.8 | 0.50 | 7.2 | 100 |";
        assert!(card.contains(costs), "{card}");
        let total = "| two | store | 2 | 56 | 0.1000 | 0.0700 | -1.00 | 0.800 | 0.900 |";
        assert!(card.contains(total), "{card}");
        let empty = tempfile::tempdir().unwrap();
        assert!(read(empty.path()).unwrap().is_empty());
    }
}
