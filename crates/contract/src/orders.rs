//! Production orders: commands in, views out. Quantities in the product's base unit.

use crate::dispatch::LotView;
use crate::recipes::{BoardRecipe, Shortage};
use crate::suggestions::SuggestionView;
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use domain::batches::Baked;
use domain::day_parts::PartQuantity;
use domain::{LossReason, OrderSource, OrderStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Plans a batch by hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreateOrder {
    pub command_id: Uuid,
    /// Destination.
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000000))]
    pub planned_quantity: i64,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// How much of what is planned is for one store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct StoreQuantity {
    /// Destination.
    pub store_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000000))]
    pub quantity: i64,
}

/// Plans one product for 1 to 200 stores at once: an order for each of them, or none at all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct CreateOrders {
    pub command_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    /// Each store once.
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 200))]
    pub lines: Vec<StoreQuantity>,
    /// Stands on every order.
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// What [`CreateOrders`] made, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CreatedOrders {
    pub orders: Vec<OrderView>,
}

/// How to split a quantity that is baked on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadSplitWeights {
    pub product_id: Uuid,
    pub production_date: NaiveDate,
}

/// What a store will probably sell, in thousandths of the base unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreWeight {
    pub store_id: Uuid,
    pub mean_milli: i64,
}

/// What the stores will probably sell of a product, to split by.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SplitWeights {
    /// The first day on which the batch can be sold.
    pub sold_on: NaiveDate,
    /// Stores without a forecast are not there.
    pub weights: Vec<StoreWeight>,
}

/// Changes an order that nobody started yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EditOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    /// The version that the person looked at.
    pub version: i32,
    pub production_date: NaiveDate,
    #[cfg_attr(feature = "openapi", schema(minimum = 1, maximum = 10000000))]
    pub planned_quantity: i64,
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    #[serde(default)]
    pub note: Option<String>,
}

/// Begins baking.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StartOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
}

/// A batch came out: raises the destination's stock by what was produced, and ends baking unless more follows.
///
/// What is not said is not written either: a command that a device kept before these fields were there has the same words, and so
/// the same receipt, when it is sent again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CompleteOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    /// Free: less, equal or more than planned. Of this batch alone.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000000))]
    pub produced_quantity: i64,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000000))]
    #[serde(default)]
    pub lost_quantity: i64,
    /// What had come out of the order before, produced and lost together, as far as whoever ends it knew: the quantity of a last batch
    /// is often all that was left. Where it was something else the batch is refused; nothing is compared where nobody says, or where
    /// more follows.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baked_before: Option<i64>,
    /// A part is out, and the order stays in the oven. Nothing produced and nothing lost, with nothing to follow: nothing more came.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub more_follows: bool,
    /// Of what was lost; unknown where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub loss_reason: Option<LossReason>,
    /// When it came out, at most a week ago; now where nobody says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_at: Option<DateTime<Utc>>,
    /// The same on the destination's own clock, for who knows no time zones. Counts where `completed_at` is not said.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?$"))]
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed_local: Option<NaiveDateTime>,
}

/// Takes a batch back within the few minutes in which that is possible: the last one that stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecallOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    /// The command that brought the batch: two devices that take the same one back take one back. Without it only what ended the order
    /// is taken back, whoever did it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completion: Option<Uuid>,
}

/// Gives an order up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CancelOrder {
    pub command_id: Uuid,
    pub order_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_length = 1, max_length = 200))]
    pub reason: String,
}

/// Which orders to list, newest production date first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// So far, also while more follows; nothing where nothing came out yet.
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

impl OrderView {
    /// What came out so far; nothing where nothing did.
    #[must_use]
    pub fn baked(&self) -> Option<Baked> {
        self.produced_quantity.map(|produced| Baked {
            produced,
            lost: self.lost_quantity.unwrap_or(0),
        })
    }

    /// All that came out so far, produced and lost together.
    #[must_use]
    pub fn altogether(&self) -> i64 {
        self.baked().unwrap_or_default().altogether()
    }

    /// What is still expected of it while it is not finished.
    #[must_use]
    pub fn rest(&self) -> i64 {
        self.baked()
            .unwrap_or_default()
            .rest_of(self.planned_quantity)
    }
}

/// What came out of an order at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BatchView {
    /// Counts up in the order, from 1.
    pub part: i32,
    pub produced_quantity: i64,
    pub lost_quantity: i64,
    /// There exactly where something was lost.
    pub loss_reason: Option<LossReason>,
    /// When it came out.
    pub completed_at: DateTime<Utc>,
    /// When it was written down; it can be taken back for some minutes from then on.
    pub recorded_at: DateTime<Utc>,
    /// The command that brought it, by which it is taken back; nothing for batches of older versions.
    pub command_id: Option<Uuid>,
    /// Nothing where nothing of it can be sold.
    pub lot: Option<LotView>,
    /// When it was taken back.
    pub reversed_at: Option<DateTime<Utc>>,
}

/// A batch that can still be taken back, for the kitchen's board.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FreshBatch {
    pub order_id: Uuid,
    pub produced_quantity: i64,
    pub lost_quantity: i64,
    pub recorded_at: DateTime<Utc>,
    /// The command that brought it; nothing for batches of older versions.
    pub command_id: Option<Uuid>,
}

/// One field of an order before and after a change; texts as stored (`completed`, `84`, `2026-11-20`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct FieldChange {
    pub field: String,
    pub before: Option<String>,
    pub after: Option<String>,
}

/// Who did what with an order, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct HistoryEntry {
    pub at: DateTime<Utc>,
    pub actor_name: String,
    /// `orders.create`, `orders.edit`, `orders.start`, `orders.part`, `orders.complete`, `orders.recall`, `orders.cancel`.
    pub action: String,
    pub changes: Vec<FieldChange>,
}

/// An order with everything that happened to it, oldest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OrderDetail {
    pub order: OrderView,
    pub history: Vec<HistoryEntry>,
    /// On hand at the destination now.
    pub on_hand: i64,
    /// Last day on which all that came out can be sold, once something did.
    pub best_before: Option<NaiveDate>,
    /// What came out, in the order in which it did, with what was taken back.
    pub batches: Vec<BatchView>,
}

/// What the kitchen has to do with one product over all stores on a day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProductTotal {
    pub product_id: Uuid,
    pub product_name: String,
    pub unit: Unit,
    /// Suggested and not decided.
    pub suggested: i64,
    /// Planned, not started.
    pub pending: i64,
    /// In the oven; what came out of an order already is not.
    pub in_progress: i64,
    pub produced: i64,
    pub lost: i64,
}

impl ProductTotal {
    /// Counts what an order brings and brought so many times: once to add it, minus once to take it away.
    pub fn count(&mut self, order: &OrderView, times: i64) {
        let baked = order.baked().unwrap_or_default();
        match order.status {
            OrderStatus::Pending => self.pending += times * order.planned_quantity,
            OrderStatus::InProgress => self.in_progress += times * order.rest(),
            OrderStatus::Completed => {}
            OrderStatus::Cancelled => return,
        }
        self.produced += times * baked.produced;
        self.lost += times * baked.lost;
    }
}

/// What the kitchen's board shows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadBoard {
    pub date: NaiveDate,
    /// One shop's batches; all shops that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// The kitchen's board of one day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
    /// The recipes of the orders' products and all that they are made with; none for whoever may not read recipes.
    pub recipes: Vec<BoardRecipe>,
    /// What came out in the last minutes and can be taken back, in the order in which it did.
    pub fresh: Vec<FreshBatch>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_of_an_older_device_reads_and_writes_the_same() {
        let (command_id, order_id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let old = format!(
            r#"{{"command_id":"{command_id}","order_id":"{order_id}","produced_quantity":84,"lost_quantity":0}}"#
        );
        let command: CompleteOrder = serde_json::from_str(&old).expect("a command");
        assert!(!command.more_follows && command.loss_reason.is_none());
        assert_eq!(serde_json::to_string(&command).expect("text"), old);
        let part = CompleteOrder {
            more_follows: true,
            loss_reason: Some(LossReason::Burnt),
            lost_quantity: 2,
            ..command
        };
        let text = serde_json::to_string(&part).expect("text");
        assert_eq!(
            serde_json::from_str::<CompleteOrder>(&text).expect("a command"),
            part
        );
        let old = format!(r#"{{"command_id":"{command_id}","order_id":"{order_id}"}}"#);
        let recall: RecallOrder = serde_json::from_str(&old).expect("a command");
        assert_eq!(serde_json::to_string(&recall).expect("text"), old);
    }
}
