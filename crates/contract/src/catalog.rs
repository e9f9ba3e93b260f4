//! Stores, categories and products; and the file with which an organization is set up.

mod report;

use chrono::NaiveDate;
use domain::recipes::StageTime;
use domain::{CalendarKind, Language, ReplenishmentPolicy, StoreKind, Unit};
pub use report::{SetupCount, SetupReport};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A shop or kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub kind: StoreKind,
    pub city: String,
    pub region: String,
    /// IANA name.
    pub time_zone: String,
    pub latitude_e6: i32,
    pub longitude_e6: i32,
    /// Bit 0 is Monday.
    pub opening_days: i32,
    pub opens_at_minute: i32,
    pub closes_at_minute: i32,
    pub kitchen_store_id: Option<Uuid>,
    pub active: bool,
    /// Trays that the oven bakes in an hour; nothing = as many as wanted.
    pub oven_trays_per_hour: Option<i32>,
    /// Local minute at which the oven is hot; nothing = when the store opens.
    pub bakes_from_minute: Option<i32>,
    /// Grams of dough that go into the mixer at once; nothing = as much as wanted.
    pub mixer_capacity: Option<i64>,
    pub version: i32,
}

/// A group of products.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CategoryView {
    pub id: Uuid,
    pub name: String,
    /// Order on lists.
    pub position: i32,
    pub version: i32,
}

/// Something that is sold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductView {
    pub id: Uuid,
    pub sku: String,
    pub name: String,
    pub category_id: Uuid,
    pub category_name: String,
    pub unit: Unit,
    /// Per base unit.
    pub price_minor: i64,
    pub unit_cost_minor: i64,
    pub salvage_minor: i64,
    pub shelf_life_days: i32,
    pub tray_size: i64,
    pub lead_time_days: i32,
    pub policy: ReplenishmentPolicy,
    pub service_level_bp: i32,
    /// Share of missed sales that buy something else instead, in basis points.
    pub substitution_share_bp: i32,
    /// Codes that stand as bars on it.
    pub barcodes: Vec<String>,
    pub allergens: Vec<String>,
    pub introduced_on: Option<NaiveDate>,
    pub discontinued_on: Option<NaiveDate>,
    pub active: bool,
    pub version: i32,
}

/// Everything that an organization must know before its first sale is imported. Read by `hornada setup`.
///
/// Stores, ingredients and promotions are found again by `code`, products by `sku`, categories, suppliers and recipes by `name`,
/// calendar entries by store, kind, name and first day: the same file twice changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupFile {
    pub organization: SetupOrganization,
    #[serde(default)]
    pub stores: Vec<SetupStore>,
    #[serde(default)]
    pub categories: Vec<SetupCategory>,
    #[serde(default)]
    pub products: Vec<SetupProduct>,
    #[serde(default)]
    pub suppliers: Vec<SetupSupplier>,
    #[serde(default)]
    pub ingredients: Vec<SetupIngredient>,
    /// A recipe stands behind those that it is made with.
    #[serde(default)]
    pub recipes: Vec<SetupRecipe>,
    #[serde(default)]
    pub promotions: Vec<SetupPromotion>,
    #[serde(default)]
    pub calendar: Vec<SetupCalendarEntry>,
    #[serde(default)]
    pub weather: Vec<SetupWeatherDay>,
}

/// The organization of a setup file; created when no organization has its slug.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupOrganization {
    pub slug: String,
    pub name: String,
    /// ISO 4217 code.
    pub currency: String,
    pub language: Language,
    /// IANA name.
    pub time_zone: String,
    /// Local hour at which the night starts, 0 to 23; 2 where nothing is said.
    #[serde(default)]
    pub night_hour: Option<i32>,
    /// Local hour by which forecasts must be there, after the night's; 6 where nothing is said.
    #[serde(default)]
    pub deadline_hour: Option<i32>,
    /// Share of bad rows above which a file of sales is refused, in basis points; 500 where nothing is said.
    #[serde(default)]
    pub import_error_threshold_bp: Option<i32>,
    /// Whether the counter may sell below zero; no where nothing is said.
    #[serde(default)]
    pub allow_oversell: Option<bool>,
    /// Projected waste of a product in a shop that is worth an alert, in minor units; 1,000 where nothing is said.
    #[serde(default)]
    pub waste_alert_minor: Option<i64>,
    /// Difference of a product from which on it is counted twice, in minor units; never where nothing is said.
    #[serde(default)]
    pub count_recount_minor: Option<i64>,
    /// Differences of a count, with what the same people found in the store within 24 hours and nobody approved, from which on somebody
    /// who did not count has to agree, in minor units; never where nothing is said.
    #[serde(default)]
    pub count_approval_minor: Option<i64>,
    /// Local minute at which midday begins in the shops, 1 to 1439; 660 (11:00) where nothing is said.
    #[serde(default)]
    pub midday_minute: Option<i32>,
    /// Local minute at which the afternoon begins, after midday; 900 (15:00) where nothing is said.
    #[serde(default)]
    pub afternoon_minute: Option<i32>,
}

fn yes() -> bool {
    true
}
fn every_day() -> i32 {
    0b111_1111
}
fn eight() -> i32 {
    8 * 60
}
fn nine_in_the_evening() -> i32 {
    21 * 60
}
fn one() -> i64 {
    1
}
fn one_day() -> i32 {
    1
}
fn shop() -> StoreKind {
    StoreKind::Shop
}
fn piece() -> Unit {
    Unit::Piece
}
fn fresh() -> ReplenishmentPolicy {
    ReplenishmentPolicy::Newsvendor
}

/// A store of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupStore {
    pub code: String,
    pub name: String,
    #[serde(default = "shop")]
    pub kind: StoreKind,
    #[serde(default)]
    pub city: String,
    #[serde(default)]
    pub region: String,
    /// IANA name; the organization's where it is not given.
    #[serde(default)]
    pub time_zone: Option<String>,
    #[serde(default)]
    pub latitude_e6: Option<i32>,
    #[serde(default)]
    pub longitude_e6: Option<i32>,
    #[serde(default = "every_day")]
    pub opening_days: i32,
    #[serde(default = "eight")]
    pub opens_at_minute: i32,
    #[serde(default = "nine_in_the_evening")]
    pub closes_at_minute: i32,
    /// Code of the kitchen that bakes for this store.
    #[serde(default)]
    pub kitchen: Option<String>,
    #[serde(default = "yes")]
    pub active: bool,
    /// Trays that the oven bakes in an hour, 1 to 10,000; as many as wanted where nothing was ever said.
    #[serde(default)]
    pub oven_trays_per_hour: Option<i32>,
    /// Local minute at which the oven is hot, 0 to 1440; when the store opens where nothing was ever said.
    #[serde(default)]
    pub bakes_from_minute: Option<i32>,
    /// Grams of dough that go into the mixer at once, at least 1,000; as much as wanted where nothing was ever said.
    #[serde(default)]
    pub mixer_capacity: Option<i64>,
}

/// A category of a setup file. Its place on lists is its place in the file unless given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupCategory {
    pub name: String,
    #[serde(default)]
    pub position: Option<i32>,
}

/// A product of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupProduct {
    pub sku: String,
    pub name: String,
    /// Name of the category; created where the file does not list it.
    pub category: String,
    #[serde(default = "piece")]
    pub unit: Unit,
    pub price_minor: i64,
    pub unit_cost_minor: i64,
    #[serde(default)]
    pub salvage_minor: i64,
    #[serde(default = "one_day")]
    pub shelf_life_days: i32,
    #[serde(default = "one")]
    pub tray_size: i64,
    #[serde(default)]
    pub lead_time_days: i32,
    #[serde(default = "fresh")]
    pub policy: ReplenishmentPolicy,
    /// 9,500 where it is not given.
    #[serde(default)]
    pub service_level_bp: Option<i32>,
    /// Share of missed sales that buy something else instead, in basis points; at most 9,000.
    #[serde(default)]
    pub substitution_share_bp: i32,
    /// Codes of 8, 12, 13 or 14 digits that stand as bars on it; absent: those that are known stay.
    #[serde(default)]
    pub barcodes: Option<Vec<String>>,
    #[serde(default)]
    pub allergens: Vec<String>,
    #[serde(default)]
    pub introduced_on: Option<NaiveDate>,
    #[serde(default)]
    pub discontinued_on: Option<NaiveDate>,
    #[serde(default = "yes")]
    pub active: bool,
    /// Codes of the stores that carry it; every store of the file where it is not given.
    #[serde(default)]
    pub stores: Option<Vec<String>>,
}

fn gram() -> Unit {
    Unit::Gram
}
/// A fifth of the value a year: room, money, what spoils.
fn usual_holding() -> i32 {
    2_000
}
fn half_a_year() -> i32 {
    180
}

/// A supplier of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupSupplier {
    pub name: String,
    #[serde(default)]
    pub email: Option<String>,
    #[serde(default)]
    pub phone: Option<String>,
    #[serde(default)]
    pub lead_time_days: i32,
    /// What an order costs besides its goods.
    #[serde(default)]
    pub order_cost_minor: i64,
}

/// An ingredient of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupIngredient {
    pub code: String,
    pub name: String,
    #[serde(default = "gram")]
    pub unit: Unit,
    #[serde(default)]
    pub allergens: Vec<String>,
    #[serde(default = "half_a_year")]
    pub shelf_life_days: i32,
    /// 9,500 where it is not given.
    #[serde(default)]
    pub service_level_bp: Option<i32>,
    /// Name.
    #[serde(default)]
    pub supplier: Option<String>,
    #[serde(default = "yes")]
    pub stocked: bool,
    #[serde(default)]
    pub flour: bool,
    /// Base units.
    pub pack_quantity: i64,
    #[serde(default)]
    pub pack_price_minor: Option<i64>,
    #[serde(default = "usual_holding")]
    pub holding_bp: i32,
}

/// A line of a recipe of a setup file: one of ingredient and recipe.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupRecipeLine {
    /// Code.
    #[serde(default)]
    pub ingredient: Option<String>,
    /// Name.
    #[serde(default)]
    pub recipe: Option<String>,
    pub quantity: i64,
}

/// A recipe of a setup file. Cost and allergens of a product with a recipe follow from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupRecipe {
    pub name: String,
    /// Sku of what it makes; a dough or a filling where it is not given.
    #[serde(default)]
    pub product: Option<String>,
    /// Of what it makes; the product's where it makes one.
    #[serde(default = "gram")]
    pub unit: Unit,
    pub yield_quantity: i64,
    #[serde(default)]
    pub loss_bp: i32,
    #[serde(default)]
    pub other_cost_minor: i64,
    #[serde(default)]
    pub oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    #[serde(default)]
    pub method: Option<String>,
    pub lines: Vec<SetupRecipeLine>,
}

/// A promotion of a setup file. Store, product and category narrow it; everything where none is given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupPromotion {
    pub code: String,
    pub name: String,
    #[serde(default)]
    pub store: Option<String>,
    /// Sku.
    #[serde(default)]
    pub product: Option<String>,
    /// Name.
    #[serde(default)]
    pub category: Option<String>,
    pub discount_bp: i32,
    pub starts_on: NaiveDate,
    /// Last day, included.
    pub ends_on: NaiveDate,
}

/// A holiday, event or closure of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupCalendarEntry {
    /// Code of the store; every store where it is not given.
    #[serde(default)]
    pub store: Option<String>,
    pub kind: CalendarKind,
    pub name: String,
    pub starts_on: NaiveDate,
    /// Last day, included; the first day where it is not given.
    #[serde(default)]
    pub ends_on: Option<NaiveDate>,
}

/// Weather of a setup file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetupWeatherDay {
    /// Code of the store; every store of the file where it is not given.
    #[serde(default)]
    pub store: Option<String>,
    pub date: NaiveDate,
    #[serde(default)]
    pub temperature_c_x10: Option<i32>,
    #[serde(default)]
    pub precipitation_mm_x10: Option<i32>,
    #[serde(default)]
    pub is_forecast: bool,
}
