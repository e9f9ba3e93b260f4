//! `cargo xtask test`: every check there is, and one line at the end.

use crate::bench::scene::Engine;
use crate::browser_tests::{self, Database};
use crate::cargo::strip_colour;
use crate::children::run_lines;
use crate::postgres::{Durability, Postgres};
use crate::stages::{Stage, enter_lane, say, spoken, take_recent};
use crate::tally::{self, Tally};
use crate::toolchain::WASM;
use crate::workspace::Workspace;
use crate::{audit, budget, chaos, deploy, fuzz, packages, rules, site, toolchain};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Stages that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting.
    Fmt,
    /// Licences, sources and known weaknesses of what comes from outside.
    Audit,
    /// Lints of both halves.
    Clippy,
    /// Unit, property, service, HTTP, forecast, job and architecture tests.
    Cargo,
    /// Alert rules, by Prometheus' own tool.
    Rules,
    /// The release build; budget and browser tests then use what is there.
    Build,
    /// Bundle sizes.
    Budget,
    /// Files of deployment: compose, container, chart.
    Deploy,
    /// Work while the server is killed, on either database.
    Chaos,
    /// What the REST API answers to whatever its description allows, on either database.
    Fuzz,
    /// Browser tests on either database.
    Browser,
    /// Everything that needs PostgreSQL.
    Postgres,
}

/// What to leave out.
#[derive(Debug, Args)]
pub struct Options {
    /// Leave these parts out; may be given more than once or as a list.
    #[arg(long, value_enum, value_delimiter = ',')]
    skip: Vec<Part>,
    /// Only browser tests whose file or title matches; passed on to Playwright.
    #[arg(long, value_name = "TEXT")]
    browser_filter: Vec<String>,
}

/// What every stage came to, in the order in which they ended.
#[derive(Debug, Default)]
struct Report {
    rows: Mutex<Vec<(String, Tally, Duration)>>,
    /// What stages that failed said last: it would be far up in what the run printed.
    failures: Mutex<Vec<String>>,
}

impl Report {
    /// Runs one stage. A stage that cannot run counts as one failure and the rest goes on.
    fn stage(&self, name: &str, work: impl FnOnce() -> Result<Tally>) -> Tally {
        take_recent();
        let stage = Stage::start(name);
        let tally = work().unwrap_or_else(|error| {
            say(format!("error: {error:#}"));
            Tally::FAILED
        });
        self.rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push((name.to_owned(), tally, stage.elapsed()));
        if tally.failed > 0 {
            self.failures
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .extend(take_recent());
        }
        stage.done(tally.to_string());
        tally
    }

    fn rows(&self) -> Vec<(String, Tally, Duration)> {
        self.rows
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    fn failures(&self) -> String {
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        if failures.is_empty() {
            return String::new();
        }
        format!("\nSaid last by what failed:\n{}\n", failures.join("\n"))
    }

    fn total(&self) -> Tally {
        let mut total = Tally::default();
        for (_, tally, _) in self.rows() {
            total += tally;
        }
        total
    }

    fn table(&self) -> String {
        let mut table = String::new();
        for (name, tally, time) in self.rows() {
            table += &format!(
                "{name:<32} {:>6} passed {:>4} failed   {}\n",
                tally.passed,
                tally.failed,
                spoken(time)
            );
        }
        table
    }
}

/// Runs everything; the exit status is zero when nothing failed.
///
/// The source's lints and tests on one side and the product as people get it on the other run side by side: the compiler and
/// the browser each leave a core idle for long stretches. Whichever side is done first takes over the browser tests on
/// PostgreSQL.
///
/// # Errors
/// When the tools to build with are missing.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    let wanted = |part: Part| !options.skip.contains(&part);
    let report = Report::default();
    toolchain::check(workspace)?;
    let postgres = (wanted(Part::Postgres) && (wanted(Part::Cargo) || wanted(Part::Browser)))
        .then(|| start(workspace, &report))
        .flatten();
    // Held by the product's side until it is known whether there is a browser to test with.
    let left = Mutex::new(None::<PathBuf>);
    std::thread::scope(|scope| {
        let (postgres, report, left) = (postgres.as_ref(), &report, &left);
        let on_postgres = move || {
            let chromium = left.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(postgres), Some(chromium)) = (postgres, chromium) {
                enter_lane("postgres| ");
                let database = Database::Postgres(&postgres.url());
                browser(workspace, options, &chromium, database, report);
            }
        };
        let mut held = left.lock().unwrap_or_else(PoisonError::into_inner);
        scope.spawn(move || {
            enter_lane("source  | ");
            source(workspace, options, postgres, report);
            on_postgres();
        });
        enter_lane("product | ");
        let chromium = product(workspace, options, report);
        held.clone_from(&chromium);
        drop(held);
        if let Some(chromium) = chromium {
            browser(workspace, options, &chromium, Database::Sqlite, report);
        }
        on_postgres();
        enter_lane("");
    });
    drop(postgres);
    let total = report.total();
    println!("{}", report.failures());
    println!("\n{}in {}\n", report.table(), spoken(started.elapsed()));
    println!("{total}");
    Ok(if total.failed == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Formatting, lints and the tests of the crates.
fn source(workspace: &Workspace, options: &Options, postgres: Option<&Postgres>, report: &Report) {
    let wanted = |part: Part| !options.skip.contains(&part);
    if wanted(Part::Fmt) {
        report.stage("Formatting", || {
            lint(workspace.cargo().args(["fmt", "--all", "--", "--check"]))
        });
    }
    if wanted(Part::Audit) {
        report.stage("Audit of what comes from outside", || audit::run(workspace));
    }
    if wanted(Part::Clippy) {
        report.stage("Lints, server", || {
            lint(
                workspace
                    .cargo()
                    .args(["clippy", "--all-targets", "--", "-D", "warnings"]),
            )
        });
        // The browser half of `app` comes with it.
        report.stage("Lints, browser", || {
            let scope = ["clippy", "--package", "frontend", "--target", WASM];
            lint(workspace.cargo().args(scope).args(["--", "-D", "warnings"]))
        });
    }
    if wanted(Part::Rules) {
        report.stage("Alert rules", || {
            let mut total = Tally::default();
            for mut command in rules::commands(workspace)? {
                total += lint(&mut command)?;
            }
            Ok(total)
        });
    }
    if wanted(Part::Deploy) {
        report.stage("Files of deployment", || Ok(deploy::check(workspace)));
    }
    if wanted(Part::Cargo) {
        report.stage("Tests of the crates", || crate_tests(workspace, postgres));
        report.stage("Examples in the documentation", || {
            doc_tests(workspace, postgres)
        });
    }
}

/// The release build and its size; returns the browser where there is something to test with it.
fn product(workspace: &Workspace, options: &Options, report: &Report) -> Option<PathBuf> {
    let wanted = |part: Part| !options.skip.contains(&part);
    let needed = [Part::Browser, Part::Budget, Part::Chaos, Part::Fuzz];
    let built = if wanted(Part::Build) && needed.into_iter().any(wanted) {
        let build = report.stage("Release build", || {
            site::build_release(workspace).map(|()| Tally::PASSED)
        });
        build.failed == 0
    } else {
        workspace.release_binary().is_file()
    };
    if wanted(Part::Budget) && built {
        report.stage("Bundle budget", || {
            Ok(Tally::one(budget::check(workspace)?))
        });
    }
    let engines = [Engine::Sqlite, Engine::Postgres];
    let on = |engine: &Engine| *engine == Engine::Sqlite || wanted(Part::Postgres);
    if wanted(Part::Chaos) && built {
        for engine in engines.into_iter().filter(on) {
            report.stage(&format!("Chaos on {}", engine.name()), || {
                Ok(Tally::one(chaos::briefly(workspace, engine)?))
            });
        }
    }
    if wanted(Part::Fuzz) && built {
        for engine in engines.into_iter().filter(on) {
            report.stage(&format!("REST API on {}", engine.name()), || {
                Ok(Tally::one(fuzz::briefly(workspace, engine)?))
            });
        }
    }
    if !(wanted(Part::Browser) && built) {
        return None;
    }
    let mut chromium = None;
    report.stage("Browser tests: packages, types", || {
        let (path, tally) = browser_tests::prepare(workspace)?;
        say(format!("   {}", path.display()));
        chromium = Some(path);
        Ok(tally)
    });
    chromium
}

/// A private PostgreSQL; that there is none counts as a failure.
fn start(workspace: &Workspace, report: &Report) -> Option<Postgres> {
    let mut postgres = None;
    report.stage("A private PostgreSQL", || {
        let started = Postgres::start(workspace, Durability::GivenUp)?;
        say(format!("   {}", started.url()));
        postgres = Some(started);
        Ok(Tally::PASSED)
    });
    postgres
}

fn browser(
    workspace: &Workspace,
    options: &Options,
    chromium: &Path,
    database: Database<'_>,
    report: &Report,
) {
    report.stage(&format!("Browser tests on {database}"), || {
        browser_tests::run(workspace, chromium, database, &options.browser_filter)
    });
}

/// A check that says something only when it finds something; counts as one test.
fn lint(command: &mut Command) -> Result<Tally> {
    let mut said = Vec::new();
    let status = run_lines(command, |line| said.push(strip_colour(line)))?;
    if !status.success() {
        for line in said {
            say(line);
        }
    }
    Ok(Tally::one(status.success()))
}

fn with_postgres(mut command: Command, postgres: Option<&Postgres>) -> Command {
    command
        .env("CARGO_TERM_COLOR", "never")
        .env("CARGO_TERM_PROGRESS_WHEN", "never");
    match postgres {
        Some(postgres) => command.env("HORNADA_TEST_POSTGRES", postgres.url()),
        None => command.env_remove("HORNADA_TEST_POSTGRES"),
    };
    command
}

/// With nextest where it is installed, else with cargo's own runner.
fn crate_tests(workspace: &Workspace, postgres: Option<&Postgres>) -> Result<Tally> {
    let nextest = packages::find_program(&["cargo-nextest"], &[]).is_some();
    let mut command = with_postgres(workspace.cargo(), postgres);
    if nextest {
        command.args([
            "nextest",
            "run",
            "--no-fail-fast",
            "--no-tests=pass",
            "--color=never",
            "--status-level=fail",
        ]);
        counted(&mut command, tally::nextest)
    } else {
        command.args(["test", "--no-fail-fast", "--lib", "--bins", "--tests"]);
        counted(&mut command, tally::libtest)
    }
}

fn doc_tests(workspace: &Workspace, postgres: Option<&Postgres>) -> Result<Tally> {
    let mut command = with_postgres(workspace.cargo(), postgres);
    counted(
        command.args(["test", "--doc", "--no-fail-fast"]),
        tally::libtest,
    )
}

/// Runs a test runner, shows what it says, and adds up what it counts.
fn counted(command: &mut Command, count: impl Fn(&str) -> Option<Tally>) -> Result<Tally> {
    let mut total = Tally::default();
    let status = run_lines(command, |line| {
        say(format!("   {line}"));
        if let Some(tally) = count(line) {
            total += tally;
        }
    })
    .context("the test runner cannot be started")?;
    Ok(total.with_status(status.success()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_that_cannot_run_is_a_failure_and_the_rest_is_counted() {
        let report = Report::default();
        report.stage("one", || anyhow::bail!("no such program"));
        report.stage("two", || {
            Ok(Tally {
                passed: 7,
                failed: 0,
            })
        });
        assert_eq!(report.total().to_string(), "7 passed, 1 failed");
        assert_eq!(report.table().lines().count(), 2);
        assert!(report.failures().contains("error: no such program"));
        assert!(!report.failures().contains("two"));
    }

    #[test]
    fn counts_of_several_programs_are_added() {
        let mut command = Command::new("sh");
        command.args([
            "-c",
            "for n in 1 2; do echo \"test result: ok. $n passed; 0 failed; 0 ignored;\"; done",
        ]);
        assert_eq!(
            counted(&mut command, tally::libtest).unwrap(),
            Tally {
                passed: 3,
                failed: 0
            }
        );
        let mut command = Command::new("sh");
        command.args(["-c", "echo error: could not compile; exit 101"]);
        assert_eq!(
            counted(&mut command, tally::libtest).unwrap(),
            Tally::FAILED
        );
    }
}
