//! `cargo xtask bench`: hands each measurement to the release server, which has the numbers.

use crate::children::Running;
use crate::workspace::Workspace;
use crate::{packages, site, toolchain};
use anyhow::{Result, bail};
use clap::Args;
use std::process::ExitCode;

/// Which measurement, and what to tell it.
#[derive(Debug, Args)]
pub struct Options {
    /// Measurements of the server's own `bench` command, in order; all of them when none is named.
    #[arg(value_name = "NAME")]
    names: Vec<String>,
    /// Passed on to `hornada bench`, after `--`.
    #[arg(last = true)]
    rest: Vec<String>,
}

/// Builds the release server and runs its `bench` command.
///
/// # Errors
/// When the build fails or the load generator is missing and cannot be installed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    toolchain::check(workspace)?;
    site::build_release(workspace)?;
    if packages::find_program(&["wrk"], &[]).is_none() {
        packages::install(workspace, &["wrk"])?;
    }
    let mut command = workspace.program(workspace.release_binary());
    command
        .arg("bench")
        .args(&options.names)
        .args(&options.rest)
        .arg("--site-root")
        .arg(workspace.site());
    workspace.leptos(&mut command, &workspace.site());
    let mut running = Running::start(&mut command)?;
    let status = running.wait()?;
    if !status.success() {
        bail!("`hornada bench` failed ({status})");
    }
    Ok(ExitCode::SUCCESS)
}
