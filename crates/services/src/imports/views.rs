//! Rows as callers see them.

use crate::{Ctx, ServiceError, ServiceResult, StoreScope};
use chrono::{DateTime, Utc};
use contract::imports::{ImportProblem, ImportView};
use domain::ImportStatus;
use entity::{import, store};
use ingest::FileFault;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Topic of live events.
pub(super) const TOPIC: &str = "imports";

/// Keys of problems that are no fault of the file's form.
pub(super) const THRESHOLD_EXCEEDED: &str = "threshold_exceeded";
pub(super) const READ_FAILED: &str = "read_failed";

/// Sees only what its stores or the caller themself sent.
pub(super) fn require_scope(ctx: &Ctx, row: &import::Model) -> ServiceResult<()> {
    let visible = match &ctx.actor.stores {
        StoreScope::All => true,
        StoreScope::Only(stores) => {
            row.store_id.is_some_and(|s| stores.contains(&s))
                || (row.created_by.is_some() && row.created_by == ctx.actor.user_id)
        }
    };
    if visible {
        Ok(())
    } else {
        Err(ServiceError::NotFound("import"))
    }
}

/// A problem as the import's row keeps it.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Problem {
    pub reason: String,
    pub argument: String,
}

impl Problem {
    pub fn new(reason: &str, argument: impl Into<String>) -> Self {
        Self {
            reason: reason.to_owned(),
            argument: argument.into(),
        }
    }

    pub fn to_text(&self) -> String {
        serde_json::json!(self).to_string()
    }

    fn view(self) -> ImportProblem {
        let message = match (FileFault::from_key(&self.reason), self.reason.as_str()) {
            (Some(fault), _) => fault.sentence(&self.argument),
            (None, THRESHOLD_EXCEEDED) => format!(
                "{} % of the rows are wrong, more than is allowed. Nothing was taken: correct the file and send it again.",
                self.argument
            ),
            (None, _) => {
                "The stored file could not be read. Nothing was lost; it is tried again.".to_owned()
            }
        };
        ImportProblem {
            reason: self.reason,
            argument: self.argument,
            message,
        }
    }
}

fn share_bp(part: i64, whole: i64) -> i32 {
    if whole <= 0 {
        return 0;
    }
    i32::try_from((i128::from(part) * 10_000 / i128::from(whole)).clamp(0, 10_000))
        .unwrap_or(10_000)
}

pub(super) fn view(
    row: import::Model,
    stores: &BTreeMap<Uuid, store::Model>,
    people: &BTreeMap<Uuid, String>,
) -> ImportView {
    let progress_bp = match row.status {
        ImportStatus::Uploaded => 0,
        ImportStatus::Checking | ImportStatus::Applying => share_bp(row.bytes_done, row.size_bytes),
        // While undoing, the marker counts the lines that were removed.
        ImportStatus::Undoing => share_bp(row.bytes_done, row.bytes_done + row.rows_applied),
        _ => 10_000,
    };
    let store = row.store_id.and_then(|id| stores.get(&id));
    ImportView {
        id: row.id,
        file_name: row.file_name,
        size_bytes: row.size_bytes,
        store_id: row.store_id,
        store_code: store.map(|s| s.code.clone()),
        store_name: store.map(|s| s.name.clone()),
        status: row.status,
        rows_total: row.rows_total,
        rows_good: row.rows_good,
        rows_rejected: row.rows_rejected,
        rows_duplicate: row.rows_duplicate,
        rows_applied: row.rows_applied,
        progress_bp,
        threshold_bp: row.threshold_bp,
        problem: row.error.map(|text| {
            serde_json::from_str::<Problem>(&text)
                .unwrap_or_else(|_| Problem::new(READ_FAILED, ""))
                .view()
        }),
        first_date: row.first_date,
        last_date: row.last_date,
        created_by: row.created_by.and_then(|id| people.get(&id).cloned()),
        created_at: row.created_at,
        updated_at: row.updated_at,
        finished_at: row.finished_at,
    }
}

/// A place in the list, as text.
pub(super) fn cursor(row: &ImportView) -> String {
    format!("{}.{}", row.created_at.timestamp_micros(), row.id)
}

pub(super) fn read_cursor(text: &str) -> ServiceResult<(DateTime<Utc>, Uuid)> {
    text.split_once('.')
        .and_then(|(at, id)| {
            Some((
                DateTime::from_timestamp_micros(at.parse().ok()?)?,
                id.parse().ok()?,
            ))
        })
        .ok_or_else(|| ServiceError::field("behind", "format", "This is no place in the list."))
}
