//! The browser that the browser tests drive.

use crate::children::{ask, run_quiet};
use crate::packages;
use crate::stages::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::path::PathBuf;

const NAMES: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Finds Chromium: named by `XTASK_CHROMIUM`, installed, installed now from the system's packages, or downloaded by
/// Playwright.
///
/// # Errors
/// Says what is missing where nothing of this works.
pub fn find(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("XTASK_CHROMIUM").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    if let Some(path) = packages::find_program(&NAMES, &[]) {
        return Ok(path);
    }
    match packages::install(workspace, &["chromium"]) {
        Ok(()) => {
            packages::find_program(&NAMES, &[]).context("Chromium was installed, but was not found")
        }
        Err(refusal) => download(workspace)
            .with_context(|| format!("{refusal:#}; and no download of it worked")),
    }
}

/// Playwright's own copy, in the user's cache folder.
fn download(workspace: &Workspace) -> Result<PathBuf> {
    let end2end = workspace.root.join("end2end");
    say("   downloading Chromium with Playwright");
    run_quiet(
        workspace
            .program("node")
            .arg("node_modules/@playwright/test/cli.js")
            .args(["install", "--only-shell", "chromium"])
            .current_dir(&end2end),
    )?;
    let path = ask(workspace
        .program("node")
        .args([
            "-e",
            "console.log(require('@playwright/test').chromium.executablePath())",
        ])
        .current_dir(&end2end));
    path.map(PathBuf::from)
        .filter(|path| path.exists())
        .context("Playwright names no browser that is there")
}
