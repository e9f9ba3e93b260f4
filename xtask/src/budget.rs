//! `cargo xtask budget`: the size of what a browser downloads, against the limits in `budget.toml`.

use crate::assets::beside;
use crate::parts::{LATER, group_name};
use crate::site;
use crate::stages::say;
use crate::wasm::MANIFEST;
use crate::workspace::{PKG_DIR, Workspace};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;
use std::process::ExitCode;

/// What to measure.
#[derive(Debug, Args)]
pub struct Options {
    /// Measure the site folder as it is instead of building it first.
    #[arg(long)]
    no_build: bool,
}

/// The content of `budget.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Budget {
    /// Limit of everything that the first page without charts loads, in kB (1,000 bytes).
    first_load_kb: f64,
    /// Groups of pages that draw charts; their limit is the chart library's own.
    with_charts: Vec<String>,
    /// One entry a file.
    file: Vec<Entry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    /// Path in the site folder.
    path: String,
    /// Limit as sent to a browser that takes brotli, in kB.
    limit_kb: f64,
    /// Whether every first page loads it.
    first_load: bool,
}

/// A measured file.
#[derive(Debug)]
struct Line {
    path: String,
    raw: u64,
    sent: u64,
    limit_kb: f64,
    first_load: bool,
}

/// What a group of pages needs beyond the files that every page loads.
#[derive(Debug)]
struct GroupLoad {
    name: String,
    parts: usize,
    sent: u64,
}

/// The parts of the bundle that each group of pages fetches when one of them is opened, from the splitter's list.
///
/// # Errors
/// When the list or a part is missing.
fn group_loads(site: &Path) -> Result<Vec<GroupLoad>> {
    let package = site.join(PKG_DIR);
    let list =
        std::fs::read(package.join(MANIFEST)).context("the bundle has no list of its parts")?;
    let list: BTreeMap<String, Vec<String>> = serde_json::from_slice(&list)?;
    list.iter()
        .map(|(group, parts)| {
            let mut sent = 0;
            for part in parts {
                let file = package.join(format!("{part}.wasm"));
                sent += std::fs::metadata(beside(&file, "br"))
                    .or_else(|_| std::fs::metadata(&file))
                    .with_context(|| format!("the part {part} is missing"))?
                    .len();
            }
            Ok(GroupLoad {
                name: group_name(group).to_owned(),
                parts: parts.len(),
                sent,
            })
        })
        .collect()
}

/// Measures every file of the budget.
///
/// # Errors
/// When a file is missing: a budget for nothing guards nothing.
fn measure(budget: &Budget, site: &Path) -> Result<Vec<Line>> {
    let size = |path: &Path| std::fs::metadata(path).map(|data| data.len());
    budget
        .file
        .iter()
        .map(|entry| {
            let path = site.join(&entry.path);
            let raw = size(&path).with_context(|| {
                format!(
                    "{} stands in budget.toml and not in the site folder",
                    entry.path
                )
            })?;
            let sent = size(&beside(&path, "br")).unwrap_or(raw);
            Ok(Line {
                path: entry.path.clone(),
                raw,
                sent,
                limit_kb: entry.limit_kb,
                first_load: entry.first_load,
            })
        })
        .collect()
}

fn kb(bytes: u64) -> f64 {
    bytes as f64 / 1000.0
}

/// The table for a person, and whether everything is within its limit.
fn judge(budget: &Budget, lines: &[Line], pages: &[GroupLoad]) -> (String, bool) {
    let mut within = true;
    let mut table = format!(
        "{:<24} {:>10} {:>10} {:>10}\n",
        "file", "kB", "brotli kB", "limit kB"
    );
    for line in lines {
        let fits = kb(line.sent) <= line.limit_kb;
        within &= fits;
        table += &format!(
            "{:<24} {:>10.1} {:>10.1} {:>10.1}{}{}\n",
            line.path,
            kb(line.raw),
            kb(line.sent),
            line.limit_kb,
            if line.first_load {
                ""
            } else {
                "  (not on first load)"
            },
            if fits { "" } else { "  OVER" }
        );
    }
    let total: u64 = lines
        .iter()
        .filter(|line| line.first_load)
        .map(|line| line.sent)
        .sum();
    let mut later = String::new();
    let mut row = |name: &str, sent: u64, note: String, free: bool| {
        let fits = free || kb(sent) <= budget.first_load_kb;
        within &= fits;
        let note = if free {
            format!("{note}, draws charts")
        } else {
            note
        };
        let over = if fits { "" } else { "  OVER" };
        table += &format!(
            "{name:<24} {:>10} {:>10.1} {:>10.1}  {note}{over}\n",
            "",
            kb(sent),
            budget.first_load_kb
        );
    };
    row(
        "first load, every page",
        total,
        "the files above".to_owned(),
        false,
    );
    for page in pages {
        if let Some(of) = page.name.strip_suffix(LATER) {
            later += &format!(
                "{:<24} {:>10} {:>10.1} {:>10}  when {of} is alive\n",
                format!("  {}", page.name),
                "",
                kb(page.sent),
                ""
            );
            continue;
        }
        let free = budget.with_charts.contains(&page.name);
        row(
            &format!("  {}", page.name),
            total + page.sent,
            format!("{} parts more", page.parts),
            free,
        );
    }
    (table + &later, within)
}

/// Prints the table; `true` when everything is within its limit.
///
/// # Errors
/// When `budget.toml` or a file that it names cannot be read.
pub fn check(workspace: &Workspace) -> Result<bool> {
    let text = std::fs::read_to_string(workspace.root.join("budget.toml"))
        .context("budget.toml cannot be read")?;
    let budget: Budget = toml::from_str(&text).context("budget.toml is not understood")?;
    let (table, within) = judge(
        &budget,
        &measure(&budget, &workspace.site())?,
        &group_loads(&workspace.site())?,
    );
    table.lines().for_each(say);
    Ok(within)
}

/// The command.
///
/// # Errors
/// When something is over its limit.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    if !options.no_build {
        site::build_release(workspace)?;
    }
    if !check(workspace)? {
        bail!("the browser bundle is over its budget");
    }
    Ok(ExitCode::SUCCESS)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BUDGET: &str = r#"
        first_load_kb = 10
        with_charts = ["charts"]
        [[file]]
        path = "a.wasm"
        limit_kb = 8
        first_load = true
        [[file]]
        path = "b.js"
        limit_kb = 50
        first_load = false
    "#;

    fn site(wasm: usize, compressed: usize) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.wasm"), vec![0; wasm]).unwrap();
        std::fs::write(folder.path().join("a.wasm.br"), vec![0; compressed]).unwrap();
        std::fs::write(folder.path().join("b.js"), vec![0; 40_000]).unwrap();
        folder
    }

    #[test]
    fn the_compressed_size_counts() {
        let budget: Budget = toml::from_str(BUDGET).unwrap();
        let (table, within) = judge(
            &budget,
            &measure(&budget, site(100_000, 7_900).path()).unwrap(),
            &[],
        );
        assert!(within, "{table}");
        let (table, within) = judge(
            &budget,
            &measure(&budget, site(100_000, 8_100).path()).unwrap(),
            &[],
        );
        assert!(!within && table.contains("OVER"), "{table}");
    }

    #[test]
    fn the_first_load_has_a_limit_of_its_own() {
        let mut budget: Budget = toml::from_str(BUDGET).unwrap();
        budget.first_load_kb = 5.0;
        assert!(
            !judge(
                &budget,
                &measure(&budget, site(10_000, 6_000).path()).unwrap(),
                &[]
            )
            .1
        );
    }

    #[test]
    fn a_page_is_judged_with_its_parts_unless_it_draws_charts() {
        let folder = site(10_000, 6_000);
        let package = folder.path().join(PKG_DIR);
        std::fs::create_dir(&package).unwrap();
        let list = r#"{"charts_123":["chunk_1","split_a"],"shop_123":["chunk_1"]}"#;
        std::fs::write(package.join(MANIFEST), list).unwrap();
        std::fs::write(package.join("chunk_1.wasm"), vec![0; 3_000]).unwrap();
        std::fs::write(package.join("split_a.wasm"), vec![0; 9_000]).unwrap();
        std::fs::write(package.join("split_a.wasm.br"), vec![0; 4_000]).unwrap();
        let pages = group_loads(folder.path()).unwrap();
        let sizes: Vec<_> = pages
            .iter()
            .map(|page| (page.name.as_str(), page.sent))
            .collect();
        assert_eq!(sizes, [("charts", 7_000), ("shop", 3_000)]);
        let mut budget: Budget = toml::from_str(BUDGET).unwrap();
        let lines = measure(&budget, folder.path()).unwrap();
        assert!(
            judge(&budget, &lines, &pages).1,
            "charts are free, shop fits"
        );
        budget.with_charts.clear();
        assert!(!judge(&budget, &lines, &pages).1, "charts are over");
    }

    #[test]
    fn a_missing_file_is_an_error() {
        let budget: Budget = toml::from_str(BUDGET).unwrap();
        let folder = tempfile::tempdir().unwrap();
        assert!(
            measure(&budget, folder.path())
                .unwrap_err()
                .to_string()
                .contains("a.wasm")
        );
    }
}
