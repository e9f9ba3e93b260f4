//! The whole product: server, browser bundle, styles, fonts, charts, icons, compressed copies.

use crate::stages::{Board, Stage};
use crate::wasm::{self, Kind};
use crate::workspace::Workspace;
use crate::{assets, cargo, styles, toolchain, worker};
use anyhow::{Result, anyhow};
use clap::Args;
use std::fs;
use std::process::ExitCode;

/// What to build.
#[derive(Debug, Args)]
pub struct Options {
    /// Only the site folder: browser bundle, styles, fonts, charts, icons.
    #[arg(long)]
    site_only: bool,
}

/// The command `cargo xtask build`.
///
/// # Errors
/// With the message of the first stage that failed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    toolchain::check(workspace)?;
    if options.site_only {
        build_site(workspace)?;
    } else {
        build_release(workspace)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Builds the site folder as people get it.
///
/// # Errors
/// With the message of the first stage that failed.
pub fn build_site(workspace: &Workspace) -> Result<()> {
    fs::create_dir_all(workspace.site())?;
    assets::install_packages(workspace, "style", "the build")?;
    let stage = Stage::start("Browser bundle");
    let board = Board::new(&["browser bundle"]);
    let built = wasm::build(workspace, &board, Kind::Release, &workspace.site());
    board.clear();
    stage.done(built?);
    build_looks(workspace)
}

/// What a browser reads besides the bundle, and the compressed copies of everything.
fn build_looks(workspace: &Workspace) -> Result<()> {
    styles::build(workspace, &workspace.site())?;
    assets::build(workspace, &workspace.site())?;
    worker::build(workspace, &workspace.site())?;
    assets::compress(workspace, &workspace.site())
}

/// Builds the release server and the site folder. What has not changed is not done again.
///
/// # Errors
/// With the message of the first stage that failed.
pub fn build_release(workspace: &Workspace) -> Result<()> {
    fs::create_dir_all(workspace.site())?;
    assets::install_packages(workspace, "style", "the build")?;
    let stage =
        Stage::start("Server and browser bundle (a first build takes long, later ones seconds)");
    let board = Board::new(&["server", "browser bundle"]);
    // Side by side: the two use different target folders, and the last crates of each leave a core idle.
    let (server, bundle) = std::thread::scope(|scope| {
        let bundle =
            scope.spawn(|| wasm::build(workspace, &board, Kind::Release, &workspace.site()));
        let server = cargo::build(
            workspace,
            &board,
            "server",
            &[
                "build",
                "--release",
                "--package",
                "server",
                "--bin",
                "hornada",
            ],
        );
        (server, bundle.join())
    });
    board.clear();
    server?;
    let said = bundle.map_err(|_| anyhow!("the build of the browser bundle panicked"))??;
    stage.done(said);
    build_looks(workspace)
}

/// Builds the development server and its site folder, without optimising and compressing anything.
///
/// # Errors
/// With the message of the first stage that failed.
pub fn build_dev(workspace: &Workspace) -> Result<()> {
    let site = workspace.dev_site();
    fs::create_dir_all(&site)?;
    assets::install_packages(workspace, "style", "the build")?;
    let stage = Stage::start("Server and browser bundle, for development");
    let board = Board::new(&["server", "browser bundle"]);
    let built = cargo::build(
        workspace,
        &board,
        "server",
        &["build", "--package", "server", "--bin", "hornada"],
    )
    .and_then(|()| wasm::build(workspace, &board, Kind::Dev, &site));
    board.clear();
    stage.done(built?);
    build_dev_looks(workspace)
}

/// Only what a browser reads as it is: styles, fonts, icons.
///
/// # Errors
/// With the message of the first stage that failed.
pub fn build_dev_looks(workspace: &Workspace) -> Result<()> {
    styles::build(workspace, &workspace.dev_site())?;
    assets::build(workspace, &workspace.dev_site())?;
    worker::build_dev(workspace, &workspace.dev_site())
}
