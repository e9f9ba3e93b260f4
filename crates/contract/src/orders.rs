//! Production orders: commands in, views out. Quantities in the product's base unit.

use crate::recipes::Shortage;
use crate::suggestions::SuggestionView;
use chrono::{DateTime, NaiveDate, Utc};
use domain::day_parts::PartQuantity;
use domain::{OrderSource, OrderStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Plans a batch by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreateOrder {
    pub command_id: Uuid,
    /// Destination.
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    pub planned_quantity: i64,
    #[serde(default)]
    pub note: Option<String>,
}

/// How much of what is planned is for one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreQuantity {
    /// Destination.
    pub store_id: Uuid,
    pub quantity: i64,
}

/// Plans one product for 1 to 200 stores at once: an order for each of them, or none at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateOrders {
    pub command_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    /// Each store once.
    pub lines: Vec<StoreQuantity>,
    /// Stands on every order.
    #[serde(default)]
    pub note: Option<String>,
}

/// What [`CreateOrders`] made, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CreatedOrders {
    pub orders: Vec<OrderView>,
}

/// How to split a quantity that is baked on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadSplitWeights {
    pub product_id: Uuid,
    pub production_date: NaiveDate,
}

/// What a store will probably sell, in thousandths of the base unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoreWeight {
    pub store_id: Uuid,
    pub mean_milli: i64,
}

/// What the stores will probably sell of a product, to split by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitWeights {
    /// The first day on which the batch can be sold.
    pub sold_on: NaiveDate,
    /// Stores without a forecast are not there.
    pub weights: Vec<StoreWeight>,
}

/// Changes an order that nobody started yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
    pub production_date: NaiveDate,
    pub planned_quantity: i64,
    #[serde(default)]
    pub note: Option<String>,
}

/// Begins baking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StartOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
}

/// Ends baking: raises the destination's stock by what was produced.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CompleteOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    /// Free: less, equal or more than planned.
    pub produced_quantity: i64,
    #[serde(default)]
    pub lost_quantity: i64,
}

/// Takes a completion back within the few minutes in which that is possible.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecallOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
}

/// Gives an order up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CancelOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    pub reason: String,
}

/// Which orders to list, newest production date first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListOrders {
    /// Empty = every status.
    #[serde(default)]
    pub statuses: Vec<OrderStatus>,
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    #[serde(default)]
    pub from: Option<NaiveDate>,
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// From [`crate::page::Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderView {
    pub id: Uuid,
    /// Counts up in the organization; what people call the order.
    pub number: i64,
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub tray_size: i64,
    pub production_date: NaiveDate,
    pub planned_quantity: i64,
    pub produced_quantity: Option<i64>,
    pub lost_quantity: Option<i64>,
    pub status: OrderStatus,
    pub source: OrderSource,
    pub suggestion_id: Option<Uuid>,
    /// The planned quantity by parts of the day, with the shares of the suggestion that it comes from; none where it is not baked in
    /// parts.
    #[serde(default)]
    pub parts: Vec<PartQuantity>,
    pub version: i32,
    pub note: Option<String>,
    pub created_at: DateTime<Utc>,
    pub started_at: Option<DateTime<Utc>>,
    pub completed_at: Option<DateTime<Utc>>,
    /// Until when the completion can be taken back; `None` where there is none.
    pub recall_until: Option<DateTime<Utc>>,
    pub cancelled_at: Option<DateTime<Utc>>,
    pub cancel_reason: Option<String>,
}

/// One field of an order before and after a change; texts as stored (`completed`, `84`, `2026-11-20`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Who did what with an order, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub actor_name: String,
    /// `orders.create`, `orders.edit`, `orders.start`, `orders.complete`, `orders.recall`, `orders.cancel`.
    pub action: String,
    pub changes: Vec<FieldChange>,
}

/// An order with everything that happened to it, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OrderDetail {
    pub order: OrderView,
    pub history: Vec<HistoryEntry>,
    /// On hand at the destination now.
    pub on_hand: i64,
    /// Last day on which the batch can be sold, once there is one.
    pub best_before: Option<NaiveDate>,
}

/// What the kitchen has to do with one product over all stores on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProductTotal {
    pub product_id: Uuid,
    pub product_name: String,
    pub unit: Unit,
    /// Suggested and not decided.
    pub suggested: i64,
    /// Planned, not started.
    pub pending: i64,
    /// In the oven.
    pub in_progress: i64,
    pub produced: i64,
    pub lost: i64,
}

/// What the kitchen's board shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReadBoard {
    pub date: NaiveDate,
    /// One shop's batches; all shops that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// The kitchen's board of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BoardView {
    pub date: NaiveDate,
    /// The moment of the answer, for timers.
    pub now: DateTime<Utc>,
    /// Open suggestions with something to bake.
    pub suggestions: Vec<SuggestionView>,
    /// Orders of the day, and unfinished ones of the days before; cancelled ones are left out.
    pub orders: Vec<OrderView>,
    pub totals: Vec<ProductTotal>,
    /// What waiting orders lack, earlier ones served first.
    pub shortages: Vec<Shortage>,
}
