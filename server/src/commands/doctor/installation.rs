//! Folder, database and settings.

use super::Report;
use super::finding::Finding;
use crate::backup::marker;
use crate::config::Config;
use chrono::{DateTime, Utc};
use migration::{Migrator, MigratorTrait};
use services::Services;
use services::db::Wall;
use std::path::Path;
use std::process::Command;

/// Less free room than this is a warning: a night writes models, an import its file.
const LITTLE_ROOM: u64 = 2 << 30;

/// Less than this is a fault: the database may stop at any moment.
const NO_ROOM: u64 = 200 << 20;

/// Clocks may differ by so many seconds.
const CLOCKS_DIFFER: i64 = 5;

/// Looks at the data folder and settings; `false` where nothing else can be looked at.
pub(super) fn folder(report: &mut Report, config: &Config) -> anyhow::Result<bool> {
    let data = &config.data;
    let place = data.display().to_string();
    if !data.is_dir() {
        report.add(Finding::fault(
            "data_folder_missing",
            place,
            "the data folder is not there",
            "name it with --data, or let hornada serve make a new one",
        ));
        return Ok(false);
    }
    if let Some(marker) = marker::find(data)? {
        report.add(Finding::fault(
            "half_restored",
            place,
            format!("putting {} back was begun and not finished", marker.set),
            "run hornada restore again with the same set",
        ));
        return Ok(false);
    }
    let probe = data.join(".write-probe");
    if let Err(error) = std::fs::write(&probe, b"").and_then(|()| std::fs::remove_file(&probe)) {
        report.add(Finding::fault(
            "data_folder_not_writable",
            &place,
            format!("the data folder cannot be written: {error}"),
            format!("give it to the user that runs hornada: chown -R USER {place}"),
        ));
    }
    match free_bytes(data) {
        Some(free) if free < NO_ROOM => report.add(Finding::fault(
            "disk_full",
            &place,
            format!("{} MiB are free", free >> 20),
            "make room, or move the data folder to a larger disk",
        )),
        Some(free) if free < LITTLE_ROOM => report.add(Finding::warning(
            "disk_nearly_full",
            &place,
            format!("{} MiB are free", free >> 20),
            "make room; lower keep_models or backup_keep where they fill the disk",
        )),
        Some(free) => report.say(format!("{place}: {} MiB free", free >> 20)),
        None => report.say(format!("{place}: free room unknown")),
    }
    secrets(report, config);
    if !config.listen.ip().is_loopback() && config.public_origin.is_none() {
        report.add(Finding::warning(
            "public_origin_missing",
            config.listen.to_string(),
            "the server listens beyond this machine and does not know the address that people type: cookies travel without TLS, foreign sites are told apart by the Host header alone",
            "set public_origin = \"https://...\"",
        ));
    }
    Ok(true)
}

/// Files that hold what nobody else may read.
fn secrets(report: &mut Report, config: &Config) {
    let database = config
        .database_url
        .expose()
        .strip_prefix("sqlite://")
        .and_then(|rest| rest.split('?').next())
        .map(Into::into);
    let files = [
        Some(config.data.join("hornada.toml")),
        database,
        config.backups.identity_file.clone(),
        config.backups.passphrase_file.clone(),
    ];
    for file in files.into_iter().flatten() {
        if others_may_read(&file) {
            report.add(Finding::warning(
                "file_open_to_all",
                file.display().to_string(),
                "every user of this machine can read it",
                format!("chmod 600 {}", file.display()),
            ));
        }
    }
}

#[cfg(unix)]
fn others_may_read(file: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    // What lies in a folder that others cannot enter is closed to them.
    let open = |path: &Path, bits: u32| {
        std::fs::metadata(path).is_ok_and(|meta| meta.permissions().mode() & bits != 0)
    };
    open(file, 0o004) && file.parent().is_none_or(|folder| open(folder, 0o001))
}

#[cfg(not(unix))]
fn others_may_read(_: &Path) -> bool {
    false
}

/// Free bytes of the disk on which a folder lies, as `df` says; nothing where it does not.
fn free_bytes(folder: &Path) -> Option<u64> {
    let output = Command::new("df").arg("-Pk").arg(folder).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    let kibibytes: u64 = text
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()?;
    Some(kibibytes * 1_024)
}

/// Looks at the database; `false` where its shape keeps the rest from being looked at.
pub(super) async fn database(
    report: &mut Report,
    services: &Services,
    config: &Config,
    now: DateTime<Utc>,
) -> anyhow::Result<bool> {
    let place = config.database_shown();
    match Migrator::get_pending_migrations(services.db().past_the_wall()).await {
        Ok(pending) if pending.is_empty() => {}
        Ok(pending) => {
            report.add(Finding::fault(
                "migrations_pending",
                place,
                format!("the database lacks {} migrations", pending.len()),
                "run hornada migrate",
            ));
            return Ok(false);
        }
        Err(error) => {
            report.add(Finding::fault(
                "migrations_unknown",
                place,
                format!("the database's shape is not this program's: {error}"),
                "run the version of hornada that migrated it, or a newer one",
            ));
            return Ok(false);
        }
    }
    match services.db().wall().await? {
        Wall::Conditions => {
            report.say("organizations are kept apart by the conditions of the queries");
        }
        Wall::Policies => report.say("organizations are kept apart by row-level security"),
        Wall::Role => {
            report.say("organizations are kept apart by row-level security, as hornada_tenant");
        }
        Wall::Missing => report.add(Finding::warning(
            "wall_missing",
            &place,
            "row-level security does not bind this database user",
            "connect as a user that is neither superuser nor BYPASSRLS, or let it become hornada_tenant; docs/server.md has the statements",
        )),
    }
    let state = services.snapshots().state().await?;
    report.say(format!("{place}: {}", state.version));
    let apart = (state.now - Utc::now()).num_seconds().abs();
    if apart > CLOCKS_DIFFER {
        report.add(Finding::fault(
            "clocks_differ",
            &place,
            format!("the database's clock and this machine's are {apart} s apart"),
            "keep both by NTP (timedatectl set-ntp true)",
        ));
    }
    if now.timestamp() < 1_700_000_000 {
        report.add(Finding::fault(
            "clock_wrong",
            "this machine",
            format!("the clock says {now}"),
            "set it by NTP (timedatectl set-ntp true)",
        ));
    }
    if let Some(mode) = state.journal_mode.filter(|mode| mode != "wal") {
        report.add(Finding::fault(
            "journal_mode",
            &place,
            format!("the journal mode is {mode}: readers and the writer block each other"),
            "put the database on a local disk: network file systems cannot hold a write-ahead log",
        ));
    }
    if !state.foreign_keys {
        report.add(Finding::fault(
            "foreign_keys_off",
            &place,
            "references between rows are not checked",
            "remove what turns foreign_keys off from database_url",
        ));
    }
    Ok(true)
}
