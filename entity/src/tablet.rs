//! Table `tablets`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A device that the people of a store share.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "tablets")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// SHA-256 of what the device's cookie holds, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    /// A session by PIN ends after so long without a request.
    pub idle_minutes: i32,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    /// When somebody last took it over.
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
