//! Table `audit_heads`.

use sea_orm::entity::prelude::*;

/// The newest entry of an organization's audit log.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_heads")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    pub sequence: i64,
    /// Hexadecimal.
    #[sea_orm(column_type = "Text")]
    pub hash: String,
}

impl ActiveModelBehavior for ActiveModel {}
