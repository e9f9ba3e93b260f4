//! `hornada restore`: puts a set of backup back into an empty place.

use super::{doctor, say};
use crate::backup::Keys;
use crate::backup::place::find_set;
use crate::backup::restoring::{Target, restore};
use crate::config::{Config, Secret};
use chrono::Utc;
use std::time::Instant;

/// Which set, and where to.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File or address of a set, or a place, of which the newest is meant
    #[arg(value_name = "BACKUP")]
    backup: String,
    /// Database to put it into, of the engine that it was taken of [default: database_url]
    #[arg(long, value_name = "URL")]
    into: Option<Secret>,
    /// Move what lies in the data folder aside instead of refusing; a database of PostgreSQL must be empty in any case
    #[arg(long)]
    force: bool,
    /// Put only models, uploads and settings back: the database came back another way and is not touched
    #[arg(long, conflicts_with = "into")]
    files_only: bool,
}

/// Checks the set, puts database, models, uploads and settings back, brings the database up to date and looks whether all is well.
///
/// # Errors
/// What keeps the set from being put back; then nothing was changed, or a note refuses work on what is there until this command is run
/// again. Also what the doctor finds; then the set is in place.
pub async fn run(mut config: Config, args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    if let Some(into) = args.into {
        // Anything else than an address of a database is refused by whoever opens it.
        config.database_url = into;
    }
    let set = find_set(&args.backup).await?;
    let target = Target {
        data: config.data.clone(),
        database_url: config.database_url.expose().to_owned(),
        force: args.force,
        files_only: args.files_only,
    };
    let keys = Keys::of(&config.backups)?;
    let manifest = restore(&set.path, &set.name, keys, &target, Utc::now()).await?;
    let (rows, database) = if args.files_only {
        ("no rows".to_owned(), String::new())
    } else {
        let (rows, tables) = (manifest.rows(), manifest.snapshot.rows.len());
        (
            format!("{rows} rows in {tables} tables"),
            format!(" and {}", config.database_shown()),
        )
    };
    say(&format!(
        "{} is back: {rows}, {} files, as of {}, in {}{database}; {:.1} s",
        set.name,
        manifest.files.len(),
        manifest.header.taken_at.to_rfc3339(),
        config.data.display(),
        begun.elapsed().as_secs_f64()
    ));
    doctor::run(config, doctor::Args::default()).await
}
