//! `cargo xtask test`: every check there is, and one line at the end.

mod compiling;
mod report;

use crate::bench::scene::{Engine, Product};
use crate::browser_tests::{self, Database};
use crate::cargo::strip_colour;
use crate::children::run_lines;
use crate::postgres::{Durability, Postgres};
use crate::stages::{enter_lane, say, spoken};
use crate::tally::{self, Tally};
use crate::toolchain::WASM;
use crate::workspace::Workspace;
use crate::{audit, budget, chaos, deploy, fuzz, packages, rules, site, toolchain, wasm};
use anyhow::{Context, Result};
use clap::{Args, ValueEnum};
use compiling::{compile, linted_in_the_background};
use report::Report;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

/// Stages that can be left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Formatting.
    Fmt,
    /// Licences, sources and known weaknesses of what comes from outside.
    Audit,
    /// Lints of both halves; what they look at is compiled without them then.
    Clippy,
    /// Unit, property, service, HTTP, forecast, job and architecture tests.
    Cargo,
    /// Alert rules, by Prometheus' own tool.
    Rules,
    /// Building the product; budget, chaos, questions and browser tests then use what is there.
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
    /// Build the release server too, and test the product with it instead of the server that the crates' tests are linked with.
    #[arg(long)]
    release: bool,
}

impl Options {
    fn wants(&self, part: Part) -> bool {
        !self.skip.contains(&part)
    }

    /// Whether anything runs the product or looks at its files.
    fn wants_product(&self) -> bool {
        [Part::Browser, Part::Budget, Part::Chaos, Part::Fuzz]
            .into_iter()
            .any(|part| self.wants(part))
    }
}

/// Runs everything; the exit status is zero when nothing failed.
///
/// The source's lints and tests on one side and the product on the other run side by side: the compiler and the browser each leave a
/// core idle for long stretches. Whichever side is done first takes over the browser tests on PostgreSQL.
///
/// A thousand crates are compiled once: the lints look at what the tests are made of while it is compiled, and the product's side works
/// with the server that comes with them, and with the browser bundle that people get.
///
/// # Errors
/// When the tools to build with are missing.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let started = Instant::now();
    let wanted = |part: Part| options.wants(part);
    let report = Report::default();
    toolchain::check(workspace)?;
    let postgres = (wanted(Part::Postgres) && (wanted(Part::Cargo) || wanted(Part::Browser)))
        .then(|| start(workspace, &report))
        .flatten();
    let product = Product {
        binary: if options.release {
            workspace.release_binary()
        } else {
            workspace.dev_binary()
        },
        site: workspace.site(),
    };
    let (compiled, is_compiled) = mpsc::channel();
    // Held by the product's side until it is known whether there is a browser to test with.
    let left = Mutex::new(None::<PathBuf>);
    std::thread::scope(|scope| {
        let (postgres, product, report, left) = (postgres.as_ref(), &product, &report, &left);
        let on_postgres = move || {
            let chromium = left.lock().unwrap_or_else(PoisonError::into_inner).take();
            if let (Some(postgres), Some(chromium)) = (postgres, chromium) {
                enter_lane("postgres| ");
                let database = Database::Postgres(&postgres.url());
                browser(workspace, options, product, &chromium, database, report);
            }
        };
        let mut held = left.lock().unwrap_or_else(PoisonError::into_inner);
        scope.spawn(move || {
            enter_lane("source  | ");
            source(workspace, options, postgres, &compiled, report);
            on_postgres();
        });
        enter_lane("product | ");
        let is_built = has_site(workspace, options, report);
        // While the server's last crates leave a core idle.
        if options.wants(Part::Clippy) {
            report.stage("Lints, browser", || lint_browser(workspace));
        }
        let chromium = if is_built && has_server(options, product, &is_compiled) {
            try_product(workspace, options, product, report)
        } else {
            None
        };
        held.clone_from(&chromium);
        drop(held);
        if let Some(chromium) = chromium {
            let database = Database::Sqlite;
            browser(workspace, options, product, &chromium, database, report);
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

/// Formatting, lints and the tests of the crates. `compiled` is told whether there is a server.
fn source(
    workspace: &Workspace,
    options: &Options,
    postgres: Option<&Postgres>,
    compiled: &Sender<bool>,
    report: &Report,
) {
    let wanted = |part: Part| options.wants(part);
    if wanted(Part::Fmt) {
        report.stage("Formatting", || {
            lint(workspace.cargo().args(["fmt", "--all", "--", "--check"]))
        });
    }
    if wanted(Part::Audit) {
        report.stage("Audit of what comes from outside", || audit::run(workspace));
    }
    let for_product = wanted(Part::Build) && options.wants_product();
    if wanted(Part::Clippy) || wanted(Part::Cargo) || for_product {
        let lints = wanted(Part::Clippy);
        let mut is_there = false;
        report.stage("Server, its tests and their lints", || {
            let built = compile(workspace, lints)?;
            is_there = built.is_there;
            Ok(Tally::one(built.is_there && built.warnings == 0))
        });
        // Who waits for it may be gone.
        let _ = compiled.send(is_there);
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
        let lints = wanted(Part::Clippy);
        let cargo = || with_postgres(linted_in_the_background(workspace, lints), postgres);
        report.stage("Tests of the crates", || crate_tests(cargo()));
        report.stage("Examples in the documentation", || doc_tests(cargo()));
    }
}

/// Builds what browsers get, and the release server where it is asked for; whether that went well.
fn has_site(workspace: &Workspace, options: &Options, report: &Report) -> bool {
    if !(options.wants(Part::Build) && options.wants_product()) {
        return true;
    }
    let name = if options.release {
        "Release build"
    } else {
        "Site and browser bundle"
    };
    let build = report.stage(name, || {
        if options.release {
            site::build_release(workspace)?;
        } else {
            site::build_site(workspace)?;
        }
        Ok(Tally::PASSED)
    });
    build.failed == 0
}

/// Whether there is a server to try; waits for the one that is being compiled.
fn has_server(options: &Options, product: &Product, is_compiled: &Receiver<bool>) -> bool {
    if options.wants(Part::Build) && options.wants_product() && !options.release {
        return is_compiled.recv().unwrap_or(false);
    }
    product.binary.is_file()
}

/// The browser half of `app` comes with it. In the bundle's own profile: what runs while it is compiled is there already.
fn lint_browser(workspace: &Workspace) -> Result<Tally> {
    let scope = ["clippy", "--package", "frontend", "--target", WASM];
    let profile = ["--profile", wasm::Kind::Release.profile()];
    let mut command = workspace.cargo();
    lint(
        command
            .args(scope)
            .args(profile)
            .args(["--", "-D", "warnings"]),
    )
}

/// Sizes, kills and questions; returns the browser where there is something to test with it.
fn try_product(
    workspace: &Workspace,
    options: &Options,
    product: &Product,
    report: &Report,
) -> Option<PathBuf> {
    let wanted = |part: Part| options.wants(part);
    if wanted(Part::Budget) {
        report.stage("Bundle budget", || {
            Ok(Tally::one(budget::check(workspace)?))
        });
    }
    let engines = [Engine::Sqlite, Engine::Postgres];
    let on = |engine: &Engine| *engine == Engine::Sqlite || wanted(Part::Postgres);
    for engine in engines.into_iter().filter(on) {
        if !(wanted(Part::Chaos) || wanted(Part::Fuzz)) {
            break;
        }
        let name = engine.name();
        let mut scene = None;
        report.stage(&format!("A demo on {name}"), || {
            scene = Some(chaos::demo(workspace, product, engine)?);
            Ok(Tally::PASSED)
        });
        let Some(scene) = scene else {
            continue;
        };
        if wanted(Part::Chaos) {
            report.stage(&format!("Chaos on {name}"), || {
                Ok(Tally::one(chaos::briefly(&scene, engine)?))
            });
        }
        if wanted(Part::Fuzz) {
            report.stage(&format!("REST API on {name}"), || {
                Ok(Tally::one(fuzz::briefly(workspace, &scene, engine)?))
            });
        }
    }
    if !wanted(Part::Browser) {
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
    product: &Product,
    chromium: &Path,
    database: Database<'_>,
    report: &Report,
) {
    report.stage(&format!("Browser tests on {database}"), || {
        let filter = &options.browser_filter;
        browser_tests::run(workspace, product, chromium, database, filter)
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
fn crate_tests(mut command: Command) -> Result<Tally> {
    let nextest = packages::find_program(&["cargo-nextest"], &[]).is_some();
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

fn doc_tests(mut command: Command) -> Result<Tally> {
    command.args(["test", "--doc", "--no-fail-fast"]);
    counted(&mut command, tally::libtest)
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
