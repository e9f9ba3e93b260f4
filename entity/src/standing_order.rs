//! Table `standing_orders`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// The same quantity of one product for one store on the same days of the week.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "standing_orders")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Destination.
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Bit 0 is Monday, bit 6 is Sunday.
    pub weekdays: i32,
    /// Base units.
    pub quantity: i64,
    /// First day on which it may be baked.
    pub valid_from: NaiveDate,
    /// Last day, included; nothing where it goes on until somebody ends it.
    pub valid_until: Option<NaiveDate>,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    /// Not ended by anybody.
    pub is_active: bool,
    /// Grows with every change; a stale one is a conflict.
    pub version: i32,
    pub created_by: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
