//! Table `suppliers`.

use sea_orm::entity::prelude::*;

/// Who brings ingredients.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suppliers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    #[sea_orm(column_type = "Text")]
    pub email: Option<String>,
    #[sea_orm(column_type = "Text")]
    pub phone: Option<String>,
    /// From the order to the delivery.
    pub lead_time_days: i32,
    /// What an order costs besides its goods.
    pub order_cost_minor: i64,
    /// Grows with every edit.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
