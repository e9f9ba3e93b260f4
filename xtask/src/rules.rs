//! The alert rules for Prometheus, checked and tested by its own tool.

use crate::children::run_quiet;
use crate::packages;
use crate::stages::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Debian's package that holds the tool.
const PACKAGE: &str = "prometheus";

/// What checks the rules, and what tests them.
///
/// # Errors
/// Says what is missing where the tool cannot be had.
pub fn commands(workspace: &Workspace) -> Result<[Command; 2]> {
    let tool = find(workspace)?;
    let command = |arguments: [&str; 3]| {
        let mut command = workspace.program(&tool);
        command
            .args(arguments)
            .current_dir(workspace.root.join("deploy/observability"));
        command
    };
    Ok([
        command(["check", "rules", "alerts.yml"]),
        command(["test", "rules", "alerts.test.yml"]),
    ])
}

/// Finds promtool: named by `XTASK_PROMTOOL`, installed, or unpacked from the system's package. The package is not installed: that would
/// start a server.
fn find(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("XTASK_PROMTOOL").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    if let Some(path) = packages::find_program(&["promtool"], &[]) {
        return Ok(path);
    }
    let folder = match std::env::var_os("HOME") {
        Some(home) => PathBuf::from(home).join(".cache/hornada/tools/prometheus"),
        None => workspace.private().join("prometheus"),
    };
    let tool = folder.join("usr/bin/promtool");
    if !tool.is_file() {
        unpack(workspace, &folder)
            .context("promtool cannot be had; name one with XTASK_PROMTOOL")?;
    }
    if !tool.is_file() {
        bail!("the package {PACKAGE} holds no promtool");
    }
    Ok(tool)
}

fn unpack(workspace: &Workspace, folder: &Path) -> Result<()> {
    let needed = ["apt-get", "dpkg-deb"];
    if needed
        .iter()
        .any(|name| packages::find_program(&[*name], &[]).is_none())
    {
        bail!("this system has no apt-get and dpkg-deb");
    }
    std::fs::create_dir_all(folder)?;
    say(format!("   downloading {PACKAGE}"));
    let download = || {
        let mut command = workspace.program("apt-get");
        run_quiet(command.args(["download", PACKAGE]).current_dir(folder))
    };
    if download().is_err() {
        // A system without a list of packages, or with an old one.
        update(workspace)?;
        download()?;
    }
    let is_package = |path: &PathBuf| path.extension().is_some_and(|e| e == "deb");
    let package = std::fs::read_dir(folder)?
        .flatten()
        .map(|entry| entry.path())
        .find(is_package)
        .context("nothing was downloaded")?;
    // Unpacked beside its place and then moved: a run that is broken off leaves no half of a program.
    let draft = folder.join("draft");
    run_quiet(
        workspace
            .program("dpkg-deb")
            .arg("--extract")
            .args([&package, &draft]),
    )?;
    let usr = folder.join("usr");
    if !usr.exists() {
        std::fs::rename(draft.join("usr"), usr)?;
    }
    std::fs::remove_dir_all(draft)?;
    std::fs::remove_file(package)?;
    Ok(())
}

fn update(workspace: &Workspace) -> Result<()> {
    let mut command = if packages::user_id() == Some(0) {
        workspace.program("apt-get")
    } else {
        let mut command = workspace.program("sudo");
        command.args(["-n", "apt-get"]);
        command
    };
    run_quiet(command.arg("update")).context("the list of system packages could not be read")?;
    Ok(())
}
