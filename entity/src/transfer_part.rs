//! Table `transfer_parts`.

use chrono::NaiveDate;
use sea_orm::entity::prelude::*;

/// Goods of one age within a transfer: what makes a batch on the shelf of the receiver.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfer_parts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub transfer_id: Uuid,
    pub product_id: Uuid,
    pub organization_id: Uuid,
    /// Trading day on which it came to the sender.
    pub made_on: NaiveDate,
    pub best_before: NaiveDate,
    /// Base units.
    pub sent_quantity: i64,
    #[sea_orm(belongs_to, from = "transfer_id", to = "id")]
    pub transfer: BelongsTo<super::transfer::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
