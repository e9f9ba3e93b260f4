//! On which terms shelves are filled: the product's, what somebody chose instead, and what other choices would have cost. Quantities in
//! the product's base unit, money in minor units, shares and levels in basis points.

use crate::Page;
use crate::forecasts::CategoryOption;
use chrono::NaiveDate;
use domain::Unit;
use domain::replenish::{Levels, RatioCase, ShelfChoice, Terms};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Which shelves to list: those of a store, by category and name; of a product, by store; or the one of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ListPolicies {
    #[serde(default)]
    pub store_id: Option<Uuid>,
    #[serde(default)]
    pub product_id: Option<Uuid>,
    #[serde(default)]
    pub category_id: Option<Uuid>,
    /// Part of a product's name or sku.
    #[serde(default)]
    pub search: Option<String>,
    /// Only shelves for which somebody chose something.
    #[serde(default)]
    pub chosen: bool,
    /// From [`crate::page::Page::next`].
    #[serde(default)]
    pub after: Option<Uuid>,
    /// At most 200; 50 where nothing is said.
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Which shelf to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadPolicy {
    pub store_id: Uuid,
    pub product_id: Uuid,
}

/// A shelf as the person saw it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SeenShelf {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// From [`ShelfPolicyView::version`].
    pub version: i32,
}

/// Chooses the same for 1 to 500 shelves. It counts from the next time that suggestions are computed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct SetPolicies {
    pub command_id: Uuid,
    #[cfg_attr(feature = "openapi", schema(min_items = 1, max_items = 500))]
    pub shelves: Vec<SeenShelf>,
    /// In place of all that was chosen before; nothing gives the shelves back to their products.
    #[serde(default)]
    pub choice: Option<ShelfChoice>,
    /// In place of the levels that were set before; nothing leaves them as they are.
    #[serde(default)]
    pub levels: Option<Levels>,
}

/// What choosing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoliciesSet {
    /// Shelves that are different now.
    pub changed: u32,
    /// Shelves that were so already.
    pub unchanged: u32,
}

/// On which terms one shelf is filled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ShelfPolicyView {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub product_id: Uuid,
    pub sku: String,
    pub product_name: String,
    pub category_name: String,
    pub unit: Unit,
    pub tray_size: i64,
    pub shelf_life_days: i32,
    /// Per base unit.
    pub price_minor: i64,
    /// Per base unit.
    pub unit_cost_minor: i64,
    /// The product's own terms.
    pub of_product: Terms,
    /// What somebody chose for this shelf.
    pub choice: ShelfChoice,
    /// What holds.
    pub effective: Terms,
    /// Share of days on which it should not run out, as it follows from what holds.
    pub ratio_bp: i32,
    pub ratio_case: RatioCase,
    pub reorder_point: Option<i64>,
    pub order_up_to: Option<i64>,
    /// Grows with every change of the choice or the levels.
    pub version: i32,
}

/// A part of the list of shelves.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PoliciesView {
    pub page: Page<ShelfPolicyView>,
    /// To choose from, in the order of lists.
    pub categories: Vec<CategoryOption>,
}

/// A choice whose cost is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TriedChoice {
    /// What holds now.
    Current,
    /// The ratio of price, unit cost and salvage value.
    Costs,
    /// A service level.
    ServiceLevel,
}

/// What one choice would have cost.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ChoiceCost {
    pub choice: TriedChoice,
    /// Share of days on which it should not have run out.
    pub ratio_bp: i32,
    pub baked: i64,
    pub left: i64,
    pub missed: i64,
    /// Unit cost less salvage value of what would have been left.
    pub waste_minor: i64,
    /// Margin of what would have been missed, less what substitutes earn.
    pub missed_minor: i64,
}

impl ChoiceCost {
    /// Waste and missed margin together.
    #[must_use]
    pub const fn total_minor(&self) -> i64 {
        self.waste_minor.saturating_add(self.missed_minor)
    }
}

/// What each choice would have cost a shelf over its last four weeks: every day baked for itself from the forecast of the day before.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PolicyCosts {
    pub from: NaiveDate,
    /// The last day that is over.
    pub until: NaiveDate,
    /// Days that are counted: the shop was open and a forecast was there.
    pub days: u32,
    /// Of these, days that sold out: what was wanted is an estimate.
    pub estimated_days: u32,
    /// Days that sold out and of which nobody can tell what was wanted: not counted, so missed margin is at least what is told.
    pub left_out_days: u32,
    /// What is left is sold another day: waste is at most what is told.
    pub keeps: bool,
    /// Price and unit cost are known; else there is nothing to tell.
    pub costs_known: bool,
    pub choices: Vec<ChoiceCost>,
}
