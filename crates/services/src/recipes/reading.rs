//! Reading recipes, and one scaled to a batch.

use super::rolling::allergens_by_ingredient;
use super::{Library, Recipes};
use crate::store::organizations;
use crate::{Ctx, ServiceResult};
use contract::recipes::{
    BoardRecipe, RecipeLine, RecipeLineView, RecipeView, RecipesView, ScaledRecipe,
};
use domain::recipes::{Need, StageTime, Step, bakers_percentages};
use domain::{Permission, Unit};
use entity::{recipe, recipe_line};
use serde::Deserialize;
use std::collections::BTreeSet;
use uuid::Uuid;

/// The lines of a recipe with their names, `factor` times as much of each.
pub(super) fn lines_of(
    library: &Library,
    recipe: &recipe::Model,
    factor: f64,
) -> Vec<RecipeLineView> {
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

/// The stages that a row's JSON holds, besides baking.
fn stages_of(recipe: &recipe::Model) -> Vec<StageTime> {
    let steps = recipe.stages.as_array().into_iter().flatten();
    steps
        .filter_map(|step| StageTime::deserialize(step).ok())
        .collect()
}

pub(super) fn view(library: &Library, recipe: &recipe::Model) -> RecipeView {
    let costs = library.costs();
    let (cost, unknown) = library.book.unit_cost(recipe.id, &costs);
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
        stages: stages_of(recipe),
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

/// A recipe and what it is made with, scaled so that `good` are left of it; what is needed first stands first. A dough of two doughs
/// that share a third: that one is made once.
pub(super) fn scaled(library: &Library, recipe: &recipe::Model, good: i64) -> Vec<ScaledRecipe> {
    let scaled = |step: Step| {
        let mut all = library.recipes.iter();
        let recipe = all.find(|recipe| recipe.id == step.recipe_id)?;
        let mut lines = lines_of(library, recipe, 1.0);
        for (line, quantity) in lines.iter_mut().zip(step.lines) {
            line.line.quantity = quantity;
        }
        Some(ScaledRecipe {
            name: recipe.name.clone(),
            quantity: step.quantity,
            unit: recipe.unit,
            oven_minutes: recipe.oven_minutes,
            stages: stages_of(recipe),
            method: recipe.method.clone(),
            lines,
        })
    };
    let steps = library.book.scaled(recipe.id, Need::Good(good));
    steps.into_iter().filter_map(scaled).collect()
}

/// The recipes of some products and all that they are made with, by name, each for one batch of its yield.
pub(crate) fn of_board(library: &Library, products: &BTreeSet<Uuid>) -> Vec<BoardRecipe> {
    let is_of =
        |recipe: &&recipe::Model| recipe.product_id.is_some_and(|id| products.contains(&id));
    let own = library.recipes.iter().filter(is_of);
    let steps = own.flat_map(|recipe| library.book.steps(recipe.id, Need::Good(1)));
    let wanted: BTreeSet<Uuid> = steps.map(|(id, _)| id).collect();
    let recipes = library.recipes.iter();
    let recipes = recipes.filter(|recipe| wanted.contains(&recipe.id));
    let view = |recipe: &recipe::Model| BoardRecipe {
        id: recipe.id,
        product_id: recipe.product_id,
        name: recipe.name.clone(),
        unit: recipe.unit,
        yield_quantity: recipe.yield_quantity,
        loss_bp: recipe.loss_bp,
        oven_minutes: recipe.oven_minutes,
        stages: stages_of(recipe),
        method: recipe.method.clone(),
        lines: lines_of(library, recipe, 1.0),
        allergens: allergens(library, recipe.id),
    };
    recipes.map(view).collect()
}

impl Recipes<'_> {
    /// All recipes, by name.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`.
    pub async fn list(&self, ctx: &Ctx) -> ServiceResult<RecipesView> {
        ctx.require(Permission::RecipesRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let library = Library::read(db, ctx.organization_id()).await?;
        Ok(RecipesView {
            items: library.recipes.iter().map(|r| view(&library, r)).collect(),
            currency: organizations::get(db, ctx.organization_id())
                .await?
                .currency,
        })
    }
}
