//! Table `audit_checks`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A check of the audit log's chain of hashes: how far it is, and what it found.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_checks")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub requested_by: Option<Uuid>,
    pub requested_at: DateTime<Utc>,
    /// The process that works on it.
    #[sea_orm(column_type = "Text")]
    pub owner: Option<String>,
    pub heartbeat_at: Option<DateTime<Utc>>,
    /// The log's head when the check was asked for: number and hash of its newest entry.
    pub total: i64,
    #[sea_orm(column_type = "Text")]
    pub total_hash: String,
    /// The last entry that holds, and its hash: from there a check that was interrupted goes on.
    pub checked: i64,
    #[sea_orm(column_type = "Text")]
    pub checked_hash: String,
    pub finished_at: Option<DateTime<Utc>>,
    /// The first entry that does not hold.
    pub broken_at: Option<i64>,
    #[sea_orm(column_type = "Text")]
    pub message: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
