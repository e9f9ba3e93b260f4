//! The program under measurement: a data folder and a database of its own, its commands and its server as processes.

use super::Bench;
use crate::children::{self, Running};
use crate::postgres::{Durability, Postgres};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// How often a running process is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(10);
/// How long a server may take until it listens.
const START: Duration = Duration::from_secs(60);

/// Of Linux' clock, on every machine that it runs on today.
const TICKS_PER_SECOND: f64 = 100.0;

/// What is measured.
pub struct Product {
    pub binary: PathBuf,
    pub site: PathBuf,
}

/// A kind of database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    pub const fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// A data folder with a fresh database; both are gone when it is dropped.
pub struct Scene<'a> {
    workspace: &'a Workspace,
    product: &'a Product,
    pub folder: PathBuf,
    postgres: Option<Postgres>,
}

/// A command that ended well.
#[derive(Debug)]
pub struct Ran {
    pub said: String,
    pub seconds: f64,
    pub peak: Peak,
    /// Processor time over all its threads.
    pub processor_seconds: f64,
}

/// Most memory that a process held at once.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Peak {
    /// Everything, pages of files that it maps included; SQLite maps up to 256 MiB of its database.
    pub resident_kib: u64,
    /// Its own: what it allocated.
    pub own_kib: u64,
}

impl<'a> Scene<'a> {
    /// # Errors
    /// When folder or database cannot be made.
    pub(super) fn new(bench: &'a Bench<'a>, engine: Engine) -> Result<Self> {
        let product = bench.product.as_ref();
        Self::of(
            bench.workspace,
            product.context("the product was not built")?,
            engine,
        )
    }

    /// # Errors
    /// When folder or database cannot be made.
    pub fn of(workspace: &'a Workspace, product: &'a Product, engine: Engine) -> Result<Self> {
        let postgres = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(Postgres::start(workspace, Durability::Kept)?),
        };
        Self::over(workspace, product, postgres)
    }

    /// Over a database of PostgreSQL that runs already, else over a file of SQLite.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn over(
        workspace: &'a Workspace,
        product: &'a Product,
        postgres: Option<Postgres>,
    ) -> Result<Self> {
        Ok(Self {
            workspace,
            product,
            folder: children::temporary_folder("hornada-bench-")?,
            postgres,
        })
    }

    /// The database's server.
    ///
    /// # Errors
    /// Where the database is a file.
    pub fn postgres(&self) -> Result<&Postgres> {
        self.postgres.as_ref().context("there is no PostgreSQL")
    }

    /// Everything is lost at once: the database without a chance to write anything more, and the data folder.
    pub fn lose(mut self) {
        if let Some(postgres) = self.postgres.take() {
            postgres.lose();
        }
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.workspace.program(&self.product.binary);
        // Options of whoever measures are not meant for the program.
        for (name, _) in std::env::vars_os() {
            if name == "DATABASE_URL" || name.to_string_lossy().starts_with("HORNADA_") {
                command.env_remove(&name);
            }
        }
        if let Some(postgres) = &self.postgres {
            command.env("DATABASE_URL", postgres.url());
        }
        self.workspace.leptos(&mut command, &self.product.site);
        command
            .args(arguments)
            .arg("--data")
            .arg(self.folder.join("data"));
        command
    }

    /// Runs a command to its end and watches its memory.
    ///
    /// # Errors
    /// With what it said, when it does not succeed.
    pub fn run(&self, arguments: &[&str]) -> Result<Ran> {
        self.run_with(arguments, &[])
    }

    /// The same with variables of the environment.
    ///
    /// # Errors
    /// With what it said, when it does not succeed.
    pub fn run_with(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Result<Ran> {
        let name = arguments.first().copied().unwrap_or_default();
        let log = self.folder.join("command.log");
        let file = File::create(&log)?;
        let mut command = self.command(arguments);
        command
            .envs(variables.iter().copied())
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file));
        let begun = Instant::now();
        let mut running = Running::start(&mut command)?;
        let (mut peak, mut processor_seconds) = (Peak::default(), 0.0);
        let status = loop {
            // Of the last moments before the end nothing can be read any more.
            peak = peak.or_more(running.id());
            processor_seconds = processor_seconds_of(running.id()).unwrap_or(processor_seconds);
            if let Some(status) = running.ended()? {
                break status;
            }
            std::thread::sleep(LOOK_EVERY);
        };
        let seconds = begun.elapsed().as_secs_f64();
        running.wait()?;
        let said = std::fs::read_to_string(&log)?;
        if !status.success() {
            bail!("`hornada {name}` failed ({status}):\n{}", end_of(&said));
        }
        Ok(Ran {
            said,
            seconds,
            peak,
            processor_seconds,
        })
    }

    /// Recomputes the books; returns what was said of them.
    ///
    /// # Errors
    /// With every fault that was found.
    pub fn doctor(&self) -> Result<String> {
        let said = self
            .run(&["doctor"])
            .context("the books are not sound")?
            .said;
        // Forecasts of a day long ago are what is measured.
        if !said
            .lines()
            .last()
            .is_some_and(|line| line.starts_with("sound"))
        {
            bail!("the books are not sound:\n{said}");
        }
        Ok(said)
    }

    /// Starts a server on a free port, without jobs of its own, and waits until it listens.
    ///
    /// # Errors
    /// With the end of its log, when it does not start.
    pub fn serve(&self) -> Result<Server> {
        self.serve_at("127.0.0.1:0")
    }

    /// Starts a server on this address, without jobs of its own, and waits until it listens.
    ///
    /// # Errors
    /// With the end of its log, when it does not start.
    pub fn serve_at(&self, address: &str) -> Result<Server> {
        // Each of several servers tells its own address.
        let log = self.free_log("server")?;
        let file = File::create(&log)?;
        let mut command = self.command(&["serve", "--listen", address, "--jobs=false"]);
        command
            .arg("--site-root")
            .arg(&self.product.site)
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file));
        let mut running = Running::start(&mut command)?;
        let begun = Instant::now();
        loop {
            let said = std::fs::read_to_string(&log)?;
            let address = said
                .lines()
                .find_map(|line| line.strip_prefix("Hornada serves http://"));
            if let Some(address) = address {
                return Ok(Server {
                    address: address.to_owned(),
                    running,
                });
            }
            if running.ended()?.is_some() || begun.elapsed() > START {
                bail!("the server did not start:\n{}", end_of(&said));
            }
            std::thread::sleep(LOOK_EVERY);
        }
    }
}

impl Scene<'_> {
    fn free_log(&self, of: &str) -> Result<PathBuf> {
        (1..)
            .map(|number: u32| self.folder.join(format!("{of}-{number}.log")))
            .find(|log| !log.exists())
            .context("no name is left for a log")
    }

    /// Starts a worker.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn work(&self) -> Result<JobWorker> {
        let log = self.free_log("worker")?;
        let file = File::create(&log)?;
        let mut command = self.command(&["worker"]);
        command
            .stdout(Stdio::from(file.try_clone()?))
            .stderr(Stdio::from(file));
        Ok(JobWorker {
            running: Running::start(&mut command)?,
            log,
        })
    }
}

impl Drop for Scene<'_> {
    fn drop(&mut self) {
        // Before its data folder goes.
        self.postgres.take();
        children::remove_folder(&self.folder);
    }
}

/// A server that listens. Dropping it stops it.
pub struct Server {
    /// Host and port.
    pub address: String,
    running: Running,
}

impl Server {
    /// Most memory that it held so far, and what it allocated now.
    pub fn peak(&self) -> Peak {
        Peak::default().or_more(self.running.id())
    }

    /// Processor time that it took so far, over all its threads.
    pub fn processor_seconds(&self) -> f64 {
        processor_seconds_of(self.running.id()).unwrap_or_default()
    }

    /// Asks it to end, and waits for that.
    pub fn stop(mut self) {
        self.running.end("TERM");
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.running.end("KILL");
    }
}

/// A process that runs the jobs. Dropping it stops it.
pub struct JobWorker {
    running: Running,
    log: PathBuf,
}

impl JobWorker {
    /// # Errors
    /// With the end of its log, where it has ended by itself.
    pub fn must_live(&mut self) -> Result<()> {
        if let Some(status) = self.running.ended()? {
            let said = std::fs::read_to_string(&self.log)?;
            bail!("a worker ended by itself ({status}):\n{}", end_of(&said));
        }
        Ok(())
    }

    /// Asks it to end, and waits for that.
    pub fn stop(mut self) {
        self.running.end("TERM");
    }

    /// Ends it without a word.
    pub fn kill(mut self) {
        self.running.end("KILL");
    }
}

fn end_of(said: &str) -> String {
    let lines: Vec<&str> = said.lines().collect();
    lines[lines.len().saturating_sub(40)..].join("\n")
}

impl Peak {
    /// The larger of this and what a process holds.
    fn or_more(self, process: u32) -> Self {
        let status = std::fs::read_to_string(format!("/proc/{process}/status"));
        let status = status.unwrap_or_default();
        let more = |field, before: u64| kib_in(&status, field).unwrap_or_default().max(before);
        Self {
            resident_kib: more("VmHWM:", self.resident_kib),
            own_kib: more("RssAnon:", self.own_kib),
        }
    }
}

fn kib_in(status: &str, field: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix(field))?;
    line.trim().strip_suffix(" kB")?.trim().parse().ok()
}

fn processor_seconds_of(process: u32) -> Option<f64> {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // A process that has ended and was not asked yet still tells.
    Some(ticks_in(&stat)? as f64 / TICKS_PER_SECOND)
}

/// `utime` and `stime`, the 14th and 15th field; the second is a name in brackets that may hold anything.
fn ticks_in(stat: &str) -> Option<u64> {
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let user: u64 = fields.next()?.parse().ok()?;
    let system: u64 = fields.next()?.parse().ok()?;
    Some(user + system)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn memory_is_read_from_what_the_kernel_writes() {
        let status = "Name:\thornada\nVmHWM:\t   27548 kB\nRssAnon:\t   20000 kB\n";
        assert_eq!(kib_in(status, "VmHWM:"), Some(27_548));
        assert_eq!(kib_in(status, "RssAnon:"), Some(20_000));
        assert_eq!(
            kib_in("Name:\thornada\nState:\tZ (zombie)\n", "VmHWM:"),
            None
        );
    }

    #[test]
    fn processor_time_is_found_behind_a_name_with_spaces() {
        let stat = "12 (a) b) S 1 12 12 0 -1 4194560 5 0 0 0 150 25 0 0 20 0 9 0 100";
        assert_eq!(ticks_in(stat), Some(175));
        assert_eq!(ticks_in(""), None);
    }
}
