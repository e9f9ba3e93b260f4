//! What comes from outside: licences and sources of the crates, and known weaknesses of crates and npm packages.
//!
//! Licences, sources and bans are read off `cargo metadata` and need nothing else. Known weaknesses stand in databases that
//! somebody keeps; where one cannot be asked, that is said and counts neither as passed nor as failed.

use crate::children::{ask, run_lines};
use crate::packages::find_program;
use crate::stages::say;
use crate::tally::Tally;
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeSet;
use std::process::Stdio;

/// Folders with a lock file of npm: what fonts and charts are made with, and the browser tests.
const NPM: [&str; 2] = ["style", "end2end"];

/// Crates that bring the text of their licence and no name for it, with the name of what was read there.
const READ: [(&str, &str); 2] = [("apalis-postgres", "MIT"), ("cfg_block", "Apache-2.0")];

/// What we take of `deny.toml`.
#[derive(Debug, Deserialize)]
struct Rules {
    licenses: Licences,
    bans: Bans,
    sources: Sources,
}

#[derive(Debug, Deserialize)]
struct Licences {
    allow: BTreeSet<String>,
}

#[derive(Debug, Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Debug, Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Debug, Deserialize)]
struct Sources {
    #[serde(rename = "allow-registry")]
    registries: Vec<String>,
}

/// What we take of `cargo metadata`.
#[derive(Debug, Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Debug, Deserialize)]
struct Package {
    name: String,
    version: String,
    license: Option<String>,
    /// Nothing for crates of this workspace.
    source: Option<String>,
}

/// Checks everything that can be checked here.
///
/// # Errors
/// When `deny.toml` or what cargo says cannot be read.
pub fn run(workspace: &Workspace) -> Result<Tally> {
    let mut total = crates(workspace)?;
    total += advisories(workspace)?;
    for folder in NPM {
        total += npm(workspace, folder)?;
    }
    Ok(total)
}

fn crates(workspace: &Workspace) -> Result<Tally> {
    let rules = std::fs::read_to_string(workspace.root.join("deny.toml"))?;
    let rules: Rules = toml::from_str(&rules).context("deny.toml cannot be read")?;
    let arguments = ["metadata", "--format-version", "1", "--locked"];
    let known = ask(workspace.cargo().args(arguments)).context("cargo tells no metadata")?;
    let known: Metadata = serde_json::from_str(&known)?;
    let faults = faults(&known, &rules);
    for fault in &faults {
        say(format!("   {fault}"));
    }
    Ok(Tally::one(faults.is_empty()))
}

/// What the crates from outside have against the rules.
fn faults(known: &Metadata, rules: &Rules) -> Vec<String> {
    let mut faults = Vec::new();
    for package in &known.packages {
        let Some(source) = &package.source else {
            continue;
        };
        let what = format!("{} {}", package.name, package.version);
        let registry = source.strip_prefix("registry+").unwrap_or(source);
        if !rules.sources.registries.iter().any(|r| r == registry) {
            faults.push(format!("{what} comes from {source}"));
        }
        if let Some(ban) = rules.bans.deny.iter().find(|b| b.name == package.name) {
            faults.push(format!("{what} is banned: {}", ban.reason));
        }
        let read = READ.iter().find(|(name, _)| *name == package.name);
        let licence = match (&package.license, read) {
            (Some(licence), _) => licence.as_str(),
            (None, Some((_, licence))) => *licence,
            (None, None) => "",
        };
        if !allowed(licence, &rules.licenses.allow) {
            faults.push(format!("{what} has the licence {licence:?}"));
        }
    }
    faults
}

/// Whether an SPDX expression can be met with these licences. A slash between two is the old way to write `OR`.
fn allowed(expression: &str, allow: &BTreeSet<String>) -> bool {
    let spaced = expression
        .replace('/', " OR ")
        .replace('(', " ( ")
        .replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut at = 0;
    let met = any_of(&words, &mut at, allow);
    met == Some(true) && at == words.len()
}

fn any_of(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> Option<bool> {
    let mut met = all_of(words, at, allow)?;
    while words.get(*at) == Some(&"OR") {
        *at += 1;
        met |= all_of(words, at, allow)?;
    }
    Some(met)
}

fn all_of(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> Option<bool> {
    let mut met = one(words, at, allow)?;
    while words.get(*at) == Some(&"AND") {
        *at += 1;
        met &= one(words, at, allow)?;
    }
    Some(met)
}

fn one(words: &[&str], at: &mut usize, allow: &BTreeSet<String>) -> Option<bool> {
    let word = *words.get(*at)?;
    *at += 1;
    if word == "(" {
        let met = any_of(words, at, allow)?;
        let closed = words.get(*at) == Some(&")");
        *at += 1;
        return closed.then_some(met);
    }
    let mut name = word.to_owned();
    if words.get(*at) == Some(&"WITH") {
        name = format!("{word} WITH {}", words.get(*at + 1)?);
        *at += 2;
    }
    Some(allow.contains(&name))
}

/// Known weaknesses of the crates, as cargo-deny tells them.
fn advisories(workspace: &Workspace) -> Result<Tally> {
    if find_program(&["cargo-deny"], &[]).is_none() {
        say(
            "   advisories skipped: cargo-deny is not installed (cargo install cargo-deny --locked)",
        );
        return Ok(Tally::default());
    }
    let mut said = Vec::new();
    let mut command = workspace.cargo();
    command.args(["deny", "--locked", "check", "advisories"]);
    let status = run_lines(&mut command, |line| said.push(line.to_owned()))?;
    if status.success() {
        return Ok(Tally::PASSED);
    }
    if said.iter().any(|line| line.contains("failed to fetch")) {
        say("   advisories skipped: the database of advisories cannot be reached");
        return Ok(Tally::default());
    }
    for line in said {
        say(format!("   {line}"));
    }
    Ok(Tally::FAILED)
}

/// Known weaknesses of a folder's npm packages, as the registry tells them.
fn npm(workspace: &Workspace, folder: &str) -> Result<Tally> {
    let output = workspace
        .program("npm")
        .args(["audit", "--package-lock-only", "--json"])
        .current_dir(workspace.root.join(folder))
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .context("npm cannot be started")?;
    match weaknesses(&output.stdout) {
        Ok(0) => Ok(Tally::PASSED),
        Ok(number) => {
            say(format!(
                "   {folder}: {number} packages with weaknesses that are high or critical; see `npm audit` there"
            ));
            Ok(Tally::FAILED)
        }
        Err(reason) => {
            say(format!("   npm audit of {folder} skipped: {reason}"));
            Ok(Tally::default())
        }
    }
}

/// The number of high and critical weaknesses in what `npm audit --json` says, or why it says nothing.
fn weaknesses(said: &[u8]) -> Result<u64, String> {
    let said: serde_json::Value =
        serde_json::from_slice(said).map_err(|_| "it gave no JSON".to_owned())?;
    let counts = &said["metadata"]["vulnerabilities"];
    match (counts["high"].as_u64(), counts["critical"].as_u64()) {
        (Some(high), Some(critical)) => Ok(high + critical),
        _ => Err(said["message"]
            .as_str()
            .unwrap_or("the registry tells nothing")
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(names: &[&str]) -> BTreeSet<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn a_licence_is_met_by_one_side_of_or_and_both_of_and() {
        let names = allow(&["MIT", "Unicode-3.0", "Apache-2.0 WITH LLVM-exception"]);
        for met in [
            "MIT",
            "MIT OR Apache-2.0",
            "GPL-3.0-only/MIT",
            "GPL-3.0-only / MIT",
            "(MIT OR Apache-2.0) AND Unicode-3.0",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-2.0-only OR (MIT AND Unicode-3.0)",
        ] {
            assert!(allowed(met, &names), "{met}");
        }
        for unmet in [
            "",
            "GPL-3.0-only",
            "Apache-2.0",
            "MIT AND GPL-3.0-only",
            "(MIT OR Apache-2.0) AND GPL-3.0-only",
            "MIT WITH GCC-exception-3.1",
            "MIT AND",
            "(MIT",
            "MIT MIT",
            "MIT)",
        ] {
            assert!(!allowed(unmet, &names), "{unmet}");
        }
    }

    #[test]
    fn crates_from_elsewhere_banned_ones_and_unknown_licences_are_faults() {
        let rules = Rules {
            licenses: Licences {
                allow: allow(&["MIT"]),
            },
            bans: Bans {
                deny: vec![Ban {
                    name: "openssl-sys".into(),
                    reason: "rustls".into(),
                }],
            },
            sources: Sources {
                registries: vec!["https://crates.example/index".into()],
            },
        };
        let package = |name: &str, licence: Option<&str>, source: Option<&str>| Package {
            name: name.into(),
            version: "1.0.0".into(),
            license: licence.map(Into::into),
            source: source.map(Into::into),
        };
        let usual = Some("registry+https://crates.example/index");
        let known = Metadata {
            packages: vec![
                package("ours", Some("LicenseRef-Proprietary"), None),
                package("good", Some("MIT"), usual),
                package("apalis-postgres", None, usual),
                package("nameless", None, usual),
                package("strict", Some("AGPL-3.0-only"), usual),
                package("openssl-sys", Some("MIT"), usual),
                package("forked", Some("MIT"), Some("git+https://git.example/x")),
            ],
        };
        assert_eq!(
            faults(&known, &rules),
            [
                "nameless 1.0.0 has the licence \"\"",
                "strict 1.0.0 has the licence \"AGPL-3.0-only\"",
                "openssl-sys 1.0.0 is banned: rustls",
                "forked 1.0.0 comes from git+https://git.example/x",
            ]
        );
    }

    #[test]
    fn a_registry_that_tells_nothing_is_no_clean_bill() {
        let clean = br#"{"metadata":{"vulnerabilities":{"low":3,"high":0,"critical":0}}}"#;
        assert_eq!(weaknesses(clean), Ok(0));
        let bad = br#"{"metadata":{"vulnerabilities":{"low":3,"high":2,"critical":1}}}"#;
        assert_eq!(weaknesses(bad), Ok(3));
        let refused = br#"{"message":"405 Method Not Allowed","statusCode":405}"#;
        assert_eq!(
            weaknesses(refused),
            Err("405 Method Not Allowed".to_owned())
        );
        assert!(weaknesses(b"").is_err());
    }

    #[test]
    fn the_rules_of_this_workspace_can_be_read() {
        let text = include_str!("../../deny.toml");
        let rules: Rules = toml::from_str(text).unwrap();
        assert!(rules.licenses.allow.contains("MIT"));
        assert!(!rules.bans.deny.is_empty());
    }
}
