//! The lints and the tests of one compilation.

use crate::cargo::{is_status, strip_colour};
use crate::children::run_lines;
use crate::stages::say;
use crate::workspace::Workspace;
use anyhow::Result;
use std::process::Command;

/// What came of compiling.
pub struct Compiled {
    /// Whether there is a server now.
    pub is_there: bool,
    /// Crates of ours that were warned of.
    pub warnings: u64,
}

/// A `cargo` whose compiler looks at our own crates with the lints while it compiles them. Looking at them apart from it would compile
/// everything that they depend on a second time.
pub fn linted(workspace: &Workspace, lints: bool) -> Command {
    let mut command = workspace.cargo();
    with_lints(&mut command, lints);
    command
}

/// The same, which makes way for everything else that wants the processor: a browser's patience ends, a test's hardly ever.
pub fn linted_in_the_background(workspace: &Workspace, lints: bool) -> Command {
    let mut command = workspace.program("nice");
    workspace.leptos(&mut command, &workspace.site());
    command.args(["-n", "10", "cargo"]);
    with_lints(&mut command, lints);
    command
}

fn with_lints(command: &mut Command, lints: bool) {
    if lints {
        command.env("RUSTC_WORKSPACE_WRAPPER", "clippy-driver");
    }
}

/// Compiles the server and everything that is tested. What the lints found does not stop it, so that the tests are told of too.
///
/// # Errors
/// When cargo cannot be started.
pub fn compile(workspace: &Workspace, lints: bool) -> Result<Compiled> {
    let mut warnings = 0;
    let mut said = Vec::new();
    let mut command = linted(workspace, lints);
    command.env("CARGO_TERM_PROGRESS_WHEN", "never");
    let status = run_lines(command.args(["test", "--no-run"]), |line| {
        let line = strip_colour(line);
        warnings += u64::from(is_summary_of_warnings(&line));
        said.push(line);
    })?;
    if !status.success() || warnings > 0 {
        for line in said {
            if !is_status(&line) {
                say(line);
            }
        }
    }
    Ok(Compiled {
        is_there: status.success(),
        warnings,
    })
}

/// Cargo's line that ends the warnings of one of our crates, compiled now or before.
fn is_summary_of_warnings(line: &str) -> bool {
    line.starts_with("warning: `") && line.contains(" generated ") && line.contains(" warning")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn warnings_of_our_crates_are_counted_and_those_of_cargo_are_not() {
        assert!(is_summary_of_warnings(
            "warning: `services` (lib) generated 1 warning"
        ));
        assert!(is_summary_of_warnings(
            "warning: `app` (lib test) generated 12 warnings (11 duplicates)"
        ));
        assert!(!is_summary_of_warnings(
            "warning: the following packages contain code that will be rejected by a future version of Rust: x v1.0.0"
        ));
        assert!(!is_summary_of_warnings("warning: unused variable: `x`"));
    }
}
