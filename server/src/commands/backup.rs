//! `hornada backup`: takes a set of database, models, uploads and settings while everybody works.

use super::say;
use crate::backup::due::{self, Outcome, place};
use crate::clock;
use crate::config::Config;
use crate::startup::open;
use anyhow::bail;
use migration::{Migrator, MigratorTrait};
use std::time::Instant;

/// Where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder or address, as s3://BUCKET/PREFIX [default: backup_to]
    #[arg(long, value_name = "PLACE")]
    to: Option<String>,
    /// Delete the oldest sets there until so many are left [default: backup_keep]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    keep: Option<u32>,
}

/// Takes a set.
///
/// # Errors
/// When no key or place is named, when another process takes one, and when the set could not be taken.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let place = place(&config.backups, args.to.as_deref())?;
    let services = open(&config).await?;
    let pending = Migrator::get_pending_migrations(services.db().past_the_wall()).await?;
    if !pending.is_empty() {
        bail!(
            "the database lacks {} migrations: take the backup with the version that wrote it, or run hornada migrate first",
            pending.len()
        );
    }
    let mut backups = config.backups.clone();
    if let Some(keep) = args.keep {
        backups.keep = keep as usize;
    }
    match due::run(&services, &backups, &place, None, &clock::system()).await? {
        Outcome::Taken(taken) => {
            say(&format!(
                "{} in {}\n{} bytes, sha256 {}\n{} rows in {} tables, {} files, {} bytes before compression; as of {}; {:.1} s",
                taken.name,
                place.shown(),
                taken.bytes,
                taken.sha256,
                taken.manifest.rows(),
                taken.manifest.snapshot.rows.len(),
                taken.manifest.files.len(),
                taken.manifest.bytes(),
                taken.manifest.header.taken_at.to_rfc3339(),
                begun.elapsed().as_secs_f64()
            ));
            Ok(())
        }
        Outcome::Busy { owner } => bail!("{owner} is taking a backup"),
        Outcome::NotDue => bail!("no backup is due"),
    }
}
