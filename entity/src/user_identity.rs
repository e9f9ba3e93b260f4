//! Table `user_identities`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// Under which name a provider knows a person.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_identities")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub provider_id: Uuid,
    pub user_id: Uuid,
    /// As the provider was called when the person was linked.
    #[sea_orm(column_type = "Text")]
    pub issuer: String,
    /// The provider's own name for the person, which it gives to nobody else.
    #[sea_orm(column_type = "Text")]
    pub subject: String,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
