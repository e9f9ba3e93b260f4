//! Table `imports`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ImportStatus;
use sea_orm::entity::prelude::*;

/// One uploaded file.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "imports")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub file_name: String,
    pub size_bytes: i64,
    /// Hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub sha256: Option<String>,
    /// Where the file is kept on our side.
    #[sea_orm(column_type = "Text")]
    pub path: String,
    pub status: ImportStatus,
    pub rows_total: i64,
    pub rows_good: i64,
    pub rows_rejected: i64,
    pub rows_duplicate: i64,
    pub rows_applied: i64,
    /// How far the file has been read or taken.
    pub bytes_done: i64,
    /// Share of bad rows above which it is refused, in basis points.
    pub threshold_bp: i32,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    pub first_date: Option<NaiveDate>,
    pub last_date: Option<NaiveDate>,
    pub command_id: Uuid,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<Option<super::store::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
