//! The forecaster: its phases on chains of three sizes, and its network beside the same one in PyTorch.

use super::Bench;
use super::report::{Section, Table, grouped, mebibytes};
use crate::cargo;
use crate::children::{self, run_quiet};
use crate::stages::{self, Board, Stage};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The program that runs the phases, an example of the forecaster's crate.
const EXAMPLE: &str = "measure_forecast";

/// The same network in PyTorch.
const SCRIPT: &str = "xtask/src/bench/forecast.py";

/// How often the two networks take turns, and how many seconds each trains and then forecasts in a turn.
const TURNS: usize = 3;
const SECONDS: u32 = 10;

/// A chain to measure on.
struct Size {
    name: &'static str,
    /// `simulated` or `generated`.
    kind: &'static str,
    shops: u32,
    products: u32,
    days: u32,
    /// Steps of the network; 0 = as many as the night takes.
    steps: u32,
}

const SIZES: [Size; 6] = [
    size("6 x 45, 1 year", "simulated", (6, 45, 365), 0),
    size("6 x 45, 5 years", "simulated", (6, 45, 1826), 0),
    size("35 x 100, 1 year", "simulated", (35, 100, 365), 0),
    size("35 x 100, 5 years", "simulated", (35, 100, 1826), 0),
    size("600 series, 2 years", "generated", (20, 30, 730), 0),
    size("30,490 series, 5 years", "generated", (10, 3049, 1826), 0),
];

const QUICK_SIZES: [Size; 2] = [
    size("2 x 10, 1 year", "simulated", (2, 10, 365), 20),
    size("60 series, 1 year", "generated", (6, 10, 365), 20),
];

const fn size(
    name: &'static str,
    kind: &'static str,
    (shops, products, days): (u32, u32, u32),
    steps: u32,
) -> Size {
    Size {
        name,
        kind,
        shops,
        products,
        days,
        steps,
    }
}

/// What the program tells of a chain.
#[derive(Debug, Deserialize)]
struct Phases {
    series: u64,
    valid_days: u64,
    forecasts: u64,
    steps: u64,
    trees_cpu_s: f64,
    network_cpu_s: f64,
    trained_windows_per_cpu_s: f64,
    feature_windows_per_cpu_s: f64,
    laps: Vec<Lap>,
}

/// One phase: seconds on the clock and of the processor, the most memory in it, and how much of that it added to what was
/// held before.
#[derive(Debug, Deserialize)]
struct Lap {
    name: String,
    s: f64,
    cpu_s: f64,
    peak_kib: u64,
    own_kib: u64,
}

impl Phases {
    fn lap(&self, name: &str) -> Result<&Lap> {
        let found = self.laps.iter().find(|lap| lap.name == name);
        found.with_context(|| format!("nothing was said of {name}"))
    }

    /// The most that trees and networks took beyond what was held before: what the trees gave back, the network uses.
    fn training_kib(&self) -> Result<u64> {
        let (trees, network) = (self.lap("trees")?, self.lap("network")?);
        let held = trees.peak_kib.saturating_sub(trees.own_kib);
        Ok(trees.peak_kib.max(network.peak_kib).saturating_sub(held))
    }
}

/// The network alone, on one thread.
#[derive(Clone, Debug, Deserialize)]
struct Alone {
    training_windows_per_cpu_s: f64,
    inference_windows_per_cpu_s: f64,
    parameters: u64,
    /// Of PyTorch.
    version: Option<String>,
}

/// # Errors
/// When the program cannot be built or fails, or PyTorch builds another network than ours.
pub fn measure(bench: &Bench<'_>, python: &Path) -> Result<Section> {
    let program = program(bench.workspace)?;
    let sizes: &[Size] = if bench.quick { &QUICK_SIZES } else { &SIZES };
    let mut measured = Vec::new();
    for size in sizes {
        let stage = Stage::start(format!("Forecaster, {}", size.name));
        let phases = phases(bench.workspace, &program, size)?;
        let seconds: f64 = phases.laps.iter().map(|lap| lap.s).sum();
        stage.done(stages::spoken(Duration::from_secs_f64(seconds)));
        measured.push((size, phases));
    }
    let (ours, theirs) = networks(bench, &program, python)?;
    let tables = vec![
        seconds(&measured)?,
        memory(&measured)?,
        side_by_side(&ours, &theirs),
    ];
    let mut notes = vec![
        "Each size in a process of its own, one network, everything on one thread; the night trains two such networks side by \
         side and grows the trees beside them, on all cores. Training draws 64 windows a step and computes their features as it \
         goes; `windows/s` are those trained so, and those whose features were computed and nothing else, for each second of \
         the processor. Predicting is the whole call with two networks: checking and aligning the history once more, features, \
         networks, trees, 28 days of every series. `all, by the clock` is the sum of what stands before it, and 64,000 windows' \
         features. The simulated chains (by shops x products) have closing days, assortments that differ by shop, promotions and \
         sold-out days; the generated series are open every day."
            .to_owned(),
        "Memory of the process at its highest (`VmHWM`): what the panel takes, as it is handed over, what preparing it adds, what \
         trees and network add to both, and the whole."
            .to_owned(),
    ];
    notes.push(compared(&ours, &theirs, python));
    Ok(Section::new("forecast", tables, notes))
}

/// Builds the program that is measured.
fn program(workspace: &Workspace) -> Result<PathBuf> {
    let stage = Stage::start("Forecaster's measurements, release build");
    let board = Board::new(&["forecaster"]);
    let arguments = [
        "build",
        "--release",
        "--package",
        "forecast",
        "--example",
        EXAMPLE,
    ];
    let built = cargo::build(workspace, &board, "forecaster", &arguments);
    board.clear();
    built?;
    stage.done(EXAMPLE);
    let folder = workspace.release_binary();
    let folder = folder.parent().context("no release folder")?;
    Ok(folder.join("examples").join(EXAMPLE))
}

fn phases(workspace: &Workspace, program: &Path, size: &Size) -> Result<Phases> {
    let said = run_quiet(workspace.program(program).args([
        "phases".to_owned(),
        format!("series={}", size.kind),
        format!("shops={}", size.shops),
        format!("products={}", size.products),
        format!("days={}", size.days),
        format!("steps={}", size.steps),
    ]))?;
    answer(&said)
}

/// The line of JSON among what a program said.
fn answer<T: for<'de> Deserialize<'de>>(said: &str) -> Result<T> {
    let line = said.lines().rev().find(|line| line.starts_with('{'));
    let line = line.with_context(|| format!("no numbers in:\n{said}"))?;
    serde_json::from_str(line).with_context(|| format!("not understood: {line}"))
}

/// Ours and PyTorch's by turns; nothing of PyTorch's where it is not there.
fn networks(bench: &Bench<'_>, program: &Path, python: &Path) -> Result<(Vec<Alone>, Vec<Alone>)> {
    let workspace = bench.workspace;
    let folder = children::temporary_folder("hornada-widths-")?;
    let widths = folder.join("widths.json");
    std::fs::write(
        &widths,
        run_quiet(workspace.program(program).arg("widths"))?,
    )?;
    let there = children::ask(Command::new(python).args(["-c", "import torch"])).is_some();
    let seconds = if bench.quick { 1 } else { SECONDS }.to_string();
    let (mut ours, mut theirs) = (Vec::<Alone>::new(), Vec::<Alone>::new());
    for turn in 0..if bench.quick { 1 } else { TURNS } {
        let stage = Stage::start(format!("The network alone, turn {}", turn + 1));
        let said = run_quiet(
            workspace
                .program(program)
                .arg("network")
                .arg(format!("seconds={seconds}")),
        )?;
        ours.push(answer(&said)?);
        if there {
            let mut command = workspace.program(python);
            command.arg(workspace.root.join(SCRIPT)).arg(&widths);
            let said = run_quiet(command.args(["--seconds", &seconds]))?;
            theirs.push(answer(&said)?);
        }
        stage.done(if there {
            "both"
        } else {
            "ours, PyTorch is not there"
        });
    }
    children::remove_folder(&folder);
    for (one, other) in ours.iter().zip(&theirs) {
        ensure!(
            one.parameters == other.parameters,
            "{SCRIPT} builds another network: {} weights, ours has {}",
            other.parameters,
            one.parameters
        );
    }
    Ok((ours, theirs))
}

fn seconds(measured: &[(&Size, Phases)]) -> Result<Table> {
    let head = [
        "chain",
        "series",
        "days known",
        "preparing",
        "trees",
        "a network",
        "steps",
        "windows/s",
        "features, windows/s",
        "predicting",
        "days forecast",
        "all, by the clock",
    ];
    let row = |(size, phases): &(&Size, Phases)| -> Result<Vec<String>> {
        let product = phases.laps.iter().filter(|lap| lap.name != "panel");
        let all: f64 = product.map(|lap| lap.s).sum();
        Ok(vec![
            size.name.to_owned(),
            grouped(phases.series),
            grouped(phases.valid_days),
            format!("{:.2} s", phases.lap("preparing")?.cpu_s),
            format!("{:.1} s", phases.trees_cpu_s),
            format!("{:.1} s", phases.network_cpu_s),
            grouped(phases.steps),
            grouped(phases.trained_windows_per_cpu_s as u64),
            grouped(phases.feature_windows_per_cpu_s as u64),
            format!("{:.2} s", phases.lap("predicting")?.cpu_s),
            grouped(phases.forecasts),
            format!("{all:.0} s"),
        ])
    };
    Ok(Table {
        title: "Seconds of the processor by phase".into(),
        head: head.map(str::to_owned).to_vec(),
        rows: measured.iter().map(row).collect::<Result<_>>()?,
    })
}

fn memory(measured: &[(&Size, Phases)]) -> Result<Table> {
    let head = [
        "chain",
        "panel",
        "preparing",
        "training",
        "highest in training",
        "highest in predicting",
    ];
    let row = |(size, phases): &(&Size, Phases)| -> Result<Vec<String>> {
        let highest = phases.lap("trees")?.peak_kib;
        let highest = highest.max(phases.lap("network")?.peak_kib);
        Ok(vec![
            size.name.to_owned(),
            mebibytes(phases.lap("panel")?.own_kib),
            mebibytes(phases.lap("preparing")?.own_kib),
            mebibytes(phases.training_kib()?),
            mebibytes(highest),
            mebibytes(phases.lap("predicting")?.peak_kib),
        ])
    };
    Ok(Table {
        title: "Memory by size".into(),
        head: head.map(str::to_owned).to_vec(),
        rows: measured.iter().map(row).collect::<Result<_>>()?,
    })
}

/// What of a turn stands in a row of the table.
type Read = fn(&Alone) -> f64;

fn side_by_side(ours: &[Alone], theirs: &[Alone]) -> Table {
    let row = |name: &str, read: Read| {
        let (ours, theirs) = (values(ours, read), values(theirs, read));
        let cell = |values: &[f64]| match values {
            [] => "-".to_owned(),
            values => format!(
                "{} ({} to {})",
                grouped(median(values) as u64),
                grouped(values[0] as u64),
                grouped(values[values.len() - 1] as u64)
            ),
        };
        let ratio = if theirs.is_empty() {
            "-".to_owned()
        } else {
            format!("{:.2}", median(&ours) / median(&theirs))
        };
        vec![name.to_owned(), cell(&ours), cell(&theirs), ratio]
    };
    Table {
        title: "The network alone, windows for each second of processor time, median (lowest to highest) of the turns"
            .into(),
        head: ["on one thread", "Hornada", "PyTorch", "ratio"]
            .map(str::to_owned)
            .to_vec(),
        rows: vec![
            row("training, 64 windows a step", |a| {
                a.training_windows_per_cpu_s
            }),
            row("forecasting, 128 windows at a time", |a| {
                a.inference_windows_per_cpu_s
            }),
        ],
    }
}

/// Ascending.
fn values(turns: &[Alone], read: Read) -> Vec<f64> {
    let mut values: Vec<f64> = turns.iter().map(read).collect();
    values.sort_by(f64::total_cmp);
    values
}

fn median(ascending: &[f64]) -> f64 {
    ascending.get(ascending.len() / 2).copied().unwrap_or(0.0)
}

fn compared(ours: &[Alone], theirs: &[Alone], python: &Path) -> String {
    let weights = grouped(ours.first().map_or(0, |turn| turn.parameters));
    match theirs.first() {
        Some(turn) => format!(
            "The same network of {weights} weights, layer for layer, by turns, {} each: ours in Burn, the other in PyTorch {} \
             (`{SCRIPT}`; eager, fused AdamW). Random windows of the same widths, no features: forward, loss, backward, AdamW.",
            ours.len(),
            turn.version.as_deref().unwrap_or("of unknown version")
        ),
        None => format!(
            "The network alone has {weights} weights. `{}` has no PyTorch, so nothing stands beside ours: \
             `--python FILE` names an interpreter that has it.",
            python.display()
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn turn(training: f64) -> Alone {
        Alone {
            training_windows_per_cpu_s: training,
            inference_windows_per_cpu_s: 10.0 * training,
            parameters: 7,
            version: Some("2.0".into()),
        }
    }

    #[test]
    fn numbers_are_found_among_what_was_said() {
        let said = "a warning\n{\"training_windows_per_cpu_s\":5.5,\"inference_windows_per_cpu_s\":9,\"parameters\":3}\nbye";
        let turn: Alone = answer(said).unwrap();
        assert_eq!((turn.parameters, turn.version), (3, None));
        assert!((turn.training_windows_per_cpu_s - 5.5).abs() < 1e-9);
        assert!(answer::<Alone>("nothing").is_err());
    }

    #[test]
    fn of_several_turns_the_median_stands_beside_the_other() {
        let table = side_by_side(
            &[turn(3000.0), turn(1000.0), turn(2000.0)],
            &[turn(4000.0), turn(4000.0), turn(4000.0)],
        );
        assert_eq!(
            table.rows[0][1..],
            ["2,000 (1,000 to 3,000)", "4,000 (4,000 to 4,000)", "0.50"]
        );
        let alone = side_by_side(&[turn(1.0)], &[]);
        assert_eq!(alone.rows[0][2..], ["-", "-"]);
        assert!(compared(&[turn(1.0)], &[], Path::new("python3")).contains("no PyTorch"));
    }
}
