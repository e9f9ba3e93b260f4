//! Table `idempotent_answers`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The answer to a request under an `Idempotency-Key`, given again when the request arrives again.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "idempotent_answers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    /// `key:ID` or `person:ID`.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub caller: String,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub idempotency_key: String,
    /// Of method, address and body; hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub request_hash: String,
    /// None while the request is under way.
    pub status: Option<i32>,
    #[sea_orm(column_type = "Text")]
    pub content_type: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub body: Option<String>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
