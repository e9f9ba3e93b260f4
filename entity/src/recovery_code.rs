//! Table `recovery_codes`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A code that stands in for the second factor once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "recovery_codes")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub user_id: Uuid,
    /// HMAC under the key of the installation, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub code_hash: String,
    pub created_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
