//! Table `stock_levels`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// On hand now: the sum of the movements.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_levels")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    /// Base units; below zero where more was sold than was known to be there.
    pub on_hand: i64,
    pub updated_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
