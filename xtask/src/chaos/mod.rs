//! `cargo xtask chaos`: shops and kitchen at work while the server is killed at random moments, on both databases; afterwards everything
//! that was acknowledged must be in the books, once.
//!
//! A worker sends a command until it is answered, as screens and tills do: who hears nothing sends the same again. Now and then one that
//! was answered is sent once more, and at the end all of them are: the answers must be the same. What the answers promised is then
//! compared with the ledger, movement by movement, and with the lists of orders and transfers. A count's correction is compared where one
//! client alone counts, at once or on a sheet; where all are at work it depends on them, and only the count's answer is looked at.
//! At last `hornada doctor` recomputes every level.

mod books;
pub mod drill;
mod many;
mod point_in_time;
mod worker;

use crate::bench::scene::{Engine, Product, Scene};
use crate::bench::visitor::Visitor;
use crate::bench::{self, Databases, ProductOptions};
use crate::stages::{Stage, say};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail, ensure};
use clap::Args;
use rand::{RngExt as _, SeedableRng as _};
use rand_chacha::ChaCha8Rng;
use std::net::TcpListener;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use worker::{Desk, Promises, Worker};

/// Of the demo's people: who counts, sells and sends, and who bakes.
const ANALYST: &str = "analista@demo.hornada.local";
const BAKER: &str = "obrador@demo.hornada.local";

/// How long a server lives after it listens, in milliseconds.
const LIVES: std::ops::Range<u64> = 30..900;
/// What is said on the way.
const REPORT_EVERY: u32 = 50;

/// How much of it, and on what.
#[derive(Debug, Args)]
pub struct Options {
    /// How often the server is killed.
    #[arg(long, default_value_t = 200)]
    kills: u32,
    /// Clients that work at the same time.
    #[arg(long, default_value_t = 16)]
    clients: u16,
    /// Database to work on.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    database: Databases,
    /// What is done and when it is killed follow from it, as far as two machines ever do the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,
    #[command(flatten)]
    product: ProductOptions,
}

/// How much of it a run of the tests has.
const IN_TESTS: Torment = Torment {
    kills: 12,
    clients: 16,
    seed: 1,
};

#[derive(Clone, Copy, Debug)]
struct Torment {
    kills: u32,
    clients: u16,
    seed: u64,
}

/// The command.
///
/// # Errors
/// When the product cannot be built, does not start again, or answers with a fault.
pub fn run(workspace: &Workspace, options: &Options) -> Result<ExitCode> {
    let product = bench::product(workspace, &options.product)?;
    let torment = Torment {
        kills: options.kills,
        clients: options.clients,
        seed: options.seed,
    };
    let mut is_sound = true;
    for engine in options.database.engines() {
        is_sound &= torment.run(workspace, &product, engine)?;
    }
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A few kills of a program that is there; whether everything held.
///
/// # Errors
/// As [`run`].
pub fn briefly(workspace: &Workspace, product: &Product, engine: Engine) -> Result<bool> {
    IN_TESTS.run(workspace, product, engine)
}

fn free_address() -> Result<String> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    Ok(listener.local_addr()?.to_string())
}

impl Torment {
    /// One database. Whether everything held.
    fn run(self, workspace: &Workspace, product: &Product, engine: Engine) -> Result<bool> {
        let name = engine.name();
        let stage = Stage::start(format!("A demo to work in, {name}"));
        let scene = Scene::of(workspace, product, engine)?;
        scene.run(&["demo", "--no-serve", "--shops", "3", "--days", "120"])?;
        let address = free_address()?;
        let server = scene.serve_at(&address)?;
        let people = (
            Visitor::sign_in(&address, ANALYST)?,
            Visitor::sign_in(&address, BAKER)?,
        );
        let desk = Desk::open(people.0, people.1)?;
        let before = books::Books::read(&desk, self.clients)?;
        stage.done(&address);

        let stage = Stage::start(format!(
            "{} clients at work, {} kills, {name}",
            self.clients, self.kills
        ));
        let over = AtomicBool::new(false);
        let (killed, promises) = std::thread::scope(|scope| {
            let workers: Vec<_> = (0..self.clients)
                .map(|number| {
                    let (desk, over) = (&desk, &over);
                    let worker = Worker::new(desk, number, self.seed);
                    scope.spawn(move || worker.work(over))
                })
                .collect();
            let killed = self.kill_again_and_again(&scene, server, &address);
            over.store(true, Ordering::SeqCst);
            let promises: Vec<Result<Promises>> = workers
                .into_iter()
                .map(|worker| worker.join().unwrap_or_else(|_| bail!("a client panicked")))
                .collect();
            (killed, promises)
        });
        let server = killed?;
        let mut all = Promises::default();
        for promised in promises {
            all.add(promised?);
        }
        stage.done(format!("{} commands acknowledged", all.acknowledged));

        let stage = Stage::start(format!("Books against promises, {name}"));
        let after = books::Books::read(&desk, self.clients)?;
        let verdict = books::compare(&before, &after, &all);
        server.stop();
        let doctor = scene.doctor();
        stage.done(if doctor.is_ok() { "sound" } else { "not sound" });
        say(format!(
            "{name}: {} kills, {} commands acknowledged, {} of them refused by a rule, {} sent again for want of an answer, {} sent again after one; \
         {} lost, {} duplicated, {} answers that changed",
            self.kills,
            all.acknowledged,
            all.refused,
            all.unanswered,
            all.repeated,
            verdict.lost,
            verdict.duplicated,
            all.changed
        ));
        for line in verdict.details.iter().take(20) {
            say(format!("  {line}"));
        }
        if let Err(error) = &doctor {
            say(format!("  {error:#}"));
        }
        Ok(doctor.is_ok() && verdict.lost == 0 && verdict.duplicated == 0 && all.changed == 0)
    }

    /// Returns the server that lives at last.
    fn kill_again_and_again(
        self,
        scene: &Scene<'_>,
        mut server: bench::scene::Server,
        address: &str,
    ) -> Result<bench::scene::Server> {
        let mut random = ChaCha8Rng::seed_from_u64(self.seed);
        for kill in 1..=self.kills {
            std::thread::sleep(Duration::from_millis(random.random_range(LIVES)));
            server.kill();
            server = scene
                .serve_at(address)
                .with_context(|| format!("after kill {kill}"))?;
            if kill % REPORT_EVERY == 0 {
                say(format!("   {kill} kills"));
            }
        }
        ensure!(self.kills > 0, "nothing was killed");
        Ok(server)
    }
}
