//! What ingredients cost and bring along rolls up to the products that are made of them.

use super::Library;
use crate::ingredients::allergens_of;
use crate::store::catalog;
use crate::{Ctx, ServiceResult};
use entity::{product, recipe};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Allergens of every ingredient.
pub(super) fn allergens_by_ingredient(library: &Library) -> BTreeMap<Uuid, BTreeSet<String>> {
    let ingredients = library.ingredients.iter();
    ingredients
        .map(|(id, (product, _))| (*id, allergens_of(&product.allergens)))
        .collect()
}

/// What one good base unit costs, in minor units, work and energy included; and the ingredients without a price.
pub(super) fn unit_cost(
    library: &Library,
    recipe: &recipe::Model,
    costs: &BTreeMap<Uuid, f64>,
) -> (f64, BTreeSet<Uuid>) {
    let (ingredients, unknown) = library.book.unit_cost(recipe.id, costs);
    let good = recipe.yield_quantity as f64 * f64::from(10_000 - recipe.loss_bp) / 10_000.0;
    (
        ingredients + recipe.other_cost_minor as f64 / good.max(1.0),
        unknown,
    )
}

/// Brings allergens and unit cost of every product with a recipe to what the recipe says; how many products changed. A cost is left as
/// it is while the price of an ingredient is not known: too low a cost would bake too much.
pub(crate) async fn roll_up(db: &impl ConnectionTrait, ctx: &Ctx) -> ServiceResult<u64> {
    let library = Library::read(db, ctx.organization_id()).await?;
    let of_ingredients = allergens_by_ingredient(&library);
    let costs = library.costs();
    let products = catalog::list_products(db, ctx.organization_id()).await?;
    let mut changed = 0;
    for product in products {
        let Some(recipe) = library.of_product(product.id) else {
            continue;
        };
        let allergens = library.book.allergens(recipe.id, &of_ingredients);
        let (cost, unknown) = unit_cost(&library, recipe, &costs);
        let unit_cost_minor = if unknown.is_empty() && cost > 0.0 {
            (cost.round() as i64).max(1)
        } else {
            product.unit_cost_minor
        };
        if unit_cost_minor == product.unit_cost_minor
            && allergens == allergens_of(&product.allergens)
        {
            continue;
        }
        let row = product::Model {
            unit_cost_minor,
            allergens: json!(allergens),
            version: product.version + 1,
            ..product
        };
        catalog::update_product(db, row).await?;
        changed += 1;
    }
    Ok(changed)
}
