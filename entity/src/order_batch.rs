//! Table `order_batches`.

use chrono::{DateTime, Utc};
use domain::LossReason;
use sea_orm::entity::prelude::*;

/// What came out of a production order at once. Those that nobody took back add up to the quantities of the order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "order_batches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub order_id: Uuid,
    /// Counts up in the order from 1; that of a batch that was taken back is not given again.
    pub part: i32,
    /// Base units.
    pub produced_quantity: i64,
    /// Base units.
    pub lost_quantity: i64,
    /// There exactly where something was lost.
    pub loss_reason: Option<LossReason>,
    /// When it came out.
    pub completed_at: DateTime<Utc>,
    /// When we learned of it.
    pub recorded_at: DateTime<Utc>,
    pub completed_by: Option<Uuid>,
    /// The command that brought it, which its movements name too; nothing where it is older than this table.
    pub command_id: Option<Uuid>,
    /// Nothing where nothing can be sold of it.
    pub lot_id: Option<Uuid>,
    /// When it was taken back.
    pub reversed_at: Option<DateTime<Utc>>,
    #[sea_orm(belongs_to, from = "order_id", to = "id")]
    pub order: BelongsTo<super::production_order::Entity>,
    #[sea_orm(belongs_to, from = "lot_id", to = "id")]
    pub lot: BelongsTo<Option<super::lot::Entity>>,
}

impl ActiveModelBehavior for ActiveModel {}
