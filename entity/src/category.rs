//! Table `categories`.

use sea_orm::entity::prelude::*;

/// A group of products.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "categories")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    /// Order on lists.
    pub position: i32,
    /// Grows with every edit.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
