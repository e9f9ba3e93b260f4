//! Everything that an organization owns, to be written into a file: who asks for it, who writes it, how far it is, how long it lies there.
//!
//! The server writes the file; what it holds is told here: every row of every table of the organization as it was at one moment, as lines of
//! JSON. One is written at a time an organization, by one process; what a process left that died is begun anew.

pub use crate::store::owned::{Exported, Owned, owned};

use crate::audit::{self, Change};
use crate::store::organization_exports::{self as rows, Written};
use crate::store::{organizations, owned as tables};
use crate::{Ctx, ServiceError, ServiceResult, Services, receipts};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::organization::{ExportView, RequestExport};
use domain::{JobStatus, Permission};
use entity::organization_export;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicI32, AtomicI64, Ordering};
use tokio::io::AsyncWriteExt;
use uuid::Uuid;

const REQUEST: &str = "organization.request_export";

/// A process that writes one and gave no sign of life for so long is taken for dead.
pub const DEAD_AFTER: TimeDelta = TimeDelta::minutes(2);

/// So long a file lies there.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// Rows that a list shows.
const LISTED: u64 = 20;

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

/// A file that can be fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportFile {
    pub path: PathBuf,
    /// Under which it is saved.
    pub name: String,
}

/// Use cases of exports; see [`Services::exports`].
#[derive(Debug)]
pub struct Exports<'a> {
    services: &'a Services,
}

impl Services {
    /// Everything that an organization owns, in a file.
    #[must_use]
    pub fn exports(&self) -> Exports<'_> {
        Exports { services: self }
    }
}

/// How many tables an export writes, the organization's own among them.
fn tables_total() -> i32 {
    let written = owned()
        .iter()
        .filter(|table| !matches!(table.exported, Exported::Never(_)))
        .count();
    i32::try_from(written).unwrap_or(i32::MAX).saturating_add(1)
}

fn view(row: organization_export::Model, now: DateTime<Utc>) -> ServiceResult<ExportView> {
    let status: JobStatus = row.status.parse().map_err(|_| {
        ServiceError::Internal(format!("export {} is in no known state", row.id))
    })?;
    Ok(ExportView {
        is_there: is_there(&row, now),
        id: row.id,
        status,
        requested_at: row.requested_at,
        tables_done: row.tables_done,
        tables_total: row.tables_total,
        rows_done: row.rows_done,
        finished_at: row.finished_at,
        bytes: row.bytes,
        sha256: row.sha256,
        expires_at: row.expires_at,
    })
}

fn is_there(row: &organization_export::Model, now: DateTime<Utc>) -> bool {
    row.path.is_some() && row.removed_at.is_none() && row.expires_at.is_some_and(|at| now < at)
}

impl Exports<'_> {
    /// Asks for a file. Where one is being written already, that one is the answer.
    ///
    /// # Errors
    /// Forbidden without `settings.write`.
    pub async fn request(&self, ctx: &Ctx, command: &RequestExport) -> ServiceResult<ExportView> {
        ctx.require(Permission::SettingsWrite)?;
        self.services
            .db()
            .retry(|| self.request_once(ctx, command))
            .await
    }

    async fn request_once(&self, ctx: &Ctx, command: &RequestExport) -> ServiceResult<ExportView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        if let Some(answer) =
            receipts::find(&*tx, ctx, command.command_id, REQUEST, command).await?
        {
            return Ok(answer);
        }
        if let Some(open) = rows::find_open(&*tx, organization_id).await? {
            return view(open, ctx.now);
        }
        let row = organization_export::Model {
            id: Uuid::now_v7(),
            organization_id,
            status: JobStatus::Queued.as_str().to_owned(),
            requested_by: ctx.actor.user_id,
            requested_at: ctx.now.trunc_subsecs(6),
            owner: None,
            heartbeat_at: None,
            tables_done: 0,
            tables_total: tables_total(),
            rows_done: 0,
            finished_at: None,
            path: None,
            bytes: None,
            sha256: None,
            error: None,
            expires_at: None,
            removed_at: None,
        };
        let id = row.id;
        let answer = view(row.clone(), ctx.now)?;
        rows::insert(&*tx, row).await?;
        receipts::insert(&*tx, ctx, command.command_id, REQUEST, command, &answer).await?;
        let change = Change {
            action: "organizations.export",
            subject_kind: "organization_export",
            subject_id: id,
            before: None,
            after: Some(json!({ "id": id })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// The latest exports of the caller's organization.
    ///
    /// # Errors
    /// Forbidden without `settings.write`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<Vec<ExportView>> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::list(&*db, organization_id, LISTED).await?;
        found.into_iter().map(|row| view(row, ctx.now)).collect()
    }

    /// One of them.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found.
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ExportView> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        view(rows::get(&*db, organization_id, id).await?, ctx.now)
    }

    /// The file of one of them, to be fetched. That it was fetched is written down.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found where there is none, or none any more.
    pub async fn file(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ExportFile> {
        ctx.require(Permission::SettingsWrite)?;
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        let row = rows::get(&*tx, organization_id, id).await?;
        let there = is_there(&row, ctx.now);
        let path = row.path.filter(|_| there);
        let path = path.ok_or(ServiceError::NotFound("export"))?;
        let organization = organizations::get(&*tx, organization_id).await?;
        let change = Change {
            action: "organizations.fetch_export",
            subject_kind: "organization_export",
            subject_id: id,
            before: None,
            after: None,
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(ExportFile {
            path: self.services.data_dir().join(path),
            name: format!(
                "hornada-{}-{}.tar.zst",
                organization.slug,
                row.requested_at.format("%Y%m%d")
            ),
        })
    }

    /// Exports of all organizations that nobody works on, the oldest first; for the one who writes them.
    ///
    /// # Errors
    /// The database's.
    pub async fn waiting(&self, now: DateTime<Utc>) -> ServiceResult<Vec<Waiting>> {
        let found = rows::list_waiting(self.services.db().past_the_wall(), now - DEAD_AFTER).await?;
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
