//! What these endpoints are asked and sent.

use contract::ingredients::{SaveIngredient, SaveSupplier};
use contract::recipes::{RecipeLine, SaveRecipe};
use domain::Unit;
use domain::recipes::StageTime;
use serde::Deserialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// Which ingredients are listed, and of which kitchen their stock is.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(super) struct OfKitchen {
    /// The first kitchen in scope where nothing is said.
    #[serde(default)]
    pub store_id: Option<Uuid>,
    /// From `next` of the part before.
    #[serde(default)]
    pub after: Option<String>,
    /// 50 where nothing is said.
    #[schema(minimum = 1, maximum = 200)]
    #[serde(default)]
    pub limit: Option<u32>,
}

/// Body of `POST /api/v1/ingredients` and `PUT /api/v1/ingredients/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = IngredientEdit)]
#[serde(deny_unknown_fields)]
pub(super) struct Ingredient {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it; a new one has none.
    #[serde(default)]
    pub version: Option<i32>,
    #[schema(min_length = 1, max_length = 40)]
    code: String,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Cannot change once there is an ingredient: every quantity is in it.
    unit: Unit,
    #[schema(max_items = 30, max_length = 40)]
    #[serde(default)]
    allergens: Vec<String>,
    #[schema(minimum = 1, maximum = 3660)]
    shelf_life_days: i32,
    #[schema(minimum = 5000, maximum = 9999)]
    service_level_bp: i32,
    #[serde(default)]
    supplier_id: Option<Uuid>,
    stocked: bool,
    flour: bool,
    /// Base units.
    #[schema(minimum = 1, maximum = 1000000000)]
    pack_quantity: i64,
    #[schema(minimum = 0, maximum = 1000000000)]
    #[serde(default)]
    pack_price_minor: Option<i64>,
    /// What keeping it costs a year, in basis points of its value.
    #[schema(minimum = 0, maximum = 100000)]
    holding_bp: i32,
}

impl Ingredient {
    pub(super) fn command(self, ingredient_id: Option<Uuid>, version: i32) -> SaveIngredient {
        SaveIngredient {
            command_id: self.command_id,
            ingredient_id,
            version,
            code: self.code,
            name: self.name,
            unit: self.unit,
            allergens: self.allergens,
            shelf_life_days: self.shelf_life_days,
            service_level_bp: self.service_level_bp,
            supplier_id: self.supplier_id,
            stocked: self.stocked,
            flour: self.flour,
            pack_quantity: self.pack_quantity,
            pack_price_minor: self.pack_price_minor,
            holding_bp: self.holding_bp,
        }
    }
}

/// Body of `POST /api/v1/suppliers` and `PUT /api/v1/suppliers/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = SupplierEdit)]
#[serde(deny_unknown_fields)]
pub(super) struct Supplier {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it; a new one has none.
    #[serde(default)]
    pub version: Option<i32>,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    #[schema(max_length = 120)]
    #[serde(default)]
    email: Option<String>,
    #[schema(max_length = 120)]
    #[serde(default)]
    phone: Option<String>,
    #[schema(minimum = 0, maximum = 365)]
    lead_time_days: i32,
    /// What an order costs besides its goods.
    #[schema(minimum = 0, maximum = 1000000000)]
    order_cost_minor: i64,
}

impl Supplier {
    pub(super) fn command(self, supplier_id: Option<Uuid>, version: i32) -> SaveSupplier {
        SaveSupplier {
            command_id: self.command_id,
            supplier_id,
            version,
            name: self.name,
            email: self.email,
            phone: self.phone,
            lead_time_days: self.lead_time_days,
            order_cost_minor: self.order_cost_minor,
        }
    }
}

/// Body of `POST /api/v1/recipes` and `PUT /api/v1/recipes/{id}`.
#[derive(Debug, Deserialize, ToSchema)]
#[schema(as = RecipeEdit)]
#[serde(deny_unknown_fields)]
pub(super) struct Recipe {
    command_id: Uuid,
    /// The version that was read, where `If-Match` does not name it; a new one has none.
    #[serde(default)]
    pub version: Option<i32>,
    /// What it makes; nothing for a dough or a filling.
    #[serde(default)]
    product_id: Option<Uuid>,
    #[schema(min_length = 1, max_length = 120)]
    name: String,
    /// Of what it makes; the product's where it makes one.
    unit: Unit,
    #[schema(minimum = 1, maximum = 1000000000)]
    yield_quantity: i64,
    #[schema(minimum = 0, maximum = 9000)]
    #[serde(default)]
    loss_bp: i32,
    /// Of a batch, besides its ingredients.
    #[schema(minimum = 0, maximum = 1000000000)]
    #[serde(default)]
    other_cost_minor: i64,
    #[schema(minimum = 1, maximum = 2880)]
    #[serde(default)]
    oven_minutes: Option<i32>,
    /// Besides baking, which takes `oven_minutes`; in the order of the work.
    #[serde(default)]
    stages: Vec<StageTime>,
    #[schema(max_length = 4000)]
    #[serde(default)]
    method: Option<String>,
    #[schema(min_items = 1, max_items = 100)]
    lines: Vec<RecipeLine>,
}

impl Recipe {
    pub(super) fn command(self, recipe_id: Option<Uuid>, version: i32) -> SaveRecipe {
        SaveRecipe {
            command_id: self.command_id,
            recipe_id,
            version,
            product_id: self.product_id,
            name: self.name,
            unit: self.unit,
            yield_quantity: self.yield_quantity,
            loss_bp: self.loss_bp,
            other_cost_minor: self.other_cost_minor,
            oven_minutes: self.oven_minutes,
            stages: self.stages,
            method: self.method,
            lines: self.lines,
        }
    }
}
