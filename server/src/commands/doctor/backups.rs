//! How old the last backup is, and whether it holds.

use super::Report;
use super::finding::Finding;
use crate::backup::{Keys, Place, restoring};
use crate::config::Config;
use chrono::{DateTime, TimeDelta, Utc};
use services::Services;

/// A backup that is older is none to rely on.
const OLD: TimeDelta = TimeDelta::days(2);

/// Looks at the book of backups, and with `deep` reads the newest one to its last byte.
pub(super) async fn check(
    report: &mut Report,
    services: &Services,
    config: &Config,
    deep: bool,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let book = services.backups();
    if let Some((at, why)) = book.last_failure().await? {
        report.add(Finding::warning(
            "backup_failed",
            "backups",
            format!("the backup of {} failed: {why}", at.to_rfc3339()),
            "mend what it names and run hornada backup",
        ));
    }
    let Some(last) = book.last_done().await? else {
        // Where none is asked for somebody may copy the disk; where one is, it is missing.
        if config.backups.to.is_some() {
            report.add(Finding::warning(
                "backup_missing",
                "backups",
                "no backup was taken yet",
                "hornada backup",
            ));
        } else {
            report.say("no backup was taken: hornada backup --to DIR takes one, backup_to and backup_at take one a day");
        }
        return Ok(());
    };
    let age = now - last.started_at;
    if age > OLD {
        report.add(Finding::warning(
            "backup_old",
            last.place.as_str(),
            format!(
                "the last backup, {}, is {} days old",
                last.name,
                age.num_days()
            ),
            "hornada backup; set backup_at so that one is taken every day",
        ));
    } else {
        report.say(format!(
            "last backup: {} in {}, {} bytes, {} hours old",
            last.name,
            last.place,
            last.bytes,
            age.num_hours()
        ));
    }
    if !deep {
        return Ok(());
    }
    let read = async {
        let place = Place::open(&last.place)?;
        let set = place.fetch(&last.name).await?;
        restoring::verify(&set.path, Keys::of(&config.backups)?).await
    };
    match read.await {
        Ok(manifest) => report.say(format!(
            "{} holds: {} rows, {} files",
            last.name,
            manifest.rows(),
            manifest.files.len()
        )),
        Err(error) => report.add(Finding::fault(
            "backup_broken",
            last.place.as_str(),
            format!("{} does not hold: {error:#}", last.name),
            "name its key (backup_identity_file or backup_passphrase_file), or take a new one: hornada backup",
        )),
    }
    Ok(())
}
