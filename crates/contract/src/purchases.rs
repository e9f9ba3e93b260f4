//! Purchases: ordered from suppliers, received, cancelled. Quantities in the ingredient's base unit, money in minor units.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{PurchaseStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Packs of an ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct OrderedPacks {
    pub ingredient_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000000))]
    pub packs: i64,
}

/// Writes down what was sent to a supplier. Content and price of a pack are those of the ingredient.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreatePurchase {
    pub command_id: Uuid,
    /// The kitchen that it comes to.
    pub store_id: Uuid,
    pub supplier_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 200))]
    pub lines: Vec<OrderedPacks>,
    /// Today and as many days as the supplier takes, where nothing is said.
    #[serde(default)]
    pub expected_on: Option<NaiveDate>,
    #[serde(default)]
    pub note: Option<String>,
    /// The highest number among the open purchases of this kitchen from this supplier that the person saw, 0 for none: where another
    /// was sent meanwhile, this one is refused. Not compared where nothing is said.
    #[serde(default)]
    pub seen_number: Option<i64>,
}

/// What came of an ingredient.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReceivedLine {
    pub ingredient_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub quantity: i64,
    /// Of a pack as it was ordered, where it is another than before.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    #[serde(default)]
    pub pack_price_minor: Option<i64>,
    /// As long as the ingredient keeps from today, where nothing is said.
    #[serde(default)]
    pub best_before: Option<NaiveDate>,
}

/// Puts what came onto the shelves of the kitchen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReceivePurchase {
    pub command_id: Uuid,
    pub purchase_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
    /// Of ingredients that are left out nothing came.
    #[cfg_attr(feature = "openapi", schema(max_items = 200))]
    pub lines: Vec<ReceivedLine>,
    /// Nothing more of it is expected.
    pub close_rest: bool,
    /// Needed where more came than was ordered, or less and nothing more is expected.
    #[serde(default)]
    pub reason: Option<String>,
}

/// Nothing more comes of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelPurchase {
    pub command_id: Uuid,
    pub purchase_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
    pub reason: String,
}

/// Which purchases, latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListPurchases {
    /// `None` = every kitchen in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// Only those of which something is still expected.
    #[serde(default)]
    pub open_only: bool,
    /// The number below which to go on, from [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 100; 30 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One ingredient of a purchase.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseLineView {
    pub ingredient_id: Uuid,
    pub code: String,
    pub name: String,
    pub unit: Unit,
    pub packs: i64,
    /// Base units in a pack, when it was ordered.
    pub pack_quantity: i64,
    /// Of a pack, as it was expected.
    pub pack_price_minor: Option<i64>,
    pub ordered: i64,
    pub received: i64,
    /// Still on order.
    pub outstanding: i64,
}

/// A purchase with everything that people ask about it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PurchaseView {
    pub id: Uuid,
    pub number: i64,
    pub store_id: Uuid,
    pub store_name: String,
    pub supplier_id: Uuid,
    pub supplier_name: String,
    pub status: PurchaseStatus,
    pub note: Option<String>,
    pub lines: Vec<PurchaseLineView>,
    pub ordered_on: NaiveDate,
    pub ordered_at: DateTime<Utc>,
    pub created_by: Option<String>,
    pub expected_on: NaiveDate,
    /// The day has passed, and something is still expected.
    pub late: bool,
    pub closed_at: Option<DateTime<Utc>>,
    pub closed_by: Option<String>,
    pub close_reason: Option<String>,
    pub version: i32,
}
