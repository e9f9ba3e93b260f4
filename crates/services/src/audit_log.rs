//! The audit log, to be read.

use crate::pages::{limit_of, page, part};
use crate::store::audit as rows;
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::Page;
use contract::audit::{AuditEntryView, ListAudit};
use domain::Permission;
use entity::audit_entry;
use serde_json::Value;

/// Reading the audit log; see [`Services::audit_log`].
#[derive(Clone, Copy, Debug)]
pub struct AuditLog<'a> {
    pub(crate) services: &'a Services,
}

impl Services {
    /// Who did what.
    #[must_use]
    pub fn audit_log(&self) -> AuditLog<'_> {
        AuditLog { services: self }
    }
}

fn view(row: audit_entry::Model) -> AuditEntryView {
    AuditEntryView {
        sequence: row.sequence,
        at: row.at,
        actor_id: row.actor_id,
        actor_name: row.actor_name,
        source: row.source,
        request_id: row.request_id,
        action: row.action,
        subject_kind: row.subject_kind,
        subject_id: row.subject_id,
        before: row.before.unwrap_or(Value::Null),
        after: row.after.unwrap_or(Value::Null),
        hash: row.hash,
    }
}

impl AuditLog<'_> {
    /// Entries, the latest first.
    ///
    /// # Errors
    /// Forbidden without `audit.read`; an unreadable cursor.
    pub async fn list(&self, ctx: &Ctx, wanted: &ListAudit) -> ServiceResult<Page<AuditEntryView>> {
        ctx.require(Permission::AuditRead)?;
        for (field, text) in [
            ("action", &wanted.action),
            ("subject_kind", &wanted.subject_kind),
        ] {
            // PostgreSQL takes no text with a zero in it, and no word of ours has such signs.
            if text
                .as_ref()
                .is_some_and(|text| text.chars().any(char::is_control))
            {
                return Err(ServiceError::field(
                    field,
                    "format",
                    "This is no word of the log.",
                ));
            }
        }
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let below = wanted.after.as_deref().map(part::<i64>).transpose()?;
        let limit = limit_of(wanted.limit);
        let found = rows::list(&*db, organization_id, wanted, below, limit as u64 + 1).await?;
        Ok(page(found, limit, |row| row.sequence.to_string(), view))
    }
}
