//! Table `pins`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What a person types on the shared tablets of their stores.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "pins")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub organization_id: Uuid,
    /// PHC string over the PIN under the key of the installation.
    #[sea_orm(column_type = "Text")]
    pub pin_hash: String,
    pub set_at: DateTime<Utc>,
    /// Too many wrong ones: it waits for a sign-in with the password.
    pub locked_at: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
