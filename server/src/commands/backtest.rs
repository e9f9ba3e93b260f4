//! `hornada backtest`: forecasts a data set folder at each of its cutoffs, as the night would have, and writes the file that
//! the scorer reads.

mod file;
mod totals;

use super::{Refused, say};
use crate::config::Config;
use anyhow::Context;
use chrono::{Days, NaiveDate};
use domain::panel::{DayForecast, HORIZON_DAYS, SeriesForecast};
use domain::totals::Together;
use file::ForecastFile;
use forecast::{
    Artifact, Baseline, Compute, GateDecision, Metrics, NightlyPath, NightlyTimings, Part,
    TrainConfig, TrainProgress, baseline_forecast, catch_up, data_version, nightly, score,
    truncate,
};
use indicatif::{ProgressBar, ProgressStyle};
use ingest::dataset_folder::Dataset;
use serde::Serialize;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;
use std::time::Instant;
use totals::{TotalCase, by_level, judged_totals};

/// What to forecast and where to write it. The folder is the one of `--data`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Forecast file to write, .csv or .csv.gz
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Seed of training: the same seed and the same folder give the same file
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Networks that are averaged [default: as at night]
    #[arg(long, value_name = "K")]
    members: Option<usize>,
    /// Networks that are trained side by side [default: one a core]
    #[arg(long, value_name = "N", default_value_t = 0)]
    threads: usize,
    /// Optimizer steps a network [default: by the size of the history]
    #[arg(long, value_name = "N")]
    steps: Option<usize>,
    /// What does the arithmetic of training: cpu, or gpu in a program built with the feature of that name
    #[arg(long, value_name = "DEVICE", default_value = "cpu")]
    device: Compute,
    /// Leave a part out, to learn what it is worth: a group of inputs or an ingredient; may be given several times
    #[arg(long, value_name = "PART")]
    without: Vec<Part>,
    /// Train from scratch at the first cutoff only and carry the model on from there, as the nights of a week do
    #[arg(long)]
    warm: bool,
    /// Move every cutoff so many days into the past, to choose settings on days that are not scored
    #[arg(long, value_name = "DAYS", default_value_t = 0)]
    back: u64,
    /// Report to write: settings, seconds and memory by phase, metrics
    #[arg(long, value_name = "FILE.json")]
    report: Option<PathBuf>,
}

/// What one phase took.
#[derive(Debug, Serialize)]
struct Cost {
    seconds: f64,
    /// Seconds of processor time over all threads; nothing where the system does not tell.
    cpu_s: Option<f64>,
    /// Largest resident memory meanwhile, in mebibytes; nothing where the system does not tell.
    peak_mib: Option<f64>,
}

/// Runs a phase and measures it.
fn measured<T>(work: impl FnOnce() -> T) -> (T, Cost) {
    process::forget_peak();
    let (started, before) = (Instant::now(), process::cpu_s());
    let value = work();
    let cost = Cost {
        seconds: started.elapsed().as_secs_f64(),
        cpu_s: process::cpu_s().zip(before).map(|(now, then)| now - then),
        peak_mib: process::peak_mib(),
    };
    (value, cost)
}

/// What came of one cutoff.
#[derive(Debug, Serialize)]
struct CutoffReport {
    cutoff: NaiveDate,
    /// `model`; `earlier_model`, that of a cutoff before, trained further, where the new one did not pass the gate; or the baseline that stood in
    /// because none had passed yet.
    forecaster: &'static str,
    path: NightlyPath,
    decision: GateDecision,
    timings: NightlyTimings,
    parameters: Option<usize>,
    /// Correlations with which totals were made.
    together: Together,
    train: Cost,
    predict: Cost,
    metrics: Vec<HorizonMetrics>,
}

/// Metrics of a range of days ahead over the judged series, or of a level of totals over all 28 days.
#[derive(Clone, Debug, Serialize)]
struct HorizonMetrics {
    horizon: &'static str,
    #[serde(flatten)]
    metrics: Metrics,
}

#[derive(Debug, Serialize)]
struct Report {
    title: String,
    version: &'static str,
    config: TrainConfig,
    warm: bool,
    series: usize,
    data_version: String,
    read: Cost,
    cutoffs: Vec<CutoffReport>,
    /// Over all cutoffs.
    metrics: Vec<HorizonMetrics>,
    /// Of shops, products and the chain, over all cutoffs.
    totals: Vec<HorizonMetrics>,
    seconds: f64,
}

const HORIZONS: [(&str, std::ops::RangeInclusive<i64>); 5] = [
    ("1", 1..=1),
    ("7", 7..=7),
    ("28", 28..=28),
    ("1-7", 1..=7),
    ("1-28", 1..=28),
];

/// A judged day: how far ahead, what was sold, what was forecast.
type Case = (i64, f64, DayForecast);

/// Forecasts every cutoff.
///
/// # Errors
/// A faulty folder, a file that cannot be written, and the forecaster's.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let folder = config.data.clone();
    // Training fills the cores for minutes: no work for the threads that serve.
    tokio::task::spawn_blocking(move || backtest(&folder, &args))
        .await
        .context("the backtest broke off")?
}

fn backtest(folder: &Path, args: &Args) -> anyhow::Result<()> {
    let started = Instant::now();
    let (dataset, read) = measured(|| Dataset::read(folder));
    let dataset = dataset.map_err(|error| Refused(format!("{}: {error}", folder.display())))?;
    let usual = TrainConfig::default();
    let config = TrainConfig {
        seed: args.seed,
        members: args.members.unwrap_or(usual.members),
        threads: args.threads,
        steps: args.steps.unwrap_or(usual.steps),
        // Cutoffs lie weeks apart: either every one is a cold start, or none after the first.
        cold_every_days: if args.warm { u32::MAX } else { 0 },
        device: args.device,
        without: args.without.clone(),
        ..usual
    };
    config.device.check()?;
    let cutoffs: Vec<NaiveDate> = dataset
        .cutoffs
        .iter()
        .filter_map(|cutoff| cutoff.checked_sub_days(Days::new(args.back)))
        .collect();
    say(&format!(
        "{}: {} series, {} cutoffs, read in {:.1} s",
        dataset.title,
        dataset.panel.series.len(),
        cutoffs.len(),
        read.seconds
    ));
    let mut file = ForecastFile::create(&args.out)?;
    let bar = ProgressBar::new(cutoffs.len() as u64 * PARTS).with_style(
        ProgressStyle::with_template("  {msg:<34} {bar:24} {percent:>3} %, {eta} left")?,
    );
    let mut reports = Vec::new();
    let mut cases: Vec<Case> = Vec::new();
    let mut total_cases: Vec<TotalCase> = Vec::new();
    let mut champion: Option<Artifact> = None;
    for (index, &cutoff) in cutoffs.iter().enumerate() {
        bar.set_message(format!("cutoff {cutoff}"));
        let past = truncate(&dataset.panel, cutoff);
        let done = index as u64 * PARTS;
        let mut tell = |p: TrainProgress| {
            let share = p.step as f64 / p.steps.max(1) as f64;
            bar.set_position(done + (share.min(1.0) * PARTS as f64) as u64);
        };
        let never = AtomicBool::new(false);
        let (trained, train) = measured(|| {
            let carried = champion.as_ref().filter(|_| args.warm);
            let mut outcome = nightly(&past, carried, &config, &mut tell, &never)?;
            let is_earlier = outcome.refused.is_some();
            if outcome.artifact.is_none()
                && let Some(champion) = &champion
            {
                // As at night: who is refused leaves the one that served before in its place, and that one learns on.
                let caught_up = catch_up(&past, champion, &config, &mut tell, &never)?;
                outcome.artifact = Some(caught_up);
            }
            anyhow::Ok((outcome, is_earlier))
        });
        let (outcome, is_earlier) = trained?;
        let (forecasts, predict) = measured(|| match &outcome.artifact {
            Some(artifact) => artifact.predict(&past),
            None => Ok(baseline_forecast(&past, Baseline::WeekdayMean)),
        });
        let forecasts = forecasts?;
        let forecaster = match (&outcome.artifact, is_earlier) {
            (Some(_), false) => "model",
            (Some(_), true) => "earlier_model",
            (None, _) => "weekday_mean",
        };
        file.write(&dataset, cutoff, &forecasts)?;
        let judged = judged_days(&dataset, cutoff, &forecasts);
        let metrics = by_horizon(&judged);
        let whole = metrics.last().map(|m| m.metrics).unwrap_or_default();
        bar.println(format!(
            "  {cutoff} {forecaster:<13} wQL {:.4}  WAPE {:.4}  {:.1} s",
            whole.wql,
            whole.wape,
            train.seconds + predict.seconds
        ));
        cases.extend(judged);
        let model = outcome.artifact.as_ref();
        let together = model.map_or_else(Together::default, |a| a.manifest().calibration.together);
        total_cases.extend(judged_totals(&dataset, cutoff, &forecasts, &together));
        reports.push(CutoffReport {
            cutoff,
            forecaster,
            path: outcome.path,
            decision: outcome.decision,
            timings: outcome.timings,
            parameters: outcome.artifact.as_ref().map(|a| a.manifest().parameters),
            together,
            train,
            predict,
            metrics,
        });
        champion = outcome.artifact.or(champion);
    }
    bar.finish_and_clear();
    file.finish()?;
    let metrics = by_horizon(&cases);
    let totals = by_level(&total_cases);
    say("  days ahead     days    WAPE     wQL   bias %   cov80   cov90");
    for HorizonMetrics {
        horizon,
        metrics: m,
    } in metrics.iter().chain(&totals)
    {
        say(&format!(
            "  {horizon:<10} {:>8} {:>7.4} {:>7.4} {:>8.2} {:>7.3} {:>7.3}",
            m.days,
            m.wape,
            m.wql,
            100.0 * m.bias,
            m.cov80,
            m.cov90
        ));
    }
    if let Some(path) = &args.report {
        let report = Report {
            title: dataset.title.clone(),
            version: env!("CARGO_PKG_VERSION"),
            config,
            warm: args.warm,
            series: dataset.panel.series.len(),
            data_version: data_version(&dataset.panel),
            read,
            cutoffs: reports,
            metrics,
            totals,
            seconds: started.elapsed().as_secs_f64(),
        };
        let text = serde_json::to_vec_pretty(&report)?;
        std::fs::write(path, text)
            .with_context(|| format!("{} cannot be written", path.display()))?;
    }
    Ok(())
}

/// Steps of the bar for one cutoff.
const PARTS: u64 = 1_000;

/// The forecasts that the scorer would judge, with what was sold.
fn judged_days(dataset: &Dataset, cutoff: NaiveDate, forecasts: &[SeriesForecast]) -> Vec<Case> {
    let last = cutoff + Days::new(HORIZON_DAYS as u64);
    let mut cases = Vec::new();
    for forecast in forecasts {
        if !dataset.is_judged(forecast.series, cutoff) {
            continue;
        }
        let days = &dataset.panel.series[forecast.series].days;
        let sold: HashMap<NaiveDate, f64> = days[days.partition_point(|d| d.date <= cutoff)..]
            .iter()
            .take_while(|day| day.date <= last)
            .map(|day| (day.date, day.quantity))
            .collect();
        for day in &forecast.days {
            if let Some(sold) = sold.get(&day.target_date) {
                cases.push(((day.target_date - cutoff).num_days(), *sold, *day));
            }
        }
    }
    cases
}

fn by_horizon(cases: &[Case]) -> Vec<HorizonMetrics> {
    HORIZONS
        .iter()
        .map(|(horizon, days)| HorizonMetrics {
            horizon,
            metrics: score(
                cases
                    .iter()
                    .filter(|(ahead, _, _)| days.contains(ahead))
                    .map(|(_, sold, forecast)| (*sold, forecast)),
            ),
        })
        .collect()
}

/// What Linux tells about this process.
mod process {
    /// Ticks of a second in `/proc`: the same on every Linux.
    const TICKS: f64 = 100.0;

    /// Starts the peak anew.
    pub fn forget_peak() {
        // Elsewhere, and where it is forbidden, the peak is the one of the whole process.
        let _ = std::fs::write("/proc/self/clear_refs", "5");
    }

    /// Processor time so far, of all threads, in seconds.
    pub fn cpu_s() -> Option<f64> {
        let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
        // The name of the program, in parentheses, may hold spaces; user and system time are the 12th and 13th after it.
        let ticks = stat.rsplit_once(')')?.1.split_whitespace().skip(11).take(2);
        let ticks: f64 = ticks.map(|t| t.parse::<f64>().ok()).sum::<Option<f64>>()?;
        Some(ticks / TICKS)
    }

    pub fn peak_mib() -> Option<f64> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

#[cfg(test)]
mod tests;
