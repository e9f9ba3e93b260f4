//! The browser half: compile, make the JavaScript bindings, shrink.

use crate::cargo;
use crate::children::run_quiet;
use crate::stages::{Board, spoken};
use crate::stamp::{Inputs, Stamp};
use crate::toolchain::WASM;
use crate::workspace::{OUTPUT_NAME, PKG_DIR, Workspace};
use anyhow::{Context, Result, anyhow};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;
use wasm_bindgen_cli_support::Bindgen;

/// Which of the two kinds of bundle is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Small, for people.
    Release,
    /// Quick to build, with names in its stack traces.
    Dev,
}

impl Kind {
    const fn profile(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Dev => "dev",
        }
    }

    const fn folder(self) -> &'static str {
        match self {
            Self::Release => "wasm-release",
            Self::Dev => "debug",
        }
    }

    const fn name(self) -> &'static str {
        match self {
            Self::Release => "bundle-release",
            Self::Dev => "bundle-dev",
        }
    }
}

/// Features that the compiler turns on for this target and that the optimiser must keep to.
const OPTIMISER: [&str; 9] = [
    "-Oz",
    "--enable-bulk-memory",
    "--enable-nontrapping-float-to-int",
    "--enable-sign-ext",
    "--enable-mutable-globals",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-debug",
    "--strip-producers",
];

/// Builds the bundle into `site`; returns what was done, for a person.
///
/// # Errors
/// When compilation, the bindings or the optimiser fail.
pub fn build(workspace: &Workspace, board: &Board, kind: Kind, site: &Path) -> Result<String> {
    cargo::build(
        workspace,
        board,
        "browser bundle",
        &[
            "--package",
            "frontend",
            "--lib",
            "--target",
            WASM,
            "--profile",
            kind.profile(),
        ],
    )?;
    let compiled = workspace
        .target
        .join(WASM)
        .join(kind.folder())
        .join("frontend.wasm");
    let package = site.join(PKG_DIR);
    let (script, module) = (
        package.join(format!("{OUTPUT_NAME}.js")),
        package.join(format!("{OUTPUT_NAME}.wasm")),
    );
    let inputs = Inputs::of("bundle 1")
        .file(&compiled)?
        .text(&OPTIMISER.join(" "));
    let stamp = Stamp::new(&workspace.private().join("stamps"), kind.name(), &inputs);
    if stamp.is_current(&[script.clone(), module.clone()]) {
        return Ok(format!("bundle unchanged, {}", kilobytes(&module)?));
    }
    let started = Instant::now();
    let work = workspace.private().join(kind.name());
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    bind(&compiled, &work, kind)?;
    let bound = work.join(format!("{OUTPUT_NAME}_bg.wasm"));
    let ready = work.join(format!("{OUTPUT_NAME}.wasm"));
    match kind {
        Kind::Release => {
            let optimiser = workspace
                .root
                .join("style/node_modules/binaryen/bin/wasm-opt");
            run_quiet(
                workspace
                    .program("node")
                    .arg(optimiser)
                    .arg(&bound)
                    .args(OPTIMISER)
                    .arg("-o")
                    .arg(&ready),
            )
            .context("the browser bundle could not be optimised")?;
            fs::remove_file(&bound)?;
        }
        Kind::Dev => fs::rename(&bound, &ready)?,
    }
    rename_module(&work.join(format!("{OUTPUT_NAME}.js")))?;
    publish(&work, &package)?;
    stamp.set()?;
    Ok(format!(
        "bundle {} (compiler's output {}), bindings and optimiser {}",
        kilobytes(&module)?,
        kilobytes(&compiled)?,
        spoken(started.elapsed())
    ))
}

fn bind(compiled: &Path, work: &Path, kind: Kind) -> Result<()> {
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(compiled)
        .web(true)
        .map_err(|error| anyhow!("{error:#}"))?
        .out_name(OUTPUT_NAME)
        .typescript(false)
        .debug(false)
        .keep_debug(kind == Kind::Dev)
        .remove_name_section(kind == Kind::Release)
        .remove_producers_section(kind == Kind::Release);
    bindgen.generate(work).map_err(|error| {
        anyhow!("the JavaScript bindings of the browser bundle could not be made: {error:#}")
    })
}

/// leptos asks for `NAME.wasm`; the bindings are written for `NAME_bg.wasm`.
fn rename_module(script: &Path) -> Result<()> {
    let text = fs::read_to_string(script)?;
    let (old, new) = (
        format!("{OUTPUT_NAME}_bg.wasm"),
        format!("{OUTPUT_NAME}.wasm"),
    );
    fs::write(script, text.replace(&old, &new))?;
    Ok(())
}

/// Replaces the files of the bundle in the site folder, leaving what other stages put there.
fn publish(work: &Path, package: &Path) -> Result<()> {
    let snippets = package.join("snippets");
    if snippets.exists() {
        fs::remove_dir_all(&snippets)?;
    }
    for file in crate::stamp::files_below(work)? {
        let target: PathBuf = package.join(file.strip_prefix(work)?);
        if let Some(folder) = target.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(&file, &target).with_context(|| format!("cannot write {}", target.display()))?;
    }
    Ok(())
}

/// Size of a file in thousands of bytes.
fn kilobytes(file: &Path) -> Result<String> {
    let bytes = fs::metadata(file)
        .with_context(|| format!("{} is missing", file.display()))?
        .len();
    Ok(format!("{:.0} kB", bytes as f64 / 1000.0))
}
