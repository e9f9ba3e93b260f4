//! Table `users`.

use chrono::{DateTime, Utc};
use domain::Language;
use sea_orm::entity::prelude::*;

/// A person who signs in.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "users")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Lower case.
    #[sea_orm(column_type = "Text")]
    pub email: String,
    #[sea_orm(column_type = "Text")]
    pub display_name: String,
    /// PHC string.
    #[sea_orm(column_type = "Text")]
    pub password_hash: String,
    pub language: Option<Language>,
    pub active: bool,
    /// In a row, since the last success.
    pub failed_sign_ins: i32,
    pub locked_until: Option<DateTime<Utc>>,
    pub last_sign_in_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
    /// Tokens that were issued under a lower number are dead.
    pub token_epoch: i32,
    #[sea_orm(has_many)]
    pub user_roles: HasMany<super::user_role::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
