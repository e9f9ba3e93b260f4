//! Table `transfers`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::TransferStatus;
use sea_orm::entity::prelude::*;

/// Goods asked for, sent or received between two stores.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "transfers")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Counts up in the organization.
    pub number: i64,
    pub from_store_id: Uuid,
    pub to_store_id: Uuid,
    pub status: TransferStatus,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    pub requested_by: Option<Uuid>,
    pub requested_at: DateTime<Utc>,
    pub sent_by: Option<Uuid>,
    pub sent_at: Option<DateTime<Utc>>,
    pub received_by: Option<Uuid>,
    pub received_at: Option<DateTime<Utc>>,
    /// Trading day of the receiving store.
    pub received_on: Option<NaiveDate>,
    pub cancelled_by: Option<Uuid>,
    pub cancelled_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub cancel_reason: Option<String>,
    /// Grows with every change.
    pub version: i32,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::transfer_line::Entity>,
    #[sea_orm(has_many)]
    pub parts: HasMany<super::transfer_part::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
