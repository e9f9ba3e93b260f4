//! Checks what must be on the machine before anything is built, and says how to get what is not.

use crate::children::ask;
use crate::stages::Stage;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// The compilation target of the browser bundle.
pub const WASM: &str = "wasm32-unknown-unknown";

const MIN_RUST: Version = Version(1, 95);
const MIN_NODE: Version = Version(20, 11);
const MIN_NPM: Version = Version(9, 0);

/// Major and minor version.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Version(u32, u32);

impl Version {
    /// The first `a.b` in a program's answer, as in `rustc 1.95.0 (..)` or `v20.20.2`.
    fn find(text: &str) -> Option<Self> {
        text.split(|c: char| c.is_whitespace() || c == '-')
            .find_map(|word| {
                let mut parts = word.trim_start_matches('v').split('.');
                Some(Self(
                    parts.next()?.parse().ok()?,
                    parts.next()?.parse().ok()?,
                ))
            })
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// Checks Rust, Node, npm and a C compiler, and adds the browser's compilation target where it is missing.
///
/// # Errors
/// Lists everything that is missing or too old, each with the way to get it.
pub fn check(workspace: &Workspace) -> Result<()> {
    let stage = Stage::start("Checking the tools");
    let mut found = Vec::new();
    let mut missing = Vec::new();
    let mut look = |name: &str, least: Version, how: &str| {
        let answer = ask(workspace.program(name).arg("--version"));
        match answer.as_deref().and_then(Version::find) {
            Some(version) if version >= least => found.push(format!("{name} {version}")),
            Some(version) => missing.push(format!(
                "{name} is {version}, {least} or newer is needed: {how}"
            )),
            None => missing.push(format!(
                "{name} was not found, {least} or newer is needed: {how}"
            )),
        }
    };
    look(
        "rustc",
        MIN_RUST,
        "install rustup from https://rustup.rs; it reads the version from rust-toolchain.toml",
    );
    look(
        "node",
        MIN_NODE,
        "install Node.js from https://nodejs.org or your system's package `nodejs`",
    );
    look(
        "npm",
        MIN_NPM,
        "it comes with Node.js; on Debian and Ubuntu install the package `npm`",
    );
    if ask(Command::new("cc").arg("--version")).is_none() {
        missing.push(
            "no C compiler was found (`cc`): install `build-essential` on Debian and Ubuntu, `gcc` on Fedora, \
             or run `xcode-select --install` on macOS"
                .to_owned(),
        );
    }
    if !missing.is_empty() {
        bail!(
            "this machine lacks something:\n  - {}",
            missing.join("\n  - ")
        );
    }
    add_wasm_target(workspace)?;
    stage.done(found.join(", "));
    Ok(())
}

fn has_wasm_target(workspace: &Workspace) -> bool {
    ask(workspace
        .program("rustc")
        .args(["--print", "target-libdir", "--target", WASM]))
    .is_some_and(|folder| {
        std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
    })
}

fn add_wasm_target(workspace: &Workspace) -> Result<()> {
    if has_wasm_target(workspace) {
        return Ok(());
    }
    println!("   adding the Rust target {WASM}");
    crate::children::run_quiet(workspace.program("rustup").args(["target", "add", WASM]))
        .with_context(|| {
            format!(
                "the Rust target {WASM} is missing and `rustup target add {WASM}` did not work; \
             install rustup from https://rustup.rs, or your system's package of that target"
            )
        })?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_in_what_programs_answer() {
        assert_eq!(
            Version::find("rustc 1.95.0 (abc 2026-01-01)"),
            Some(Version(1, 95))
        );
        assert_eq!(Version::find("v20.20.2"), Some(Version(20, 20)));
        assert_eq!(Version::find("11.19.1"), Some(Version(11, 19)));
        assert_eq!(Version::find("rustc 1.97.0-nightly"), Some(Version(1, 97)));
        assert_eq!(Version::find("command not found"), None);
        assert!(Version(9, 12) < Version(20, 0));
    }
}
