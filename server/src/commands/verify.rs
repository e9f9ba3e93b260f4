//! `hornada verify`: reads a set of backup to its last byte and says whether it holds.

use super::say;
use crate::backup::place::find_set;
use crate::backup::{Keys, restoring};
use crate::config::Config;
use std::time::Instant;

/// Which set.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// File or address of a set, or a place, of which the newest is meant
    #[arg(value_name = "BACKUP")]
    backup: String,
}

/// Decrypts the set and checks every digest, the database and its rows. Needs room for the unpacked set in the system's folder for
/// temporary files; touches nothing else.
///
/// # Errors
/// What does not hold.
pub async fn run(config: Config, args: Args) -> anyhow::Result<()> {
    let begun = Instant::now();
    let set = find_set(&args.backup).await?;
    let keys = Keys::of(&config.backups)?;
    let manifest = restoring::verify(&set.path, keys).await?;
    say(&format!(
        "{} holds: {} as of {}, taken by {}, {} rows in {} tables, {} organizations, {} files of {} bytes; {:.1} s",
        set.name,
        manifest.header.engine.name(),
        manifest.header.taken_at.to_rfc3339(),
        manifest.header.program,
        manifest.rows(),
        manifest.snapshot.rows.len(),
        manifest.snapshot.audit_heads.len(),
        manifest.files.len(),
        manifest.bytes(),
        begun.elapsed().as_secs_f64()
    ));
    Ok(())
}
