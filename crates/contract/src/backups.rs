//! Sets of backup of the installation, as people who may see them do.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What became of a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub enum BackupState {
    /// It is being taken.
    Running,
    /// The set is complete.
    Done,
    /// There is no set. Why stands in the server's log: the text may name what is the operator's alone.
    Failed,
}

/// A backup of the whole installation, all organizations in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BackupView {
    pub id: Uuid,
    pub state: BackupState,
    /// Name of the set; nothing until it is complete.
    pub name: Option<String>,
    pub started_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Size of the set in bytes.
    pub bytes: Option<i64>,
    /// SHA-256 of the set, hexadecimal.
    pub sha256: Option<String>,
    pub encrypted: bool,
}
