//! What comes from npm and from `public/`: fonts, the chart library, the page of the API's description, icons; and compressed copies beside every file.

use crate::children::run_quiet;
use crate::stages::Stage;
use crate::stamp::{Inputs, Stamp, files_below};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// Installs the npm packages that a folder's lock file names, if they are not there yet.
///
/// # Errors
/// When npm fails.
pub fn install_packages(workspace: &Workspace, folder: &str, purpose: &str) -> Result<()> {
    let place = workspace.root.join(folder);
    let inputs = Inputs::of("npm 1")
        .file(&place.join("package-lock.json"))?
        .file(&place.join("package.json"))?;
    let stamp = Stamp::new(
        &workspace.private().join("stamps"),
        &format!("npm-{folder}"),
        &inputs,
    );
    if stamp.is_current(&[place.join("node_modules/.package-lock.json")]) {
        return Ok(());
    }
    let stage = Stage::start(format!("Packages from npm for {purpose}"));
    run_quiet(
        workspace
            .program("npm")
            .args([
                "ci",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
            ])
            .current_dir(&place),
    )
    .with_context(|| format!("`npm ci` in {folder} failed; is the npm registry reachable?"))?;
    stamp.set()?;
    stage.done("installed");
    Ok(())
}

/// Fonts, chart library, the files of the API's page and those of `public/` into `site`.
///
/// # Errors
/// When a script fails or a file cannot be written.
pub fn build(workspace: &Workspace, site: &Path) -> Result<()> {
    let stage = Stage::start("Fonts, charts and icons");
    let style = workspace.root.join("style");
    let script = style.join("build-assets.mjs");
    let made: Vec<PathBuf> = [
        "fonts/fraunces.woff2",
        "fonts/inter.woff2",
        "vendor/echarts.js",
        "docs-ui/swagger-ui-bundle.js",
        "docs-ui/swagger-ui.css",
        "icons/maskable-512.png",
    ]
    .iter()
    .map(|name| site.join(name))
    .collect();
    let inputs = Inputs::of("assets 3")
        .text(&site.to_string_lossy())
        .file(&script)?
        .file(&style.join("echarts-bundle.mjs"))?
        .file(&workspace.root.join("public/favicon.svg"))?
        .file(&style.join("package-lock.json"))?;
    let name = if site == workspace.site() {
        "assets-release"
    } else {
        "assets-dev"
    };
    let stamp = Stamp::new(&workspace.private().join("stamps"), name, &inputs);
    let unchanged = stamp.is_current(&made);
    if !unchanged {
        run_quiet(
            workspace
                .program("node")
                .arg(&script)
                .arg(site)
                .current_dir(&style),
        )
        .context("fonts and chart library could not be made")?;
        stamp.set()?;
    }
    let copied = copy_changed(&workspace.root.join("public"), site)?;
    stage.done(format!(
        "{}, {copied} public files copied",
        if unchanged { "unchanged" } else { "made" }
    ));
    Ok(())
}

/// Copies the files of one folder whose content differs in the other; returns how many.
fn copy_changed(from: &Path, to: &Path) -> Result<usize> {
    let mut copied = 0;
    for file in files_below(from)? {
        let target = to.join(file.strip_prefix(from)?);
        let content = fs::read(&file)?;
        if fs::read(&target).is_ok_and(|present| present == content) {
            continue;
        }
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&target, content)
            .with_context(|| format!("cannot write {}", target.display()))?;
        copied += 1;
    }
    Ok(copied)
}

/// Writes `FILE.br` and `FILE.gz` beside every file of the site that compression helps.
///
/// # Errors
/// When the compressing script fails.
pub fn compress(workspace: &Workspace, site: &Path) -> Result<()> {
    let stage = Stage::start("Compressed copies");
    let stale = stale_copies(site)?;
    if stale.is_empty() {
        stage.done("unchanged");
        return Ok(());
    }
    run_quiet(
        workspace
            .program("node")
            .arg(workspace.root.join("style/compress.mjs"))
            .args(&stale),
    )
    .context("the site could not be compressed")?;
    stage.done(format!("{} files", stale.len()));
    Ok(())
}

/// Whether compression makes such a file smaller: not images and fonts that are compressed already.
pub fn is_compressible(file: &Path) -> bool {
    file.extension()
        .and_then(|extension| extension.to_str())
        .is_some_and(|extension| {
            [
                "css",
                "html",
                "js",
                "json",
                "mjs",
                "svg",
                "txt",
                "wasm",
                "webmanifest",
                "xml",
            ]
            .contains(&extension)
        })
}

/// `file` with a further extension.
pub fn beside(file: &Path, extension: &str) -> PathBuf {
    let mut name = file.as_os_str().to_owned();
    name.push(".");
    name.push(extension);
    PathBuf::from(name)
}

fn stale_copies(site: &Path) -> Result<Vec<PathBuf>> {
    let changed = |file: &Path| {
        fs::metadata(file)
            .and_then(|data| data.modified())
            .unwrap_or(SystemTime::UNIX_EPOCH)
    };
    let mut stale = Vec::new();
    for file in files_below(site)? {
        if is_compressible(&file) {
            let original = changed(&file);
            if ["br", "gz"].iter().any(|extension| {
                let copy = beside(&file, extension);
                !copy.exists() || changed(&copy) < original
            }) {
                stale.push(file);
            }
        }
    }
    Ok(stale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copies_are_stale_when_missing_or_older() {
        let folder = tempfile::tempdir().unwrap();
        let script = folder.path().join("a.js");
        fs::write(&script, "1").unwrap();
        fs::write(folder.path().join("a.woff2"), "1").unwrap();
        assert_eq!(
            stale_copies(folder.path()).unwrap(),
            std::slice::from_ref(&script)
        );
        for extension in ["br", "gz"] {
            fs::write(beside(&script, extension), "1").unwrap();
        }
        assert!(stale_copies(folder.path()).unwrap().is_empty());
        let later = SystemTime::now() + std::time::Duration::from_secs(60);
        fs::File::options()
            .write(true)
            .open(&script)
            .unwrap()
            .set_modified(later)
            .unwrap();
        assert_eq!(stale_copies(folder.path()).unwrap(), [script]);
    }

    #[test]
    fn public_files_are_copied_once() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(from.path().join("icons")).unwrap();
        fs::write(from.path().join("icons/a.svg"), "<svg/>").unwrap();
        assert_eq!(copy_changed(from.path(), to.path()).unwrap(), 1);
        assert_eq!(copy_changed(from.path(), to.path()).unwrap(), 0);
        assert!(to.path().join("icons/a.svg").is_file());
    }
}
