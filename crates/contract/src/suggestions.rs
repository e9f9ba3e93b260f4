//! What the system proposes to bake: commands in, views out. Quantities in the product's base unit.

use crate::Page;
use crate::orders::OrderView;
use chrono::{DateTime, NaiveDate, Utc};
use domain::day_parts::{PartQuantity, scaled};
use domain::replenish::Reasons;
use domain::{SuggestionStatus, Unit};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which suggestions to list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListSuggestions {
    pub production_date: NaiveDate,
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// Puts a person's number beside the system's; the suggestion stays open.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdjustSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    pub quantity: i64,
}

/// So many days ahead may be the other day for which a suggestion is accepted.
pub const MAX_OTHER_DAYS: u64 = 7;

/// Turns a suggestion into a pending order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    /// Another number than the suggested or adjusted one.
    #[serde(default)]
    pub quantity: Option<i64>,
    /// Another day than the suggested one: from today on the shop's clock to [`MAX_OTHER_DAYS`] ahead. Left out where it is not named,
    /// so that a command that an older page kept is still the same command.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub production_date: Option<NaiveDate>,
}

/// So many suggestions are accepted by one command.
pub const MAX_ACCEPTED: usize = 500;

/// Turns 1 to [`MAX_ACCEPTED`] suggestions into pending orders, all in one go, each with its suggested or adjusted number.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptSuggestions {
    pub command_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub suggestion_ids: Vec<Uuid>,
    /// Other numbers than the suggested or adjusted ones, for some of them; 0 leaves one open.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub quantities: Vec<SuggestionQuantity>,
}

/// The number with which a suggestion is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionQuantity {
    pub suggestion_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 10000000))]
    pub quantity: i64,
}

/// Decides against a suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DismissSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
    pub reason: String,
}

/// Opens a dismissed suggestion again, while its day is not over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReopenSuggestion {
    pub command_id: Uuid,
    pub suggestion_id: Uuid,
}

/// What a suggestion said before it was computed again and said something else.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionVersionView {
    /// Counts up in the suggestion from 1.
    pub number: i32,
    /// The system's number of then.
    pub quantity: i64,
    pub reasons: Reasons,
    /// When it was computed last with this result.
    pub computed_at: DateTime<Utc>,
}

/// What a suggestion said before, the latest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SuggestionHistory {
    pub suggestion_id: Uuid,
    pub versions: Vec<SuggestionVersionView>,
}

/// One suggestion.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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

/// A store that has suggestions on a day, to choose from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct StoreOfPlan {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    /// Suggestions that nobody decided on.
    pub open: u32,
}

/// The suggestions of a day: by store, and within a store the largest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DaySuggestions {
    pub production_date: NaiveDate,
    /// None where a store is to be chosen first.
    pub items: Vec<SuggestionView>,
    /// By code, where no store was named and more than [`crate::dispatch::MAX_STORES`] have suggestions: all that have some.
    pub choose_from: Vec<StoreOfPlan>,
}

/// What accepting several did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AcceptedSuggestions {
    pub orders: Vec<OrderView>,
    /// Decided by somebody else first, or with nothing to bake: left as they were.
    pub skipped: Vec<Uuid>,
}

/// Which outcomes to list: those of a store, of a product, of some production days; all where nothing is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ListOutcomes {
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    /// First production date.
    #[serde(default)]
    pub from: Option<NaiveDate>,
    /// Last production date.
    #[serde(default)]
    pub until: Option<NaiveDate>,
    /// From [`Page::next`].
    #[serde(default)]
    pub after: Option<String>,
    /// At most 200; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// What a person's change to a suggestion, or saying no to it, brought. Money in minor units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeView {
    pub suggestion_id: Uuid,
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    pub production_date: NaiveDate,
    /// What was wanted on the days that the batch had to feed.
    pub demand: i64,
    /// Sold out on one of them: the demand is partly an estimate.
    pub estimated: bool,
    /// What was there for these days besides, whatever had been decided.
    pub beside: i64,
    /// The system's number.
    pub suggested_quantity: i64,
    /// The person's number; 0 where nothing was baked instead.
    pub decided_quantity: i64,
    /// What the system's number would have cost in leftovers and missed sales.
    pub suggested_cost_minor: i64,
    /// What the person's number cost likewise.
    pub decided_cost_minor: i64,
    /// By how much the person's number was the cheaper one; below zero where it was the dearer.
    pub saved_minor: i64,
    /// When it was judged with this result.
    pub judged_at: DateTime<Utc>,
}

/// What outcomes come to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomeTotals {
    pub judged: i64,
    /// Of these, changes that were cheaper than the suggestion, and dearer ones.
    pub cheaper: i64,
    pub dearer: i64,
    /// Of these, on days that sold out: what was wanted is partly an estimate.
    pub estimated: i64,
    /// What people's numbers saved, in minor units; below zero where they cost.
    pub saved_minor: i64,
}

/// How people's changes turned out: a page of them, the latest day first, and what all that are wanted come to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OutcomesView {
    pub page: Page<OutcomeView>,
    pub totals: OutcomeTotals,
}

/// What judging the changes of the last days did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct JudgedSuggestions {
    /// Changes that could be judged.
    pub judged: u64,
    /// What they saved, in minor units; below zero where they cost.
    pub saved_minor: i64,
    /// Of these, changes of which something else is known now than before.
    pub written: u64,
    /// Changes of which it was known before how they turned out, and is not any more: their sales are gone, or they are left out now.
    pub removed: u64,
    /// Left out: goods that keep, on which one day says nothing.
    pub keeping: u64,
    /// Left out: baked for another day in the end, or given up.
    pub moved: u64,
    /// Left out: the price or the cost is missing.
    pub unpriced: u64,
    /// Left out: what was wanted is not known, or not yet.
    pub unknown: u64,
}

/// What computing the suggestions of a day did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
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
