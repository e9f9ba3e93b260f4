//! Standing orders: the same quantity of a product for a store on the same days of the week. Quantities in the product's base unit.

use chrono::{DateTime, NaiveDate, Utc};
use domain::Unit;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Has a product baked for a store on the same days of the week from now on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateStandingOrder {
    pub command_id: Uuid,
    /// Destination.
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Bit 0 is Monday, bit 6 is Sunday.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 127))]
    pub weekdays: i32,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000000))]
    pub quantity: i64,
    pub valid_from: NaiveDate,
    /// Last day, included; until somebody ends it where nothing is said.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// Changes what is made from now on; orders that are there already stay as they are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditStandingOrder {
    pub command_id: Uuid,
    pub standing_order_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
    /// Bit 0 is Monday, bit 6 is Sunday.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 127))]
    pub weekdays: i32,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000000))]
    pub quantity: i64,
    pub valid_from: NaiveDate,
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// Makes no more orders; those that are there already stay.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EndStandingOrder {
    pub command_id: Uuid,
    pub standing_order_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
}

/// Which standing orders to list, newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListStandingOrders {
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    /// Also those that somebody ended.
    #[serde(default)]
    pub ended: bool,
    /// From [`crate::page::Page::next`].
    #[serde(default)]
    pub after: Option<Uuid>,
    /// At most 200; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Another standing order that has the same product baked for the same shop on a common day: both are baked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StandingOverlap {
    pub standing_order_id: Uuid,
    /// Days of the week that both have; bit 0 is Monday.
    pub weekdays: i32,
    /// Of the other one.
    pub quantity: i64,
    /// From today on.
    pub first_day: NaiveDate,
}

/// One standing order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StandingOrderView {
    pub id: Uuid,
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub tray_size: i64,
    /// Bit 0 is Monday, bit 6 is Sunday.
    pub weekdays: i32,
    pub quantity: i64,
    pub valid_from: NaiveDate,
    pub valid_until: Option<NaiveDate>,
    pub note: Option<String>,
    /// Nobody ended it.
    pub active: bool,
    /// Others that have the same baked on a common day; a warning, not a refusal.
    #[serde(default)]
    pub overlaps: Vec<StandingOverlap>,
    pub version: i32,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
}
