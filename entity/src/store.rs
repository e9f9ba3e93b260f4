//! Table `stores`.

use chrono::{DateTime, Utc};
use domain::StoreKind;
use sea_orm::entity::prelude::*;

/// A shop or the central kitchen.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stores")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    #[sea_orm(column_type = "Text")]
    pub code: String,
    #[sea_orm(column_type = "Text")]
    pub name: String,
    pub kind: StoreKind,
    #[sea_orm(column_type = "Text")]
    pub city: String,
    #[sea_orm(column_type = "Text")]
    pub region: String,
    /// IANA name.
    #[sea_orm(column_type = "Text")]
    pub time_zone: String,
    /// Millionths of a degree.
    pub latitude_e6: i32,
    /// Millionths of a degree.
    pub longitude_e6: i32,
    /// Bit 0 is Monday, bit 6 is Sunday.
    pub opening_days: i32,
    /// Minutes after local midnight.
    pub opens_at_minute: i32,
    /// Minutes after local midnight; past 1440 where the shop closes after midnight.
    pub closes_at_minute: i32,
    /// The kitchen that bakes for this store.
    pub kitchen_store_id: Option<Uuid>,
    pub active: bool,
    /// Trays that the oven bakes in an hour; nothing = as many as wanted.
    pub oven_trays_per_hour: Option<i32>,
    /// Minutes after local midnight at which the oven is hot; nothing = when the store opens.
    pub bakes_from_minute: Option<i32>,
    /// Grams of dough that go into the mixer at once; nothing = as much as wanted.
    pub mixer_capacity: Option<i64>,
    pub created_at: DateTime<Utc>,
    /// Grows with every edit.
    pub version: i32,
}

impl ActiveModelBehavior for ActiveModel {}
