//! `cargo xtask drill`: an installation is lost, or torn at, on purpose. `many` and `point-in-time` have modules of their own.
//!
//! `cargo xtask drill backup`: shops at work, a backup taken meanwhile, the machine lost, everything put back elsewhere; afterwards all that
//! was acknowledged before the backup began must be in the books, on both databases.
//!
//! What is compared is not sums but every single movement, order and transfer that the books showed before the backup began.

use super::books::{self, Books};
use super::worker::{Desk, Promises, Worker};
use super::{ANALYST, BAKER, free_address, many, point_in_time};
use crate::bench::scene::{Engine, Product, Scene};
use crate::bench::visitor::Visitor;
use crate::bench::{self, Databases, ProductOptions};
use crate::children;
use crate::stages::{Stage, say, spoken};
use crate::workspace::Workspace;
use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use std::ops::Range;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// So long is worked before the backup begins.
const BEFORE: Duration = Duration::from_secs(5);

/// What is done follows from it.
const SEED: u64 = 1;

/// Under this the drill's sets are encrypted.
pub(super) const PASSPHRASE: (&str, &str) = ("HORNADA_BACKUP_PASSPHRASE", "only of this drill");

/// What is tried.
#[derive(Debug, Subcommand)]
pub enum Drill {
    /// A backup under load, the machine lost, everything back elsewhere.
    Backup(Options),
    /// Two servers and two workers on one PostgreSQL, killed at random through nights and a rush hour.
    Many(many::Options),
    /// A PostgreSQL whose log is kept, lost, and back at a point in time.
    PointInTime(point_in_time::Options),
}

/// How much of it, and on what.
#[derive(Debug, Args)]
pub struct Options {
    /// Clients that work at the same time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    clients: u16,
    /// Database to work on.
    #[arg(long, value_enum, default_value_t = Databases::Both)]
    database: Databases,
    #[command(flatten)]
    product: ProductOptions,
}

/// The command.
///
/// # Errors
/// When the product cannot be built, or a step of the drill does not work.
pub fn run(workspace: &Workspace, drill: &Drill) -> Result<ExitCode> {
    let is_sound = match drill {
        Drill::Backup(options) => backups(workspace, options),
        Drill::Many(options) => many::run(workspace, options),
        Drill::PointInTime(options) => point_in_time::run(workspace, options),
    }?;
    Ok(if is_sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Each database. Whether everything held.
fn backups(workspace: &Workspace, options: &Options) -> Result<bool> {
    let product = bench::product(workspace, &options.product)?;
    let mut is_sound = true;
    for engine in options.database.engines() {
        is_sound &= backup(workspace, &product, engine, options.clients)?;
    }
    Ok(is_sound)
}

/// Lets these clients work, of whom nobody has worked before, while something is done; what it came to, and what was promised to them.
pub(super) fn at_work<T>(
    desk: &Desk,
    clients: Range<u16>,
    meanwhile: impl FnOnce() -> Result<T>,
) -> Result<(T, Promises)> {
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let workers: Vec<_> = clients
            .map(|number| {
                let over = &over;
                let worker = Worker::new(desk, number, SEED);
                scope.spawn(move || worker.work(over))
            })
            .collect();
        let done = meanwhile();
        over.store(true, Ordering::SeqCst);
        let mut all = Promises::default();
        for worker in workers {
            let promised: Result<Promises> =
                worker.join().unwrap_or_else(|_| bail!("a client panicked"));
            all.add(promised?);
        }
        Ok((done?, all))
    })
}

/// One database. Whether everything held.
fn backup(workspace: &Workspace, product: &Product, engine: Engine, clients: u16) -> Result<bool> {
    let name = engine.name();
    let stage = Stage::start(format!("A demo to work in, {name}"));
    let scene = Scene::of(workspace, product, engine)?;
    scene.run(&["demo", "--no-serve", "--shops", "3", "--days", "120"])?;
    let address = free_address()?;
    let server = scene.serve_at(&address)?;
    let desk = Desk::open(
        Visitor::sign_in(&address, ANALYST)?,
        Visitor::sign_in(&address, BAKER)?,
    )?;
    stage.done(&address);

    let stage = Stage::start(format!("{clients} clients at work, {name}"));
    let (_, first) = at_work(&desk, 0..clients, || {
        std::thread::sleep(BEFORE);
        Ok(())
    })?;
    let before = Books::read(&desk, 2 * clients)?;
    stage.done(format!("{} commands acknowledged", first.acknowledged));

    let vault = children::temporary_folder("hornada-drill-")?;
    let place = vault.to_str().context("a folder whose name is no text")?;
    let stage = Stage::start(format!("A backup while they go on, {name}"));
    let (taken, meanwhile) = at_work(&desk, clients..2 * clients, || {
        scene.run_with(&["backup", "--to", place], &[PASSPHRASE])
    })?;
    stage.done(format!(
        "{} commands acknowledged meanwhile",
        meanwhile.acknowledged
    ));

    // The machine is lost: process, data folder and database.
    server.kill();
    std::fs::remove_dir_all(scene.folder.join("data"))?;
    drop(scene);

    let stage = Stage::start(format!("Everything back elsewhere, {name}"));
    let lost_at = Instant::now();
    let elsewhere = Scene::of(workspace, product, engine)?;
    let verified = elsewhere.run_with(&["verify", place], &[PASSPHRASE])?;
    let restored = elsewhere.run_with(&["restore", place], &[PASSPHRASE])?;
    let server = elsewhere.serve_at(&address)?;
    let back = lost_at.elapsed();
    stage.done(format!("serving again after {}", spoken(back)));

    let after = Books::read(&desk, 2 * clients)?;
    // What came while the backup was taken may be there or not; what came before it must.
    let verdict = books::compare(&before, &after, &Promises::default());
    let kept = books::missing_states(&before, &after);
    server.stop();
    let doctor = elsewhere.doctor();
    children::remove_folder(&vault);
    say(format!(
        "{name}: backup {:.1} s under load, verify {:.1} s, restore {:.1} s, serving again {} after the loss; of {} commands acknowledged before, \
         {} movements and {} orders or transfers missing",
        taken.seconds,
        verified.seconds,
        restored.seconds,
        spoken(back),
        first.acknowledged,
        verdict.lost,
        kept
    ));
    if let Err(error) = &doctor {
        say(format!("  {error:#}"));
    }
    Ok(doctor.is_ok() && verdict.lost == 0 && kept == 0)
}
