//! Stock: commands in, views out. Quantities in the product's base unit.

use crate::page::Page;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::{MovementKind, StockReason, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Books goods out without a sale: waste or a donation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveStock {
    pub command_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// `waste` or `donation`.
    pub kind: MovementKind,
    /// Positive.
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 1000000000))]
    pub quantity: i64,
    pub reason: StockReason,
    #[serde(default)]
    pub note: Option<String>,
    /// When it happened, on the store's own clock, at most seven days ago; `None` = when the server learns of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<NaiveDateTime>,
    /// Instead of `at`: when it was pressed on a device, which may send it late, at most seven days ago. Where what was there then
    /// does not suffice and nobody counted since, it counts as of when the server learns of it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pressed_at: Option<DateTime<Utc>>,
}

/// Corrects on hand by a difference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdjustStock {
    pub command_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Signed.
    pub change: i64,
    pub reason: StockReason,
    #[serde(default)]
    pub note: Option<String>,
    /// When it happened, on the store's own clock, at most seven days ago; `None` = when the server learns of it.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<NaiveDateTime>,
}

/// Undoes a fresh booking by a reversing one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReverseMovement {
    pub command_id: Uuid,
    pub movement_id: Uuid,
    #[serde(default)]
    pub note: Option<String>,
}

/// What was found of one product.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountedProduct {
    pub product_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    pub counted: i64,
}

/// What was there at a moment, for as many products as were counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostCount {
    pub command_id: Uuid,
    pub store_id: Uuid,
    /// `None` = now. A count may be entered later than it was taken.
    #[serde(default)]
    pub counted_at: Option<DateTime<Utc>>,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10000))]
    pub lines: Vec<CountedProduct>,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// First stock of products that have no movement yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PostOpening {
    pub command_id: Uuid,
    pub store_id: Uuid,
    /// `None` = now.
    #[serde(default)]
    pub opened_at: Option<DateTime<Utc>>,
    /// The same on the store's own clock; not both.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<NaiveDateTime>,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 10000))]
    pub lines: Vec<CountedProduct>,
}

/// A product of which the first stock can be written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpeningProduct {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub category_name: String,
    pub unit: Unit,
    /// Something moved on this shelf before: it is counted instead.
    pub has_history: bool,
}

/// What a store carries, for writing its first stock; by category and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpeningSheet {
    pub store_id: Uuid,
    pub store_name: String,
    pub products: Vec<OpeningProduct>,
}

/// Answer to a booking.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockChange {
    pub movement_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// After the booking.
    pub on_hand: i64,
}

/// One product of a posted count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountedLine {
    pub product_id: Uuid,
    pub counted: i64,
    /// What the ledger said at that moment.
    pub expected: i64,
    pub difference: i64,
    /// On hand now: what was counted and what happened since.
    pub on_hand: i64,
}

/// Answer to a count.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CountView {
    pub count_id: Uuid,
    pub counted_at: DateTime<Utc>,
    pub lines: Vec<CountedLine>,
}

/// Answer to an opening.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OpeningView {
    pub levels: Vec<StockChange>,
}

/// One shelf.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LevelView {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub category_name: String,
    pub unit: Unit,
    /// Below zero where more was sold than was known to be there.
    pub on_hand: i64,
    /// Part of it that can no longer be sold: it can leave as waste or donation only.
    pub expired: i64,
    /// When the first of what can still be sold expires.
    pub best_before: Option<NaiveDate>,
    /// Tenths of days that it lasts at forecast demand; `None` without a forecast, see [`StockLevels::horizon_days`].
    pub cover_days_x10: Option<i64>,
    /// Brought by orders that are pending or in progress.
    pub arriving: i64,
    /// Sent by other stores and not received yet.
    pub in_transit: i64,
    /// Part of what is on hand that is spoken for: asked for by other stores and not sent yet, or held back for batches in the oven.
    pub reserved: i64,
    /// What can still be sold or promised: on hand less what expired and less what is reserved; below zero where more is spoken for than is there.
    pub available: i64,
    pub reorder_point: Option<i64>,
    /// At or below its reorder point.
    pub is_low: bool,
    pub updated_at: Option<DateTime<Utc>>,
    /// Codes that stand as bars on it.
    pub barcodes: Vec<String>,
}

/// The shelves of a store, by category and name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StockLevels {
    pub store_id: Uuid,
    pub store_name: String,
    /// A cover of so many days means "this long or longer".
    pub horizon_days: i64,
    pub levels: Vec<LevelView>,
}

/// Which part of a ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadLedger {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// From [`Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// One fact of the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MovementView {
    pub id: Uuid,
    pub kind: MovementKind,
    /// Signed.
    pub quantity: i64,
    /// On hand after it, by the time at which things happened.
    pub balance: i64,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub business_date: NaiveDate,
    pub reason: Option<StockReason>,
    pub note: Option<String>,
    /// `None` = the system.
    pub actor_name: Option<String>,
    pub order_id: Option<Uuid>,
    pub import_id: Option<Uuid>,
    pub reverses_id: Option<Uuid>,
    /// Undone by a later movement.
    pub is_reversed: bool,
    /// Whether the asking person may undo it now.
    pub is_reversible: bool,
}

/// What is left on a shelf of one batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LotView {
    /// The order that made it; `None` for goods from another store and for goods of unknown origin: opening stock, returns, what a count
    /// found.
    pub order_id: Option<Uuid>,
    pub order_number: Option<i64>,
    /// Another store sent it.
    pub by_transfer: bool,
    /// Trading day on which it came; for goods of unknown origin the one on which they were found.
    pub arrived_on: NaiveDate,
    /// Last trading day on which it can be sold.
    pub best_before: NaiveDate,
    pub quantity: i64,
    pub is_expired: bool,
}

/// What of the batches in a store will not be sold before it expires, at forecast demand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectedWaste {
    pub store_id: Uuid,
    pub store_name: String,
    /// Today on the store's calendar.
    pub date: NaiveDate,
    /// Batches that expire later than this are not judged yet.
    pub until: NaiveDate,
    /// The night whose forecasts were used; `None` where there are none.
    pub issued_on: Option<NaiveDate>,
    /// What expired already and what is expected to: the costliest first.
    pub lots: Vec<ProjectedLot>,
    /// At cost, all of them together, in minor units.
    pub cost_minor: i64,
    /// Products of which something is there that expires in time, and no forecast.
    pub unjudged: u64,
}

/// One batch that is expected to leave something over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectedLot {
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    /// As in [`LotView::order_id`].
    pub order_id: Option<Uuid>,
    pub order_number: Option<i64>,
    pub by_transfer: bool,
    pub arrived_on: NaiveDate,
    pub best_before: NaiveDate,
    pub on_hand: i64,
    /// It cannot be sold any more: all of it is lost.
    pub is_expired: bool,
    /// Expected to be left when it expires.
    pub left: i64,
    /// Where demand is as high as in one case of ten.
    pub left_low: i64,
    /// Where demand is as low as in one case of ten.
    pub left_high: i64,
    /// What is expected to be left, at cost, in minor units.
    pub cost_minor: i64,
}

/// Asks what the books said of a shelf at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadBelief {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// On the store's own clock.
    #[cfg_attr(feature = "openapi", schema(value_type = String, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"))]
    pub at: NaiveDateTime,
}

/// What the books said of a shelf at a moment, and what they say of that moment now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BeliefView {
    pub unit: Unit,
    pub at: DateTime<Utc>,
    /// From what was written down until then.
    pub believed: i64,
    /// With what was written down later.
    pub known_now: i64,
    /// The facts that make the difference, in the order in which they were written down; at most 50.
    pub learned_later: Vec<LateFact>,
    /// How many there are in all.
    pub late_facts: u64,
}

/// A fact that happened before a moment and was written down after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LateFact {
    pub kind: MovementKind,
    /// Signed.
    pub quantity: i64,
    pub occurred_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    /// `None` = the system.
    pub actor_name: Option<String>,
}

/// The ledger of one shelf, latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LedgerView {
    pub store_id: Uuid,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub on_hand: i64,
    /// What can be sold today; below zero where more was sold than was known to be there.
    pub good: i64,
    /// As in [`LevelView::reserved`].
    pub reserved: i64,
    /// As in [`LevelView::available`].
    pub available: i64,
    /// As in [`LevelView::in_transit`].
    pub in_transit: i64,
    /// What is there, first to expire first.
    pub lots: Vec<LotView>,
    pub movements: Page<MovementView>,
}

/// A shelf whose level is not the sum of its movements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShelfDifference {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub level: i64,
    pub ledger: i64,
}

/// What a check of the books found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BooksReport {
    pub shelves: u64,
    pub movements: u64,
    /// Empty when every level is the sum of its movements.
    pub differences: Vec<ShelfDifference>,
    pub audit_entries: u64,
    /// First entry of the audit log whose seal does not hold, with what is wrong.
    pub audit_broken: Option<AuditBreak>,
}

impl BooksReport {
    /// Whether nothing was found.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.differences.is_empty() && self.audit_broken.is_none()
    }
}

/// Where the audit log's chain breaks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AuditBreak {
    pub sequence: i64,
    /// English sentence.
    pub message: String,
}
