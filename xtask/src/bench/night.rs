//! The night, step by step, as the product itself records it.

use super::Bench;
use super::report::{Section, Table, grouped, mebibytes};
use super::scene::{Engine, Peak, Scene};
use super::visitor::Visitor;
use crate::stages::Stage;
use anyhow::{Context, Result, ensure};
use chrono::{DateTime, NaiveDate, Utc};
use contract::nights::NightView;
use serde::Deserialize;
use serde_json::{Value, json};

/// Shops of the two chains. The products and days of history are the demo's own.
const SHOPS: [u32; 2] = [6, 35];
const QUICK_SHOPS: [u32; 2] = [2, 3];
const DAYS: &str = "760";
const QUICK_DAYS: &str = "400";

/// Who may read the book of nights.
const ANALYST: &str = "analista@demo.hornada.local";

/// A night as the product tells it.
#[derive(Clone, Debug, Deserialize)]
struct Night {
    business_date: NaiveDate,
    status: String,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    steps: Vec<Step>,
}

#[derive(Clone, Debug, Deserialize)]
struct Step {
    name: String,
    started_at: DateTime<Utc>,
    finished_at: DateTime<Utc>,
    detail: Value,
}

/// Names and seconds, the whole night last.
type Seconds = Vec<(String, f64)>;

/// The two kinds of night on one database.
struct Nights {
    engine: Engine,
    trained: Seconds,
    untrained: Seconds,
    demo_seconds: f64,
    peak: Peak,
    processor_seconds: f64,
    series: String,
}

/// # Errors
/// When a night fails, is not of the kind that is measured, or leaves the books unsound.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let shops = if bench.quick { QUICK_SHOPS } else { SHOPS };
    let (mut tables, mut wholes) = (Vec::new(), Vec::new());
    for shops in shops {
        let mut nights = Vec::new();
        for engine in &bench.engines {
            nights.push(nights_of(bench, *engine, shops)?);
        }
        let first = nights.first().context("no database was chosen")?;
        let days = if bench.quick { QUICK_DAYS } else { DAYS };
        tables.push(Table {
            title: format!(
                "{shops} shops, 45 products, {days} days of history, {}",
                first.series
            ),
            head: head(&nights),
            rows: rows(&nights),
        });
        wholes.extend(nights.iter().map(|of| {
            format!(
                "{shops} shops, {}: {:.0} s ({:.0} s of processor), {}",
                of.engine.name(),
                of.demo_seconds,
                of.processor_seconds,
                mebibytes(of.peak.own_kib)
            )
        }));
    }
    let notes = vec![
        "Seconds as the product records them for each step, in a data folder that `hornada demo --no-serve --shops N` made. \
         `training`: the last night, which trains from nothing, judges and trains once more on all days. `no training`: the \
         median of the 13 nights before it, each as with `hornada nightly --no-train`. What the whole \
         night takes beyond its steps is reading the history. `hornada doctor` found the books sound and no gap in the \
         forecasts."
            .into(),
        format!(
            "The whole demo (simulation, import of the last six weeks' tickets, 15 nights of which two train) and its memory \
             at its highest: {}.",
            wholes.join("; ")
        ),
    ];
    Ok(Section::new("night", tables, notes))
}

fn nights_of<'a>(bench: &'a Bench<'a>, engine: Engine, shops: u32) -> Result<Nights> {
    let stage = Stage::start(format!("Nights of {shops} shops, {}", engine.name()));
    let scene = Scene::new(bench, engine)?;
    let shops = shops.to_string();
    let mut arguments = vec!["demo", "--no-serve", "--shops", &shops];
    if bench.quick {
        arguments.extend(["--days", QUICK_DAYS]);
    }
    let demo = scene.run(&arguments)?;
    let server = scene.serve()?;
    let analyst = Visitor::sign_in(&server.address, ANALYST)?;
    let mut nights: Vec<Night> =
        serde_json::from_value(analyst.call::<Vec<NightView>>("list_nights", &json!({}))?)?;
    server.stop();
    nights.sort_by_key(|night| night.business_date);
    for night in &nights {
        ensure!(
            night.status == "succeeded",
            "the night of {} is {}",
            night.business_date,
            night.status
        );
    }
    let last = nights.pop().context("there was no night")?;
    ensure!(
        last.path() == Some("cold"),
        "the last night did not train from nothing: {:?}",
        last.path()
    );
    nights.retain(|night| night.path().is_none());
    ensure!(!nights.is_empty(), "every night trained");
    let untrained: Vec<Seconds> = nights.iter().map(Night::seconds).collect();
    stage.done(format!("{:.0} s in all", demo.seconds));
    Ok(Nights {
        engine,
        trained: last.seconds(),
        untrained: medians(&untrained),
        demo_seconds: demo.seconds,
        peak: demo.peak,
        processor_seconds: demo.processor_seconds,
        series: series(&scene)?,
    })
}

/// How much is forecast, from what the doctor says of a sound database.
fn series(scene: &Scene<'_>) -> Result<String> {
    let said = scene.doctor()?;
    let line = said
        .lines()
        .find(|line| line.starts_with("forecasts issued"));
    let (_, what) = line
        .and_then(|line| line.split_once(": "))
        .context("the doctor saw no forecasts")?;
    let number: u64 = what
        .split_whitespace()
        .next()
        .context("the doctor counted no series")?
        .parse()?;
    Ok(format!("{} series", grouped(number)))
}

impl Night {
    /// Which way training took; `None` where there was none.
    fn path(&self) -> Option<&str> {
        let train = self.steps.iter().find(|step| step.name == "train")?;
        train.detail["path"].as_str()
    }

    fn seconds(&self) -> Seconds {
        let mut all: Seconds = self
            .steps
            .iter()
            .map(|step| {
                (
                    step.name.replace('_', " "),
                    between(step.started_at, step.finished_at),
                )
            })
            .collect();
        all.push((
            "whole night".into(),
            between(self.started_at, self.finished_at),
        ));
        all
    }
}

fn between(from: DateTime<Utc>, to: DateTime<Utc>) -> f64 {
    (to - from).as_seconds_f64()
}

fn medians(nights: &[Seconds]) -> Seconds {
    let Some(first) = nights.first() else {
        return Seconds::new();
    };
    let median = |name: &String| {
        let mut all: Vec<f64> = nights
            .iter()
            .flatten()
            .filter(|(other, _)| other == name)
            .map(|(_, seconds)| *seconds)
            .collect();
        all.sort_by(f64::total_cmp);
        (name.clone(), all[all.len() / 2])
    };
    first.iter().map(|(name, _)| median(name)).collect()
}

fn head(nights: &[Nights]) -> Vec<String> {
    let kinds = nights.iter().flat_map(|of| {
        ["training", "no training"].map(|kind| format!("{}, {kind}", of.engine.name()))
    });
    std::iter::once("step, s".to_owned()).chain(kinds).collect()
}

fn rows(nights: &[Nights]) -> Vec<Vec<String>> {
    let Some(first) = nights.first() else {
        return Vec::new();
    };
    let row = |name: &String| {
        let cells = nights
            .iter()
            .flat_map(|of| [&of.trained, &of.untrained])
            .map(|seconds| {
                let found = seconds.iter().find(|(other, _)| other == name);
                found.map_or_else(|| "-".to_owned(), |(_, seconds)| format!("{seconds:.2}"))
            });
        std::iter::once(name.clone()).chain(cells).collect()
    };
    first.trained.iter().map(|(name, _)| row(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn night(path: Value) -> Night {
        serde_json::from_value(json!({
            "id": "x", "business_date": "2026-01-01", "status": "succeeded",
            "started_at": "2026-01-02T01:00:00Z", "finished_at": "2026-01-02T01:00:14.250Z",
            "steps": [
                { "name": "quality_gate", "position": 0, "status": "succeeded", "detail": {},
                  "started_at": "2026-01-02T01:00:00Z", "finished_at": "2026-01-02T01:00:00.100Z" },
                { "name": "train", "position": 2, "status": "succeeded", "detail": { "path": path },
                  "started_at": "2026-01-02T01:00:01Z", "finished_at": "2026-01-02T01:00:13.500Z" },
            ],
        }))
        .unwrap()
    }

    #[test]
    fn steps_and_the_way_of_training_are_read_from_the_book_of_nights() {
        let trained = night(json!("cold"));
        assert_eq!(trained.path(), Some("cold"));
        let expected = [
            ("quality gate", 0.1),
            ("train", 12.5),
            ("whole night", 14.25),
        ];
        assert_eq!(
            trained.seconds(),
            expected.map(|(name, seconds)| (name.to_owned(), seconds))
        );
        assert_eq!(night(Value::Null).path(), None);
    }

    #[test]
    fn of_several_nights_the_median_counts() {
        let one = |seconds| vec![("forecast".to_owned(), seconds)];
        assert_eq!(medians(&[one(0.4), one(9.0), one(0.2)]), one(0.4));
    }
}
