//! Table `signing_keys`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What access tokens are signed with. It belongs to the installation and to no organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "signing_keys")]
pub struct Model {
    /// As tokens name it.
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub id: String,
    /// 32 random bytes, hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub secret: String,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
