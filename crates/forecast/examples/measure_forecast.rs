//! The forecaster's phases on a chain of a given size, and its network alone: what `cargo xtask bench forecast` asks.
//!
//! `measure_forecast phases series=simulated shops=6 products=45 days=1826 steps=0`
//! `measure_forecast phases series=generated shops=10 products=3049 days=1826 steps=0`
//! `measure_forecast network seconds=10 batch=64 inference=128`
//! `measure_forecast widths`
//!
//! Prints one line of JSON. Linux only: it reads its own processor time and memory under `/proc/self`.
#![allow(clippy::print_stdout)]

use chrono::NaiveDate;
use domain::panel::{
    HORIZON_DAYS, Panel, PanelDay, PanelProduct, PanelSeries, PanelStore, PlannedDay,
};
use forecast::TrainConfig;
use forecast::bench::{Alone, Ready, with_members};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use simulate::{Censoring, Chain, ChainConfig, panel};
use std::collections::HashMap;
use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

type Failure = Box<dyn Error>;

/// Of Linux' clock, on every machine that it runs on today.
const TICKS_PER_SECOND: f64 = 100.0;

/// Batches drawn to time the features alone, and windows in each.
const BATCHES: usize = 1000;

fn main() -> Result<(), String> {
    // As in the product, where nothing of this happens on the main thread; the system's allocator treats that one otherwise.
    let worker = std::thread::spawn(|| answer().map_err(|error| error.to_string()));
    let answer = worker.join().map_err(|_| "it panicked")??;
    println!("{answer}");
    Ok(())
}

fn answer() -> Result<Value, Failure> {
    let mut arguments = std::env::args().skip(1);
    let what = arguments.next().ok_or("phases, network or widths")?;
    let options = Options(
        arguments
            .map(|arg| {
                let (key, value) = arg.split_once('=').ok_or("options are written key=value")?;
                Ok((key.to_owned(), value.to_owned()))
            })
            .collect::<Result<_, Failure>>()?,
    );
    match what.as_str() {
        "phases" => phases(&options),
        "network" => network(&options),
        "widths" => Ok(serde_json::to_value(alone(64).widths())?),
        other => Err(format!("{other} is not measured").into()),
    }
}

/// `key=value` from the command line.
struct Options(HashMap<String, String>);

impl Options {
    fn number(&self, key: &str, default: usize) -> Result<usize, Failure> {
        self.0
            .get(key)
            .map_or(Ok(default), |value| Ok(value.parse()?))
    }
}

/// One phase after another on one panel. Training runs on one thread, with one network, so that a second of it means
/// the same everywhere; predicting is done with as many networks as the product has.
fn phases(options: &Options) -> Result<Value, Failure> {
    let (shops, products) = (options.number("shops", 6)?, options.number("products", 45)?);
    let days = options.number("days", 1826)?;
    let config = TrainConfig {
        steps: options.number("steps", 0)?,
        members: 1,
        threads: 1,
        ..TrainConfig::default()
    };
    let mut meter = Meter::new()?;
    let generate = options
        .0
        .get("series")
        .is_some_and(|kind| kind == "generated");
    let panel = if generate {
        generated(shops, products, days)?
    } else {
        simulated(shops, products, days)?
    };
    meter.lap("panel");

    let ready = Ready::new(&panel)?;
    meter.lap("preparing");

    let drawn = ready.draw(BATCHES, config.batch)?;
    let features_cpu = meter.lap("features");

    // The first report of progress comes when the trees stand and the network has made a few steps.
    let (mut before, mut steps, mut trees_cpu) = (0, 0, 0.0);
    let artifact = ready.train(&config, &mut |at| {
        if before == 0 {
            before = at.step;
            trees_cpu = meter.lap("trees");
        }
        steps = at.steps;
    })?;
    let network_cpu = meter.lap("network");

    let valid_days = ready.valid_days();
    drop(ready);
    let artifact = with_members(artifact, TrainConfig::default().members);
    meter.lap("between");
    let forecasts = artifact.predict(&panel)?;
    meter.lap("predicting");

    // The network's first steps fell into the lap of the trees.
    let timed = steps.saturating_sub(before).max(1);
    let of_a_step = network_cpu / timed as f64;
    Ok(json!({
        "series": panel.series.len(),
        "valid_days": valid_days,
        "forecasts": forecasts.iter().map(|f| f.days.len()).sum::<usize>(),
        "steps": steps,
        "trees_cpu_s": (trees_cpu - of_a_step * before as f64).max(0.0),
        "network_cpu_s": of_a_step * steps as f64,
        "trained_windows_per_cpu_s": (timed * config.batch) as f64 / network_cpu.max(0.01),
        "feature_windows_per_cpu_s": drawn as f64 / features_cpu.max(0.01),
        "laps": meter.laps,
    }))
}

/// The network alone, without features: windows trained and windows forecast for each second of processor time.
fn network(options: &Options) -> Result<Value, Failure> {
    let seconds = options.number("seconds", 10)? as f64;
    let (batch, inference) = (
        options.number("batch", 64)?,
        options.number("inference", 128)?,
    );
    let training = alone(batch);
    let parameters = training.widths().parameters;
    let mut pace = Pace::new(seconds);
    training.train(&mut |loss| {
        black_box(loss);
        pace.another(batch)
    });
    let trained = pace.per_cpu_second();
    let forecasting = alone(inference);
    let forecaster = forecasting.forecaster();
    let mut pace = Pace::new(seconds);
    while pace.another(inference) {
        black_box(forecaster());
    }
    let forecast = pace.per_cpu_second();
    Ok(json!({
        "training_windows_per_cpu_s": trained,
        "inference_windows_per_cpu_s": forecast,
        "parameters": parameters,
    }))
}

/// The network of a chain of 35 shops and 100 products.
fn alone(batch: usize) -> Alone {
    Alone::new(&TrainConfig::default(), 35, 100, batch)
}

/// Counts work over some seconds, after a tenth of the time to get warm.
struct Pace {
    begun: Instant,
    seconds: f64,
    /// When counting began, processor seconds then, and work done since.
    counted: Option<(Instant, f64, usize)>,
}

impl Pace {
    fn new(seconds: f64) -> Self {
        Self {
            begun: Instant::now(),
            seconds,
            counted: None,
        }
    }

    /// Whether time is left, after so many more units of work.
    fn another(&mut self, units: usize) -> bool {
        match &mut self.counted {
            Some((since, _, done)) => {
                *done += units;
                since.elapsed().as_secs_f64() < self.seconds
            }
            None => {
                if self.begun.elapsed().as_secs_f64() >= self.seconds / 10.0 {
                    self.counted = Some((Instant::now(), cpu_seconds(), 0));
                }
                true
            }
        }
    }

    fn per_cpu_second(&self) -> f64 {
        let (_, cpu, done) = self.counted.unwrap_or((self.begun, 0.0, 0));
        done as f64 / (cpu_seconds() - cpu).max(0.01)
    }
}

/// A simulated chain, every shop with its own assortment.
fn simulated(shops: usize, products: usize, days: usize) -> Result<Panel, Failure> {
    let chain = Chain::new(ChainConfig {
        shops,
        products,
        days: u32::try_from(days)?,
        ..ChainConfig::new(1, last_day()?)
    });
    Ok(panel(&chain, last_day()?, Censoring::Told).panel)
}

/// Every product in every shop on every day: a week, a year, a drift and noise, and a day of promotion now and then.
/// Simpler than the simulated chain and quicker to make, for sizes at which only the amount matters.
fn generated(shops: usize, products: usize, days: usize) -> Result<Panel, Failure> {
    let last = last_day()?;
    let first = last - chrono::Days::new(days as u64 - 1);
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut series = Vec::with_capacity(shops * products);
    for at in 0..shops * products {
        let (store, product) = (at / products, at % products);
        // From a few pieces a week to a hundred a day, as in a supermarket.
        let level = (rng.random::<f64>() * 5.0 - 1.0).exp();
        let (phase, drift) = (rng.random::<f64>() * 6.3, rng.random::<f64>() - 0.5);
        let price = 1.0 + rng.random::<f64>().round() * 0.5;
        let promoted = |day: usize| (day + at).is_multiple_of(41);
        let day = |k: usize, rng: &mut ChaCha8Rng| {
            let share = k as f64 / days as f64;
            let week = 1.0 + 0.3 * ((k % 7) as f64 / 6.0);
            let year = 1.0 + 0.2 * (k as f64 / 58.1 + phase).sin();
            let promotion = if promoted(k) { 1.4 } else { 1.0 };
            let expected = level * week * year * promotion * (1.0 + drift * share);
            // The sum of two uniform numbers: enough like noise for a clock.
            (expected * (rng.random::<f64>() + rng.random::<f64>())).round()
        };
        let mut known = Vec::with_capacity(days);
        for k in 0..days {
            known.push(PanelDay {
                date: first + chrono::Days::new(k as u64),
                quantity: day(k, &mut rng),
                price: Some(price),
                promotion: Some(promoted(k)),
                censored: false,
            });
        }
        let planned = (1..=HORIZON_DAYS).map(|ahead| PlannedDay {
            date: last + chrono::Days::new(ahead as u64),
            price: Some(price),
            promotion: Some(promoted(days + ahead - 1)),
        });
        series.push(PanelSeries {
            store,
            product,
            days: known,
            planned: planned.collect(),
        });
    }
    let products = (0..products).map(|k| PanelProduct {
        id: format!("product {k}"),
        category: format!("category {}", k % 7),
        list_price: None,
        unit_cost: None,
        salvage: None,
    });
    Ok(Panel {
        stores: (0..shops)
            .map(|k| PanelStore {
                id: format!("shop {k}"),
            })
            .collect(),
        products: products.collect(),
        series,
        calendar: Vec::new(),
        weather: Vec::new(),
        last_date: last,
    })
}

fn last_day() -> Result<NaiveDate, Failure> {
    Ok(NaiveDate::from_ymd_opt(2026, 6, 30).ok_or("a date")?)
}

/// Seconds, processor seconds and memory, lap after lap.
struct Meter {
    laps: Vec<Value>,
    begun: Instant,
    cpu: f64,
    held: u64,
}

impl Meter {
    fn new() -> Result<Self, Failure> {
        forget_peak()?;
        Ok(Self {
            laps: Vec::new(),
            begun: Instant::now(),
            cpu: cpu_seconds(),
            held: memory("VmRSS:"),
        })
    }

    /// Ends a lap and begins the next; returns the processor seconds of the one that ended.
    fn lap(&mut self, name: &str) -> f64 {
        let cpu = cpu_seconds() - self.cpu;
        let peak = memory("VmHWM:");
        self.laps.push(json!({
            "name": name,
            "s": self.begun.elapsed().as_secs_f64(),
            "cpu_s": cpu,
            "peak_kib": peak,
            // What the lap needed beyond what was held when it began.
            "own_kib": peak.saturating_sub(self.held),
        }));
        // It worked when the meter was made.
        let _ = forget_peak();
        self.held = memory("VmRSS:");
        self.cpu = cpu_seconds();
        self.begun = Instant::now();
        cpu
    }
}

/// From here on `VmHWM` is the highest since now.
fn forget_peak() -> std::io::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5")
}

/// A field of `/proc/self/status`, in KiB.
fn memory(field: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok())
        .unwrap_or_default()
}

/// Processor time of all threads: `utime` and `stime`, the 14th and 15th field behind a name in brackets.
fn cpu_seconds() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat.rsplit_once(')').map_or("", |(_, fields)| fields);
    let ticks = fields.split_whitespace().skip(11).take(2);
    ticks.filter_map(|t| t.parse::<f64>().ok()).sum::<f64>() / TICKS_PER_SECOND
}
