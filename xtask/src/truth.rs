//! `cargo xtask truth`: forecasts of simulated chains against what customers truly wanted.
//!
//! A folder holds data set folders `NAME/` that `cargo xtask known-set` wrote, and forecasts of them, `NAME.SEED.csv`, in the
//! scorer's format. What sales cannot tell can be asked here: whether a quantile is the quantile of demand, how much a forecast
//! lacks because empty shelves hid demand, how it does on what is new, and whether it knows what offers do.

pub(crate) mod bootstrap;
mod calibration;
mod page;
mod promotion;
pub(crate) mod rank;
mod read;
mod score;

use crate::workspace::Workspace;
use anyhow::{Result, ensure};
use clap::Args;
use std::path::PathBuf;
use std::process::ExitCode;

/// Where the numbers are written down.
const DOCUMENT: &str = "docs/known-truth.md";

/// What to judge.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder with data set folders NAME and forecasts NAME.SEED.csv (or .csv.gz). Names that end in -told, -found and -none are
    /// the same chain with its sold-out days marked truly, by rule, and not at all.
    #[arg(long, value_name = "DIR")]
    from: PathBuf,
    /// Write docs/known-truth.md instead of printing it.
    #[arg(long)]
    write: bool,
}

/// The command.
///
/// # Errors
/// A fault of a folder or forecast, with file and line; a document that cannot be written.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let (sets, idle) = read::sets(&options.from)?;
    for name in idle {
        eprintln!("{name}: no forecast {name}.SEED.csv, left out");
    }
    ensure!(
        !sets.is_empty(),
        "{} holds no data set folder with a forecast NAME.SEED.csv",
        options.from.display()
    );
    workspace.publish(DOCUMENT, &page::page(&sets), options.write)?;
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests;
