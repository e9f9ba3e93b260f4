//! An organization as a whole: everything that it owns in a file, and its end.

use chrono::{DateTime, Utc};
use domain::JobStatus;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A file with everything that the organization owns, or the work on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExportView {
    pub id: Uuid,
    pub status: JobStatus,
    pub requested_at: DateTime<Utc>,
    /// Tables that are written, of all.
    pub tables_done: i32,
    pub tables_total: i32,
    /// Rows that are written.
    pub rows_done: i64,
    pub finished_at: Option<DateTime<Utc>>,
    /// Size of the file in bytes.
    pub bytes: Option<i64>,
    /// SHA-256 of the file, hexadecimal.
    pub sha256: Option<String>,
    /// From then on the file is deleted.
    pub expires_at: Option<DateTime<Utc>>,
    /// Whether there is a file to fetch.
    pub is_there: bool,
}

/// Asks for a file with everything. One that is being written is the answer where there is one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct RequestExport {
    pub command_id: Uuid,
}

/// That the organization is to be deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeletionView {
    pub asked_at: DateTime<Utc>,
    /// Name of the person who asked.
    pub asked_by: Option<String>,
    /// From then on everything is erased for good. Until then it can be called off.
    pub erase_after: DateTime<Utc>,
}

/// Asks for the deletion of the organization, after a waiting period.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct AskDeletion {
    pub command_id: Uuid,
    /// The organization's name, typed again.
    pub name: String,
    /// The caller's password, typed again.
    pub password: String,
}

impl std::fmt::Debug for AskDeletion {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AskDeletion")
            .field("command_id", &self.command_id)
            .finish_non_exhaustive()
    }
}

/// Calls the deletion off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CancelDeletion {
    pub command_id: Uuid,
}
