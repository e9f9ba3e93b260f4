//! Imports of sales: one upload, its checks, its rejects.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ImportStatus;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Send a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateImport {
    /// Client-made; the same id twice is one import.
    pub command_id: Uuid,
    /// As it was called on the sender's side.
    pub file_name: String,
    /// The store to which every row must belong; `None` = any of the sender's stores.
    pub store_id: Option<Uuid>,
    /// Share of bad rows above which the file is refused, in basis points; `None` = the organization's setting.
    pub threshold_bp: Option<i32>,
}

/// Take, undo or discard an import.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DecideImport {
    pub command_id: Uuid,
    pub import_id: Uuid,
}

/// Why a whole file was refused, or what stopped us.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportProblem {
    /// Stable key, for example `file_zip`, `header_missing_columns`, `threshold_exceeded`, `read_failed`.
    pub reason: String,
    /// The one detail of the sentence: column names, a share in percent; else empty.
    pub argument: String,
    /// English sentence.
    pub message: String,
}

/// One import as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportView {
    pub id: Uuid,
    pub file_name: String,
    pub size_bytes: i64,
    /// `None` = any store.
    pub store_id: Option<Uuid>,
    pub store_code: Option<String>,
    pub store_name: Option<String>,
    pub status: ImportStatus,
    pub rows_total: i64,
    pub rows_good: i64,
    pub rows_rejected: i64,
    /// Rows that are stored already, word for word.
    pub rows_duplicate: i64,
    /// Rows whose effect is in the books now.
    pub rows_applied: i64,
    /// How much of the running step is done, in basis points.
    pub progress_bp: i32,
    pub threshold_bp: i32,
    pub problem: Option<ImportProblem>,
    /// First trading day among the good rows.
    pub first_date: Option<NaiveDate>,
    pub last_date: Option<NaiveDate>,
    /// Who sent it; `None` = the command line.
    pub created_by: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A page of imports, newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportPage {
    pub items: Vec<ImportView>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
}

/// How often one reason occurred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReasonCount {
    pub reason: String,
    pub column: String,
    pub rows: i64,
}

/// A promotion code that the catalog does not know; its sales are taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UnknownPromotion {
    pub code: String,
    pub rows: i64,
    /// The first row that names it.
    pub first_row: i64,
}

/// An earlier import of the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SameFile {
    pub id: Uuid,
    pub status: ImportStatus,
    pub created_at: DateTime<Utc>,
}

/// An import with what its check found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ImportReport {
    pub import: ImportView,
    /// Most frequent first; a row with several faults counts under each.
    pub reasons: Vec<ReasonCount>,
    pub unknown_promotions: Vec<UnknownPromotion>,
    /// How many rejected rows are kept for looking at; the rest is only counted.
    pub rejects_kept: i64,
    pub same_files: Vec<SameFile>,
}

/// One fault of one row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RejectView {
    /// As an editor counts; the header is row 1.
    pub row: i64,
    /// Empty where the whole row is at fault.
    pub column: String,
    pub value: String,
    /// Stable key.
    pub reason: String,
    /// The one detail that the sentence needs; else empty.
    pub argument: String,
    /// English sentence.
    pub message: String,
    /// The row as it stands in the file.
    pub raw: String,
}

/// A page of faults, by row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RejectPage {
    pub items: Vec<RejectView>,
    pub next: Option<String>,
}
