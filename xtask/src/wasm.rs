//! The browser half: compile, make the JavaScript bindings, shrink.

use crate::cargo;
use crate::children::run_quiet;
use crate::parts;
use crate::stages::{Board, spoken};
use crate::stamp::{Inputs, Stamp};
use crate::toolchain::WASM;
use crate::workspace::{OUTPUT_NAME, PKG_DIR, Workspace};
use anyhow::{Context, Result, anyhow};
use std::collections::BTreeMap;
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
    /// Of cargo.
    pub const fn profile(self) -> &'static str {
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

/// Makes modules smaller; beside the packages that it needs.
const OPTIMISER: &str = "style/shrink.mjs";
/// Below this many bytes a part of the bundle costs more to optimise than it gains.
const WORTH_OPTIMISING: u64 = 1_000;

/// Name of the script that loads the pages split off; the one that leptos' server side announces to browsers.
pub const LOADER: &str = "__wasm_split.______________________.js";
/// Which files a page split off needs; read by leptos' server side.
pub const MANIFEST: &str = "__wasm_split_manifest.json";
/// Which packs the pages that open without a network need.
pub const OFFLINE: &str = "offline.json";

/// Builds the bundle into `site`; returns what was done, for a person.
///
/// # Errors
/// When compilation, the splitter, the bindings or the optimiser fail.
pub fn build(workspace: &Workspace, board: &Board, kind: Kind, site: &Path) -> Result<String> {
    cargo::build(
        workspace,
        board,
        "browser bundle",
        &[
            "rustc",
            "--package",
            "frontend",
            "--lib",
            "--target",
            WASM,
            "--profile",
            kind.profile(),
            "--",
            // The splitter needs to know what refers to what.
            "-Clink-args=--emit-relocs",
            "-Cstrip=none",
        ],
    )?;
    let compiled = workspace
        .target
        .join(WASM)
        .join(kind.folder())
        .join("frontend.wasm");
    let package = site.join(PKG_DIR);
    let main = package.join(format!("{OUTPUT_NAME}.wasm"));
    let inputs = Inputs::of("bundle 5")
        .file(&compiled)?
        .text(include_str!("parts.js"))
        .file(&workspace.root.join(OPTIMISER))?;
    let stamp = Stamp::new(&workspace.private().join("stamps"), kind.name(), &inputs);
    if stamp.is_current(&[package.join(format!("{OUTPUT_NAME}.js")), main.clone()]) {
        return Ok(format!("bundle unchanged, {}", kilobytes(&main)?));
    }
    let started = Instant::now();
    let work = workspace.private().join(kind.name());
    if work.exists() {
        fs::remove_dir_all(&work)?;
    }
    fs::create_dir_all(&work)?;
    let whole = workspace.private().join(format!("{}.wasm", kind.name()));
    let pages = split(&compiled, &whole, &work)?;
    bind(&whole, &work, kind)?;
    let bound = work.join(format!("{OUTPUT_NAME}_bg.wasm"));
    let ready = work.join(format!("{OUTPUT_NAME}.wasm"));
    fs::rename(&bound, &ready)?;
    let script = work.join(format!("{OUTPUT_NAME}.js"));
    rename_module(&script)?;
    let mut names = BTreeMap::new();
    if kind == Kind::Release {
        names = parts::shorten_imports(&ready, &script)?;
        optimise(workspace, pages.iter().chain([&ready]))?;
    }
    pack(&work, &names)?;
    if kind == Kind::Release {
        for script in [script, work.join(LOADER)] {
            minify(workspace, &script)?;
        }
    }
    publish(&work, &package)?;
    stamp.set()?;
    Ok(format!(
        "bundle {} and {} parts loaded when needed (compiler's output {}), splitter, bindings and optimiser {}",
        kilobytes(&main)?,
        pages.len(),
        kilobytes(&compiled)?,
        spoken(started.elapsed())
    ))
}

/// Splits off what `#[lazy]` functions alone need; the rest goes to `main`. Returns the modules split off.
fn split(compiled: &Path, main: &Path, work: &Path) -> Result<Vec<PathBuf>> {
    let input = fs::read(compiled).with_context(|| format!("{} is missing", compiled.display()))?;
    let (link, script) = (
        format!("./{LOADER}"),
        format!("/{PKG_DIR}/{OUTPUT_NAME}.js"),
    );
    let mut options = wasm_split_cli_support::Options::new(&input);
    options.output_dir = work;
    options.main_out_path = main;
    options.link_name = &link;
    options.main_module = &script;
    let parts = wasm_split_cli_support::transform(options)
        .map_err(|error| anyhow!("the browser bundle could not be split: {error:#}"))?;
    // Sorted, so that equal input gives equal files.
    let needs: BTreeMap<_, _> = parts.prefetch_map.iter().collect();
    fs::write(work.join(MANIFEST), serde_json::to_vec(&needs)?)?;
    Ok(parts.split_modules)
}

/// Puts the parts of each group into one file, and has the script and the server's list say so. `names` are those under which the main
/// module asks for the script's functions, where they are others than the splitter's.
fn pack(work: &Path, names: &BTreeMap<String, String>) -> Result<()> {
    let list = work.join(MANIFEST);
    let needs: BTreeMap<String, Vec<String>> = serde_json::from_slice(&fs::read(&list)?)?;
    let packs = parts::pack(work, &needs)?;
    fs::write(
        work.join(OFFLINE),
        serde_json::to_vec(&parts::offline(&packs))?,
    )?;
    fs::write(&list, serde_json::to_vec(&packs)?)?;
    let script = work.join(LOADER);
    let text = parts::loader(&fs::read_to_string(&script)?, &needs)?;
    fs::write(&script, parts::export_as(&text, names)?)?;
    Ok(())
}

fn minify(workspace: &Workspace, script: &Path) -> Result<()> {
    let bundler = workspace
        .root
        .join("style/node_modules/esbuild/bin/esbuild");
    let small = script.with_extension("small");
    run_quiet(
        workspace
            .program("node")
            .arg(bundler)
            .arg(script)
            .args(["--minify", "--format=esm", "--target=es2022"])
            .arg(format!("--outfile={}", small.display())),
    )
    .with_context(|| format!("{} could not be shortened", script.display()))?;
    fs::rename(&small, script)?;
    Ok(())
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
        // The modules split off refer to these.
        .keep_lld_exports(true)
        .demangle(false)
        .keep_debug(kind == Kind::Dev)
        .remove_name_section(kind == Kind::Release)
        .remove_producers_section(kind == Kind::Release);
    bindgen.generate(work).map_err(|error| {
        anyhow!("the JavaScript bindings of the browser bundle could not be made: {error:#}")
    })
}

fn optimise<'a>(workspace: &Workspace, modules: impl Iterator<Item = &'a PathBuf>) -> Result<()> {
    let mut worth = Vec::new();
    for module in modules {
        if fs::metadata(module)?.len() > WORTH_OPTIMISING {
            worth.push(module);
        }
    }
    run_quiet(
        workspace
            .program("node")
            .arg(workspace.root.join(OPTIMISER))
            .args(worth),
    )
    .context("the browser bundle could not be optimised")?;
    Ok(())
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
    // Names of parts change with their content; the style sheet is another stage's.
    if package.exists() {
        for file in crate::stamp::files_below(package)? {
            if !file.to_string_lossy().contains(".css") {
                fs::remove_file(file)?;
            }
        }
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
