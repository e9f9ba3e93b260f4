//! Who writes an export, and what it holds.

use super::{DEAD_AFTER, Exported, Exports, KEPT_FOR, owned};
use crate::store::organization_exports::{self as rows, Written};
use crate::store::{organizations, owned as tables};
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, SubsecRound, Utc};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

/// How far the writing is.
#[derive(Debug, Default)]
pub struct Progress {
    tables: AtomicI32,
    rows: AtomicI64,
}

impl Progress {
    fn now(&self) -> (i32, i64) {
        (
            self.tables.load(Ordering::Relaxed),
            self.rows.load(Ordering::Relaxed),
        )
    }
}

/// What was written of an organization.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Contents {
    pub slug: String,
    pub name: String,
    /// Rows by table.
    pub rows: BTreeMap<String, u64>,
    /// Uploads, below the data folder.
    pub uploads: Vec<String>,
    /// Folders of models, below the data folder.
    pub artifacts: Vec<String>,
}

/// An export that nobody works on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub id: Uuid,
    pub organization_id: Uuid,
}

impl Exports<'_> {
    /// Exports of all organizations that nobody works on, the oldest first; for the one who writes them.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self, now: DateTime<Utc>) -> ServiceResult<Vec<Waiting>> {
        let found =
            rows::list_waiting(self.services.db().past_the_wall(), now - DEAD_AFTER).await?;
        Ok(found
            .into_iter()
            .map(|row| Waiting {
                id: row.id,
                organization_id: row.organization_id,
            })
            .collect())
    }

    /// Makes a process the one who writes an export; false where another one is at it.
    ///
    /// # Errors
    /// The database's.
    pub async fn claim(
        &self,
        export: Waiting,
        owner: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let (organization_id, id) = (export.organization_id, export.id);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let silent_since = now - DEAD_AFTER;
                let claimed =
                    rows::claim(&*tx, organization_id, id, owner, now, silent_since).await?;
                tx.commit().await?;
                Ok(claimed)
            })
            .await
    }

    /// Gives a sign of life and says how far it is; false where another process has taken the work over.
    ///
    /// # Errors
    /// The database's.
    pub async fn beat(
        &self,
        export: Waiting,
        owner: &str,
        progress: &Progress,
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let (organization_id, id) = (export.organization_id, export.id);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let alive =
                    rows::update_progress(&*tx, organization_id, id, owner, now, progress.now())
                        .await?;
                tx.commit().await?;
                Ok(alive)
            })
            .await
    }

    /// Writes every row of an organization as it is at this moment, a file a table (`TABLE.jsonl`), into a folder that is there.
    ///
    /// # Errors
    /// The database's and the disk's.
    pub async fn write_tables(
        &self,
        organization_id: Uuid,
        folder: &Path,
        progress: &Progress,
    ) -> ServiceResult<Contents> {
        // Held for as long as it takes: one is written at a time by a process.
        let snapshot = self.services.db().snapshot_for(organization_id).await?;
        let db = snapshot
            .transaction()
            .ok_or_else(|| ServiceError::Internal("an export needs a moment of its own".into()))?;
        let organization = organizations::get(db, organization_id).await?;
        let mut contents = Contents {
            slug: organization.slug,
            name: organization.name,
            uploads: rows::list_uploads(db, organization_id).await?,
            artifacts: rows::list_artifacts(db, organization_id).await?,
            rows: BTreeMap::new(),
        };
        let mut out = create(folder, "organizations").await?;
        let count = tables::copy_organization(db, organization_id, &mut out).await?;
        close(out).await?;
        note(&mut contents, progress, "organizations", count);
        for table in owned() {
            if matches!(table.exported, Exported::Never(_)) {
                continue;
            }
            let mut out = create(folder, table.table).await?;
            let count = tables::copy(db, &table, organization_id, &mut out).await?;
            close(out).await?;
            note(&mut contents, progress, table.table, count);
        }
        Ok(contents)
    }

    /// Writes down that the file is complete (its path below the data folder, size and digest); false where another process has taken the
    /// work over, and the file is nobody's.
    ///
    /// # Errors
    /// The database's.
    pub async fn done(
        &self,
        export: Waiting,
        owner: &str,
        (path, bytes, sha256): (&str, i64, &str),
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        let written = Written {
            path,
            bytes,
            sha256,
            expires_at: now.trunc_subsecs(6) + KEPT_FOR,
        };
        self.finish(export, owner, now, Ok(written)).await
    }

    /// Writes down why there is no file.
    ///
    /// # Errors
    /// The database's.
    pub async fn failed(
        &self,
        export: Waiting,
        owner: &str,
        error: &str,
        now: DateTime<Utc>,
    ) -> ServiceResult<bool> {
        self.finish(export, owner, now, Err(error)).await
    }

    async fn finish(
        &self,
        export: Waiting,
        owner: &str,
        now: DateTime<Utc>,
        result: Result<Written<'_>, &str>,
    ) -> ServiceResult<bool> {
        let (organization_id, id) = (export.organization_id, export.id);
        let now = now.trunc_subsecs(6);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(organization_id).await?;
                let result = result.clone();
                let finished =
                    rows::update_finished(&*tx, organization_id, id, owner, now, result).await?;
                tx.commit().await?;
                Ok(finished)
            })
            .await
    }

    /// Files of all organizations that have lain there for long enough; for the housekeeping, which deletes them and then calls
    /// [`Exports::removed`].
    ///
    /// # Errors
    /// The database's.
    pub async fn expired(&self, now: DateTime<Utc>) -> ServiceResult<Vec<(Waiting, PathBuf)>> {
        let found = rows::list_expired(self.services.db().past_the_wall(), now).await?;
        Ok(found
            .into_iter()
            .filter_map(|row| {
                let export = Waiting {
                    id: row.id,
                    organization_id: row.organization_id,
                };
                Some((export, self.services.data_dir().join(row.path?)))
            })
            .collect())
    }

    /// Writes down that a file is gone.
    ///
    /// # Errors
    /// The database's.
    pub async fn removed(&self, export: Waiting, now: DateTime<Utc>) -> ServiceResult<()> {
        let (organization_id, id) = (export.organization_id, export.id);
        let tx = self.services.db().begin_for(organization_id).await?;
        rows::update_removed(&*tx, organization_id, id, now.trunc_subsecs(6)).await?;
        tx.commit().await
    }
}

type Lines = tokio::io::BufWriter<tokio::fs::File>;

fn of_disk(error: &std::io::Error) -> ServiceError {
    ServiceError::Internal(format!("an export cannot be written: {error}"))
}

async fn create(folder: &Path, table: &str) -> ServiceResult<Lines> {
    let file = tokio::fs::File::create(folder.join(format!("{table}.jsonl")))
        .await
        .map_err(|e| of_disk(&e))?;
    Ok(tokio::io::BufWriter::with_capacity(256 * 1_024, file))
}

async fn close(mut out: Lines) -> ServiceResult<()> {
    out.flush().await.map_err(|e| of_disk(&e))
}

fn note(contents: &mut Contents, progress: &Progress, table: &str, count: u64) {
    contents.rows.insert(table.to_owned(), count);
    progress.tables.fetch_add(1, Ordering::Relaxed);
    let count = i64::try_from(count).unwrap_or(i64::MAX);
    progress.rows.fetch_add(count, Ordering::Relaxed);
}
