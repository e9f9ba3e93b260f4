//! The browser tests: types of the specs, then every journey on SQLite and on PostgreSQL.

use crate::bench::scene::Product;
use crate::children::run_lines;
use crate::stages::say;
use crate::tally::{self, Tally};
use crate::workspace::Workspace;
use crate::{assets, chromium};
use anyhow::{Context, Result};
use std::fmt;
use std::path::{Path, PathBuf};

/// The database below the server that is being tested.
#[derive(Clone, Copy, Debug)]
pub enum Database<'a> {
    /// A file in each server's data folder.
    Sqlite,
    /// Databases of its own on this server, made and dropped by the tests.
    Postgres(&'a str),
}

impl Database<'_> {
    const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }
}

impl fmt::Display for Database<'_> {
    /// As people write it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sqlite => "SQLite",
            Self::Postgres(_) => "PostgreSQL",
        })
    }
}

/// Installs what the specs need, finds the browser, and checks the types of the specs.
///
/// # Errors
/// When packages or browser are missing.
pub fn prepare(workspace: &Workspace) -> Result<(PathBuf, Tally)> {
    assets::install_packages(workspace, "end2end", "the browser tests")?;
    let browser = chromium::find(workspace)?;
    let status = run_lines(
        workspace
            .program("node")
            .args([
                "node_modules/typescript/bin/tsc",
                "--noEmit",
                "--pretty",
                "false",
            ])
            .current_dir(workspace.root.join("end2end")),
        |line| say(format!("   {line}")),
    )?;
    Ok((browser, Tally::one(status.success())))
}

/// Runs every spec on one database.
///
/// # Errors
/// When Playwright cannot be started or writes no report.
pub fn run(
    workspace: &Workspace,
    product: &Product,
    browser: &Path,
    database: Database<'_>,
    filter: &[String],
) -> Result<Tally> {
    let folder = workspace.root.join("end2end");
    let report = workspace
        .private()
        .join(format!("playwright-{}.json", database.name()));
    std::fs::create_dir_all(workspace.private())?;
    if report.exists() {
        std::fs::remove_file(&report)?;
    }
    let mut command = workspace.program("node");
    command
        .arg("node_modules/@playwright/test/cli.js")
        .args(["test", "--reporter=list,json"])
        .current_dir(&folder)
        .env("PLAYWRIGHT_JSON_OUTPUT_FILE", &report)
        .env("PLAYWRIGHT_JSON_OUTPUT_NAME", &report)
        .env("E2E_CHROMIUM", browser)
        .env("E2E_BINARY", &product.binary)
        .env("E2E_SITE", &product.site)
        .env("E2E_SHARED", workspace.root.join("../shared"))
        // It converts real sales for the journey on them. By its place: the tests of the crates may have built the very
        // program that runs here anew, and the system then calls the old one deleted.
        .env("E2E_XTASK", workspace.target.join("debug/xtask"))
        .env("E2E_DATABASE", database.name())
        .env_remove("DATABASE_URL");
    if !filter.is_empty() {
        command.args(["--grep", &filter.join("|")]);
    }
    if let Database::Postgres(url) = database {
        command.env("E2E_POSTGRES", url);
    }
    let status = run_lines(&mut command, |line| say(format!("   {line}")))?;
    let text = std::fs::read_to_string(&report).context("Playwright wrote no report")?;
    let (tally, skipped) =
        tally::playwright(&text).context("Playwright's report cannot be read")?;
    if skipped > 0 {
        say(format!(
            "   {skipped} browser tests were skipped; the reason stands above"
        ));
    }
    Ok(tally.with_status(status.success()))
}
