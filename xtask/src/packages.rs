//! Gets a missing program from the system's packages, where we may.

use crate::children::{ask, run_quiet};
use crate::stages::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The first of `names` that stands in a folder of `PATH` or in one of `further`.
pub fn find_program(names: &[&str], further: &[PathBuf]) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders: Vec<PathBuf> = std::env::split_paths(&path)
        .chain(further.iter().cloned())
        .collect();
    names
        .iter()
        .flat_map(|name| folders.iter().map(move |folder| folder.join(name)))
        .find(|candidate| is_program(candidate))
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::metadata(path)
        .is_ok_and(|data| data.is_file() && data.permissions().mode() & 0o111 != 0)
}

/// Our user id, as the system's `id` tells it.
pub fn user_id() -> Option<u32> {
    ask(Command::new("id").arg("-u"))?.parse().ok()
}

/// Installs system packages with apt-get: directly as root, else through `sudo -n`.
///
/// # Errors
/// Says what is missing and how to get it where we may not install it.
pub fn install(workspace: &Workspace, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find_program(&["apt-get"], &[]).is_none() {
        bail!("missing: {list} (this system has no apt-get; install the packages of that name)");
    }
    let sudo = match user_id() {
        Some(0) => false,
        _ if ask(Command::new("sudo").args(["-n", "true"])).is_some() => true,
        _ => bail!("missing: {list}; run `sudo apt-get install {list}`"),
    };
    say(format!("   installing {list}"));
    let apt = |arguments: &[&str]| {
        let mut command = if sudo {
            let mut command = workspace.program("sudo");
            command.args(["-n", "apt-get"]);
            command
        } else {
            workspace.program("apt-get")
        };
        command
            .args(arguments)
            .env("DEBIAN_FRONTEND", "noninteractive");
        run_quiet(&mut command)
    };
    apt(&["update"]).context("the list of system packages could not be read")?;
    let mut install = vec!["install", "--yes", "--no-install-recommends"];
    install.extend(packages);
    apt(&install).with_context(|| format!("{list} could not be installed"))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_are_found_in_order_and_folders_are_not_programs() {
        assert!(
            find_program(&["no-such-program-here", "sh"], &[])
                .is_some_and(|path| path.ends_with("sh"))
        );
        assert_eq!(find_program(&["tmp"], &[PathBuf::from("/")]), None);
        assert_eq!(find_program(&["no-such-program-here"], &[]), None);
    }
}
