//! `cargo xtask drill point-in-time`: shops at work on a PostgreSQL whose log is kept, a restore point, more work that was a mistake, the
//! machine lost, everything back at that point elsewhere; afterwards all that was acknowledged before it must be in the books as it was,
//! and nothing of what came after it.
//!
//! The steps are those of docs/operations.md: a base backup and the log for the database, the newest set of backup for models and uploads.

use super::books::{self, Books};
use super::drill::{PASSPHRASE, at_work};
use super::worker::{Desk, Promises};
use super::{ANALYST, BAKER, free_address};
use crate::bench::scene::{Product, Scene};
use crate::bench::visitor::Visitor;
use crate::bench::{self, ProductOptions};
use crate::children;
use crate::postgres::{Postgres, Vault};
use crate::stages::{Stage, say, spoken};
use crate::workspace::Workspace;
use anyhow::{Context, Result, ensure};
use clap::Args;
use std::time::{Duration, Instant};

/// So long is worked before the point, and after it.
const WORKED: Duration = Duration::from_secs(5);

/// Name of the moment to come back to.
const POINT: &str = "before_the_mistake";

/// How much of it.
#[derive(Debug, Args)]
pub struct Options {
    /// Clients that work at the same time.
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=1_000))]
    clients: u16,
    #[command(flatten)]
    product: ProductOptions,
}

/// Whether everything held.
///
/// # Errors
/// When the product cannot be built, PostgreSQL's programs are not there, or a step of the drill does not work.
pub fn run(workspace: &Workspace, options: &Options) -> Result<bool> {
    let product = bench::product(workspace, &options.product)?;
    rewind(workspace, &product, options.clients)
}

fn rewind(workspace: &Workspace, product: &Product, clients: u16) -> Result<bool> {
    let stage = Stage::start("A demo to work in, on a PostgreSQL whose log is kept");
    let vault = Vault::new(workspace)?;
    let postgres = Postgres::start_archiving(workspace, &vault)?;
    let scene = Scene::over(workspace, product, Some(postgres))?;
    scene.run(&["demo", "--no-serve", "--shops", "3", "--days", "120"])?;
    let address = free_address()?;
    let server = scene.serve_at(&address)?;
    let desk = Desk::open(
        Visitor::sign_in(&address, ANALYST)?,
        Visitor::sign_in(&address, BAKER)?,
    )?;
    stage.done(&address);

    let stage = Stage::start("The day's base backup and set of backup, while clients work");
    let sets = children::temporary_folder("hornada-drill-")?;
    let place = sets.to_str().context("a folder whose name is no text")?;
    let (copied, early) = at_work(&desk, 0..clients, || {
        let begun = Instant::now();
        scene.postgres()?.base_backup(&vault)?;
        let copied = begun.elapsed();
        scene.run_with(&["backup", "--to", place], &[PASSPHRASE])?;
        Ok(copied)
    })?;
    stage.done(format!(
        "base backup in {}, {} commands acknowledged meanwhile",
        spoken(copied),
        early.acknowledged
    ));

    let stage = Stage::start("Work that must stay");
    let (_, good) = at_work(&desk, clients..2 * clients, pause)?;
    let before = Books::read(&desk, 3 * clients)?;
    scene.postgres()?.mark(POINT)?;
    stage.done(format!("{} commands acknowledged", good.acknowledged));

    let stage = Stage::start("Work that must go");
    let (_, mistake) = at_work(&desk, 2 * clients..3 * clients, pause)?;
    let later = Books::read(&desk, 3 * clients)?;
    let came = books::compare(&before, &later, &Promises::default()).duplicated;
    ensure!(came > 0, "nothing came after the point");
    // That it goes must be because of the point, not because its log was lost with the machine.
    scene.postgres()?.archive()?;
    stage.done(format!("{} commands acknowledged", mistake.acknowledged));

    // The machine is lost: processes, data folder and database.
    server.kill();
    scene.lose();

    let stage = Stage::start("Back at the point, elsewhere");
    let lost_at = Instant::now();
    let postgres = Postgres::recover(workspace, &vault, POINT)?;
    let recovered = lost_at.elapsed();
    let elsewhere = Scene::over(workspace, product, Some(postgres))?;
    elsewhere.run_with(&["restore", place, "--files-only"], &[PASSPHRASE])?;
    let server = elsewhere.serve_at(&address)?;
    let back = lost_at.elapsed();
    stage.done(format!("serving again after {}", spoken(back)));

    let after = Books::read(&desk, 3 * clients)?;
    let verdict = books::compare(&before, &after, &Promises::default());
    let differing = books::differing_states(&before, &after);
    server.stop();
    let doctor = elsewhere.doctor();
    children::remove_folder(&sets);
    say(format!(
        "PostgreSQL to a point in time: base backup {}, database back {} and serving {} after the loss; of {} commands acknowledged before the \
         point {} movements missing and {} orders or transfers in another state; of {} acknowledged after it, with {} movements, orders and \
         transfers, {} there",
        spoken(copied),
        spoken(recovered),
        spoken(back),
        early.acknowledged + good.acknowledged,
        verdict.lost,
        differing,
        mistake.acknowledged,
        came,
        verdict.duplicated
    ));
    for line in verdict.details.iter().take(20) {
        say(format!("  {line}"));
    }
    if let Err(error) = &doctor {
        say(format!("  {error:#}"));
    }
    Ok(doctor.is_ok() && verdict.lost == 0 && verdict.duplicated == 0 && differing == 0)
}

fn pause() -> Result<()> {
    std::thread::sleep(WORKED);
    Ok(())
}
