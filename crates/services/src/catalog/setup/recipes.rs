//! Suppliers, ingredients and recipes of a setup file.

use super::id_of;
use crate::audit::Change;
use crate::ingredients::{self, NewIngredient};
use crate::recipes::{self, Declared, Library};
use crate::store::{ingredients as rows, recipes as recipe_rows};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::catalog::{SetupCount, SetupFile, SetupIngredient, SetupRecipe, SetupSupplier};
use contract::ingredients::{SaveIngredient, SaveSupplier};
use contract::recipes::{RecipeLine, SaveRecipe};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// As with products.
const DEFAULT_SERVICE_LEVEL_BP: i32 = 9_500;

fn counted(count: &mut SetupCount, is_new: bool, changed: bool) {
    match (is_new, changed) {
        (true, _) => count.created += 1,
        (false, true) => count.changed += 1,
        (false, false) => count.unchanged += 1,
    }
}

/// A fault of an entry, under its name in the file.
fn named(entry: &str, error: ServiceError) -> ServiceError {
    match error {
        ServiceError::Invalid(mut faults) => {
            for fault in &mut faults {
                fault.field = format!("{entry}.{}", fault.field);
            }
            ServiceError::Invalid(faults)
        }
        ServiceError::NotFound(what) => ServiceError::field(
            entry,
            "unknown",
            format!(
                "it names a {what} that is not there; what a recipe is made with stands before it"
            ),
        ),
        other => other,
    }
}

/// Brings suppliers, ingredients and recipes to what the file says, and rolls cost and allergens up to products; what rolled up is for
/// the audit log.
pub(super) async fn set_up(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    products: &BTreeMap<String, Uuid>,
) -> ServiceResult<(SetupCount, SetupCount, SetupCount, Vec<Change<'static>>)> {
    let organization_id = ctx.organization_id();
    let mut counts = (
        SetupCount::default(),
        SetupCount::default(),
        SetupCount::default(),
    );
    let known = rows::list_suppliers(db, organization_id).await?;
    let mut suppliers: BTreeMap<String, Uuid> =
        known.iter().map(|s| (s.name.clone(), s.id)).collect();
    for entry in &file.suppliers {
        let old = known.iter().find(|s| s.name == entry.name.trim());
        let command = supplier(entry);
        ingredients::check_supplier(&command)
            .map_err(|e| named(&format!("suppliers.{}", entry.name), e))?;
        let (row, changed) = ingredients::put_supplier(db, &command, organization_id, old).await?;
        counted(&mut counts.0, old.is_none(), changed);
        suppliers.insert(row.name, row.id);
    }
    let known = rows::list(db, organization_id).await?;
    let mut codes: BTreeMap<String, Uuid> =
        known.iter().map(|(p, _)| (p.sku.clone(), p.id)).collect();
    for entry in &file.ingredients {
        let name = format!("ingredients.{}", entry.code);
        let old = known
            .iter()
            .find(|(p, _)| p.sku == entry.code.trim())
            .cloned();
        if old.is_none() && products.contains_key(entry.code.trim()) {
            return Err(ServiceError::field(
                &name,
                "code",
                "a product has this code",
            ));
        }
        if old.as_ref().is_some_and(|(p, _)| p.unit != entry.unit) {
            return Err(ServiceError::field(&name, "unit", "its unit cannot change"));
        }
        let supplier_id = match &entry.supplier {
            None => None,
            Some(supplier) => {
                Some(id_of(&suppliers, supplier, "supplier").map_err(|e| named(&name, e))?)
            }
        };
        let command = ingredient(entry, supplier_id);
        ingredients::check(&command).map_err(|e| named(&name, e))?;
        let is_new = old.is_none();
        let new = NewIngredient {
            code: entry.code.trim(),
            name: entry.name.trim(),
            command: &command,
            old,
        };
        let (product, _, changed) = ingredients::put(db, ctx, new).await?;
        counted(&mut counts.1, is_new, changed);
        codes.insert(product.sku, product.id);
    }
    for entry in &file.recipes {
        let name = format!("recipes.{}", entry.name);
        let library = Library::read(db, organization_id).await?;
        let old = library.recipes.iter().find(|r| r.name == entry.name.trim());
        let command = recipe(entry, &library, &codes, products).map_err(|e| named(&name, e))?;
        let put = recipes::put(db, ctx, &library, &command, old).await;
        let (_, changed) = put.map_err(|e| named(&name, e))?;
        counted(&mut counts.2, old.is_none(), changed);
    }
    let mut rolled_up = Vec::new();
    if !recipe_rows::list(db, organization_id).await?.is_empty() {
        let mut declared = Declared::new();
        for product in &file.products {
            let id = id_of(products, &product.sku, "product")?;
            let allergens = ingredients::allergen_list(&product.allergens);
            declared.insert(id, allergens.into_iter().collect());
        }
        rolled_up = recipes::roll_up(db, ctx, &declared).await?;
    }
    let (suppliers, ingredients, recipes) = counts;
    Ok((suppliers, ingredients, recipes, rolled_up))
}

fn supplier(entry: &SetupSupplier) -> SaveSupplier {
    SaveSupplier {
        command_id: Uuid::nil(),
        supplier_id: None,
        version: 0,
        name: entry.name.clone(),
        email: entry.email.clone(),
        phone: entry.phone.clone(),
        lead_time_days: entry.lead_time_days,
        order_cost_minor: entry.order_cost_minor,
    }
}

fn ingredient(entry: &SetupIngredient, supplier_id: Option<Uuid>) -> SaveIngredient {
    SaveIngredient {
        command_id: Uuid::nil(),
        ingredient_id: None,
        version: 0,
        code: entry.code.clone(),
        name: entry.name.clone(),
        unit: entry.unit,
        allergens: entry.allergens.clone(),
        shelf_life_days: entry.shelf_life_days,
        service_level_bp: entry.service_level_bp.unwrap_or(DEFAULT_SERVICE_LEVEL_BP),
        supplier_id,
        stocked: entry.stocked,
        flour: entry.flour,
        pack_quantity: entry.pack_quantity,
        pack_price_minor: entry.pack_price_minor,
        holding_bp: entry.holding_bp,
    }
}

fn recipe(
    entry: &SetupRecipe,
    library: &Library,
    codes: &BTreeMap<String, Uuid>,
    products: &BTreeMap<String, Uuid>,
) -> ServiceResult<SaveRecipe> {
    let names: BTreeMap<String, Uuid> = library
        .recipes
        .iter()
        .map(|r| (r.name.clone(), r.id))
        .collect();
    let find = |ids: &BTreeMap<String, Uuid>, key: &Option<String>, what| match key {
        None => Ok(None),
        Some(key) => id_of(ids, key, what).map(Some),
    };
    let mut lines = Vec::with_capacity(entry.lines.len());
    for line in &entry.lines {
        lines.push(RecipeLine {
            ingredient_id: find(codes, &line.ingredient, "ingredient")?,
            part_id: find(&names, &line.recipe, "recipe")?,
            quantity: line.quantity,
        });
    }
    Ok(SaveRecipe {
        command_id: Uuid::nil(),
        recipe_id: None,
        version: 0,
        product_id: find(products, &entry.product, "product")?,
        name: entry.name.clone(),
        unit: entry.unit,
        yield_quantity: entry.yield_quantity,
        loss_bp: entry.loss_bp,
        other_cost_minor: entry.other_cost_minor,
        oven_minutes: entry.oven_minutes,
        stages: entry.stages.clone(),
        method: entry.method.clone(),
        lines,
    })
}
