//! One night on a simulated chain: how long it takes, and whether the model may serve.
//!
//! `cargo run -p forecast --example simulated_night -- [shops=6] [products=45] [days=730] [seed=1]`
#![allow(clippy::print_stdout)]

use chrono::NaiveDate;
use forecast::{TrainConfig, nightly};
use simulate::{Censoring, Chain, ChainConfig, panel};
use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::AtomicBool;

fn main() -> Result<(), Box<dyn Error>> {
    let options: HashMap<String, u32> = std::env::args()
        .skip(1)
        .map(|arg| {
            let (key, value) = arg.split_once('=').ok_or("options are written key=value")?;
            Ok((key.to_owned(), value.parse()?))
        })
        .collect::<Result<_, Box<dyn Error>>>()?;
    let number = |key: &str, default: u32| options.get(key).copied().unwrap_or(default);
    let end = NaiveDate::from_ymd_opt(2026, 10, 31).ok_or("a date")?;
    let chain = Chain::new(ChainConfig {
        shops: number("shops", 6) as usize,
        products: number("products", 45) as usize,
        days: number("days", 730),
        ..ChainConfig::new(u64::from(number("seed", 1)), end)
    });
    let until = end - chrono::Days::new(28);
    let known = panel(&chain, until, Censoring::Told);
    let days: usize = known.panel.series.iter().map(|s| s.days.len()).sum();
    println!("{} series, {days} days", known.panel.series.len());
    let config = TrainConfig {
        steps: number("steps", 0) as usize,
        members: number("members", TrainConfig::default().members as u32) as usize,
        ..TrainConfig::default()
    };
    let cancel = AtomicBool::new(false);
    let night = nightly(&known.panel, None, &config, &mut |_| {}, &cancel)?;
    println!("{}", night.decision.reason);
    println!("{:?}", night.timings);
    if let Some(report) = &night.report {
        println!(
            "model  {:?}\nnaive  {:?}\nmean 4 {:?}",
            report.model, report.seasonal_naive, report.weekday_mean
        );
    }
    if let Some(artifact) = &night.artifact {
        println!("{:?}", artifact.manifest().calibration);
        let forecasts = artifact.predict(&known.panel)?;
        let mean: f64 = forecasts.iter().flat_map(|f| &f.days).map(|d| d.mean).sum();
        let demand: i64 = known.future_demand.iter().flatten().sum();
        let sold: i64 = known.future_sold.iter().flatten().sum();
        println!("forecast {mean:.0}, true demand {demand}, sold {sold}");
        let inside = forecasts
            .iter()
            .zip(&known.future_demand)
            .flat_map(|(f, truth)| f.days.iter().zip(truth))
            .map(|(d, y)| {
                (
                    d.quantiles[1] <= *y as f64 && *y as f64 <= d.quantiles[9],
                    1,
                )
            })
            .fold((0, 0), |a, (inside, n)| (a.0 + i32::from(inside), a.1 + n));
        println!(
            "10-90 % interval covers {:.3} of true demand",
            f64::from(inside.0) / f64::from(inside.1.max(1))
        );
    }
    Ok(())
}
