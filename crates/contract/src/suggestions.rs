//! What the system proposes to bake: commands in, views out. Quantities in the product's base unit.

use crate::orders::OrderView;
use chrono::{DateTime, NaiveDate, Utc};
use domain::day_parts::{PartQuantity, scaled};
use domain::replenish::Reasons;
use domain::{SuggestionStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which suggestions to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListSuggestions {
    pub production_date: NaiveDate,
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// Puts a person's number beside the system's; the suggestion stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AdjustSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    pub quantity: i64,
}

/// Turns a suggestion into a pending order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    /// Another number than the suggested or adjusted one.
    #[serde(default)]
    pub quantity: Option<i64>,
}

/// Turns several suggestions into pending orders, all in one go, each with its suggested or adjusted number.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptSuggestions {
    pub command_id: Uuid,
    pub suggestion_ids: Vec<Uuid>,
}

/// Decides against a suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DismissSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    pub reason: String,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SuggestionView {
    pub id: Uuid,
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub tray_size: i64,
    pub production_date: NaiveDate,
    /// The system's number.
    pub quantity: i64,
    /// A person's number, where somebody changed or accepted it.
    pub adjusted_quantity: Option<i64>,
    pub status: SuggestionStatus,
    pub reasons: Reasons,
    pub order_id: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    pub dismiss_reason: Option<String>,
    /// When the number was computed.
    pub computed_at: DateTime<Utc>,
}

impl SuggestionView {
    /// The number that accepting it now would bake.
    #[must_use]
    pub fn planned(&self) -> i64 {
        self.adjusted_quantity.unwrap_or(self.quantity)
    }

    /// That number by parts of the day; none where it is not baked in parts.
    #[must_use]
    pub fn parts(&self) -> Vec<PartQuantity> {
        scaled(&self.reasons.parts, self.planned(), self.reasons.tray)
    }
}

/// The suggestions of a day: by store, and within a store the largest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DaySuggestions {
    pub production_date: NaiveDate,
    pub items: Vec<SuggestionView>,
}

/// What accepting several did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AcceptedSuggestions {
    pub orders: Vec<OrderView>,
    /// Decided by somebody else first, or with nothing to bake: left as they were.
    pub skipped: Vec<Uuid>,
}

/// What computing the suggestions of a day did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GeneratedSuggestions {
    /// Shelves that were computed.
    pub computed: u64,
    /// Of these, shelves with something to bake.
    pub to_bake: u64,
    /// Computed before and brought up to date.
    pub updated: u64,
    /// Decided by a person and left alone.
    pub kept: u64,
    /// Open before, without a reason now.
    pub superseded: u64,
}
