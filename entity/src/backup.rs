//! Table `backups`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A set of backup of the whole installation, or an attempt to take one. Belongs to no organization: it is the operator's.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "backups")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// Always 1: unique among those that are not finished, so that one is taken at a time.
    pub slot: i32,
    /// `clock` or `command_line`.
    #[sea_orm(column_type = "Text")]
    pub cause: String,
    /// The process that takes it.
    #[sea_orm(column_type = "Text")]
    pub owner: String,
    /// Folder or address where the set lies.
    #[sea_orm(column_type = "Text")]
    pub place: String,
    pub encrypted: bool,
    pub started_at: DateTime<Utc>,
    /// Sign of life of the process that takes it.
    pub heartbeat_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    /// Name of the set below its place.
    #[sea_orm(column_type = "Text", nullable)]
    pub name: Option<String>,
    /// Size of the set as it lies there.
    pub bytes: Option<i64>,
    /// Of the set as it lies there, hexadecimal.
    #[sea_orm(column_type = "Text", nullable)]
    pub sha256: Option<String>,
    /// Why there is no set.
    #[sea_orm(column_type = "Text", nullable)]
    pub error: Option<String>,
}

impl ActiveModelBehavior for ActiveModel {}
