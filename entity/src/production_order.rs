//! Table `production_orders`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{OrderSource, OrderStatus};
use sea_orm::entity::prelude::*;

/// Planned and produced quantity of one product for one store.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "production_orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Counts up in the organization.
    pub number: i64,
    /// Destination.
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    /// Base units.
    pub planned_quantity: i64,
    /// Base units.
    pub produced_quantity: Option<i64>,
    /// Base units.
    pub lost_quantity: Option<i64>,
    pub status: OrderStatus,
    pub source: OrderSource,
    pub suggestion_id: Option<Uuid>,
    /// Grows with every change; a stale one is a conflict.
    pub version: i32,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub started_by: Option<Uuid>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_by: Option<Uuid>,
    pub completed_at: Option<DateTime<Utc>>,
    pub cancelled_by: Option<Uuid>,
    pub cancelled_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub cancel_reason: Option<String>,
    pub updated_at: DateTime<Utc>,
    /// The standing order that made it, where one did.
    pub standing_order_id: Option<Uuid>,
    /// The day for which the standing order made it, whenever it is baked in the end.
    pub standing_date: Option<NaiveDate>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
