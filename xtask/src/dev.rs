//! `cargo xtask dev`: serve a development build, rebuild and restart when a file changes.

use crate::children::Running;
use crate::workspace::Workspace;
use crate::{site, stamp, toolchain};
use anyhow::Result;
use clap::Args;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::{Duration, SystemTime};

const INTERVAL: Duration = Duration::from_millis(500);
const CODE: [&str; 6] = ["app", "server", "frontend", "entity", "migration", "crates"];
const LOOKS: [&str; 2] = ["style", "public"];

/// What a development server needs to know. `DATABASE_URL` is honoured.
#[derive(Debug, Args)]
pub struct Options {
    /// Folder of database, models and uploads.
    #[arg(long, value_name = "DIR", default_value = "data/dev")]
    data: PathBuf,
    /// Address to serve on.
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:3000")]
    listen: String,
}

/// Every watched file with the time of its last change.
type Snapshot = BTreeMap<PathBuf, SystemTime>;

fn snapshot(workspace: &Workspace, folders: &[&str]) -> Result<Snapshot> {
    let mut snapshot = Snapshot::new();
    for folder in folders {
        for file in stamp::files_below(&workspace.root.join(folder))? {
            // A file may vanish between listing and asking: an editor's temporary copy.
            if let Ok(changed) = std::fs::metadata(&file).and_then(|data| data.modified()) {
                snapshot.insert(file, changed);
            }
        }
    }
    for file in ["Cargo.toml", "Cargo.lock"].map(|name| workspace.root.join(name)) {
        if let Ok(changed) = std::fs::metadata(&file).and_then(|data| data.modified()) {
            snapshot.insert(file, changed);
        }
    }
    Ok(snapshot)
}

/// The first file that is new, gone or changed.
fn difference<'a>(before: &'a Snapshot, after: &'a Snapshot) -> Option<&'a Path> {
    after
        .iter()
        .find(|(file, changed)| before.get(*file) != Some(*changed))
        .or_else(|| before.iter().find(|(file, _)| !after.contains_key(*file)))
        .map(|(file, _)| file.as_path())
}

/// Builds, serves and watches until interrupted.
///
/// # Errors
/// When a folder cannot be read; a failing build is shown and waits for the next change.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    toolchain::check(workspace)?;
    let mut code = snapshot(workspace, &CODE)?;
    let mut looks = snapshot(workspace, &LOOKS)?;
    let mut server = rebuilt(workspace, options, None);
    loop {
        std::thread::sleep(INTERVAL);
        let now = snapshot(workspace, &CODE)?;
        if let Some(file) = difference(&code, &now) {
            println!("\n{} changed", workspace.show(file));
            code = now;
            server = rebuilt(workspace, options, server);
            continue;
        }
        let now = snapshot(workspace, &LOOKS)?;
        if let Some(file) = difference(&looks, &now) {
            println!("\n{} changed", workspace.show(file));
            looks = now;
            if let Err(error) = site::build_dev_looks(workspace) {
                eprintln!("error: {error:#}");
            }
        }
        if let Some(running) = &mut server
            && let Some(status) = running.ended()?
        {
            eprintln!("the server ended ({status}); it starts again after the next change");
            server = None;
        }
    }
}

/// Builds; on success the old server makes way for a new one, on failure it stays.
fn rebuilt(workspace: &Workspace, options: &Options, old: Option<Running>) -> Option<Running> {
    if let Err(error) = site::build_dev(workspace) {
        eprintln!("error: {error:#}");
        return old;
    }
    if let Some(mut old) = old {
        old.end("TERM");
    }
    let site = workspace.dev_site();
    let mut command = workspace.program(workspace.dev_binary());
    command
        .arg("serve")
        .arg("--data")
        .arg(workspace.root.join(&options.data))
        .args(["--listen", &options.listen])
        .arg("--site-root")
        .arg(&site);
    workspace.leptos(&mut command, &site);
    match Running::start(&mut command) {
        Ok(running) => {
            println!("serving http://{}", options.listen);
            Some(running)
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            None
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_is_a_new_a_gone_or_a_younger_file() {
        let time = SystemTime::UNIX_EPOCH;
        let one = Snapshot::from([(PathBuf::from("a"), time)]);
        let two = Snapshot::from([(PathBuf::from("a"), time), (PathBuf::from("b"), time)]);
        let younger = Snapshot::from([(PathBuf::from("a"), time + Duration::from_secs(1))]);
        assert_eq!(difference(&one, &one), None);
        assert_eq!(difference(&one, &two), Some(Path::new("b")));
        assert_eq!(difference(&two, &one), Some(Path::new("b")));
        assert_eq!(difference(&one, &younger), Some(Path::new("a")));
    }
}
