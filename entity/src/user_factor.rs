//! Table `user_factors`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// The second factor of a person: an authenticator app that shares a secret with the server.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "user_factors")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub user_id: Uuid,
    pub organization_id: Uuid,
    /// The secret under the key of the installation; none until a first code confirmed it.
    #[sea_orm(column_type = "Text", nullable)]
    pub secret_sealed: Option<String>,
    pub enrolled_at: Option<DateTime<Utc>>,
    /// The step of time of the last code that was taken: no code of it or before it is taken again.
    pub last_step: i64,
    /// A secret that waits for the code that confirms it.
    #[sea_orm(column_type = "Text", nullable)]
    pub pending_sealed: Option<String>,
    pub pending_at: Option<DateTime<Utc>>,
    /// Wrong codes in a row.
    pub failures: i32,
    pub locked_until: Option<DateTime<Utc>>,
}

impl ActiveModelBehavior for ActiveModel {}
