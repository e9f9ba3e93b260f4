//! Table `passkeys`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A passkey of a person: the public half of a pair of keys whose other half never leaves their device (WebAuthn).
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub user_id: Uuid,
    /// What the person calls the device.
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// The name under which the device knows the key, base64url without padding.
    #[sea_orm(column_type = "Text")]
    pub credential_id: String,
    /// Public key, sign counter and what was said when the key was made, as JSON.
    #[sea_orm(column_type = "Text")]
    pub credential: String,
    pub added_at: DateTime<Utc>,
    pub last_used_at: Option<DateTime<Utc>>,
    /// When its sign counter fell back: there may be two of it, and it lets nobody in any more.
    pub suspect_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
