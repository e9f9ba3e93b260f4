//! What ingredients cost and bring along rolls up to the products that are made of them.

use super::Library;
use crate::audit::{self, Change};
use crate::ingredients::allergens_of;
use crate::store::catalog;
use crate::{Ctx, ServiceResult};
use entity::product;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Allergens of every ingredient.
pub(super) fn allergens_by_ingredient(library: &Library) -> BTreeMap<Uuid, BTreeSet<String>> {
    let ingredients = library.ingredients.iter();
    ingredients
        .map(|(id, (product, _))| (*id, allergens_of(&product.allergens)))
        .collect()
}

fn snapshot(product: &product::Model) -> Value {
    json!({
        "sku": product.sku, "unit_cost_minor": product.unit_cost_minor, "allergens": product.allergens,
        "version": product.version,
    })
}

/// Allergens that were declared of products, by product: instead of those that stand.
pub(crate) type Declared = BTreeMap<Uuid, BTreeSet<String>>;

/// Brings allergens and unit cost of every product with a recipe to what the recipe says; answers with what has to go into the audit
/// log, which the caller writes with [`record`] when nothing else has to be locked. A cost is left as it is while the price of an
/// ingredient is not known: too low a cost would bake too much. Allergens are only ever added: what somebody declared of a product may
/// come from a topping or a mould that no recipe names.
pub(crate) async fn roll_up(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    declared: &Declared,
) -> ServiceResult<Vec<Change<'static>>> {
    let library = Library::read(db, ctx.organization_id()).await?;
    let of_ingredients = allergens_by_ingredient(&library);
    let costs = library.costs();
    let products = catalog::list_products(db, ctx.organization_id()).await?;
    let mut changes = Vec::new();
    for product in products {
        let Some(recipe) = library.of_product(product.id) else {
            continue;
        };
        let standing = allergens_of(&product.allergens);
        let mut allergens = declared.get(&product.id).cloned().unwrap_or_else(|| {
            let texts = standing.iter().map(|text| text.trim().to_lowercase());
            texts.collect()
        });
        allergens.extend(library.book.allergens(recipe.id, &of_ingredients));
        let (cost, unknown) = library.book.unit_cost(recipe.id, &costs);
        let unit_cost_minor = if unknown.is_empty() && cost > 0.0 {
            (cost.round() as i64).max(1)
        } else {
            product.unit_cost_minor
        };
        if unit_cost_minor == product.unit_cost_minor && allergens == standing {
            continue;
        }
        let before = snapshot(&product);
        let row = product::Model {
            unit_cost_minor,
            allergens: json!(allergens),
            version: product.version + 1,
            ..product
        };
        changes.push(Change {
            action: "recipes.write",
            subject_kind: "product",
            subject_id: row.id,
            before: Some(before),
            after: Some(snapshot(&row)),
        });
        catalog::update_product(db, row).await?;
    }
    Ok(changes)
}

/// Writes what rolled up into the audit log: last before the commit, its head is the last lock.
pub(crate) async fn record(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    rolled_up: Vec<Change<'static>>,
) -> ServiceResult<()> {
    for change in rolled_up {
        audit::record(db, ctx, change).await?;
    }
    Ok(())
}
