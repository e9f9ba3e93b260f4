//! Forecasts a data set folder at each of its cutoffs and writes the scorer's file.
//!
//! `cargo run --release -p forecast --example evaluate -- DATASET OUT.csv [seed=1] [members=2] [steps=0] [threads=0]`
//! `[model=net|seasonal_naive|weekday_mean] [calibrate=0|1] [warm=0|1] [back=0]`
//!
//! `calibrate=1` learns the interval widths on windows before the first cutoff, as the night does; `warm=1` trains from
//! scratch at the first cutoff only; `back=N` moves every cutoff N days into the past, to choose settings on days that
//! are not scored (the numbers printed are this program's own).
#![allow(clippy::print_stdout)]

mod dataset_folder;

use domain::panel::{HORIZON_DAYS, SeriesForecast};
use forecast::{Artifact, Baseline, TrainConfig, baseline_forecast, nightly, train, truncate};
use std::collections::HashMap;
use std::error::Error;
use std::io::Write;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Instant;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let mut args = std::env::args().skip(1);
    let dir = PathBuf::from(args.next().ok_or("which data set folder?")?);
    let out = PathBuf::from(args.next().ok_or("which file to write?")?);
    let mut options: HashMap<String, String> = HashMap::new();
    for arg in args {
        let (key, value) = arg.split_once('=').ok_or("options are written key=value")?;
        options.insert(key.to_owned(), value.to_owned());
    }
    let number = |key: &str, default: usize| -> Result<usize> {
        Ok(options.get(key).map_or(Ok(default), |v| v.parse())?)
    };
    let model = options.get("model").map_or("net", String::as_str);
    let mut config = TrainConfig {
        seed: number("seed", 1)? as u64,
        members: number("members", TrainConfig::default().members)?,
        steps: number("steps", 0)?,
        threads: number("threads", 0)?,
        hidden: number("hidden", TrainConfig::default().hidden)?,
        batch: number("batch", TrainConfig::default().batch)?,
        ..TrainConfig::default()
    };
    if let Some(rate) = options.get("rate") {
        config.learning_rate = rate.parse()?;
    }
    let (warm, calibrate) = (number("warm", 0)? > 0, number("calibrate", 0)? > 0);
    let back = chrono::Days::new(number("back", 0)? as u64);
    let panel = dataset_folder::read(&dir)?;
    let mut cutoffs = dataset_folder::cutoffs(&dir)?;
    for cutoff in &mut cutoffs {
        *cutoff = *cutoff - back;
    }

    let mut writer = std::io::BufWriter::new(std::fs::File::create(&out)?);
    let levels = forecast::QUANTILES.map(|q| format!("q{q}"));
    let names = ["cutoff", "store_id", "product_id", "target_date", "mean"];
    writeln!(writer, "{},{}", names.join(","), levels.join(","))?;
    let cancel = AtomicBool::new(false);
    let mut champion: Option<Artifact> = None;
    let (mut loss, mut volume, mut inside, mut days) = (0.0, 0.0, 0usize, 0usize);
    for cutoff in cutoffs {
        let started = Instant::now();
        let past = truncate(&panel, cutoff);
        let forecasts: Vec<SeriesForecast> = match model {
            "seasonal_naive" => baseline_forecast(&past, Baseline::SeasonalNaive),
            "weekday_mean" => baseline_forecast(&past, Baseline::WeekdayMean),
            "net" => {
                let artifact = match champion.take() {
                    None if calibrate => {
                        let night = nightly(&past, None, &config, &mut |_| {}, &cancel)?;
                        println!("{} {}", night.decision.passed, night.decision.reason);
                        let artifact = night.artifact.ok_or("the gate refused the model")?;
                        println!("{:?}", artifact.manifest().calibration);
                        artifact
                    }
                    Some(champion) if warm => {
                        let steps = champion.manifest().config.steps;
                        let few = TrainConfig {
                            steps: if calibrate { steps } else { steps / 4 },
                            ..config.clone()
                        };
                        train(&past, &few, Some(&champion), &mut |_| {}, &cancel)?
                    }
                    Some(champion) => {
                        let mut artifact = train(&past, &config, None, &mut |_| {}, &cancel)?;
                        artifact.calibrate_like(&champion);
                        artifact
                    }
                    None => train(&past, &config, None, &mut |_| {}, &cancel)?,
                };
                let forecasts = artifact.predict(&past)?;
                println!(
                    "{cutoff} {} steps, {} parameters",
                    artifact.manifest().config.steps,
                    artifact.manifest().parameters
                );
                if warm || calibrate {
                    champion = Some(artifact);
                }
                forecasts
            }
            other => return Err(format!("unknown model {other}").into()),
        };
        println!("{cutoff} {:.1} s", started.elapsed().as_secs_f64());
        for forecast in &forecasts {
            let series = &panel.series[forecast.series];
            let actual: HashMap<_, _> = series
                .days
                .iter()
                .filter(|d| {
                    d.date > cutoff && d.date <= cutoff + chrono::Days::new(HORIZON_DAYS as u64)
                })
                .map(|d| (d.date, d.quantity))
                .collect();
            for day in &forecast.days {
                if let Some(y) = actual.get(&day.target_date) {
                    volume += y;
                    days += 1;
                    inside += usize::from(day.quantiles[1] <= *y && *y <= day.quantiles[9]);
                    for (level, q) in forecast::QUANTILES.iter().zip(&day.quantiles) {
                        loss += (level * (y - q)).max((level - 1.0) * (y - q));
                    }
                }
                let mut record = vec![
                    cutoff.to_string(),
                    panel.stores[series.store].id.clone(),
                    panel.products[series.product].id.clone(),
                    day.target_date.to_string(),
                    format!("{:.4}", day.mean),
                ];
                record.extend(day.quantiles.iter().map(|q| format!("{q:.4}")));
                writeln!(writer, "{}", record.join(","))?;
            }
        }
    }
    writer.flush()?;
    println!(
        "all series: wQL {:.4}, cov80 {:.3}",
        2.0 * loss / forecast::QUANTILES.len() as f64 / volume,
        inside as f64 / days.max(1) as f64
    );
    Ok(())
}
