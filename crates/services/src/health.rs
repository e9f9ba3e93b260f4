//! How the installation is doing, for administrators: what is counted, and how bad it is.

use crate::organizations::OrganizationView;
use crate::store::{channels, jobs, models, organizations};
use crate::{Ctx, ServiceResult, Services};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contract::health::{
    BackupHealth, DatabaseHealth, DiskHealth, HealthState, HealthView, MessageHealth, ModelHealth,
    NightHealth, QueueHealth,
};
use domain::{JobStatus, MessageStatus, ModelAlias, Permission};

/// A night that waits longer for a worker finds none.
const QUEUE_WAITS: TimeDelta = TimeDelta::minutes(10);

/// A clock that takes a backup a day has missed one after so long.
const BACKUP_EVERY: TimeDelta = TimeDelta::hours(26);

/// Without a clock somebody takes one by command, at least once a week.
const BACKUP_AT_LEAST: TimeDelta = TimeDelta::days(7);

/// With less than this the server takes nothing new on.
const LEAST_FREE_BYTES: u64 = 64 * 1_024 * 1_024;

/// A model that was not trained on the last so many days has missed nights; on so many, it forecasts from another season.
const MODEL_AGES_DAYS: i64 = 7;
const MODEL_OLD_DAYS: i64 = 28;

/// Messages that were given up are told of for so long.
const MESSAGES_OF: TimeDelta = TimeDelta::days(7);

/// What the process that answers knows of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installation {
    /// Of the program.
    pub version: String,
    /// Names of the changes of the schema that it needs.
    pub migrations: Vec<String>,
    /// Free and all bytes of the disk of the data folder; nothing where the system does not tell.
    pub disk: Option<(u64, u64)>,
    /// Whether the clock takes a backup a day.
    pub backups_by_clock: bool,
}

/// How everything is doing; see [`Services::health`].
#[derive(Debug)]
pub struct Health<'a> {
    services: &'a Services,
}

impl Services {
    /// How the installation is doing.
    #[must_use]
    pub fn health(&self) -> Health<'_> {
        Health { services: self }
    }
}

fn disk_state(disk: Option<(u64, u64)>) -> HealthState {
    match disk {
        Some((free, _)) if free < LEAST_FREE_BYTES => HealthState::Danger,
        Some((free, total)) if free < total / 10 => HealthState::Attention,
        _ => HealthState::Fine,
    }
}

fn queue_state(since: Option<DateTime<Utc>>, now: DateTime<Utc>) -> HealthState {
    match since {
        Some(since) if now - since > QUEUE_WAITS => HealthState::Danger,
        _ => HealthState::Fine,
    }
}

fn backup_state(
    by_clock: bool,
    last_at: Option<DateTime<Utc>>,
    failed: bool,
    now: DateTime<Utc>,
) -> HealthState {
    let Some(last_at) = last_at else {
        return if by_clock && failed {
            HealthState::Danger
        } else {
            HealthState::Attention
        };
    };
    let (age, allowed) = if by_clock {
        (now - last_at, BACKUP_EVERY)
    } else {
        (now - last_at, BACKUP_AT_LEAST)
    };
    match (age > allowed, failed) {
        (true, true) => HealthState::Danger,
        (true, false) | (false, true) => HealthState::Attention,
        (false, false) => HealthState::Fine,
    }
}

/// `night`: trading day and status of the newest one.
fn night_state(night: Option<(NaiveDate, JobStatus)>, due: NaiveDate) -> HealthState {
    match night {
        // Before the first night there is nothing to be late.
        None => HealthState::Attention,
        Some((_, JobStatus::Failed)) => HealthState::Danger,
        Some((date, _)) if date < due => HealthState::Danger,
        Some((date, JobStatus::Queued | JobStatus::Running)) if date == due => HealthState::Danger,
        Some((_, JobStatus::Degraded)) => HealthState::Attention,
        Some(_) => HealthState::Fine,
    }
}

fn model_state(days: Option<i64>) -> HealthState {
    match days {
        Some(..=MODEL_AGES_DAYS) => HealthState::Fine,
        Some(..=MODEL_OLD_DAYS) => HealthState::Attention,
        Some(_) => HealthState::Danger,
        // The seasonal baseline forecasts.
        None => HealthState::Attention,
    }
}

impl Health<'_> {
    /// How everything is doing at this moment: the installation's database, disk, queue and backups, and the organization's own night, model
    /// and messages.
    ///
    /// # Errors
    /// Forbidden without `backups.read`.
    pub async fn read(&self, ctx: &Ctx, own: Installation) -> ServiceResult<HealthView> {
        ctx.require(Permission::BackupsRead)?;
        let (observing, now) = (self.services.observing(), ctx.now);
        let (missing, seen) = observing.migrations(&own.migrations).await?;
        let (waiting, since) = observing.queue().await?;
        let backups = self.services.backups();
        let last = backups.last_done().await?;
        let failed_at = backups.last_failure().await?.map(|(at, _)| at);
        let last_at = last.as_ref().map(|set| set.started_at);
        let (night, model, messages) = self.own(ctx).await?;
        let whole = |bytes: u64| i64::try_from(bytes).unwrap_or(i64::MAX);
        let count = |count: usize| i64::try_from(count).unwrap_or(i64::MAX);
        Ok(HealthView {
            at: now,
            version: own.version,
            database: DatabaseHealth {
                state: if missing == 0 {
                    HealthState::Fine
                } else {
                    HealthState::Danger
                },
                engine: if self.services.db().is_postgres() {
                    "PostgreSQL".to_owned()
                } else {
                    "SQLite".to_owned()
                },
                bytes: observing.size().await?,
                missing_migrations: count(missing),
                migrations: count(seen),
            },
            disk: DiskHealth {
                state: disk_state(own.disk),
                free: own.disk.map(|(free, _)| whole(free)),
                total: own.disk.map(|(_, total)| whole(total)),
            },
            queue: QueueHealth {
                state: queue_state(since, now),
                waiting,
                since,
            },
            backup: BackupHealth {
                state: backup_state(own.backups_by_clock, last_at, failed_at.is_some(), now),
                by_clock: own.backups_by_clock,
                last_at,
                bytes: last.map(|set| set.bytes),
                failed_at,
            },
            night,
            model,
            messages,
        })
    }

    /// What belongs to the caller's organization.
    async fn own(&self, ctx: &Ctx) -> ServiceResult<(NightHealth, ModelHealth, MessageHealth)> {
        let organization_id = ctx.organization_id();
        let db = self.services.db().read_for(organization_id).await?;
        let organization = OrganizationView::from(organizations::get(&db, organization_id).await?);
        let due = organization.forecast_due(ctx.now);
        let newest = jobs::list_runs(&db, organization_id, None, 1).await?;
        let newest = newest.first().map(|run| (run.business_date, run.status));
        let aliases = models::list_aliases(&db, organization_id).await?;
        let serving = aliases
            .into_iter()
            .find(|alias| alias.alias == ModelAlias::Champion);
        let version = match serving {
            Some(alias) => models::find(&db, organization_id, alias.model_version_id).await?,
            None => None,
        };
        let today = ctx.today_in(organization.zone());
        let trained_on = version.map(|version| version.trained_on);
        let days = trained_on.map(|day| (today - day).num_days());
        let since = ctx.now - MESSAGES_OF;
        let waiting = MessageStatus::Waiting;
        let waiting = channels::count(&db, organization_id, waiting, since).await?;
        let given_up = MessageStatus::GivenUp;
        let given_up = channels::count(&db, organization_id, given_up, since).await?;
        let messages = MessageHealth {
            state: if given_up > 0 {
                HealthState::Attention
            } else {
                HealthState::Fine
            },
            waiting,
            given_up,
        };
        let night = NightHealth {
            state: night_state(newest, due),
            business_date: newest.map(|(date, _)| date),
            status: newest.map(|(_, status)| status),
            due,
        };
        let model = ModelHealth {
            state: model_state(days),
            trained_on,
            days,
        };
        Ok((night, model, messages))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use HealthState::{Attention, Danger, Fine};

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, day).expect("a day of the calendar")
    }

    #[test]
    fn a_night_is_in_danger_when_it_failed_or_is_not_over_in_time() {
        let state = |date, status| night_state(Some((day(date), status)), day(9));
        assert_eq!(state(9, JobStatus::Succeeded), Fine);
        assert_eq!(state(9, JobStatus::Degraded), Attention);
        assert_eq!(state(9, JobStatus::Failed), Danger);
        assert_eq!(state(9, JobStatus::Running), Danger);
        assert_eq!(state(8, JobStatus::Succeeded), Danger);
        // Tonight's is under way, and that of yesterday is over.
        assert_eq!(state(10, JobStatus::Running), Fine);
        assert_eq!(night_state(None, day(9)), Attention);
    }

    #[test]
    fn a_backup_is_looked_for_as_often_as_it_should_be_taken() {
        let now: DateTime<Utc> = "2026-03-10T06:30:00Z".parse().expect("a moment");
        let ago = |hours| Some(now - TimeDelta::hours(hours));
        assert_eq!(backup_state(true, ago(25), false, now), Fine);
        assert_eq!(backup_state(true, ago(27), false, now), Attention);
        assert_eq!(backup_state(true, ago(5), true, now), Attention);
        assert_eq!(backup_state(true, ago(27), true, now), Danger);
        assert_eq!(backup_state(true, None, true, now), Danger);
        assert_eq!(backup_state(false, ago(27), false, now), Fine);
        assert_eq!(backup_state(false, ago(24 * 8), false, now), Attention);
        assert_eq!(backup_state(false, None, false, now), Attention);
    }

    #[test]
    fn disks_fill_queues_wait_and_models_age() {
        let mib = 1_024 * 1_024;
        assert_eq!(disk_state(None), Fine);
        assert_eq!(disk_state(Some((900 * mib, 1_000 * mib))), Fine);
        assert_eq!(disk_state(Some((99 * mib, 1_000 * mib))), Attention);
        assert_eq!(disk_state(Some((63 * mib, 1_000 * mib))), Danger);
        let now: DateTime<Utc> = "2026-03-10T06:30:00Z".parse().expect("a moment");
        assert_eq!(queue_state(None, now), Fine);
        assert_eq!(queue_state(Some(now - TimeDelta::minutes(9)), now), Fine);
        assert_eq!(queue_state(Some(now - TimeDelta::minutes(11)), now), Danger);
        assert_eq!(
            [Some(1), Some(8), Some(29), None].map(model_state),
            [Fine, Attention, Danger, Attention]
        );
    }
}
