//! `cargo xtask convert`: published data sets as files that `hornada` reads.

mod catalog;
mod ddop;
mod tickets;

use anyhow::Result;
use chrono::NaiveDate;
use clap::{Args, Subcommand};
use std::path::PathBuf;
use std::process::ExitCode;

/// The data sets that can be converted.
#[derive(Debug, Subcommand)]
pub enum Source {
    /// The bakery chain of the ddop collection: 35 shops, three products, daily quantities.
    Ddop(Options),
}

/// What to convert and where to write it.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder of the data set.
    #[arg(long, value_name = "DIR", default_value = "../shared/data/ddop_bakery")]
    input: PathBuf,
    /// Tickets in the columns of the import template, ordered by day and shop.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// Catalog for `hornada setup --file`: organization, shops, products, calendar and weather.
    #[arg(long, value_name = "FILE", alias = "products-out")]
    catalog: Option<PathBuf>,
    /// First day of the tickets.
    #[arg(long, value_name = "DATE")]
    from: Option<NaiveDate>,
    /// Last day of the tickets and of the weather.
    #[arg(long, value_name = "DATE")]
    to: Option<NaiveDate>,
    /// Only these shops; may be given more than once or as a list.
    #[arg(long, value_name = "CODE", value_delimiter = ',')]
    store: Vec<String>,
}

/// The command.
///
/// # Errors
/// When a file of the data set is missing or not as documented, or the output cannot be written.
pub fn run(source: &Source) -> Result<ExitCode> {
    match source {
        Source::Ddop(options) => ddop::convert(options)?,
    }
    Ok(ExitCode::SUCCESS)
}
