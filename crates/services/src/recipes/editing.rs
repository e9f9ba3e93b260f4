//! Adding, changing and removing recipes.

use super::{Declared, Library, Recipes, record, refused, roll_up};
use crate::audit::{self, Change};
use crate::ingredients::{Faults, announce, check_version};
use crate::store::{organizations, recipes as rows, shelves};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use chrono::SubsecRound;
use contract::recipes::{RecipeView, RemoveRecipe, SaveRecipe};
use domain::recipes::{Component, MAX_STAGE_MINUTES, StageRuleError, check_stages};
use domain::{Permission, ProductKind};
use entity::{product, recipe, recipe_line};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

const SAVE: &str = "recipes.save";
const REMOVE: &str = "recipes.remove";

const LONGEST_NAME: usize = 120;
const LONGEST_METHOD: usize = 4_000;
const MAX_COST: i64 = 1_000_000_000;

fn check(command: &SaveRecipe) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.name("name", &command.name, LONGEST_NAME);
    let method = command.method.as_deref().unwrap_or_default();
    faults.unless(
        method.chars().count() <= LONGEST_METHOD,
        "method",
        "text.too_long",
        "The method has at most 4,000 characters.",
    );
    faults.unless(
        command
            .oven_minutes
            .is_none_or(|m| (1..=MAX_STAGE_MINUTES).contains(&m)),
        "oven_minutes",
        "number.range",
        "The time in the oven is 1 minute to two days.",
    );
    if let Err(error) = check_stages(&command.stages) {
        let reason = match error {
            StageRuleError::Minutes => "number.range",
            StageRuleError::Order | StageRuleError::Baking => "stages",
        };
        faults.unless(false, "stages", reason, &error.to_string());
    }
    faults.unless(
        (0..=MAX_COST).contains(&command.other_cost_minor),
        "other_cost",
        "number.range",
        "Other costs are not negative.",
    );
    faults.unless(
        command
            .lines
            .iter()
            .all(|l| l.ingredient_id.is_some() != l.part_id.is_some()),
        "lines",
        "lines",
        "Each line names an ingredient or a recipe, not both.",
    );
    faults.answer()
}

/// The rows of a recipe; its product must be one that is sold, without another recipe.
fn rows_of(
    ctx: &Ctx,
    command: &SaveRecipe,
    old: Option<&recipe::Model>,
    product: Option<&product::Model>,
) -> (recipe::Model, Vec<recipe_line::Model>) {
    let id = old.map_or_else(Uuid::now_v7, |old| old.id);
    let method = command.method.as_deref().map(str::trim);
    let row = recipe::Model {
        id,
        organization_id: ctx.organization_id(),
        product_id: command.product_id,
        name: command.name.trim().to_owned(),
        unit: product.map_or(command.unit, |product| product.unit),
        yield_quantity: command.yield_quantity,
        loss_bp: command.loss_bp,
        other_cost_minor: command.other_cost_minor,
        oven_minutes: command.oven_minutes,
        stages: json!(command.stages),
        method: method.filter(|text| !text.is_empty()).map(str::to_owned),
        version: old.map_or(1, |old| old.version),
        updated_at: old.map_or_else(|| ctx.now.trunc_subsecs(6), |old| old.updated_at),
    };
    let lines = command.lines.iter().zip(0_i32..);
    let lines = lines.map(|(line, position)| recipe_line::Model {
        recipe_id: id,
        position,
        organization_id: ctx.organization_id(),
        ingredient_id: line.ingredient_id,
        part_id: line.part_id,
        quantity: line.quantity,
    });
    (row, lines.collect())
}

/// Checks and writes a recipe; answers with its row and whether anything changed. Nothing that would contain itself gets through.
///
/// # Errors
/// Broken rules, among them another unit while others are made with it; not found: the product, an ingredient, another recipe; a conflict
/// when name or product are taken.
pub(crate) async fn put(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    library: &Library,
    command: &SaveRecipe,
    old: Option<&recipe::Model>,
) -> ServiceResult<(recipe::Model, bool)> {
    check(command)?;
    let product = match command.product_id {
        None => None,
        Some(id) => {
            let product = shelves::get_product(db, ctx.organization_id(), id).await?;
            if product.kind != ProductKind::Product {
                return Err(ServiceError::NotFound("product"));
            }
            Some(product)
        }
    };
    let (mut row, lines) = rows_of(ctx, command, old, product.as_ref());
    let rule = rows::recipe_of(&row, &lines);
    for line in &rule.lines {
        if let Component::Ingredient(id) = line.component
            && !library.ingredients.contains_key(&id)
        {
            return Err(ServiceError::NotFound("ingredient"));
        }
    }
    // Their quantities of it are in its unit.
    if old.is_some_and(|old| old.unit != row.unit) && !library.book.using(row.id).is_empty() {
        return Err(ServiceError::rule(
            "recipe.unit",
            "Other recipes are made with this one, in its unit. Take it out of them first.",
        ));
    }
    library.book.clone().with(rule).map_err(refused)?;
    let others = || library.recipes.iter().filter(|other| other.id != row.id);
    if others().any(|other| other.name == row.name) {
        return Err(ServiceError::Conflict {
            reason: "recipe.name_taken",
            message: "Another recipe has this name.".into(),
        });
    }
    if row.product_id.is_some() && others().any(|other| other.product_id == row.product_id) {
        return Err(ServiceError::Conflict {
            reason: "recipe.product_taken",
            message: "This product has a recipe already.".into(),
        });
    }
    let standing = library.lines.get(&row.id).map_or(&[][..], Vec::as_slice);
    if old == Some(&row) && standing == lines.as_slice() {
        return Ok((row, false));
    }
    if old.is_some() {
        row.version += 1;
        row.updated_at = ctx.now.trunc_subsecs(6);
    }
    rows::write(db, old.is_none(), &row, &lines).await?;
    Ok((row, true))
}

fn snapshot(row: &recipe::Model, lines: &[recipe_line::Model]) -> serde_json::Value {
    let lines = lines.iter().map(|line| {
        json!({ "ingredient_id": line.ingredient_id, "part_id": line.part_id, "quantity": line.quantity })
    });
    json!({
        "name": row.name, "product_id": row.product_id, "yield_quantity": row.yield_quantity, "loss_bp": row.loss_bp,
        "other_cost_minor": row.other_cost_minor, "oven_minutes": row.oven_minutes, "stages": row.stages, "version": row.version,
        "lines": lines.collect::<Vec<_>>(),
    })
}

impl Recipes<'_> {
    /// Adds a recipe or changes one; cost and allergens of what is made with it follow.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; invalid fields, a recipe that would contain itself; not found; a conflict when somebody else
    /// changed it meanwhile, or its name or product are taken.
    pub async fn save(&self, ctx: &Ctx, command: SaveRecipe) -> ServiceResult<RecipeView> {
        ctx.require(Permission::RecipesWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                // Before the row is looked for: a repeated command may find it gone.
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, SAVE, &command).await?
                {
                    return Ok(answer);
                }
                let old = match command.recipe_id {
                    Some(id) => Some(rows::get_locked(&*tx, organization_id, id).await?),
                    None => None,
                };
                if let Some(old) = &old {
                    check_version("recipe", old.version, command.version)?;
                }
                let library = Library::read(&*tx, organization_id).await?;
                let (row, _) = put(&*tx, ctx, &library, &command, old.as_ref()).await?;
                let rolled_up = roll_up(&*tx, ctx, &Declared::new()).await?;
                announce(&*tx, ctx, Some(row.id)).await?;
                let lines_of =
                    |library: &Library| library.lines.get(&row.id).cloned().unwrap_or_default();
                let now = Library::read(&*tx, organization_id).await?;
                let change = Change {
                    action: "recipes.write",
                    subject_kind: "recipe",
                    subject_id: row.id,
                    before: old.as_ref().map(|old| snapshot(old, &lines_of(&library))),
                    after: Some(snapshot(&row, &lines_of(&now))),
                };
                audit::record(&*tx, ctx, change).await?;
                record(&*tx, ctx, rolled_up).await?;
                let answer = super::reading::view(&now, &row);
                receipts::insert(&*tx, ctx, command.command_id, SAVE, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Removes a recipe. What was baked with it stays as it was.
    ///
    /// # Errors
    /// Forbidden without `recipes.write`; not found; a conflict when somebody else changed it meanwhile; a rule while others use it.
    pub async fn remove(&self, ctx: &Ctx, command: RemoveRecipe) -> ServiceResult<()> {
        ctx.require(Permission::RecipesWrite)?;
        let organization_id = ctx.organization_id();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock_numbers(&*tx, organization_id).await?;
                // Before the row is looked for: a repeated command finds it gone.
                if receipts::find::<()>(&*tx, ctx, command.command_id, REMOVE, &command)
                    .await?
                    .is_some()
                {
                    return Ok(());
                }
                let old = rows::get_locked(&*tx, organization_id, command.recipe_id).await?;
                check_version("recipe", old.version, command.version)?;
                let library = Library::read(&*tx, organization_id).await?;
                let users: BTreeSet<Uuid> = library.book.using(old.id);
                if !users.is_empty() {
                    return Err(ServiceError::rule(
                        "recipe.in_use",
                        "Other recipes are made with this one. Take it out of them first.",
                    ));
                }
                rows::delete(&*tx, organization_id, old.id).await?;
                announce(&*tx, ctx, Some(old.id)).await?;
                let lines = library.lines.get(&old.id).cloned().unwrap_or_default();
                let change = Change {
                    action: "recipes.write",
                    subject_kind: "recipe",
                    subject_id: old.id,
                    before: Some(snapshot(&old, &lines)),
                    after: None,
                };
                audit::record(&*tx, ctx, change).await?;
                receipts::insert(&*tx, ctx, command.command_id, REMOVE, &command, &()).await?;
                tx.commit().await?;
                Ok(())
            })
            .await
    }
}
