//! Taking tickets: how fast, and whether memory grows with the file.

use super::Bench;
use super::report::{Section, Table, grouped, mebibytes};
use super::scene::{Engine, Scene};
use crate::simulated::{self, CATALOG, TICKETS, Written};
use crate::stages::Stage;
use crate::{children, stages};
use ::simulate::ChainConfig;
use anyhow::{Context, Result, ensure};
use chrono::NaiveDate;
use std::path::Path;

/// Ticket lines of the files; the second shows what a longer file costs.
const LINES: [u64; 2] = [100_000, 400_000];
const QUICK_LINES: [u64; 2] = [2_000, 8_000];

/// The chain whose tickets are taken: six shops that sell some 3,500 lines a day between them.
fn chain() -> Result<ChainConfig> {
    let end = NaiveDate::from_ymd_opt(2025, 12, 31).context("no date")?;
    let mut config = ChainConfig::new(1, end);
    config.days = 150;
    Ok(config)
}

/// Rows and seconds of the two passes over a file.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Passes {
    checked: u64,
    check_seconds: f64,
    taken: u64,
    take_seconds: f64,
}

/// # Errors
/// When a file is not taken completely or the books are not sound afterwards.
pub fn measure(bench: &Bench<'_>) -> Result<Section> {
    let sizes = if bench.quick { QUICK_LINES } else { LINES };
    let mut files = Vec::new();
    for lines in sizes {
        let folder = children::temporary_folder("hornada-tickets-")?;
        let written = simulated::write(chain()?, Some(lines), &folder)?;
        ensure!(
            written.lines == lines,
            "the chain sold only {} ticket lines",
            written.lines
        );
        files.push((folder, written));
    }
    let mut rows = Vec::new();
    for engine in &bench.engines {
        for (folder, written) in &files {
            rows.push(take(bench, *engine, folder, *written)?);
        }
    }
    for (folder, _) in &files {
        children::remove_folder(folder);
    }
    let head = [
        "database",
        "ticket lines",
        "file",
        "check, rows/s",
        "taking, rows/s",
        "whole command",
        "overall, rows/s",
        "processor",
        "own memory",
        "with mapped files",
    ];
    let table = Table {
        title: "`hornada import FILE --yes` into an empty database of six shops and 45 products"
            .into(),
        head: head.map(str::to_owned).to_vec(),
        rows,
    };
    let notes = vec![
        "Taking writes tickets, lines, daily totals, stock movements and levels. The whole command is the process from \
         start to end: opening the database, storing the upload, both passes; `processor` is what its threads were at work. \
         Memory is the process's at its highest, what it allocated (`RssAnon`) and all that was resident (`VmHWM`): SQLite \
         maps up to 256 MiB of the database file, which is the system's to take back. Neither time nor memory of \
         PostgreSQL's processes is in it. `hornada doctor` found the books sound after each."
            .into(),
    ];
    Ok(Section::new("import", vec![table], notes))
}

fn take(bench: &Bench<'_>, engine: Engine, folder: &Path, written: Written) -> Result<Vec<String>> {
    let lines = grouped(written.lines);
    let stage = Stage::start(format!("Import of {lines} ticket lines, {}", engine.name()));
    let scene = Scene::new(bench, engine)?;
    let path = |name: &str| folder.join(name).to_string_lossy().into_owned();
    scene.run(&["setup", "--file", &path(CATALOG)])?;
    let ran = scene.run(&["import", &path(TICKETS), "--yes"])?;
    let passes = passes(&ran.said).with_context(|| format!("no times in:\n{}", ran.said))?;
    ensure!(
        passes.checked == written.lines && passes.taken == written.lines,
        "not every row was taken:\n{}",
        ran.said
    );
    scene.doctor()?;
    stage.done(stages::spoken(std::time::Duration::from_secs_f64(
        ran.seconds,
    )));
    let rate = |seconds: f64| grouped((written.lines as f64 / seconds.max(0.001)) as u64);
    Ok(vec![
        engine.name().into(),
        lines,
        format!("{:.1} MB", written.bytes as f64 / 1e6),
        rate(passes.check_seconds),
        rate(passes.take_seconds),
        format!("{:.1} s", ran.seconds),
        rate(ran.seconds),
        format!("{:.1} s", ran.processor_seconds),
        mebibytes(ran.peak.own_kib),
        mebibytes(ran.peak.resident_kib),
    ])
}

/// Reads `checking: 100,000 rows in 1.2 s (83,333 rows/s)` and the same for `taking`.
fn passes(said: &str) -> Option<Passes> {
    let of = |word: &str| -> Option<(u64, f64)> {
        let line = said
            .lines()
            .find_map(|line| line.trim().strip_prefix(word))?;
        let (rows, rest) = line.trim().split_once(" rows in ")?;
        let seconds: f64 = rest.split_once(" s (")?.0.parse().ok()?;
        // Long passes are told to a tenth of a second; short ones only by their rate.
        let rate: f64 = rest
            .split_once('(')?
            .1
            .split_once(" rows/s")?
            .0
            .replace(',', "")
            .parse()
            .ok()?;
        let rows: u64 = rows.replace(',', "").parse().ok()?;
        Some((
            rows,
            if rate > 0.0 {
                rows as f64 / rate
            } else {
                seconds
            },
        ))
    };
    let ((checked, check_seconds), (taken, take_seconds)) = (of("checking:")?, of("taking:")?);
    Some(Passes {
        checked,
        check_seconds,
        taken,
        take_seconds,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_from_what_the_import_says() {
        let said = "checking: 100,000 rows in 1.3 s (80,000 rows/s)\n  good   100,000\n  row 3: x\n\
                    taking: 100,000 rows in 2.5 s (40,000 rows/s)\n100,000 rows taken\n";
        let passes = passes(said).unwrap();
        assert_eq!((passes.checked, passes.taken), (100_000, 100_000));
        assert!((passes.check_seconds - 1.25).abs() < 1e-9);
        assert!((passes.take_seconds - 2.5).abs() < 1e-9);
        assert_eq!(super::passes("checking: 5 rows in 0.0 s (9 rows/s)"), None);
    }
}
