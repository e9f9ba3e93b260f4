//! Table `command_receipts`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The answer to a command, given again when the command arrives again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "command_receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub command_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub operation: String,
    /// Hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub response: Json,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
