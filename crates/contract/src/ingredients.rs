//! Ingredients, who brings them, and what to buy: commands in, views out. Quantities in the ingredient's base unit, money in minor units.

use crate::purchases::PurchaseView;
use chrono::{DateTime, NaiveDate, Utc};
use domain::Unit;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Who brings ingredients.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SupplierView {
    pub id: Uuid,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub lead_time_days: i32,
    pub order_cost_minor: i64,
    pub version: i32,
}

/// Adds a supplier, or changes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveSupplier {
    pub command_id: Uuid,
    /// `None` adds one.
    pub supplier_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub name: String,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub lead_time_days: i32,
    pub order_cost_minor: i64,
}

/// An ingredient, and what there is of it in a kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngredientView {
    pub id: Uuid,
    pub code: String,
    pub name: String,
    pub unit: Unit,
    pub allergens: Vec<String>,
    pub shelf_life_days: i32,
    pub service_level_bp: i32,
    pub supplier_id: Option<Uuid>,
    pub supplier_name: Option<String>,
    pub stocked: bool,
    pub flour: bool,
    pub pack_quantity: i64,
    pub pack_price_minor: Option<i64>,
    pub holding_bp: i32,
    pub version: i32,
    pub on_hand: i64,
    /// Promised to batches in the oven.
    pub reserved: i64,
}

/// Adds an ingredient, or changes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveIngredient {
    pub command_id: Uuid,
    /// `None` adds one.
    pub ingredient_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    pub code: String,
    pub name: String,
    /// Cannot change once there is an ingredient: every quantity is in it.
    pub unit: Unit,
    pub allergens: Vec<String>,
    pub shelf_life_days: i32,
    pub service_level_bp: i32,
    pub supplier_id: Option<Uuid>,
    pub stocked: bool,
    pub flour: bool,
    pub pack_quantity: i64,
    pub pack_price_minor: Option<i64>,
    pub holding_bp: i32,
}

/// Which ingredients, and of which kitchen their stock is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadIngredients {
    /// The first kitchen in scope where nothing is said.
    pub store_id: Option<Uuid>,
}

/// Ingredients of an organization with the stock of one kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct IngredientsView {
    /// The kitchen; `None` where nobody bakes.
    pub store_id: Option<Uuid>,
    pub store_name: String,
    /// Kitchens in scope, by name.
    pub kitchens: Vec<(Uuid, String)>,
    pub items: Vec<IngredientView>,
    pub suppliers: Vec<SupplierView>,
    /// ISO 4217 code.
    pub currency: String,
}

/// What a supplier brought of an ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveredLine {
    pub ingredient_id: Uuid,
    /// Base units.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000000))]
    pub quantity: i64,
    /// Of a pack, where it is another than before.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    #[serde(default)]
    pub pack_price_minor: Option<i64>,
}

/// Puts what a supplier brought onto the shelves of a kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceiveDelivery {
    pub command_id: Uuid,
    pub store_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 200))]
    pub lines: Vec<DeliveredLine>,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// What is there after a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeliveryView {
    pub store_id: Uuid,
    /// By ingredient, base units.
    pub on_hand: Vec<(Uuid, i64)>,
}

/// A price, and since when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PriceView {
    pub recorded_at: DateTime<Utc>,
    pub pack_quantity: i64,
    pub pack_price_minor: i64,
    pub supplier_name: Option<String>,
}

/// One ingredient on the list of what to buy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseLine {
    pub ingredient_id: Uuid,
    pub code: String,
    pub name: String,
    pub unit: Unit,
    pub supplier_id: Option<Uuid>,
    /// Without what expired.
    pub on_hand: i64,
    pub reserved: i64,
    /// Ordered and not received yet.
    pub on_order: i64,
    /// The day on which the first of it should come, or should have come.
    pub expected_on: Option<NaiveDate>,
    /// That day has passed.
    pub late: bool,
    /// Expected need of a day, in thousandths of the base unit.
    pub daily_need_milli: i64,
    pub lead_days: i32,
    pub reorder_point: i64,
    pub safety_stock: i64,
    /// Cheapest quantity of an order, where prices and costs are known.
    pub economic_quantity: Option<i64>,
    pub pack_quantity: i64,
    /// To buy now; 0 = there is enough.
    pub packs: i64,
    /// Of these packs.
    pub cost_minor: Option<i64>,
}

/// What to buy for a kitchen, by supplier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseList {
    pub store_id: Option<Uuid>,
    pub store_name: String,
    pub lines: Vec<PurchaseLine>,
    pub suppliers: Vec<SupplierView>,
    /// Purchases of which something is still expected, the first to come first.
    pub open: Vec<PurchaseView>,
    /// Today in the kitchen.
    pub today: Option<NaiveDate>,
    /// Days of forecast that the need comes from; 0 where nothing is forecast yet.
    pub forecast_days: u32,
    /// ISO 4217 code.
    pub currency: String,
}
