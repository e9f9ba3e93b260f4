//! Adding and changing ingredients.

use super::{Ingredients, allergen_list, announce};
use crate::audit::{self, Change};
use crate::store::{catalog, ingredients as rows, organizations};
use crate::{Ctx, ServiceError, ServiceResult, receipts, recipes};
use chrono::SubsecRound;
use contract::FieldError;
use contract::ingredients::{IngredientView, SaveIngredient};
use domain::stock::MAX_QUANTITY;
use domain::{Language, Permission, ProductKind, ReplenishmentPolicy};
use entity::{category, ingredient, ingredient_price, product};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

const SAVE: &str = "ingredients.save";

const LONGEST_CODE: usize = 40;
pub(super) const LONGEST_NAME: usize = 120;
const MOST_ALLERGENS: usize = 30;
/// Ten years: salt.
const LONGEST_LIFE_DAYS: i32 = 3_660;
/// In minor units, of a pack or an order.
pub(crate) const MAX_MONEY: i64 = 1_000_000_000;
/// Keeping something for a year costs ten times its value at most.
const MAX_HOLDING_BP: i32 = 100_000;
/// After every other category.
const LAST_POSITION: i32 = 999;

/// Faults of a command, gathered.
#[derive(Default)]
pub(crate) struct Faults(Vec<FieldError>);

impl Faults {
    pub(crate) fn unless(&mut self, good: bool, field: &str, reason: &str, message: &str) {
        if !good {
            self.0.push(FieldError {
                field: field.into(),
                reason: reason.into(),
                message: message.into(),
            });
        }
    }

    pub(crate) fn name(&mut self, field: &str, name: &str, longest: usize) {
        let length = name.trim().chars().count();
        self.unless(length > 0, field, "required", "It needs a name.");
        let fits = length <= longest && !name.chars().any(char::is_control);
        self.unless(
            fits,
            field,
            "text.too_long",
            "The text is too long, or holds signs that cannot be shown.",
        );
    }

    pub(crate) fn answer(self) -> ServiceResult<()> {
        if self.0.is_empty() {
            Ok(())
        } else {
            Err(ServiceError::Invalid(self.0))
        }
    }
}

/// Somebody else changed it since it was read.
pub(crate) fn check_version(what: &'static str, now: i32, known: i32) -> ServiceResult<()> {
    if now == known {
        return Ok(());
    }
    Err(ServiceError::Conflict {
        reason: "recipe.stale",
        message: format!(
            "Somebody else changed this {what} meanwhile. Look at it again; what you typed is kept."
        ),
    })
}

/// # Errors
/// Every field that is out of range.
pub(crate) fn check(command: &SaveIngredient) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.name("name", &command.name, LONGEST_NAME);
    faults.name("code", &command.code, LONGEST_CODE);
    let range = "quantity_out_of_range";
    faults.unless(
        (1..=MAX_QUANTITY).contains(&command.pack_quantity),
        "pack_quantity",
        range,
        "A pack holds 1 to 1,000,000,000.",
    );
    faults.unless(
        command
            .pack_price_minor
            .is_none_or(|p| (0..=MAX_MONEY).contains(&p)),
        "pack_price",
        "number.range",
        "A price is not negative and below ten million.",
    );
    faults.unless(
        (1..=LONGEST_LIFE_DAYS).contains(&command.shelf_life_days),
        "shelf_life_days",
        "number.range",
        "It keeps 1 to 3,660 days.",
    );
    faults.unless(
        (5_000..=9_999).contains(&command.service_level_bp),
        "service_level",
        "number.range",
        "A service level is 50 % to 99.99 %.",
    );
    faults.unless(
        (0..=MAX_HOLDING_BP).contains(&command.holding_bp),
        "holding",
        "number.range",
        "Keeping costs 0 to 1,000 % of the value a year.",
    );
    faults.unless(
        command.allergens.len() <= MOST_ALLERGENS
            && command
                .allergens
                .iter()
                .all(|a| a.chars().count() <= LONGEST_CODE),
        "allergens",
        "text.too_long",
        "At most 30 allergens of 40 characters.",
    );
    faults.answer()
}

/// An ingredient about to be written, checked.
pub(crate) struct NewIngredient<'a> {
    pub code: &'a str,
    pub name: &'a str,
    pub command: &'a SaveIngredient,
    /// What stands, locked.
    pub old: Option<(product::Model, ingredient::Model)>,
}

/// The category in which ingredients stand, made where it is missing.
async fn category_id(db: &impl ConnectionTrait, ctx: &Ctx) -> ServiceResult<Uuid> {
    let organization = organizations::get(db, ctx.organization_id()).await?;
    let name = match organization.language {
        Language::Es => "Ingredientes",
        Language::En => "Ingredients",
    };
    if let Some(found) = rows::find_category(db, organization.id, name).await? {
        return Ok(found.id);
    }
    let row = category::Model {
        id: Uuid::now_v7(),
        organization_id: organization.id,
        name: name.to_owned(),
        position: LAST_POSITION,
        version: 1,
    };
    let id = row.id;
    catalog::insert_category(db, row).await?;
    Ok(id)
}

/// Writes an ingredient and its price's history; answers with its rows and whether anything changed.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    new: NewIngredient<'_>,
) -> ServiceResult<(product::Model, ingredient::Model, bool)> {
    let NewIngredient {
        code,
        name,
        command,
        old,
    } = new;
    let organization_id = ctx.organization_id();
    let id = old
        .as_ref()
        .map_or_else(Uuid::now_v7, |(product, _)| product.id);
    let (old_product, old_ingredient) = old.unzip();
    let mut product = product::Model {
        id,
        organization_id,
        category_id: match &old_product {
            Some(old) => old.category_id,
            None => category_id(db, ctx).await?,
        },
        kind: ProductKind::Ingredient,
        sku: code.to_owned(),
        name: name.to_owned(),
        unit: command.unit,
        price_minor: 0,
        unit_cost_minor: 0,
        salvage_minor: 0,
        shelf_life_days: command.shelf_life_days,
        tray_size: 1,
        lead_time_days: 0,
        policy: ReplenishmentPolicy::ReorderPoint,
        service_level_bp: command.service_level_bp,
        allergens: json!(allergen_list(&command.allergens)),
        introduced_on: None,
        discontinued_on: None,
        active: true,
        version: old_product.as_ref().map_or(1, |old| old.version),
        created_at: old_product
            .as_ref()
            .map_or_else(|| ctx.now.trunc_subsecs(6), |old| old.created_at),
        substitution_share_bp: 0,
        barcodes: old_product
            .as_ref()
            .map_or_else(|| json!([]), |old| old.barcodes.clone()),
    };
    let row = ingredient::Model {
        product_id: id,
        organization_id,
        supplier_id: command.supplier_id,
        stocked: command.stocked,
        flour: command.flour,
        pack_quantity: command.pack_quantity,
        pack_price_minor: command.pack_price_minor,
        holding_bp: command.holding_bp,
    };
    if old_product.as_ref() == Some(&product) && old_ingredient.as_ref() == Some(&row) {
        return Ok((product, row, false));
    }
    match &old_product {
        None => catalog::insert_product(db, product.clone()).await?,
        Some(_) => {
            product.version += 1;
            catalog::update_product(db, product.clone()).await?;
        }
    }
    rows::write(db, old_ingredient.is_none(), &row).await?;
    remember_price(db, ctx, old_ingredient.as_ref(), &row).await?;
    Ok((product, row, true))
}

/// A price that differs from the one before goes into the history.
pub(super) async fn remember_price(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    old: Option<&ingredient::Model>,
    new: &ingredient::Model,
) -> ServiceResult<()> {
    let facts =
        |row: &ingredient::Model| (row.pack_quantity, row.pack_price_minor, row.supplier_id);
    let Some(pack_price_minor) = new.pack_price_minor else {
        return Ok(());
    };
    if old.is_some_and(|old| facts(old) == facts(new)) {
        return Ok(());
    }
    let price = ingredient_price::Model {
        id: Uuid::now_v7(),
        organization_id: new.organization_id,
        product_id: new.product_id,
        supplier_id: new.supplier_id,
        pack_quantity: new.pack_quantity,
        pack_price_minor,
        actor_id: ctx.actor.user_id,
        recorded_at: ctx.now.trunc_subsecs(6),
    };
    rows::insert_price(db, price).await
}

impl Ingredients<'_> {
    /// Adds an ingredient or changes one; a price that changes goes into its history, and what products cost follows.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; invalid fields; not found (ingredient, supplier); a conflict when the code is taken or
    /// somebody else changed it meanwhile; a rule when the unit of an ingredient would change.
    pub async fn save(&self, ctx: &Ctx, command: SaveIngredient) -> ServiceResult<IngredientView> {
        ctx.require(Permission::RecipesWrite)?;
        check(&command)?;
        let organization_id = ctx.organization_id();
        let (code, name) = (command.code.trim(), command.name.trim());
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                let old = match command.ingredient_id {
                    Some(id) => Some(rows::get_locked(&*tx, organization_id, id).await?),
                    None => None,
                };
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, SAVE, &command).await?
                {
                    return Ok(answer);
                }
                let supplier = match command.supplier_id {
                    Some(id) => Some(rows::get_supplier_locked(&*tx, organization_id, id).await?),
                    None => None,
                };
                if let Some((product, _)) = &old {
                    check_version("ingredient", product.version, command.version)?;
                    if product.unit != command.unit {
                        return Err(ServiceError::rule(
                            "ingredient.unit",
                            "Every quantity of this ingredient is in its unit, which cannot change any more. Add another ingredient instead.",
                        ));
                    }
                }
                let taken = rows::find_by_code(&*tx, organization_id, code).await?;
                if taken.is_some_and(|other| Some(other.id) != command.ingredient_id) {
                    return Err(ServiceError::Conflict {
                        reason: "ingredient.code_taken",
                        message: "Another product or ingredient has this code.".into(),
                    });
                }
                let before = old.as_ref().map(|(product, row)| snapshot(product, row));
                let new = NewIngredient {
                    code,
                    name,
                    command: &command,
                    old,
                };
                let (product, row, _) = put(&*tx, ctx, new).await?;
                let rolled_up = recipes::roll_up(&*tx, ctx, &recipes::Declared::new()).await?;
                announce(&*tx, ctx, Some(product.id)).await?;
                let change = Change {
                    action: "recipes.write",
                    subject_kind: "ingredient",
                    subject_id: product.id,
                    before,
                    after: Some(snapshot(&product, &row)),
                };
                audit::record(&*tx, ctx, change).await?;
                recipes::record(&*tx, ctx, rolled_up).await?;
                let answer = super::reading::view(&product, &row, supplier.map(|s| s.name), 0, 0);
                receipts::insert(&*tx, ctx, command.command_id, SAVE, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

fn snapshot(product: &product::Model, row: &ingredient::Model) -> serde_json::Value {
    json!({
        "code": product.sku, "name": product.name, "allergens": product.allergens, "supplier_id": row.supplier_id,
        "stocked": row.stocked, "flour": row.flour, "pack_quantity": row.pack_quantity,
        "pack_price_minor": row.pack_price_minor, "version": product.version,
    })
}
