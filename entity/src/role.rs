//! Table `roles`.

use sea_orm::entity::prelude::*;

/// A named set of permissions.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "roles")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// The word of one of the four roles, else the role's own id: an organization made it.
    #[sea_orm(column_type = "Text")]
    pub key: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// List of permission words.
    #[sea_orm(column_type = "JsonBinary")]
    pub permissions: Json,
    /// Counts the changes.
    pub version: i32,
    /// Whether whoever holds it signs in with a second factor.
    pub factor_required: bool,
}

impl ActiveModelBehavior for ActiveModel {}
