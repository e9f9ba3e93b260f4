//! Everything that an organization owns, to be written into a file: who asks for it, who writes it, how far it is, how long it lies there.
//!
//! The server writes the file; what it holds is told here: every row of every table of the organization as it was at one moment, as lines of
//! JSON. One is written at a time an organization, by one process; what a process left that died is begun anew.

pub use crate::store::owned::{Exported, Owned, owned};

mod writing;

pub use writing::{Contents, Progress, Waiting};

use crate::audit::{self, Change};
use crate::store::organization_exports as rows;
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult, Services, receipts};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::organization::{ExportView, RequestExport};
use domain::{JobStatus, Permission};
use entity::organization_export;
use serde_json::json;
use std::path::PathBuf;
use uuid::Uuid;

const REQUEST: &str = "organization.request_export";

/// A process that writes one and gave no sign of life for so long is taken for dead.
pub const DEAD_AFTER: TimeDelta = TimeDelta::minutes(2);

/// So long a file lies there.
pub const KEPT_FOR: TimeDelta = TimeDelta::days(7);

/// Files that an organization may ask for within a day: each lies there for a week and may be as large as all that it owns.
const A_DAY: u64 = 5;

/// Rows that a list shows.
const LISTED: u64 = 20;

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
    let status: JobStatus = row
        .status
        .parse()
        .map_err(|_| ServiceError::Internal(format!("export {} is in no known state", row.id)))?;
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
    /// Forbidden without `settings.write`; the rule `export.too_many` after five within a day, or one when somebody who does not look after
    /// every store asks.
    pub async fn request(&self, ctx: &Ctx, command: &RequestExport) -> ServiceResult<ExportView> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
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
        let day_ago = ctx.now - TimeDelta::days(1);
        if rows::count_since(&*tx, organization_id, day_ago).await? >= A_DAY {
            return Err(ServiceError::rule(
                "export.too_many",
                "There were five files within a day. Take one of those, or ask again tomorrow.",
            ));
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
    /// Forbidden without `settings.write`; a rule when somebody who does not look after every store asks; not found where there is none, or
    /// none any more.
    pub async fn file(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ExportFile> {
        ctx.require(Permission::SettingsWrite)?;
        ctx.require_all_stores()?;
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
}
