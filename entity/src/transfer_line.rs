//! Table `transfer_lines`.

use domain::StockReason;
use sea_orm::entity::prelude::*;

/// One product of a transfer.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub transfer_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    /// Base units; 0 where it was sent without being asked for.
    pub requested_quantity: i64,
    /// Base units.
    pub sent_quantity: Option<i64>,
    /// Base units.
    pub received_quantity: Option<i64>,
    /// Why another quantity arrived than was sent.
    pub reason: Option<StockReason>,
    #[sea_orm(belongs_to, from = "transfer_id", to = "id")]
    pub transfer: BelongsTo<super::transfer::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
