//! `cargo xtask demo`: from a clone to a running bakery chain with one command.

use crate::stages::Stage;
use crate::workspace::Workspace;
use crate::{site, toolchain};
use anyhow::{Context, Result};
use clap::Args;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// What a demonstration needs to know. `DATABASE_URL` is honoured; without it the data folder holds a SQLite database.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder of database, models and uploads.
    #[arg(long, value_name = "DIR", default_value = "data/demo")]
    data: PathBuf,
    /// Address to serve on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: String,
    /// Throw the data folder's content away and start over.
    #[arg(long)]
    reset: bool,
    /// Prepare everything and stop before serving.
    #[arg(long)]
    no_serve: bool,
    /// Number of shops to simulate.
    #[arg(long, value_name = "N")]
    shops: Option<u32>,
    /// Only build.
    #[arg(long)]
    build_only: bool,
    /// Passed on to `hornada demo`, after `--`.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Builds what is missing, then becomes the server.
///
/// # Errors
/// When a build fails or the server cannot be started.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let whole = Stage::start("Hornada, from source to a running bakery chain");
    toolchain::check(workspace)?;
    site::build_release(workspace)?;
    whole.done("built");
    if options.build_only {
        return Ok(ExitCode::SUCCESS);
    }
    let data = workspace.root.join(&options.data);
    std::fs::create_dir_all(&data)
        .with_context(|| format!("cannot make the data folder {}", data.display()))?;
    let binary = workspace.release_binary();
    let mut command = workspace.program(&binary);
    command
        .args(arguments(options))
        .arg("--data")
        .arg(&data)
        .arg("--site-root")
        .arg(workspace.site());
    workspace.leptos(&mut command, &workspace.site());
    // The server takes our place, so that signals and the exit status are its own.
    let error = command.exec();
    Err(error).with_context(|| format!("cannot start {}", binary.display()))
}

fn arguments(options: &Options) -> Vec<String> {
    let mut arguments = vec![
        "demo".to_owned(),
        "--listen".to_owned(),
        options.listen.clone(),
    ];
    if options.reset {
        arguments.push("--reset".to_owned());
    }
    if options.no_serve {
        arguments.push("--no-serve".to_owned());
    }
    if let Some(shops) = options.shops {
        arguments.extend(["--shops".to_owned(), shops.to_string()]);
    }
    arguments.extend(options.rest.iter().cloned());
    arguments
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: Options,
    }

    #[test]
    fn options_reach_the_server() {
        let line = Line::parse_from([
            "demo",
            "--reset",
            "--shops",
            "3",
            "--listen",
            "0.0.0.0:80",
            "--",
            "--seed",
            "7",
        ]);
        assert_eq!(
            arguments(&line.options),
            [
                "demo",
                "--listen",
                "0.0.0.0:80",
                "--reset",
                "--shops",
                "3",
                "--seed",
                "7"
            ]
        );
        assert_eq!(
            arguments(&Line::parse_from(["demo"]).options),
            ["demo", "--listen", "127.0.0.1:3000"]
        );
    }
}
