//! Recipes and what batches take: commands in, views out. Quantities in base units, money in minor units.

use domain::Unit;
use domain::recipes::StageTime;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// One component of a recipe: either an ingredient or what another recipe makes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeLine {
    #[serde(default)]
    pub ingredient_id: Option<Uuid>,
    /// Another recipe.
    #[serde(default)]
    pub part_id: Option<Uuid>,
    /// Base units of the component for one batch.
    pub quantity: i64,
}

/// Adds a recipe, or changes one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct SaveRecipe {
    pub command_id: Uuid,
    /// `None` adds one.
    pub recipe_id: Option<Uuid>,
    /// The version that was changed; 0 for a new one.
    pub version: i32,
    /// What it makes; `None` for a dough or a filling.
    pub product_id: Option<Uuid>,
    pub name: String,
    /// Base unit of what it makes; the product's where it makes one.
    pub unit: Unit,
    pub yield_quantity: i64,
    pub loss_bp: i32,
    /// Of a batch, besides its ingredients.
    pub other_cost_minor: i64,
    pub oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    pub method: Option<String>,
    pub lines: Vec<RecipeLine>,
}

/// Removes a recipe that no other one uses.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RemoveRecipe {
    pub command_id: Uuid,
    pub recipe_id: Uuid,
    pub version: i32,
}

/// A line with its names.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeLineView {
    pub line: RecipeLine,
    pub name: String,
    pub unit: Unit,
    /// Against the flour, in basis points, where there is flour.
    pub percentage_bp: Option<i64>,
}

/// A recipe as lists show it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipeView {
    pub id: Uuid,
    pub product_id: Option<Uuid>,
    pub name: String,
    pub unit: Unit,
    pub yield_quantity: i64,
    pub loss_bp: i32,
    pub other_cost_minor: i64,
    pub oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    pub method: Option<String>,
    pub version: i32,
    pub lines: Vec<RecipeLineView>,
    pub allergens: Vec<String>,
    /// Of one good base unit, in thousandths of a minor unit.
    pub unit_cost_milli: i64,
    /// Ingredients whose price is not known and that count as nothing.
    pub unpriced: Vec<String>,
    /// Recipes in which it stands.
    pub used_in: Vec<String>,
}

/// All recipes, and what their lines may name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RecipesView {
    pub items: Vec<RecipeView>,
    /// ISO 4217 code.
    pub currency: String,
}

/// What a batch of this product for this store would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ReadNeeds {
    pub store_id: Uuid,
    pub product_id: Uuid,
    /// Good ones; the expected loss comes on top.
    pub quantity: i64,
    /// An order whose own reservation does not count against it.
    #[serde(default)]
    pub order_id: Option<Uuid>,
}

/// An ingredient of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NeedView {
    pub ingredient_id: Uuid,
    pub name: String,
    pub unit: Unit,
    pub needed: i64,
    /// On the kitchen's shelf, less what other batches in the oven hold back; `None` where no stock is kept of it.
    pub available: Option<i64>,
    /// How much of it is not there.
    pub missing: i64,
}

/// One step of what a batch is made of, scaled to its quantity.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ScaledRecipe {
    pub name: String,
    /// Base units to make, the expected loss on top.
    pub quantity: i64,
    pub unit: Unit,
    pub oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    pub method: Option<String>,
    pub lines: Vec<RecipeLineView>,
}

/// What a batch takes: through all levels, and recipe by recipe, doughs first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct NeedsView {
    pub needs: Vec<NeedView>,
    pub recipes: Vec<ScaledRecipe>,
    pub allergens: Vec<String>,
}

/// A recipe as the kitchen's board brings it along: of one batch of its yield, so that the browser scales it to any order without
/// asking anybody.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct BoardRecipe {
    pub id: Uuid,
    /// What it makes; `None` for a dough or a filling.
    pub product_id: Option<Uuid>,
    pub name: String,
    pub unit: Unit,
    /// Base units of one batch, before the loss.
    pub yield_quantity: i64,
    pub loss_bp: i32,
    pub oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    pub stages: Vec<StageTime>,
    pub method: Option<String>,
    pub lines: Vec<RecipeLineView>,
    /// Through all its levels.
    pub allergens: Vec<String>,
}

/// What a waiting batch lacks, as the kitchen's board tells it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Shortage {
    pub order_id: Uuid,
    pub ingredient_id: Uuid,
    pub ingredient_name: String,
    pub unit: Unit,
    pub missing: i64,
}
