//! Whose turn it is to take a set, and taking it with signs of life. One process of an installation takes one at a time.

use super::key::Seal;
use super::place::Place;
use super::staging;
use super::taking::{Taken, take};
use crate::clock::Clock;
use crate::config::Backups;
use anyhow::{Context, bail};
use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use services::Services;
use services::backups::{BackupClaim, NewBackup};
use std::time::Duration;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

/// How often it is looked whether a backup is due.
const LOOK: Duration = Duration::from_secs(60);

/// How often the process that takes one gives a sign of life.
const BEAT: Duration = Duration::from_secs(20);

/// The latest moment at or before `now` at which the clock wants a backup.
#[must_use]
pub fn last_due(at: NaiveTime, now: DateTime<Utc>) -> DateTime<Utc> {
    let today = now.date_naive().and_time(at).and_utc();
    if today <= now {
        today
    } else {
        today - TimeDelta::days(1)
    }
}

/// Name of this process among those that take backups.
fn owner() -> String {
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let host = host.trim();
    let host = if host.is_empty() { "hornada" } else { host };
    format!("{host}-{}", std::process::id())
}

/// What became of a wish for a backup.
#[derive(Debug)]
pub enum Outcome {
    Taken(Box<Taken>),
    /// Another process is taking one.
    Busy {
        owner: String,
    },
    /// The clock's is taken, or failed a short while ago.
    NotDue,
}

/// Takes a set if nobody else does, writes down what became of it, and deletes old sets. `due_at` is the moment of the clock's plan, nothing
/// where the operator asks.
///
/// # Errors
/// A key or place that cannot be had, and everything that keeps a set from being taken; it is in the book of backups then.
pub async fn run(
    services: &Services,
    config: &Backups,
    place: &Place,
    due_at: Option<DateTime<Utc>>,
    clock: &Clock,
) -> anyhow::Result<Outcome> {
    let seal = Seal::of(config)?;
    let new = NewBackup {
        due_at,
        owner: owner(),
        place: place.shown(),
        encrypted: seal.is_encrypted(),
    };
    let book = services.backups();
    let id = match book.claim(&new, clock()).await? {
        BackupClaim::Taken(id) => id,
        BackupClaim::Busy { owner } => return Ok(Outcome::Busy { owner }),
        BackupClaim::NotDue => return Ok(Outcome::NotDue),
    };
    staging::clear_left_over(services.data_dir());
    let result = tokio::select! {
        taken = take(services, place, seal) => taken,
        () = live(services, id, clock) => Err(anyhow::anyhow!("another process took this one for dead and went on")),
    };
    match result {
        Ok(taken) => {
            let set = (taken.name.as_str(), taken.bytes, taken.sha256.as_str());
            if !book.done(id, set, clock()).await? {
                tracing::warn!(
                    name = taken.name,
                    "the backup is complete; its entry was given up before"
                );
            }
            if let Err(error) = place.keep(config.keep).await {
                // The new one is there all the same.
                tracing::warn!(
                    error = format!("{error:#}"),
                    "old backups cannot be deleted"
                );
            }
            Ok(Outcome::Taken(Box::new(taken)))
        }
        Err(error) => {
            book.failed(id, &format!("{error:#}"), clock()).await?;
            Err(error)
        }
    }
}

/// Gives signs of life until another process has taken this one for dead.
async fn live(services: &Services, id: Uuid, clock: &Clock) {
    let mut ticks = tokio::time::interval(BEAT);
    loop {
        ticks.tick().await;
        match services.backups().beat(id, clock()).await {
            Ok(true) => {}
            Ok(false) => return,
            // What cannot be told now is told with the next.
            Err(error) => tracing::warn!(%error, "the backup cannot give a sign of life"),
        }
    }
}

/// Takes the clock's backups until the token is cancelled; ends at once where the configuration wants none.
pub async fn tick(services: Services, config: Backups, clock: Clock, stop: CancellationToken) {
    if config.at.is_none() {
        return;
    }
    let mut ticks = tokio::time::interval(LOOK);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let looked = tokio::select! {
            () = stop.cancelled() => return,
            looked = look(&services, &config, &clock) => looked,
        };
        match looked {
            Ok(Some(Outcome::Taken(taken))) => {
                tracing::info!(name = taken.name, bytes = taken.bytes, "took a backup");
            }
            Ok(_) => {}
            Err(error) => tracing::error!(error = format!("{error:#}"), "the backup failed"),
        }
    }
}

/// Takes the clock's backup if it is due and nobody has taken it.
///
/// # Errors
/// As [`run`].
pub async fn look(
    services: &Services,
    config: &Backups,
    clock: &Clock,
) -> anyhow::Result<Option<Outcome>> {
    let Some(at) = config.at else {
        return Ok(None);
    };
    let place = place(config, None)?;
    let due_at = last_due(at, clock());
    run(services, config, &place, Some(due_at), clock)
        .await
        .map(Some)
}

/// Where sets lie: where the command says, else where the configuration does.
///
/// # Errors
/// When neither says so.
pub fn place(config: &Backups, named: Option<&str>) -> anyhow::Result<Place> {
    match named.or(config.to.as_deref()) {
        Some(address) => Place::open(address).context("the place of backups cannot be had"),
        None => bail!("nothing says where backups go: give --to or set backup_to"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_wants_one_a_day_and_the_one_of_yesterday_until_then() {
        let at = NaiveTime::from_hms_opt(2, 30, 0).unwrap();
        let due = |now: &str| last_due(at, now.parse().unwrap()).to_rfc3339();
        assert_eq!(due("2026-03-10T02:29:59Z"), "2026-03-09T02:30:00+00:00");
        assert_eq!(due("2026-03-10T02:30:00Z"), "2026-03-10T02:30:00+00:00");
        assert_eq!(due("2026-03-10T23:59:59Z"), "2026-03-10T02:30:00+00:00");
    }
}
