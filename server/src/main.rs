//! `hornada`, one binary.

use clap::Parser;
use std::process::ExitCode;

fn main() -> ExitCode {
    let cli = server::cli::Cli::parse();
    match server::cli::run(cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            if error.is::<server::commands::Refused>() {
                return ExitCode::from(2);
            }
            ExitCode::FAILURE
        }
    }
}
