//! The ledger and its counts over many shelves. Quantities in the product's base unit.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{MovementKind, StockReason};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which movements to list, the latest written down first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListMovements {
    /// Nothing = every store in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    #[serde(default)]
    pub kind: Option<MovementKind>,
    /// First trading day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last trading day, included.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One fact of the ledger, of any shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShelfMovementView {
    pub id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub kind: MovementKind,
    /// Signed.
    pub quantity: i64,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub business_date: NaiveDate,
    pub reason: Option<StockReason>,
    pub note: Option<String>,
    pub actor_id: Option<Uuid>,
    pub order_id: Option<Uuid>,
    pub sale_id: Option<Uuid>,
    pub import_id: Option<Uuid>,
    pub transfer_id: Option<Uuid>,
    pub count_id: Option<Uuid>,
    /// The movement that this one undoes.
    pub reverses_id: Option<Uuid>,
}

/// Which counts to list, the latest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListCounts {
    /// Nothing = every store in scope.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// First trading day.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last trading day, included.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// From [`crate::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 200))]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What was found of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FoundLine {
    pub product_id: Uuid,
    pub counted: i64,
    /// What the ledger said at that moment.
    pub expected: i64,
    /// Counted less expected.
    pub difference: i64,
}

/// A count that was booked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostedCountView {
    pub id: Uuid,
    pub store_id: Uuid,
    pub business_date: NaiveDate,
    pub counted_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub actor_id: Option<Uuid>,
    pub note: Option<String>,
    /// By product id.
    pub lines: Vec<FoundLine>,
}
