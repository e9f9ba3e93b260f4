//! Checking the audit log's chain of hashes in the background: asked for by a person, done by one process of the installation, in parts whose
//! end is written down, so that a long log shows how far it is and an interrupted check goes on.

use crate::audit::{self, Change};
use crate::audit_log::AuditLog;
use crate::books::break_at;
use crate::errands::DEAD_AFTER;
use crate::production_orders::moment;
use crate::store::audit_checks::{self as rows, Progress};
use crate::store::books;
use crate::{Ctx, ServiceResult, live, receipts};
use chrono::SubsecRound;
use contract::audit::{AuditCheckView, CheckAudit};
use domain::Permission;
use entity::audit_check;
use serde_json::json;
use uuid::Uuid;

const CHECK: &str = "audit.check";

/// Entries that are read and checked between two signs of life.
const AT_ONCE: u64 = 2_000;

fn view(row: audit_check::Model) -> AuditCheckView {
    AuditCheckView {
        id: row.id,
        requested_at: row.requested_at,
        total: row.total,
        checked: row.checked,
        finished_at: row.finished_at,
        broken_at: row.broken_at,
        message: row.message,
    }
}

impl AuditLog<'_> {
    /// The newest check of the log, finished or under way.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn newest_check(&self, ctx: &Ctx) -> ServiceResult<Option<AuditCheckView>> {
        ctx.require(Permission::AuditRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let newest = rows::find_newest(&*db, organization_id).await?;
        Ok(newest.map(view))
    }

    /// Asks for a check of every entry that is there now. Where one is under way already, that one is answered.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn start_check(
        &self,
        ctx: &Ctx,
        command: &CheckAudit,
    ) -> ServiceResult<AuditCheckView> {
        ctx.require(Permission::AuditRead)?;
        self.services
            .db()
            .retry(|| self.start_check_once(ctx, command))
            .await
    }

    async fn start_check_once(
        &self,
        ctx: &Ctx,
        command: &CheckAudit,
    ) -> ServiceResult<AuditCheckView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, CHECK, command).await? {
            return Ok(answer);
        }
        if let Some(open) = rows::find_open(&*tx, organization_id).await? {
            return Ok(view(open));
        }
        let head = books::find_audit_head(&*tx, organization_id).await?;
        let row = audit_check::Model {
            id: Uuid::now_v7(),
            organization_id,
            requested_by: ctx.actor.user_id,
            requested_at: moment(ctx),
            owner: None,
            heartbeat_at: None,
            total: head.as_ref().map_or(0, |head| head.sequence),
            total_hash: head.map(|head| head.hash).unwrap_or_default(),
            checked: 0,
            checked_hash: String::new(),
            finished_at: None,
            broken_at: None,
            message: None,
        };
        rows::insert(&*tx, row.clone()).await?;
        let answer = view(row);
        receipts::insert(&*tx, ctx, command.command_id, CHECK, command, &answer).await?;
        let change = Change {
            action: CHECK,
            subject_kind: "audit_check",
            subject_id: answer.id,
            before: None,
            after: Some(json!({ "entries": answer.total })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Takes the organization's open check for this process; `None` where there is none or another process is at it.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn claim_check(&self, ctx: &Ctx, owner: &str) -> ServiceResult<Option<Uuid>> {
        ctx.require(Permission::AuditRead)?;
        let (organization_id, now) = (ctx.organization_id(), ctx.now.trunc_subsecs(6));
        let db = self.services.db();
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            let Some(open) = rows::find_open(&*tx, organization_id).await? else {
                return Ok(None);
            };
            let dead_before = now - DEAD_AFTER;
            let is_ours =
                rows::claim(&*tx, organization_id, open.id, owner, now, dead_before).await?;
            tx.commit().await?;
            Ok(is_ours.then_some(open.id))
        })
        .await
    }

    /// Checks the next part of a check that this process claimed. `false` when it is over, or no longer this process's.
    ///
    /// # Errors
    /// Forbidden without `audit.read`.
    pub async fn advance_check(&self, ctx: &Ctx, owner: &str) -> ServiceResult<bool> {
        ctx.require(Permission::AuditRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db();
        let Some(open) = rows::find_open(&*db.of(organization_id), organization_id).await? else {
            return Ok(false);
        };
        let progress = self.next_part(ctx, &open).await?;
        let now = ctx.now.trunc_subsecs(6);
        db.retry(|| async {
            let tx = db.begin_for(organization_id).await?;
            let progress = progress.clone();
            let goes_on = progress.finished_at.is_none();
            let is_ours =
                rows::update(&*tx, organization_id, open.id, owner, now, progress).await?;
            if is_ours {
                live::emit(
                    &*tx,
                    organization_id,
                    ctx.now,
                    None,
                    "audit",
                    Some(open.id),
                    json!({ "over": !goes_on }),
                )
                .await?;
            }
            tx.commit().await?;
            Ok(is_ours && goes_on)
        })
        .await
    }

    /// How far the check is after its next entries.
    async fn next_part(&self, ctx: &Ctx, open: &audit_check::Model) -> ServiceResult<Progress> {
        let organization_id = ctx.organization_id();
        let now = ctx.now.trunc_subsecs(6);
        let mut progress = Progress {
            checked: open.checked,
            checked_hash: open.checked_hash.clone(),
            finished_at: None,
            broken_at: None,
            message: None,
        };
        let wrong = |mut progress: Progress, at: i64, message: String| {
            progress.finished_at = Some(now);
            progress.broken_at = Some(at);
            progress.message = Some(message);
            progress
        };
        let db = self.services.db().of(organization_id);
        let entries =
            books::list_audit_after(&*db, organization_id, progress.checked, AT_ONCE).await?;
        for entry in &entries {
            if progress.checked >= open.total {
                break;
            }
            if let Some(message) = break_at(entry, progress.checked, &progress.checked_hash)? {
                return Ok(wrong(progress, entry.sequence, message));
            }
            progress.checked = entry.sequence;
            progress.checked_hash.clone_from(&entry.hash);
        }
        if progress.checked < open.total && !entries.is_empty() {
            return Ok(progress);
        }
        if progress.checked != open.total || progress.checked_hash != open.total_hash {
            let message = format!(
                "the log ends at entry {}, its head said {}",
                progress.checked, open.total
            );
            return Ok(wrong(progress, open.total, message));
        }
        progress.finished_at = Some(now);
        Ok(progress)
    }
}
