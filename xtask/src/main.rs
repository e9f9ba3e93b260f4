//! `cargo xtask`: the project's own commands, so that a clone needs nothing installed beyond rustup, Node and a C compiler.

// A command line tool talks on standard output.
#![expect(
    clippy::print_stdout,
    reason = "xtask is a command line tool; its output is its answer"
)]

mod ablation;
mod assets;
mod audit;
mod bench;
mod browser_tests;
mod budget;
mod cargo;
mod chaos;
mod children;
mod chromium;
mod convert;
mod demo;
mod deploy;
mod dev;
mod fuzz;
mod judged;
mod known_set;
mod model_card;
mod packages;
mod parts;
mod postgres;
mod rules;
mod savings;
mod simulated;
mod site;
mod stages;
mod stamp;
mod styles;
mod tally;
mod test;
mod toolchain;
mod truth;
mod wasm;
mod worker;
mod workspace;

use anyhow::Result;
use clap::{Parser, Subcommand};
use std::process::ExitCode;
use workspace::Workspace;

/// Build, try and check Hornada.
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    version,
    max_term_width = 100
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Build everything, fill a data folder with a simulated bakery chain and serve it.
    Demo(demo::Options),
    /// Run every check and every test; ends with one line `N passed, N failed`.
    Test(test::Options),
    /// Serve a development build and rebuild it when a file changes.
    Dev(dev::Options),
    /// Build the release server and the browser bundle without starting anything.
    Build(site::Options),
    /// Measure imports, the night and page latency.
    Bench(bench::Options),
    /// Kill the server over and over while shops work, and look whether anything was lost or done twice.
    Chaos(chaos::Options),
    /// Lose an installation on purpose and bring it back, or kill its processes through a night.
    #[command(subcommand)]
    Drill(chaos::drill::Drill),
    /// Ask the REST API whatever its description allows, and look whether every answer is as described.
    FuzzApi(fuzz::Options),
    /// Compare the size of the browser bundle with `budget.toml`.
    Budget(budget::Options),
    /// Write a simulated bakery chain as files that `hornada` reads.
    Simulate(simulated::Options),
    /// Write a simulated bakery chain as a data set folder, with the demand that its sales hide beside it.
    KnownSet(known_set::Options),
    /// Write `docs/ablation.md`: what each part of the forecaster is worth.
    Ablation(ablation::Options),
    /// What the newsvendor's quantile of a forecast file saves against its median, in money.
    Savings(savings::Options),
    /// Write `docs/known-truth.md`: forecasts of such folders against true demand.
    Truth(truth::Options),
    /// Write `docs/model-card.md` from the files that backtests and their scorer left.
    ModelCard(model_card::Options),
    /// Turn a published data set into files that `hornada` reads.
    #[command(subcommand)]
    Convert(convert::Source),
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    if let Err(error) = children::end_with_us() {
        eprintln!("error: cannot watch for signals: {error}");
        return ExitCode::FAILURE;
    }
    let outcome = run(cli);
    children::finish();
    match outcome {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\nerror: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(cli: Cli) -> Result<ExitCode> {
    let workspace = Workspace::find()?;
    match cli.command {
        Command::Demo(options) => demo::run(&workspace, &options),
        Command::Test(options) => test::run(&workspace, &options),
        Command::Dev(options) => dev::run(&workspace, &options),
        Command::Build(options) => site::run(&workspace, &options),
        Command::Bench(options) => bench::run(&workspace, &options),
        Command::Chaos(options) => chaos::run(&workspace, &options),
        Command::Drill(drill) => chaos::drill::run(&workspace, &drill),
        Command::FuzzApi(options) => fuzz::run(&workspace, &options),
        Command::Budget(options) => budget::run(&workspace, &options),
        Command::Simulate(options) => simulated::run(&options),
        Command::KnownSet(options) => known_set::run(&options),
        Command::Ablation(options) => ablation::run(&workspace, &options),
        Command::Savings(options) => savings::run(&workspace, &options),
        Command::Truth(options) => truth::run(&workspace, &options),
        Command::ModelCard(options) => model_card::run(&workspace, &options),
        Command::Convert(source) => convert::run(&source),
    }
}
