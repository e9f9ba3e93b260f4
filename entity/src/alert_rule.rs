//! Table `alert_rules`.

use chrono::{DateTime, Utc};
use domain::{AlertKind, Severity};
use sea_orm::entity::prelude::*;

/// How severe alerts of a kind are, and who outside hears of them.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "alert_rules")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub kind: AlertKind,
    /// From this size on, in the measure of the kind; nothing = every alert of it.
    pub threshold: Option<i64>,
    pub severity: Severity,
    /// List of ids; empty = everywhere.
    #[sea_orm(column_type = "JsonBinary")]
    pub stores: Json,
    /// List of ids.
    #[sea_orm(column_type = "JsonBinary")]
    pub channels: Json,
    pub active: bool,
    pub version: i32,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
