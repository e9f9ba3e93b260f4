//! Table `refresh_tokens`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// With what a new access token is fetched, once.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "refresh_tokens")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// The same for all that follow from one sign-in.
    pub family_id: Uuid,
    /// Of a person, or
    pub user_id: Option<Uuid>,
    /// of a key.
    pub api_key_id: Option<Uuid>,
    /// The person's, when the family began.
    pub token_epoch: i32,
    /// SHA-256, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub token_hash: String,
    pub issued_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
    pub used_at: Option<DateTime<Utc>>,
    pub revoked_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
