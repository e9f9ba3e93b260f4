//! What a label has to say of a recipe.

use super::Library;
use crate::ingredients::allergens_of;
use contract::dispatch::DeclaredIngredient;
use domain::labels::grams;
use domain::recipes::Need;
use entity::recipe;

/// Every ingredient of a recipe through all its levels, the heaviest first, as Regulation (EU) 1169/2011, article 18, wants it: by
/// what goes into the bowl, with what stands in several doughs added up. What is counted in pieces has no known weight and stands last.
pub(crate) fn declared(library: &Library, recipe: &recipe::Model) -> Vec<DeclaredIngredient> {
    // Of a whole batch, so that nothing is lost in fractions.
    let needs = library
        .book
        .exact_needs(recipe.id, Need::Altogether(recipe.yield_quantity));
    let mut found: Vec<(Option<f64>, DeclaredIngredient)> = needs
        .into_iter()
        .filter_map(|(id, quantity)| {
            let (product, _) = library.ingredients.get(&id)?;
            let weight = grams(quantity, product.unit);
            let ingredient = DeclaredIngredient {
                name: product.name.clone(),
                allergens: allergens_of(&product.allergens).into_iter().collect(),
                is_weighed: weight.is_some(),
            };
            Some((weight, ingredient))
        })
        .collect();
    found.sort_by(|(one, a), (other, b)| {
        let heavier = other.unwrap_or(-1.0).total_cmp(&one.unwrap_or(-1.0));
        heavier.then_with(|| a.name.cmp(&b.name))
    });
    found
        .into_iter()
        .map(|(_, ingredient)| ingredient)
        .collect()
}
