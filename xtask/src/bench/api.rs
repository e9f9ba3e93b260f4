//! Questions to the model under load, beside a service of FastAPI and LightGBM on the same machine and the same sales.

use super::Bench;
use super::load::{CONNECTIONS, Generator, Load};
use super::report::{Section, Table, grouped};
use super::scene::{Engine, Scene};
use super::visitor::Visitor;
use crate::children::{self, Running, run_quiet};
use crate::stages::Stage;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// The other service.
const SCRIPT: &str = include_str!("api.py");
/// What it needs from PyPI.
const PACKAGES: [&str; 6] = [
    "fastapi",
    "uvicorn[standard]",
    "lightgbm",
    "numpy",
    "pandas",
    "scipy",
];

const DURATION: Duration = Duration::from_secs(15);
const QUICK_DURATION: Duration = Duration::from_secs(2);
/// Requests that are there to be sent: more than the time suffices for, of the fast ones.
const SINGLE: usize = 400_000;
const BATCHES: usize = 4_000;
/// Questions of a batch.
const OF_BATCH: usize = 100;
/// Of the demo's people: who may read forecasts of every shop.
const ANALYST: &str = "analista@demo.hornada.local";
/// How long the other service may take until it listens.
const PATIENCE: Duration = Duration::from_secs(120);

/// A kind of request and its bodies.
struct Kind {
    what: &'static str,
    function: &'static str,
    bodies: Vec<String>,
}

/// # Errors
/// When a service does not start or refuses questions.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let duration = if bench.quick {
        QUICK_DURATION
    } else {
        DURATION
    };
    let python = python(bench)?;
    let folder = children::temporary_folder("hornada-api-")?;
    let script = folder.join("api.py");
    std::fs::write(&script, SCRIPT)?;
    let generator = Generator::new(bench, duration)?;

    let stage = Stage::start("A demo to ask".to_owned());
    let scene = Scene::new(bench, Engine::Sqlite)?;
    let mut arguments = vec!["demo", "--no-serve"];
    if bench.quick {
        arguments.extend(["--shops", "2", "--days", "150"]);
    }
    scene.run(&arguments)?;
    let database = scene.folder.join("data").join("hornada.db");
    let questions = folder.join("questions");
    let say = |arguments: &[&Path], command: &str| {
        let mut program = bench.workspace.program(&python);
        program.arg(&script).arg(command).args(arguments);
        run_quiet(&mut program)
    };
    say(&[&database, &questions], "questions")?;
    let questions = read(&std::fs::read_to_string(&questions)?)?;
    stage.done(format!("{} shelf-days", grouped(questions.len() as u64)));

    let kinds = kinds(&questions, bench.quick)?;
    let stage = Stage::start("Ours".to_owned());
    let server = scene.serve()?;
    let analyst = Visitor::sign_in(&server.address, ANALYST)?;
    let ours = loads(&generator, &analyst, &kinds)?;
    server.stop();
    stage.done("measured");

    let stage = Stage::start("FastAPI and LightGBM".to_owned());
    let learned = say(&[&database, &folder], "train")?;
    let cores = std::thread::available_parallelism()?.get();
    // Free when it is asked for; nobody else takes ports here.
    let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
    let mut command = bench.workspace.program(&python);
    command.arg(&script).arg("serve").arg(&folder);
    command.args([port.to_string(), cores.to_string()]);
    let mut other = Running::start(&mut command)?;
    let theirs = Visitor {
        address: format!("127.0.0.1:{port}"),
        cookies: String::new(),
    };
    wait_for(&theirs, &mut other)?;
    let theirs = loads(&generator, &theirs, &kinds)?;
    other.end("TERM");
    stage.done("measured");
    children::remove_folder(&folder);

    let rows = kinds.iter().zip(ours.iter().zip(&theirs));
    let table = Table {
        title: format!(
            "the demo's shelves, {CONNECTIONS} connections kept alive, `{}` on the same machine",
            generator.command()
        ),
        head: [
            "request",
            "ours/s",
            "p50, ms",
            "p95, ms",
            "p99, ms",
            "theirs/s",
            "p50, ms",
            "p95, ms",
            "p99, ms",
            "throughput, ratio",
        ]
        .map(str::to_owned)
        .to_vec(),
        rows: rows
            .map(|(kind, (ours, theirs))| row(kind.what, ours, theirs))
            .collect(),
    };
    let notes = vec![format!(
        "Ours over SQLite with session, permission and log of every request; theirs without any of it, {cores} processes of uvicorn, \
         mean and eleven quantiles from boosters of 250 trees each, inputs of every day prepared beforehand ({}). `as planned`: all \
         shelves and days in turn. `again`: one question with a price over and over. `other price`: every question has a price of its own, so \
         nothing is kept.",
        learned.lines().last().unwrap_or_default()
    )];
    Ok(Section::new("api", vec![table], notes))
}

/// An interpreter with the packages, in a folder of its own that stays.
fn python(bench: &Bench<'_>) -> Result<PathBuf> {
    let home = std::env::var_os("HOME").context("there is no home folder")?;
    let folder = Path::new(&home).join(".cache/hornada/tools/bench-api");
    let python = folder.join("bin/python");
    let has_all = |python: &Path| {
        let mut command = bench.workspace.program(python);
        command.args(["-c", "import fastapi, uvicorn, lightgbm, numpy, pandas"]);
        run_quiet(&mut command).is_ok()
    };
    if python.is_file() && has_all(&python) {
        return Ok(python);
    }
    let stage = Stage::start("FastAPI and LightGBM from PyPI".to_owned());
    let mut command = bench.workspace.program("python3");
    run_quiet(command.args(["-m", "venv", "--clear"]).arg(&folder))?;
    let mut command = bench.workspace.program(&python);
    run_quiet(
        command
            .args(["-m", "pip", "install", "--quiet"])
            .args(PACKAGES),
    )?;
    stage.done("installed");
    Ok(python)
}

fn read(text: &str) -> Result<Vec<Value>> {
    let questions: Vec<Value> = text
        .lines()
        .map(serde_json::from_str)
        .collect::<Result<_, _>>()?;
    ensure!(!questions.is_empty(), "the demo has no forecasts");
    Ok(questions)
}

fn kinds(questions: &[Value], is_quick: bool) -> Result<Vec<Kind>> {
    let (single, batches) = if is_quick {
        (SINGLE / 20, BATCHES / 20)
    } else {
        (SINGLE, BATCHES)
    };
    let price = |question: &Value| question["price"].as_i64().context("a price");
    let plain = |n: usize| {
        let mut question = questions[n % questions.len()].clone();
        if let Some(fields) = question.as_object_mut() {
            fields.remove("price");
        }
        question
    };
    // From 60 to 140 % of the list price, and a temperature: together hardly ever the same twice.
    let other = |n: usize| -> Result<Value> {
        let question = &questions[n % questions.len()];
        let mut asked = question.clone();
        asked["price"] = json!((price(question)? * (60 + (n % 81) as i64) / 100).max(1));
        asked["weather"] = json!({ "temperature_c": (n / 81) as f64 * 0.001 });
        Ok(asked)
    };
    let batch = |items: Vec<Value>| json!({ "items": items }).to_string();
    let again = other(7)?.to_string();
    let others = (0..single).map(|n| -> Result<String> { Ok(other(n)?.to_string()) });
    let batches_of_others = (0..batches).map(|n| -> Result<String> {
        let items: Result<Vec<Value>> = (0..OF_BATCH)
            .map(|k| other(single + n * OF_BATCH + k))
            .collect();
        Ok(batch(items?))
    });
    let (one, many) = ("v1/predict", "v1/predict/batch");
    Ok(vec![
        Kind {
            what: "one, as planned",
            function: one,
            bodies: (0..single).map(|n| plain(n).to_string()).collect(),
        },
        Kind {
            what: "one, other price, again",
            function: one,
            bodies: vec![again; single],
        },
        Kind {
            what: "one, other price",
            function: one,
            bodies: others.collect::<Result<_>>()?,
        },
        Kind {
            what: "100, as planned",
            function: many,
            bodies: (0..batches)
                .map(|n| batch((0..OF_BATCH).map(|k| plain(n * OF_BATCH + k)).collect()))
                .collect(),
        },
        Kind {
            what: "100, other price",
            function: many,
            bodies: batches_of_others.collect::<Result<_>>()?,
        },
    ])
}

fn loads(generator: &Generator<'_>, visitor: &Visitor, kinds: &[Kind]) -> Result<Vec<Load>> {
    let mut found = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let body: Value = serde_json::from_str(&kind.bodies[0])?;
        let (status, said) = visitor.post(&format!("/api/{}", kind.function), &body)?;
        ensure!(
            status == 200,
            "{} was answered with {status}: {}",
            kind.what,
            String::from_utf8_lossy(&said)
        );
        let load = generator.calls(visitor, kind.function, &kind.bodies)?;
        ensure!(
            load.good > 0 && load.errors == 0,
            "{}: {} good answers, {} errors",
            kind.what,
            load.good,
            load.errors
        );
        found.push(load);
    }
    Ok(found)
}

fn wait_for(visitor: &Visitor, running: &mut Running) -> Result<()> {
    let begun = Instant::now();
    while TcpStream::connect(&visitor.address).is_err() {
        if running.ended()?.is_some() || begun.elapsed() > PATIENCE {
            bail!("the service of FastAPI did not start");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Ok(())
}

fn row(what: &str, ours: &Load, theirs: &Load) -> Vec<String> {
    let milliseconds = |value: f64| format!("{value:.2}");
    let mut cells = vec![what.to_owned()];
    for load in [ours, theirs] {
        cells.push(grouped(load.per_second() as u64));
        cells.extend([load.p50_ms, load.p95_ms, load.p99_ms].map(milliseconds));
    }
    cells.push(format!(
        "{:.1}",
        ours.per_second() / theirs.per_second().max(1e-6)
    ));
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_as_planned_have_no_price_and_the_others_all_differ() {
        let question =
            json!({ "store_id": "a", "product_id": "b", "date": "2026-03-11", "price": 200 });
        let kinds = kinds(&[question], true).unwrap();
        assert!(!kinds[0].bodies[0].contains("price"));
        let others: std::collections::BTreeSet<&String> = kinds[2].bodies.iter().collect();
        assert_eq!(others.len(), kinds[2].bodies.len());
        assert_eq!(kinds[1].bodies[0], kinds[1].bodies[1]);
        assert!(kinds[4].bodies[0].matches("price").count() == OF_BATCH);
        assert!(read("").is_err());
    }

    #[test]
    fn a_row_ends_with_the_ratio() {
        let load = |requests| Load {
            requests,
            seconds: 1.0,
            ..Load::default()
        };
        let row = row("one", &load(2_000), &load(100));
        assert_eq!(row.len(), 10);
        assert_eq!((row[1].as_str(), row[9].as_str()), ("2,000", "20.0"));
    }
}
