//! Table `organization_exports`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A file with everything that an organization owns, or the work on it. One that is not finished an organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "organization_exports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// `queued`, `running`, `succeeded` or `failed`.
    #[sea_orm(column_type = "Text")]
    pub status: String,
    /// Nobody where the operator asked.
    pub requested_by: Option<Uuid>,
    pub requested_at: DateTime<Utc>,
    /// The process that writes it.
    #[sea_orm(column_type = "Text", nullable)]
    pub owner: Option<String>,
    /// Sign of life of that process.
    pub heartbeat_at: Option<DateTime<Utc>>,
    pub tables_done: i32,
    pub tables_total: i32,
    pub rows_done: i64,
    pub finished_at: Option<DateTime<Utc>>,
    /// Below the data folder.
    #[sea_orm(column_type = "Text", nullable)]
    pub path: Option<String>,
    pub bytes: Option<i64>,
    /// Of the file, hexadecimal.
    #[sea_orm(column_type = "Text", nullable)]
    pub sha256: Option<String>,
    /// Why there is no file.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
    /// From then on the file is deleted.
    pub expires_at: Option<DateTime<Utc>>,
    pub removed_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
