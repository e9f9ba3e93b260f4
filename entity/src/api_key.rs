//! Table `api_keys`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// With what a program calls the interface.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "api_keys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The part of the key that lists show.
    #[sea_orm(column_type = "Text")]
    pub prefix: String,
    /// SHA-256 of the whole key, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub secret_hash: String,
    /// List of permission words.
    #[sea_orm(column_type = "JsonBinary")]
    pub permissions: Json,
    pub all_stores: bool,
    /// List of ids where `all_stores` is false.
    #[sea_orm(column_type = "JsonBinary")]
    pub stores: Json,
    /// Requests a minute; the operator's number where there is none.
    pub rate_per_minute: Option<i32>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub expires_at: Option<DateTime<Utc>>,
    pub last_used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
    pub rotated_from: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}
