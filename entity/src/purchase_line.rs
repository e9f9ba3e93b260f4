//! Table `purchase_lines`.

use sea_orm::entity::prelude::*;

/// One ingredient of a purchase.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchase_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub purchase_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    pub packs: i64,
    /// Base units in a pack, when it was ordered.
    pub pack_quantity: i64,
    /// Base units: packs times their content.
    pub ordered_quantity: i64,
    /// Of a pack, as it was expected.
    pub pack_price_minor: Option<i64>,
    /// Base units, in all deliveries.
    pub received_quantity: i64,
    #[sea_orm(belongs_to, from = "purchase_id", to = "id")]
    pub purchase: BelongsTo<super::purchase::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
