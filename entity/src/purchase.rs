//! Table `purchases`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::PurchaseStatus;
use sea_orm::entity::prelude::*;

/// What a kitchen ordered from a supplier.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "purchases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Counts up in the organization.
    pub number: i64,
    /// The kitchen that it comes to.
    pub store_id: Uuid,
    pub supplier_id: Uuid,
    pub status: PurchaseStatus,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    /// Trading day of the kitchen.
    pub ordered_on: NaiveDate,
    pub ordered_at: DateTime<Utc>,
    pub expected_on: NaiveDate,
    pub created_by: Option<Uuid>,
    pub closed_by: Option<Uuid>,
    /// Since when nothing more of it is expected.
    pub closed_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub close_reason: Option<String>,
    /// Grows with every change.
    pub version: i32,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::purchase_line::Entity>,
    #[sea_orm(has_many)]
    pub receipts: HasMany<super::purchase_receipt::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
