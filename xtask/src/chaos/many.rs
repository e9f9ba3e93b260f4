//! `cargo xtask drill many`: two servers and two workers on one PostgreSQL and one data folder; nights of two organizations, one after the
//! other and again, and shops at work as in a rush hour, while servers and workers are killed at random moments.
//!
//! Clients ask either server and go to the other where one does not answer; what they were promised is compared with the books as in
//! `cargo xtask chaos`, repeated commands included, which now mostly come to the other server. Every word to start a night is given to both
//! servers. Afterwards each night must have ended well, once for each time it was asked for, and left what a night leaves, once.

mod nights;

use super::books::{self, Books};
use super::drill::at_work;
use super::worker::Desk;
use super::{ANALYST, BAKER};
use crate::bench::scene::{Engine, JobWorker, Product, Scene, Server};
use crate::bench::visitor::{PASSWORD, Visitor};
use crate::bench::{self, ProductOptions};
use crate::children;
use crate::simulated::{self, CATALOG, TICKETS};
use crate::stages::{Stage, say, spoken};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use chrono::{Days, NaiveDate};
use clap::Args;
use nights::Nights;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use simulate::ChainConfig;
use std::net::TcpListener;
use std::ops::Range;
use std::time::{Duration, Instant};

/// So many servers, and so many workers.
const EACH: usize = 2;

/// Who may start nights: of the demo, and of the organization beside it.
const ADMIN: &str = "admin@demo.hornada.local";
const NEIGHBOUR: &str = "admin@simulated.hornada.local";
/// Slug of the organization that [`simulated`] writes.
const SLUG: &str = "simulated";

/// Time from one kill of a server to the next, and of a worker, in milliseconds: a night takes several of the second.
const SERVERS_LIVE: Range<u64> = 100..1_500;
const WORKERS_LIVE: Range<u64> = 3_000..30_000;

/// How often it is looked whether somebody is to be killed, and whether the nights are over.
const TICK: Duration = Duration::from_millis(50);
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Nights that take longer do not end. One whose worker was killed waits for a minute each time.
const PATIENCE: Duration = Duration::from_secs(30 * 60);

/// How much of it.
#[derive(Debug, Args)]
pub struct Options {
    /// How often a server is killed.
    #[arg(long, default_value_t = 60, value_parser = clap::value_parser!(u32).range(1..))]
    kills: u32,
    /// How often a worker is killed.
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u32).range(1..))]
    worker_kills: u32,
    /// Trading days whose nights run in each of the two organizations; again, as long as there is somebody to be killed.
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u32).range(1..=14))]
    nights: u32,
    /// Clients that work at the same time.
    #[arg(long, default_value_t = 12, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    clients: u16,
    /// When who is killed follows from it, as far as two machines ever do the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    product: ProductOptions,
}

/// Whether everything held.
///
/// # Errors
/// When the product cannot be built, does not start again, or answers with a fault.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let product = bench::product(workspace, &options.product)?;
    let stage = Stage::start("Two organizations to work in");
    let scene = Scene::of(workspace, &product, Engine::Postgres)?;
    scene.run(&["demo", "--no-serve", "--shops", "3", "--days", "120"])?;
    let mut crew = Crew::start(&scene, options.seed)?;
    let doors = crew.doors();
    let first = doors.first().context("no server")?;
    let desk = Desk::open(
        Visitor::sign_in(first, ANALYST)?,
        Visitor::sign_in(first, BAKER)?,
    )?
    .with_doors(doors.clone());
    let today: NaiveDate = desk.today.parse().context("today is no date")?;
    add_neighbour(&scene, today - Days::new(1))?;
    let admins = vec![
        Visitor::sign_in(first, ADMIN)?,
        Visitor::sign_in(first, NEIGHBOUR)?,
    ];
    let mut nights = Nights::new(admins, today, options.nights);
    let before = Books::read(&desk, options.clients)?;
    stage.done(doors.join(", "));

    let stage = Stage::start(format!(
        "{} clients at work, {} kills of a server and {} of a worker",
        options.clients, options.kills, options.worker_kills
    ));
    let begun = Instant::now();
    let (_, all) = at_work(&desk, 0..options.clients, || {
        crew.through(&mut nights, options)
    })?;
    let lasted = begun.elapsed();
    stage.done(format!("{} commands acknowledged", all.acknowledged));

    let stage = Stage::start("Books and nights against promises");
    let after = Books::read(&desk, options.clients)?;
    let verdict = books::compare(&before, &after, &all);
    let mut faults = nights.faults(scene.postgres()?, options.worker_kills)?;
    crew.stop()?;
    let doctor = scene.doctor();
    stage.done(if doctor.is_ok() { "sound" } else { "not sound" });
    say(format!(
        "{EACH} servers and {EACH} workers on one PostgreSQL: {} kills of a server and {} of a worker in {}; {} commands acknowledged, {} of them \
         refused by a rule, {} sent again for want of an answer, {} sent again after one; {} lost, {} duplicated, {} answers that changed",
        options.kills,
        options.worker_kills,
        spoken(lasted),
        all.acknowledged,
        all.refused,
        all.unanswered,
        all.repeated,
        verdict.lost,
        verdict.duplicated,
        all.changed
    ));
    say(nights.told());
    faults.extend(verdict.details);
    for line in faults.iter().take(40) {
        say(format!("  {line}"));
    }
    if let Err(error) = &doctor {
        say(format!("  {error:#}"));
    }
    Ok(doctor.is_ok() && faults.is_empty() && all.changed == 0)
}

/// An organization beside the demo's, with sales of its own and nobody who works in it: its nights run beside the demo's.
fn add_neighbour(scene: &Scene<'_>, yesterday: NaiveDate) -> Result<()> {
    let folder = children::temporary_folder("hornada-neighbour-")?;
    let mut config = ChainConfig::new(2, yesterday);
    (config.shops, config.products, config.days) = (2, 12, 120);
    simulated::write(config, None, &folder)?;
    let file = |name: &str| folder.join(name).to_string_lossy().into_owned();
    scene.run_with(
        &["setup", "--file", &file(CATALOG), "--admin", NEIGHBOUR],
        &[("HORNADA_PASSWORD", PASSWORD)],
    )?;
    scene.run(&["import", &file(TICKETS), "--org", SLUG, "--yes"])?;
    children::remove_folder(&folder);
    Ok(())
}

/// Those who are killed, and how often somebody was.
struct Crew<'s> {
    scene: &'s Scene<'s>,
    servers: Vec<Server>,
    workers: Vec<JobWorker>,
    random: ChaCha8Rng,
    killed_servers: u32,
    killed_workers: u32,
}

impl<'s> Crew<'s> {
    /// Servers at addresses that they keep. Workers come with the first night.
    fn start(scene: &'s Scene<'s>, seed: u64) -> Result<Self> {
        let mut servers = Vec::new();
        for address in free_addresses()? {
            servers.push(scene.serve_at(&address)?);
        }
        Ok(Self {
            scene,
            servers,
            workers: Vec::new(),
            random: ChaCha8Rng::seed_from_u64(seed),
            killed_servers: 0,
            killed_workers: 0,
        })
    }

    fn doors(&self) -> Vec<String> {
        let addresses = self.servers.iter().map(|server| server.address.clone());
        addresses.collect()
    }

    /// Lets nights run until they are over and everybody who was to be killed is.
    fn through(&mut self, nights: &mut Nights, options: &Options) -> Result<()> {
        let doors = self.doors();
        // Before there are workers: else the clock would be the first to ask for the neighbour's night of yesterday.
        nights.ask(&doors)?;
        for _ in 0..EACH {
            self.workers.push(self.scene.work()?);
        }
        let mut asked = Instant::now();
        let mut next_look = asked + LOOK_EVERY;
        let mut next_server = asked + self.pause(SERVERS_LIVE);
        let mut next_worker = asked + self.pause(WORKERS_LIVE);
        loop {
            std::thread::sleep(TICK);
            if self.killed_servers < options.kills && Instant::now() >= next_server {
                self.kill_server()?;
                next_server = Instant::now() + self.pause(SERVERS_LIVE);
            }
            if self.killed_workers < options.worker_kills && Instant::now() >= next_worker {
                self.kill_worker()?;
                next_worker = Instant::now() + self.pause(WORKERS_LIVE);
            }
            if Instant::now() < next_look {
                continue;
            }
            next_look = Instant::now() + LOOK_EVERY;
            if nights.are_over()? {
                let is_enough = self.killed_servers == options.kills
                    && self.killed_workers == options.worker_kills;
                if is_enough {
                    return Ok(());
                }
                nights.ask(&doors)?;
                asked = Instant::now();
            }
            ensure!(
                asked.elapsed() < PATIENCE,
                "nights do not end within {}",
                spoken(PATIENCE)
            );
        }
    }

    fn pause(&mut self, within: Range<u64>) -> Duration {
        Duration::from_millis(self.random.random_range(within))
    }

    /// The other one goes on meanwhile.
    fn kill_server(&mut self) -> Result<()> {
        let at = self.random.random_range(0..self.servers.len());
        let dead = self.servers.remove(at);
        let address = dead.address.clone();
        dead.kill();
        self.killed_servers += 1;
        let server = self
            .scene
            .serve_at(&address)
            .with_context(|| format!("after kill {} of a server", self.killed_servers))?;
        self.servers.insert(at, server);
        Ok(())
    }

    fn kill_worker(&mut self) -> Result<()> {
        let at = self.random.random_range(0..self.workers.len());
        let mut dead = self.workers.remove(at);
        dead.must_live()?;
        dead.kill();
        self.killed_workers += 1;
        say(format!(
            "   {} kills of a worker, {} of a server",
            self.killed_workers, self.killed_servers
        ));
        self.workers.insert(at, self.scene.work()?);
        Ok(())
    }

    /// Ends everybody as an operator does.
    fn stop(self) -> Result<()> {
        for mut worker in self.workers {
            worker.must_live()?;
            worker.stop();
        }
        for server in self.servers {
            server.stop();
        }
        Ok(())
    }
}

/// Different ones, which nobody else has.
fn free_addresses() -> Result<Vec<String>> {
    let listeners = (0..EACH).map(|_| TcpListener::bind("127.0.0.1:0"));
    let listeners = listeners.collect::<std::io::Result<Vec<_>>>()?;
    let addresses = listeners.iter().map(TcpListener::local_addr);
    let addresses = addresses.map(|address| address.map(|address| address.to_string()));
    Ok(addresses.collect::<std::io::Result<_>>()?)
}
