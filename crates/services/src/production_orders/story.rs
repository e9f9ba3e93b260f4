//! Who did what with an order: from the audit log to people.

use crate::store::orders;
use crate::{ServiceError, ServiceResult};
use contract::orders::{FieldChange, HistoryEntry};
use entity::{audit_entry, production_order};
use sea_orm::ConnectionTrait;
use serde_json::Value;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The audit log's entries as people read them.
pub(super) fn history(entries: Vec<audit_entry::Model>) -> Vec<HistoryEntry> {
    entries
        .into_iter()
        .map(|entry| HistoryEntry {
            at: entry.at,
            changes: changes(entry.before.as_ref(), entry.after.as_ref()),
            actor_name: entry.actor_name,
            action: entry.action,
        })
        .collect()
}

fn changes(before: Option<&Value>, after: Option<&Value>) -> Vec<FieldChange> {
    let fields: BTreeSet<&String> = [before, after]
        .into_iter()
        .flatten()
        .filter_map(Value::as_object)
        .flat_map(|object| object.keys())
        .collect();
    fields
        .into_iter()
        .filter(|field| *field != "version")
        .filter_map(|field| {
            let (old, new) = (text(before, field), text(after, field));
            (old != new).then(|| FieldChange {
                field: field.clone(),
                before: old,
                after: new,
            })
        })
        .collect()
}

fn text(object: Option<&Value>, field: &str) -> Option<String> {
    match object?.get(field)? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

/// Who changed what since that version, by what the audit log says of a thing with versions; without a full stop.
pub(crate) fn told_since(entries: Vec<audit_entry::Model>, seen_version: i32) -> String {
    let since: Vec<audit_entry::Model> = entries
        .into_iter()
        .filter(|e| version(e).is_some_and(|v| v > i64::from(seen_version)))
        .collect();
    let told: Vec<String> = history(since).iter().map(sentence).collect();
    if told.is_empty() {
        "It was changed by somebody else".to_owned()
    } else {
        told.join("; ")
    }
}

/// The conflict that a stale edit meets: who changed what since that version.
pub(super) async fn stale(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order: &production_order::Model,
    seen_version: i32,
) -> ServiceResult<ServiceError> {
    let entries = orders::list_history(db, organization_id, order.id).await?;
    let what = told_since(entries, seen_version);
    Ok(ServiceError::Conflict {
        reason: "order.stale",
        message: format!(
            "{what}. Your change was not saved; look at the order as it is now and try again."
        ),
    })
}

/// The conflict that a move meets which the order's state does not allow any more: who brought it there.
pub(super) async fn moved_on(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order: &production_order::Model,
) -> ServiceResult<ServiceError> {
    let last = orders::list_history(db, organization_id, order.id)
        .await?
        .pop();
    let who = last
        .map(|entry| history(vec![entry]))
        .and_then(|h| h.first().map(sentence));
    let status = order.status.as_str().replace('_', " ");
    let told = who.map(|w| format!(" {w}.")).unwrap_or_default();
    Ok(ServiceError::Conflict {
        reason: "order.moved_on",
        message: format!(
            "Order {} is already {status}.{told} Nothing was changed.",
            order.number
        ),
    })
}

fn version(entry: &audit_entry::Model) -> Option<i64> {
    entry.after.as_ref()?.get("version")?.as_i64()
}

fn sentence(entry: &HistoryEntry) -> String {
    let when = entry.at.format("%Y-%m-%d %H:%M UTC");
    let changes: Vec<String> = entry
        .changes
        .iter()
        .map(|c| {
            let (before, after) = (
                c.before.as_deref().unwrap_or("nothing"),
                c.after.as_deref().unwrap_or("nothing"),
            );
            format!("{} from {before} to {after}", c.field.replace('_', " "))
        })
        .collect();
    format!(
        "{} changed {} at {when}",
        entry.actor_name,
        changes.join(", ")
    )
}
