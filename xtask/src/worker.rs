//! The service worker: its script with the version of the site and the list of what the device keeps, and the version for the server.

use crate::stages::Stage;
use crate::stamp::{Inputs, files_below};
use crate::wasm::{LOADER, OFFLINE};
use crate::workspace::{OUTPUT_NAME, PKG_DIR, Workspace};
use anyhow::{Context, Result, ensure};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Name of the script in the site folder, where its reach is the whole site.
const SCRIPT: &str = "worker.js";
/// Holds the version of the site; read by the server.
const BUILD_FILE: &str = "build.txt";

/// Writes script and version into `site`, whose other files must be there.
///
/// # Errors
/// When a file of the list is missing, or the script lacks the places for list and version.
pub fn build(workspace: &Workspace, site: &Path) -> Result<()> {
    let stage = Stage::start("Service worker");
    let package = site.join(PKG_DIR);
    let modules: BTreeSet<String> = serde_json::from_slice(
        &fs::read(package.join(OFFLINE))
            .context("the bundle does not say what is needed offline")?,
    )?;
    let mut shell: Vec<String> = modules
        .iter()
        .map(|module| format!("/{PKG_DIR}/{module}.wasm"))
        .chain([
            format!("/{PKG_DIR}/{OUTPUT_NAME}.wasm"),
            format!("/{PKG_DIR}/{OUTPUT_NAME}.js"),
            format!("/{PKG_DIR}/{OUTPUT_NAME}.css"),
            format!("/{PKG_DIR}/{LOADER}"),
            "/favicon.svg".to_owned(),
            "/manifest.webmanifest".to_owned(),
        ])
        .collect();
    for font in files_below(&site.join("fonts"))? {
        shell.push(format!("/{}", font.strip_prefix(site)?.display()));
    }
    let source = workspace.root.join("frontend").join(SCRIPT);
    let text = fs::read_to_string(&source)?;
    let mut inputs = Inputs::of("worker 1").text(&text);
    for path in &shell {
        let file = site.join(path.trim_start_matches('/'));
        ensure!(
            file.is_file(),
            "{path} is kept on devices and not in the site folder"
        );
        inputs = inputs.text(path).file(&file)?;
    }
    let version = inputs.finish();
    write(&site.join(SCRIPT), &filled(&text, &version, &shell)?)?;
    write(&site.join(BUILD_FILE), &version)?;
    stage.done(format!("{} files kept on devices", shell.len()));
    Ok(())
}

/// Writes a script into `site` that keeps nothing: what is being changed must not be served from a device.
///
/// # Errors
/// When it cannot be written.
pub fn build_dev(workspace: &Workspace, site: &Path) -> Result<()> {
    let text = fs::read_to_string(workspace.root.join("frontend/no-worker.js"))?;
    write(&site.join(SCRIPT), &text)
}

/// The script with its version and its list.
fn filled(text: &str, version: &str, shell: &[String]) -> Result<String> {
    let places = [
        (
            "const VERSION = \"0\";",
            format!("const VERSION = {version:?};"),
        ),
        (
            "const SHELL = [];",
            format!("const SHELL = {};", serde_json::to_string(shell)?),
        ),
    ];
    let mut filled = text.to_owned();
    for (place, value) in places {
        ensure!(
            filled.matches(place).count() == 1,
            "the service worker has no place {place:?}"
        );
        filled = filled.replace(place, &value);
    }
    Ok(filled)
}

/// Writes a file unless it is as it should be: its compressed copies are made by its time.
fn write(file: &Path, text: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|present| present == text) {
        return Ok(());
    }
    fs::write(file, text).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_own_script_takes_version_and_list() {
        let source = Workspace::find().unwrap().root.join("frontend/worker.js");
        let text = fs::read_to_string(source).unwrap();
        let filled = filled(&text, "abc", &["/pkg/a.wasm".to_owned()]).unwrap();
        assert!(filled.contains("const VERSION = \"abc\";"));
        assert!(filled.contains("const SHELL = [\"/pkg/a.wasm\"];"));
        assert!(super::filled("nothing", "abc", &[]).is_err());
    }
}
