//! The command line.
//!
//! A command is a module in [`crate::commands`] with an `Args` struct and `run(config, args)`, and one line in
//! [`Command`] and in `dispatch`.

use crate::commands;
use crate::config::{self, Config, Options};
use crate::telemetry;
use anyhow::Context;
use clap::{CommandFactory, Parser, Subcommand};
use std::path::PathBuf;

/// Hornada: forecasts demand, plans the baking and keeps stock true for bakery chains.
#[derive(Debug, Parser)]
#[command(
    name = "hornada",
    version,
    propagate_version = true,
    max_term_width = 110
)]
pub struct Cli {
    /// TOML file with options under the same names [default: hornada.toml in the data folder, where there is one]
    #[arg(
        long,
        global = true,
        env = "HORNADA_CONFIG",
        value_name = "FILE",
        hide_env_values = true
    )]
    config: Option<PathBuf>,
    #[command(flatten)]
    options: Options,
    #[command(subcommand)]
    command: Command,
}

/// What can be done.
#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the application; brings the database up to date first
    Serve(commands::serve::Args),
    /// Run the jobs in a process of their own
    Worker(commands::worker::Args),
    /// Build a simulated bakery chain, learn from it, and serve it
    Demo(commands::demo::Args),
    /// Run one night now: check, train, judge, forecast, suggest, score
    Nightly(commands::nightly::Args),
    /// Forecast a data set folder (--data) at its cutoffs and write the file that the scorer reads
    Backtest(commands::backtest::Args),
    /// Name every fault of installation, books and backups, with its mend
    Doctor(commands::doctor::Args),
    /// Take a backup of database, models, uploads and settings while everybody works
    Backup(commands::backup::Args),
    /// Read a backup to its last byte and say whether it holds
    Verify(commands::verify::Args),
    /// Put a backup back into an empty place
    Restore(commands::restore::Args),
    /// Bring the database to the shape that this program needs
    Migrate(commands::migrate::Args),
    /// Take an organization with its stores, products, calendar and weather from a file
    Setup(commands::setup::Args),
    /// Take sales from a CSV file
    Import(commands::import::Args),
    /// Invite, show, suspend, resume and export organizations
    #[command(subcommand)]
    Organization(commands::organization::Command),
    /// Add people and give them new passwords
    #[command(subcommand)]
    User(commands::user::Command),
    /// Make, list, rotate and revoke keys of programs
    #[command(subcommand)]
    Key(commands::key::Command),
    /// Look at mails that were kept because no mail server is configured
    #[command(subcommand)]
    Mail(commands::mail::Command),
    /// See who forecasts, promote a model, roll back
    #[command(subcommand)]
    Model(commands::model::Command),
    /// Look at the configuration
    #[command(subcommand)]
    Config(commands::config::Command),
}

fn names_of_variables(command: &clap::Command, names: &mut Vec<String>) {
    names.extend(
        command
            .get_arguments()
            .filter_map(|a| Some(a.get_env()?.to_string_lossy().into_owned())),
    );
    for sub in command.get_subcommands() {
        names_of_variables(sub, names);
    }
}

fn resolve(file: Option<PathBuf>, options: Options) -> anyhow::Result<Config> {
    let mut known = Vec::new();
    names_of_variables(&Cli::command(), &mut known);
    let known: Vec<&str> = known.iter().map(String::as_str).collect();
    config::check_environment(
        std::env::vars_os().map(|(name, _)| name.to_string_lossy().into_owned()),
        &known,
    )?;
    let usual = options
        .data
        .clone()
        .unwrap_or_else(|| PathBuf::from("data"))
        .join("hornada.toml");
    let from_file = match file {
        Some(path) => Options::read(&path)?,
        None if usual.is_file() => Options::read(&usual)?,
        None => Options::default(),
    };
    Config::new(options.or(from_file), std::env::var("DATABASE_URL").ok())
}

/// Does what the command line says.
///
/// # Errors
/// What went wrong, with its causes, for the operator.
pub fn run(cli: Cli) -> anyhow::Result<()> {
    let config = resolve(cli.config, cli.options)?;
    let telemetry = telemetry::start(&config)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .context("no runtime")?;
    let result = runtime.block_on(dispatch(config, cli.command));
    // Blocking work that nobody waits for any more must not hold the process back.
    runtime.shutdown_timeout(std::time::Duration::from_secs(5));
    telemetry.stop();
    result
}

async fn dispatch(config: Config, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Serve(args) => commands::serve::run(config, args).await,
        Command::Worker(args) => commands::worker::run(config, args).await,
        Command::Demo(args) => commands::demo::run(config, args).await,
        Command::Nightly(args) => commands::nightly::run(config, args).await,
        Command::Backtest(args) => commands::backtest::run(config, args).await,
        Command::Doctor(args) => commands::doctor::run(config, args).await,
        Command::Backup(args) => commands::backup::run(config, args).await,
        Command::Verify(args) => commands::verify::run(config, args).await,
        Command::Restore(args) => commands::restore::run(config, args).await,
        Command::Migrate(args) => commands::migrate::run(config, args).await,
        Command::Setup(args) => commands::setup::run(config, args).await,
        Command::Import(args) => commands::import::run(config, args).await,
        Command::Organization(command) => commands::organization::run(config, command).await,
        Command::User(command) => commands::user::run(config, command).await,
        Command::Key(command) => commands::key::run(config, command).await,
        Command::Mail(command) => commands::mail::run(config, command).await,
        Command::Model(command) => commands::model::run(config, command).await,
        Command::Config(command) => commands::config::run(config, command).await,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_option_has_a_variable_and_a_word_of_help() {
        for argument in Cli::command().get_arguments() {
            let name = argument.get_id().as_str();
            if matches!(name, "help" | "version") {
                continue;
            }
            assert!(argument.get_help().is_some(), "{name} has no help");
            let variable = argument.get_env().map(|v| v.to_string_lossy().into_owned());
            assert_eq!(variable, Some(format!("HORNADA_{}", name.to_uppercase())));
            assert!(
                argument.is_hide_env_values_set(),
                "--help would print the value of {name}"
            );
        }
    }

    #[test]
    fn options_may_stand_behind_the_command() {
        let cli = Cli::parse_from([
            "hornada",
            "serve",
            "--data",
            "/tmp/x",
            "--listen",
            "127.0.0.1:0",
            "--jobs=false",
        ]);
        assert_eq!(cli.options.data, Some(PathBuf::from("/tmp/x")));
        assert_eq!(cli.options.jobs, Some(false));
    }
}
