//! Table `order_ingredients`.

use sea_orm::entity::prelude::*;

/// What a production order holds back and has used of an ingredient.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_ingredients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub order_id: Uuid,
    /// The ingredient.
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    /// The kitchen on whose shelf it lies.
    pub store_id: Uuid,
    /// Base units, while the order is in progress.
    pub reserved_quantity: i64,
    /// Base units, once it is completed.
    pub used_quantity: i64,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::production_order::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
