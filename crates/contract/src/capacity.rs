//! What the kitchens can bake and mix on a day, against what is planned.

use crate::recipes::RecipeLineView;
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Share of the oven from which on a plan is worth a word though it fits, in basis points.
pub const NEARLY_FULL_BP: i64 = 9_000;

/// Whether the plan of a day fits into the ovens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadCapacity {
    /// The day on which it is baked.
    pub production_date: NaiveDate,
    /// The kitchen that bakes for this store; those of all stores that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// Trays that must be out of an oven at a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DeadlineView {
    pub due_at: DateTime<Utc>,
    /// Due until then, those of earlier moments among them.
    pub trays: i64,
    /// What the oven bakes until then.
    pub capacity: i64,
    /// Trays that are not out in time; 0 where all are.
    pub too_many: i64,
    /// When the last of them is out.
    pub done_at: DateTime<Utc>,
    /// Minutes by which it is late; 0 where it is not.
    pub late_minutes: i64,
    /// Trays due against what the oven bakes, in basis points.
    pub load_bp: i64,
}

/// A product that is still good if it is baked a day earlier.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct EarlierView {
    pub product_id: Uuid,
    pub product_name: String,
    /// Of it, due until the moment that is missed.
    pub trays: i64,
}

/// One kitchen's oven on the day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OvenView {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    pub trays_per_hour: i32,
    /// When the oven is hot.
    pub bakes_from: DateTime<Utc>,
    /// The earliest first; moments at which nothing is due are left out.
    pub deadlines: Vec<DeadlineView>,
    /// The deadline that is missed most; `None` where the plan fits.
    pub worst: Option<DeadlineView>,
    /// What could be baked the day before instead, the most trays first; empty where the plan fits.
    pub earlier: Vec<EarlierView>,
}

impl OvenView {
    /// How full the oven is at its fullest, in basis points.
    #[must_use]
    pub fn load_bp(&self) -> i64 {
        let loads = self.deadlines.iter().map(|deadline| deadline.load_bp);
        loads.max().unwrap_or(0)
    }

    /// Whether somebody should look at it.
    #[must_use]
    pub fn is_tight(&self) -> bool {
        self.worst.is_some() || self.load_bp() > NEARLY_FULL_BP
    }
}

/// The ovens of a day, by code of the kitchen; those that bake as many trays as wanted are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct CapacityView {
    pub production_date: NaiveDate,
    pub ovens: Vec<OvenView>,
}

/// What is to be mixed for a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ReadMixes {
    /// The day on which it is baked.
    pub date: NaiveDate,
    /// The kitchen that bakes for this store; those of all stores that the reader sees where it is left out.
    #[serde(default)]
    pub store_id: Option<Uuid>,
}

/// One dough over all batches that wait for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct DoughView {
    pub recipe_id: Uuid,
    pub name: String,
    pub method: Option<String>,
    /// Products that it is for, by name.
    pub products: Vec<String>,
    /// Grams of everything that is weighed into it, the expected loss on top.
    pub total_grams: i64,
    /// As few as the mixer allows, all alike.
    pub mixes: i64,
    /// Grams of one mix; the first `with_one_more` hold a gram more.
    pub mix_grams: i64,
    pub with_one_more: i64,
    /// The recipe of one mix.
    pub lines: Vec<RecipeLineView>,
}

/// What one kitchen mixes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct KitchenMixes {
    pub store_id: Uuid,
    pub store_code: String,
    pub store_name: String,
    /// Grams of dough that go into the mixer at once; `None` = as much as wanted.
    pub mixer_capacity: Option<i64>,
    /// What is needed first stands first; then by name.
    pub doughs: Vec<DoughView>,
    /// Products with waiting batches and no recipe, by name: their doughs are not known.
    pub without_recipe: Vec<String>,
}

/// The mixes of a day, by code of the kitchen; kitchens for which no batch waits are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct MixesView {
    pub date: NaiveDate,
    pub kitchens: Vec<KitchenMixes>,
}
