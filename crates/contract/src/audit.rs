//! Who did what, as administrators read it.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

/// Which entries to list, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListAudit {
    /// Who did it.
    #[serde(default)]
    pub actor_id: Option<Uuid>,
    /// For example `orders.complete`.
    #[serde(default)]
    pub action: Option<String>,
    /// For example `production_order`.
    #[serde(default)]
    pub subject_kind: Option<String>,
    #[serde(default)]
    pub subject_id: Option<Uuid>,
    /// First moment, included.
    #[serde(default)]
    pub from: Option<DateTime<Utc>>,
    /// Last moment, not included.
    #[serde(default)]
    pub until: Option<DateTime<Utc>>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One entry of the audit log.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditEntryView {
    /// Counts up from 1 without gaps.
    pub sequence: i64,
    pub at: DateTime<Utc>,
    /// Nothing = the system.
    pub actor_id: Option<Uuid>,
    pub actor_name: String,
    /// Address of the caller, or the name of the job.
    pub source: String,
    pub request_id: Option<String>,
    pub action: String,
    pub subject_kind: String,
    pub subject_id: Uuid,
    /// What stood there; null where it is new.
    #[serde(with = "crate::wire::free_form")]
    pub before: Value,
    /// What stands there; null where it was taken away.
    #[serde(with = "crate::wire::free_form")]
    pub after: Value,
    /// Hexadecimal SHA-256 over the entry and the hash of the one before.
    pub hash: String,
}

/// A check of the log's chain of hashes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditCheckView {
    pub id: Uuid,
    pub requested_at: DateTime<Utc>,
    /// Entries that the log had then.
    pub total: i64,
    /// Entries that were found as they were written.
    pub checked: i64,
    /// Nothing while it is under way.
    pub finished_at: Option<DateTime<Utc>>,
    /// The first entry that does not hold.
    pub broken_at: Option<i64>,
    /// What is wrong with it.
    pub message: Option<String>,
}

/// Asks for a check; where one is under way already, that one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckAudit {
    pub command_id: Uuid,
}
