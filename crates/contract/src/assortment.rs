//! Stores, categories and products as scripts add and change them. Money in minor units per base unit.

use chrono::NaiveDate;
use domain::{ReplenishmentPolicy, StoreKind, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which products to list, by sku.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListProducts {
    #[serde(default)]
    pub category_id: Option<Uuid>,
    /// Part of a name or sku, whatever its case and accents.
    #[serde(default)]
    pub search: Option<String>,
    /// Only those that are sold, or only those that are not any more; both where nothing is said.
    #[serde(default)]
    pub active: Option<bool>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a product is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ProductValues {
    /// 1 to 40 characters; on one product of the organization.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 40))]
    pub sku: String,
    /// 1 to 120 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    pub name: String,
    pub category_id: Uuid,
    /// Base unit of every quantity; cannot change once the product is there.
    pub unit: Unit,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub price_minor: i64,
    /// Follows from the recipe where there is one.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub unit_cost_minor: i64,
    /// What an unsold unit still brings.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    #[serde(default)]
    pub salvage_minor: i64,
    /// Days on which it can be sold, 1 to 3,660.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 3660))]
    pub shelf_life_days: i32,
    /// Base units that are baked together.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000000))]
    pub tray_size: i64,
    /// Days from baking to sale, 0 to 365.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 365))]
    #[serde(default)]
    pub lead_time_days: i32,
    pub policy: ReplenishmentPolicy,
    /// 1 to 9,999.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 9999))]
    pub service_level_bp: i32,
    /// Share of missed sales that buy something else instead, 0 to 9,000 basis points.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9000))]
    #[serde(default)]
    pub substitution_share_bp: i32,
    /// Codes of 8, 12, 13 or 14 digits that stand as bars on it.
    #[cfg_attr(
        feature = "openapi",
        schema(max_items = 20, pattern = "^([0-9]{8}|[0-9]{12,14})$")
    )]
    #[serde(default)]
    pub barcodes: Vec<String>,
    /// Follow from the recipe where there is one.
    #[cfg_attr(feature = "openapi", schema(max_items = 30, max_length = 40))]
    #[serde(default)]
    pub allergens: Vec<String>,
    #[serde(default)]
    pub introduced_on: Option<NaiveDate>,
    #[serde(default)]
    pub discontinued_on: Option<NaiveDate>,
    /// False takes it off every list; what was sold of it stays.
    pub active: bool,
}

/// Adds a product, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveProduct {
    pub command_id: Uuid,
    /// Nothing = a new one, which no store carries yet.
    pub product_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub values: ProductValues,
}

/// Says which stores carry a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListInStores {
    pub command_id: Uuid,
    pub product_id: Uuid,
    /// Those that carry it from now on; every other store does not.
    pub stores: Vec<Uuid>,
}

/// Which stores carry a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListedStores {
    pub product_id: Uuid,
    /// By id; those in the caller's scope.
    pub stores: Vec<Uuid>,
}

/// What a category is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CategoryValues {
    /// 1 to 120 characters; one category of the organization has it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    pub name: String,
    /// Order on lists, 0 to 999.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 999))]
    pub position: i32,
}

/// Adds a category, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveCategory {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub category_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub values: CategoryValues,
}

/// What a store is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StoreValues {
    /// 1 to 40 characters; one store of the organization has it. Tickets and files name the store by it.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 40))]
    pub code: String,
    /// 1 to 120 characters.
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 120))]
    pub name: String,
    pub kind: StoreKind,
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    #[serde(default)]
    pub city: String,
    #[cfg_attr(feature = "openapi", schema(max_length = 120))]
    #[serde(default)]
    pub region: String,
    /// IANA name.
    pub time_zone: String,
    /// Millionths of a degree.
    #[cfg_attr(feature = "openapi", schema(minimum = -90000000, maximum = 90000000))]
    #[serde(default)]
    pub latitude_e6: i32,
    /// Millionths of a degree.
    #[cfg_attr(feature = "openapi", schema(minimum = -180000000, maximum = 180000000))]
    #[serde(default)]
    pub longitude_e6: i32,
    /// Bit 0 is Monday, bit 6 is Sunday.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 127))]
    pub opening_days: i32,
    /// Minutes after local midnight, 0 to 1,439.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1439))]
    pub opens_at_minute: i32,
    /// Minutes after local midnight; past 1,440 where the shop closes after midnight.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 2880))]
    pub closes_at_minute: i32,
    /// The store whose kitchen bakes for this one; nothing = it bakes itself.
    #[serde(default)]
    pub kitchen_store_id: Option<Uuid>,
    /// False closes it for good; what happened in it stays.
    pub active: bool,
    /// Trays that the oven bakes in an hour, 1 to 10,000; nothing = as many as wanted.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000))]
    #[serde(default)]
    pub oven_trays_per_hour: Option<i32>,
    /// Local minute at which the oven is hot, 0 to 1,440; nothing = when the store opens.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1440))]
    #[serde(default)]
    pub bakes_from_minute: Option<i32>,
    /// Grams of dough that go into the mixer at once, at least 1,000; nothing = as much as wanted.
    #[cfg_attr(feature = "openapi", schema(minimum = 1000, maximum = 1000000000))]
    #[serde(default)]
    pub mixer_capacity: Option<i64>,
}

/// Adds a store, or changes the one with this id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveStore {
    pub command_id: Uuid,
    /// Nothing = a new one.
    pub store_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub values: StoreValues,
}
