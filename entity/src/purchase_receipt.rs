//! Table `purchase_receipts`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// What came of one ingredient of a purchase with one delivery: goods of one age.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchase_receipts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub purchase_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Base units; 0 where nothing came and nothing more is expected.
    pub quantity: i64,
    /// Of a pack, where the delivery named it.
    pub pack_price_minor: Option<i64>,
    /// Why another quantity came than was ordered.
    #[sea_orm(column_type = "Text")]
    pub reason: Option<String>,
    /// Trading day of the kitchen.
    pub received_on: NaiveDate,
    pub best_before: NaiveDate,
    pub received_at: DateTime<Utc>,
    pub received_by: Option<Uuid>,
    /// The command that booked it; its movements carry the same.
    pub command_id: Uuid,
    #[sea_orm(belongs_to, from = "purchase_id", to = "id")]
    pub purchase: BelongsTo<super::purchase::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
