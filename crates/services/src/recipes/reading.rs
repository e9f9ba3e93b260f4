//! Reading recipes, and one scaled to a batch.

use super::rolling::{allergens_by_ingredient, unit_cost};
use super::{Library, Recipes};
use crate::store::organizations;
use crate::{Ctx, ServiceResult};
use contract::recipes::{RecipeLine, RecipeLineView, RecipeView, RecipesView, ScaledRecipe};
use domain::recipes::{MAX_LEVELS, bakers_percentages};
use domain::{Permission, Unit};
use entity::{recipe, recipe_line};
use uuid::Uuid;

/// The lines of a recipe with their names, `factor` times as much of each.
fn lines_of(library: &Library, recipe: &recipe::Model, factor: f64) -> Vec<RecipeLineView> {
    let lines = library.lines.get(&recipe.id).map_or(&[][..], Vec::as_slice);
    let is_flour = |line: &recipe_line::Model| {
        let ingredient = line
            .ingredient_id
            .and_then(|id| library.ingredients.get(&id));
        ingredient.is_some_and(|(_, row)| row.flour)
    };
    let weights: Vec<(i64, bool)> = lines.iter().map(|l| (l.quantity, is_flour(l))).collect();
    let percentages = bakers_percentages(&weights);
    let view = |(place, line): (usize, &recipe_line::Model)| {
        let (name, unit) = name_of(library, line);
        RecipeLineView {
            line: RecipeLine {
                ingredient_id: line.ingredient_id,
                part_id: line.part_id,
                quantity: (line.quantity as f64 * factor).round() as i64,
            },
            name,
            unit,
            percentage_bp: percentages.as_ref().and_then(|all| all.get(place).copied()),
        }
    };
    lines.iter().enumerate().map(view).collect()
}

fn name_of(library: &Library, line: &recipe_line::Model) -> (String, Unit) {
    let ingredient = line
        .ingredient_id
        .and_then(|id| library.ingredients.get(&id));
    if let Some((product, _)) = ingredient {
        return (product.name.clone(), product.unit);
    }
    let part = library.recipes.iter().find(|r| Some(r.id) == line.part_id);
    part.map_or_else(
        || (String::new(), Unit::Gram),
        |part| (part.name.clone(), part.unit),
    )
}

pub(super) fn view(library: &Library, recipe: &recipe::Model) -> RecipeView {
    let costs = library.costs();
    let (cost, unknown) = unit_cost(library, recipe, &costs);
    let name = |id: &Uuid| library.ingredients.get(id).map(|(p, _)| p.name.clone());
    let users = library.book.using(recipe.id);
    let used_in = library
        .recipes
        .iter()
        .filter(|other| users.contains(&other.id));
    RecipeView {
        id: recipe.id,
        product_id: recipe.product_id,
        name: recipe.name.clone(),
        unit: recipe.unit,
        yield_quantity: recipe.yield_quantity,
        loss_bp: recipe.loss_bp,
        other_cost_minor: recipe.other_cost_minor,
        oven_minutes: recipe.oven_minutes,
        method: recipe.method.clone(),
        version: recipe.version,
        lines: lines_of(library, recipe, 1.0),
        allergens: allergens(library, recipe.id),
        unit_cost_milli: (cost * 1_000.0).round() as i64,
        unpriced: unknown.iter().filter_map(name).collect(),
        used_in: used_in.map(|other| other.name.clone()).collect(),
    }
}

pub(super) fn allergens(library: &Library, recipe_id: Uuid) -> Vec<String> {
    let of_ingredients = allergens_by_ingredient(library);
    let found = library.book.allergens(recipe_id, &of_ingredients);
    found.into_iter().collect()
}

/// A recipe and what it is made with, scaled so that `good` are left of it; what is needed first stands first.
pub(super) fn scaled(library: &Library, recipe: &recipe::Model, good: i64) -> Vec<ScaledRecipe> {
    let mut steps = Vec::new();
    let gross = library
        .book
        .get(recipe.id)
        .map_or(0.0, |r| r.gross(good as f64));
    descend(library, recipe, gross, 0, &mut steps);
    steps
}

fn descend(
    library: &Library,
    recipe: &recipe::Model,
    altogether: f64,
    level: usize,
    steps: &mut Vec<ScaledRecipe>,
) {
    let factor = altogether / recipe.yield_quantity.max(1) as f64;
    let lines = library.lines.get(&recipe.id).map_or(&[][..], Vec::as_slice);
    for line in lines {
        let part = library.recipes.iter().find(|r| Some(r.id) == line.part_id);
        if let Some(part) = part
            && level < MAX_LEVELS
            && let Some(rule) = library.book.get(part.id)
        {
            let altogether = rule.gross(line.quantity as f64 * factor);
            descend(library, part, altogether, level + 1, steps);
        }
    }
    let lines = lines_of(library, recipe, factor);
    let quantity = altogether.round() as i64;
    // A dough of two doughs that share a third: made once.
    if let Some(known) = steps.iter_mut().find(|step| step.name == recipe.name) {
        known.quantity += quantity;
        for (known, more) in known.lines.iter_mut().zip(lines) {
            known.line.quantity += more.line.quantity;
        }
        return;
    }
    steps.push(ScaledRecipe {
        name: recipe.name.clone(),
        quantity,
        unit: recipe.unit,
        oven_minutes: recipe.oven_minutes,
        method: recipe.method.clone(),
        lines,
    });
}

impl Recipes<'_> {
    /// All recipes, by name.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<RecipesView> {
        ctx.require(Permission::RecipesRead)?;
        let db = self.services.db().connection();
        let library = Library::read(db, ctx.organization_id()).await?;
        Ok(RecipesView {
            items: library.recipes.iter().map(|r| view(&library, r)).collect(),
            currency: organizations::get(db, ctx.organization_id())
                .await?
                .currency,
        })
    }
}
