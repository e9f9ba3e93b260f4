//! The book of backups: who takes one, which were taken, which is due. Taking one is the server's work; one is taken at a time in an
//! installation, whichever process takes it.
//!
//! A backup holds every organization, so its rows belong to none: they go through the connection of the operator.

use crate::store::backups as rows;
use crate::{Ctx, ServiceResult, Services};
use chrono::{DateTime, TimeDelta, Utc};
use contract::backups::{BackupState, BackupView};
use domain::Permission;
use entity::backup;
use uuid::Uuid;

/// A process that takes a backup and gave no sign of life for so long is taken for dead.
pub const DEAD_AFTER: TimeDelta = TimeDelta::minutes(2);

/// So long after a failed backup the clock tries again.
pub const TRY_AGAIN_AFTER: TimeDelta = TimeDelta::minutes(30);

/// Rows that a list shows.
const LISTED: u64 = 100;

/// Who wants a backup taken, and where to.
#[derive(Clone, Debug)]
pub struct NewBackup {
    /// Nothing = the operator, by command; else the moment of the clock's plan for which it is.
    pub due_at: Option<DateTime<Utc>>,
    /// The process.
    pub owner: String,
    /// Without passwords.
    pub place: String,
    pub encrypted: bool,
}

/// What became of an attempt to be the one who takes a backup.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BackupClaim {
    /// This process takes it, under this identifier.
    Taken(Uuid),
    /// Another process is at it.
    Busy { owner: String },
    /// The clock's backup of that moment was taken, or failed a short while ago.
    NotDue,
}

/// A complete set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneBackup {
    /// Where it lies.
    pub place: String,
    pub name: String,
    pub started_at: DateTime<Utc>,
    pub finished_at: DateTime<Utc>,
    /// Size in bytes.
    pub bytes: i64,
    /// Hexadecimal.
    pub sha256: String,
}

/// The file of an upload, as its row says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedUpload {
    /// Below the data folder.
    pub path: String,
    pub bytes: u64,
    /// Hexadecimal; nothing for old ones.
    pub sha256: Option<String>,
}

/// Files below the data folder that rows name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NamedFiles {
    pub uploads: Vec<NamedUpload>,
    /// Folders of models, those too that were cleared away.
    pub artifacts: Vec<String>,
}

/// Backups.
#[derive(Debug)]
pub struct Backups<'a> {
    services: &'a Services,
}

impl Services {
    /// The book of backups.
    #[must_use]
    pub fn backups(&self) -> Backups<'_> {
        Backups { services: self }
    }
}

impl Backups<'_> {
    /// Backups of the installation, newest first, at most 100.
    ///
    /// # Errors
    /// Forbidden without `backups.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<BackupView>> {
        ctx.require(Permission::BackupsRead)?;
        let found = rows::list(self.services.db().past_the_wall(), LISTED).await?;
        Ok(found.into_iter().map(view).collect())
    }

    /// The newest complete set, for the operator.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_done(&self) -> ServiceResult<Option<DoneBackup>> {
        let found = rows::find_last_done(self.services.db().past_the_wall()).await?;
        Ok(found.and_then(|row| {
            Some(DoneBackup {
                place: row.place,
                name: row.name?,
                started_at: row.started_at,
                finished_at: row.finished_at?,
                bytes: row.bytes?,
                sha256: row.sha256?,
            })
        }))
    }

    /// Why the newest backup failed, for the operator; nothing where it did not.
    ///
    /// # Errors
    /// The database's.
    pub async fn last_failure(&self) -> ServiceResult<Option<(DateTime<Utc>, String)>> {
        let newest = rows::list(self.services.db().past_the_wall(), 1).await?;
        Ok(newest
            .into_iter()
            .next()
            .and_then(|row| Some((row.started_at, row.error?))))
    }

    /// Files that rows of any organization name, for the operator.
    ///
    /// # Errors
    /// The database's.
    pub async fn named_files(&self) -> ServiceResult<NamedFiles> {
        let db = self.services.db().past_the_wall();
        let uploads = rows::list_uploads(db).await?;
        Ok(NamedFiles {
            uploads: uploads
                .into_iter()
                .map(|(path, bytes, sha256)| NamedUpload {
                    path,
                    bytes: bytes.unsigned_abs(),
                    sha256,
                })
                .collect(),
            artifacts: rows::list_artifacts(db).await?,
        })
    }

    /// Becomes the one who takes a backup, unless a living process is at it already. What a dead process left is ended as failed.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(&self, new: &NewBackup, now: DateTime<Utc>) -> ServiceResult<BackupClaim> {
        self.services.db().retry(|| self.claim_once(new, now)).await
    }

    async fn claim_once(&self, new: &NewBackup, now: DateTime<Utc>) -> ServiceResult<BackupClaim> {
        let tx = self.services.db().begin_past_the_wall().await?;
        if let Some(due_at) = new.due_at {
            let since = rows::list_of_clock_since(&*tx, due_at).await?;
            let waits = |row: &backup::Model| {
                row.finished_at
                    .is_some_and(|at| row.error.is_none() || now - at < TRY_AGAIN_AFTER)
            };
            if since.iter().any(waits) {
                return Ok(BackupClaim::NotDue);
            }
        }
        if let Some(running) = rows::find_running(&*tx).await? {
            if now - running.heartbeat_at < DEAD_AFTER {
                return Ok(BackupClaim::Busy {
                    owner: running.owner,
                });
            }
            let why = Err("the process that took it gave no more sign of life");
            rows::finish(&*tx, running.id, now, why).await?;
        }
        let id = Uuid::now_v7();
        // A process that was as quick on PostgreSQL is refused by the index; the next attempt finds its row.
        let row = backup::Model {
            id,
            slot: 1,
            cause: match new.due_at {
                Some(_) => "clock".to_owned(),
                None => "command_line".to_owned(),
            },
            owner: new.owner.clone(),
            place: new.place.clone(),
            encrypted: new.encrypted,
            started_at: now,
            heartbeat_at: now,
            finished_at: None,
            name: None,
            bytes: None,
            sha256: None,
            error: None,
        };
        rows::insert(&*tx, row).await?;
        tx.commit().await?;
        Ok(BackupClaim::Taken(id))
    }

    /// A sign of life; `false` when another process took it for dead.
    ///
    /// # Errors
    /// The database's.
    pub async fn beat(&self, id: Uuid, now: DateTime<Utc>) -> ServiceResult<bool> {
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            let lives = rows::beat(&*tx, id, now).await?;
            tx.commit().await?;
            Ok(lives)
        })
        .await
    }

    /// Writes down that the set is complete; `false` when it was taken for dead before.
    ///
    /// # Errors
    /// The database's.
    pub async fn done(
        &self,
        id: Uuid,
        (name, bytes, sha256): (&str, u64, &str),
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let db = self.services.db();
        let bytes = i64::try_from(bytes).unwrap_or(i64::MAX);
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            let done = rows::Done {
                name,
                bytes,
                sha256,
            };
            let ended = rows::finish(&*tx, id, now, Ok(done)).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }

    /// Writes down why there is no set.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed(&self, id: Uuid, why: &str, now: DateTime<Utc>) -> ServiceResult<bool> {
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_past_the_wall().await?;
            let ended = rows::finish(&*tx, id, now, Err(why)).await?;
            tx.commit().await?;
            Ok(ended)
        })
        .await
    }
}

fn view(row: backup::Model) -> BackupView {
    BackupView {
        id: row.id,
        state: match (row.finished_at, &row.error) {
            (None, _) => BackupState::Running,
            (Some(_), None) => BackupState::Done,
            (Some(_), Some(_)) => BackupState::Failed,
        },
        name: row.name,
        started_at: row.started_at,
        finished_at: row.finished_at,
        bytes: row.bytes,
        sha256: row.sha256,
        encrypted: row.encrypted,
    }
}
