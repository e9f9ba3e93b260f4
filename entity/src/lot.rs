//! Table `lots`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// The goods of a batch that an order brought.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "lots")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub order_id: Uuid,
    /// Base units.
    pub produced_quantity: i64,
    pub produced_on: NaiveDate,
    pub best_before: NaiveDate,
    /// Which of the parts in which its order came out, from 1.
    pub part: i32,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::production_order::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
