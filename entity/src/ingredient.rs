//! Table `ingredients`.

use sea_orm::entity::prelude::*;

/// How an ingredient is bought. Its name, unit, allergens and shelf life stand in `products`, its stock in the ledger.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "ingredients")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    pub supplier_id: Option<Uuid>,
    /// Whether stock is kept of it; not of water.
    pub stocked: bool,
    /// Whether the baker's percentage measures against it.
    pub flour: bool,
    /// Base units of a pack.
    pub pack_quantity: i64,
    pub pack_price_minor: Option<i64>,
    /// What keeping it for a year costs, as a share of its value, in basis points.
    pub holding_bp: i32,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
    #[sea_orm(belongs_to, from = "supplier_id", to = "id")]
    pub supplier: BelongsTo<Option<super::supplier::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
