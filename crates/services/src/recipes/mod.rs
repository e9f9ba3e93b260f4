//! Recipes: what a batch is made of, what it costs, what it takes from the kitchen's shelves.
//!
//! Order of locks: the organization's row, the recipe's, level rows, the audit head. Whoever bakes shares all recipes of the organization
//! before level rows are locked, so that nobody changes one between its row and its lines.

mod declaring;
mod editing;
mod mixing;
mod needs;
mod reading;
mod rolling;

pub(crate) use declaring::declared;
pub(crate) use editing::put;
pub(crate) use needs::{Kitchen, give_back, missing_in, release, shortages_of};
pub(crate) use reading::of_board;
pub(crate) use rolling::{Declared, record, roll_up};

use crate::store::{ingredients, recipes as rows};
use crate::{ServiceError, ServiceResult, Services};
use domain::recipes::{Book, RecipeRuleError};
use entity::{ingredient, product, recipe, recipe_line};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Recipes, and what batches take.
#[derive(Debug)]
pub struct Recipes<'a> {
    services: &'a Services,
}

impl Services {
    /// Recipes.
    #[must_use]
    pub fn recipes(&self) -> Recipes<'_> {
        Recipes { services: self }
    }
}

/// Every recipe and ingredient of an organization: a few hundred rows, read whole.
pub(crate) struct Library {
    pub recipes: Vec<recipe::Model>,
    pub lines: BTreeMap<Uuid, Vec<recipe_line::Model>>,
    pub ingredients: BTreeMap<Uuid, (product::Model, ingredient::Model)>,
    pub book: Book,
}

impl Library {
    pub(crate) async fn read(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
    ) -> ServiceResult<Self> {
        Self::of(db, organization_id, rows::list(db, organization_id).await?).await
    }

    /// Like [`Library::read`], with recipes that nobody changes until the transaction ends.
    async fn share(db: &impl ConnectionTrait, organization_id: Uuid) -> ServiceResult<Self> {
        let recipes = rows::list_shared(db, organization_id).await?;
        Self::of(db, organization_id, recipes).await
    }

    async fn of(
        db: &impl ConnectionTrait,
        organization_id: Uuid,
        recipes: Vec<recipe::Model>,
    ) -> ServiceResult<Self> {
        let lines = rows::list_lines(db, organization_id).await?;
        let ingredients = ingredients::list(db, organization_id).await?;
        Ok(Self {
            book: rows::book_of(&recipes, &lines),
            ingredients: ingredients
                .into_iter()
                .map(|(p, i)| (p.id, (p, i)))
                .collect(),
            recipes,
            lines,
        })
    }

    /// Cost of a base unit of each ingredient whose price is known, in minor units.
    pub(crate) fn costs(&self) -> BTreeMap<Uuid, f64> {
        let known = self.ingredients.iter();
        known
            .filter_map(|(id, (_, row))| Some((*id, crate::ingredients::unit_cost(row)?)))
            .collect()
    }

    pub(crate) fn of_product(&self, product_id: Uuid) -> Option<&recipe::Model> {
        self.recipes
            .iter()
            .find(|recipe| recipe.product_id == Some(product_id))
    }

    /// Whether stock is kept of an ingredient.
    pub(crate) fn is_stocked(&self, id: Uuid) -> bool {
        self.ingredients
            .get(&id)
            .is_some_and(|(_, row)| row.stocked)
    }
}

/// A broken rule in the words of the wire.
fn refused(error: RecipeRuleError) -> ServiceError {
    use RecipeRuleError as E;
    let message = error.to_string();
    match error {
        E::ContainsItself { .. } => ServiceError::field("lines", "recipe.contains_itself", message),
        E::TooDeep => ServiceError::field("lines", "recipe.too_deep", message),
        E::TooMuch => ServiceError::field("lines", "recipe.too_much", message),
        E::Lines => ServiceError::field("lines", "lines", message),
        E::QuantityOutOfRange => ServiceError::field("quantity", "quantity_out_of_range", message),
        E::LossOutOfRange => ServiceError::field("loss", "number.range", message),
        E::Unknown => ServiceError::NotFound("recipe"),
    }
}
