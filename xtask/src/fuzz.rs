//! `cargo xtask fuzz-api`: schemathesis reads the description of the REST API from a running release server and asks it whatever the
//! description allows, and what it does not, on both databases. Every answer must be one that is described, in status, kind and form,
//! and none may be a fault of the server's. Afterwards `hornada doctor` recomputes the books.

use crate::bench::scene::{Engine, Scene};
use crate::bench::visitor::Visitor;
use crate::bench::{self, Databases, ProductOptions};
use crate::chaos;
use crate::children::{run_lines, run_quiet};
use crate::packages;
use crate::stages::{Stage, say};
use crate::workspace::Workspace;
use anyhow::{Context, Result};
use clap::Args;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode};

/// Of PyPI.
const SCHEMATHESIS: &str = "4.32.5";

/// It runs on these, the newest first.
const PYTHONS: [&str; 4] = ["python3.13", "python3.12", "python3.11", "python3"];

/// Of the demo's people, those who together may do almost everything that the API offers.
const PEOPLE: [&str; 2] = ["analista@demo.hornada.local", "obrador@demo.hornada.local"];

const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,\
    response_schema_conformance";

/// A stream of events has no end that could be waited for.
const ENDLESS: &str = "/api/v1/live";

/// How much is asked, and on what.
#[derive(Debug, Args)]
pub struct Options {
    /// Questions to each operation, as each person.
    #[arg(long, default_value_t = 20)]
    examples: u32,
    /// Database to ask on.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    database: Databases,
    /// What is asked follows from it.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    product: ProductOptions,
}

#[derive(Clone, Copy, Debug)]
struct Questions {
    examples: u32,
    seed: u64,
    /// Of schemathesis.
    phases: &'static str,
}

/// What a run of the tests asks.
const IN_TESTS: Questions = Questions {
    examples: 4,
    seed: 1,
    phases: "fuzzing",
};

/// The command.
///
/// # Errors
/// When the product cannot be built or does not start, or schemathesis cannot be installed.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let product = bench::product(workspace, &options.product)?;
    let questions = Questions {
        examples: options.examples,
        seed: options.seed,
        phases: "examples,coverage,fuzzing",
    };
    let mut is_sound = true;
    for engine in options.database.engines() {
        let scene = chaos::demo(workspace, &product, engine)?;
        is_sound &= questions.ask(workspace, &scene, engine)?;
    }
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A few questions to a program that is there; whether every answer was as described.
///
/// # Errors
/// As [`run`].
pub fn briefly(workspace: &Workspace, scene: &Scene<'_>, engine: Engine) -> Result<bool> {
    IN_TESTS.ask(workspace, scene, engine)
}

impl Questions {
    /// One database. Whether everything was as described, and the books are sound.
    fn ask(self, workspace: &Workspace, scene: &Scene<'_>, engine: Engine) -> Result<bool> {
        let name = engine.name();
        let program = schemathesis(workspace)?;
        let stage = Stage::start(format!("A server to ask, {name}"));
        let server = scene.serve()?;
        stage.done(&server.address);
        let mut is_sound = true;
        for person in PEOPLE {
            let visitor = Visitor::sign_in(&server.address, person)?;
            let stage = Stage::start(format!("Whatever {person} can ask, {name}"));
            let mut command = self.command(workspace, &scene.folder, &program, &visitor);
            let status = run_lines(&mut command, |line| say(format!("   {line}")))?;
            stage.done(if status.success() {
                "as described"
            } else {
                "not as described"
            });
            is_sound &= status.success();
        }
        server.stop();
        if let Err(error) = scene.doctor() {
            say(format!("  {error:#}"));
            is_sound = false;
        }
        Ok(is_sound)
    }

    fn command(
        self,
        workspace: &Workspace,
        folder: &Path,
        program: &Path,
        visitor: &Visitor,
    ) -> Command {
        let origin = format!("http://{}", visitor.address);
        let mut command = workspace.program(program);
        command
            .arg("run")
            .arg(format!("{origin}/api/v1/openapi.json"))
            .args(["--url", &origin])
            .args(["--header", &format!("Cookie: {}", visitor.cookies)])
            .args(["--header", &format!("Origin: {origin}")])
            .args(["--checks", CHECKS])
            .args(["--exclude-path", ENDLESS])
            .args(["--phases", self.phases])
            .args(["--max-examples", &self.examples.to_string()])
            .args(["--seed", &self.seed.to_string()])
            // Else it would put sessions and keys of its own making in the place of the one that it was given.
            .args(["--generation-with-security-parameters", "false"])
            .args(["--generation-database", "none"])
            .args(["--suppress-health-check", "all"])
            .args(["--request-timeout", "40"])
            .args(["--continue-on-failure", "--no-color"])
            // It reads a file of settings from the folder that it runs in.
            .current_dir(folder);
        command
    }
}

/// The program: named by `XTASK_SCHEMATHESIS`, or installed from PyPI into a folder of its own, once.
fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("XTASK_SCHEMATHESIS").filter(|path| !path.is_empty()) {
        return Ok(path.into());
    }
    let home = std::env::var_os("HOME").context("the environment names no HOME")?;
    let folder = PathBuf::from(home)
        .join(".cache/hornada/tools")
        .join(format!("schemathesis-{SCHEMATHESIS}"));
    let program = folder.join("bin/schemathesis");
    let marker = folder.join("installed");
    if marker.exists() && program.is_file() {
        return Ok(program);
    }
    // A name on the path may be a wrapper of a version manager that has no such version: it is asked.
    let python = PYTHONS
        .iter()
        .filter_map(|name| packages::find_program(&[*name], &[]))
        .find(|python| {
            let asked = [
                "-c",
                "import sys, venv; sys.exit(sys.version_info < (3, 11))",
            ];
            run_quiet(workspace.program(python).args(asked)).is_ok()
        })
        .context("Python 3.11 or newer was not found; schemathesis needs it")?;
    say("   installing schemathesis from PyPI");
    run_quiet(
        workspace
            .program(&python)
            .args(["-m", "venv", "--clear"])
            .arg(&folder),
    )
    .context("Python makes no virtual environment; on Debian and Ubuntu install `python3-venv`")?;
    run_quiet(
        workspace
            .program(folder.join("bin/python"))
            .args([
                "-m",
                "pip",
                "install",
                "--quiet",
                "--disable-pip-version-check",
            ])
            .arg(format!("schemathesis=={SCHEMATHESIS}")),
    )
    .context("schemathesis could not be installed; is PyPI reachable?")?;
    std::fs::write(marker, "")?;
    Ok(program)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_asks_as_the_person_who_signed_in() {
        let workspace = Workspace::find().unwrap();
        let visitor = Visitor {
            address: "127.0.0.1:1".to_owned(),
            cookies: "hornada_session=abc".to_owned(),
        };
        let folder = Path::new("/");
        let command = IN_TESTS.command(&workspace, folder, Path::new("schemathesis"), &visitor);
        let arguments: Vec<_> = command.get_args().map(|a| a.to_string_lossy()).collect();
        for expected in [
            "Cookie: hornada_session=abc",
            "Origin: http://127.0.0.1:1",
            "http://127.0.0.1:1/api/v1/openapi.json",
        ] {
            assert!(arguments.iter().any(|a| a == expected), "{expected}");
        }
    }
}
