//! What goes into the mixer for a day: each dough over all batches that wait, in as many mixes as it takes.

use super::reading::lines_of;
use super::{Library, Recipes};
use crate::kitchens::{Kitchens, kitchen_of};
use crate::store::orders;
use crate::store::shelves::{self, Names};
use crate::{Ctx, ServiceResult, StoreScope};
use contract::capacity::{DoughView, KitchenMixes, MixesView, ReadMixes};
use domain::capacity::mixes;
use domain::recipes::Need;
use domain::{OrderStatus, Permission, Unit};
use entity::{recipe, recipe_line, store};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A dough over all products that are made with it.
#[derive(Default)]
struct Dough {
    /// Batches of the recipe, as fractions.
    batches: f64,
    products: BTreeSet<String>,
    /// How late among the steps of its products it comes.
    step: usize,
}

impl Library {
    fn lines(&self, recipe: &recipe::Model) -> &[recipe_line::Model] {
        self.lines.get(&recipe.id).map_or(&[][..], Vec::as_slice)
    }

    /// Grams of what is weighed into one batch of a recipe, a millilitre as a gram; what is counted in pieces has no weight.
    fn grams(&self, recipe: &recipe::Model) -> i64 {
        let unit_of = |line: &recipe_line::Model| {
            let ingredient = line.ingredient_id.and_then(|id| self.ingredients.get(&id));
            let part = line.part_id;
            match ingredient {
                Some((product, _)) => Some(product.unit),
                None => self
                    .recipes
                    .iter()
                    .find(|r| Some(r.id) == part)
                    .map(|r| r.unit),
            }
        };
        let lines = self.lines(recipe).iter();
        lines
            .filter_map(|line| (unit_of(line)? != Unit::Piece).then_some(line.quantity))
            .sum()
    }

    /// Whether a recipe is mixed: made of several components, and either a dough of its own or a product that is made of nothing but
    /// ingredients. A product that is made with a dough is shaped and filled, not mixed.
    fn is_mixed(&self, recipe: &recipe::Model) -> bool {
        let lines = self.lines(recipe);
        let of_ingredients = lines.iter().all(|line| line.part_id.is_none());
        lines.len() > 1 && (recipe.product_id.is_none() || of_ingredients)
    }
}

impl Recipes<'_> {
    /// What the kitchens that bake for one store, or for all in scope, have to mix for a day: every dough over all batches of the day
    /// that wait, of all stores for which they bake, split to the mixer. The number of statements does not depend on that of batches.
    ///
    /// # Errors
    /// Forbidden without `recipes.read` and `orders.read`; a store that is out of scope or not there.
    pub async fn mixes(&self, ctx: &Ctx, wanted: ReadMixes) -> ServiceResult<MixesView> {
        ctx.require(Permission::RecipesRead)?;
        ctx.require(Permission::OrdersRead)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let kitchens = Kitchens::read(db, ctx, wanted.store_id).await?;
        let fed = kitchens.asked.iter().flat_map(|k| kitchens.fed_by(k.id));
        let scope = StoreScope::Only(fed.collect());
        let mut waiting = orders::list_of_day(db, organization_id, &scope, wanted.date).await?;
        waiting.retain(|order| order.status == OrderStatus::Pending);
        let shelves = waiting.iter().map(|o| (o.store_id, o.product_id));
        let names = shelves::list_names(db, organization_id, shelves).await?;
        let library = Library::read(db, organization_id).await?;
        let mut view = MixesView {
            date: wanted.date,
            kitchens: Vec::new(),
        };
        for kitchen in &kitchens.asked {
            let mut quantities: BTreeMap<Uuid, i64> = BTreeMap::new();
            for order in &waiting {
                let store = kitchens.stores.get(&order.store_id);
                if store.is_some_and(|store| kitchen_of(store) == kitchen.id) {
                    *quantities.entry(order.product_id).or_insert(0) += order.planned_quantity;
                }
            }
            if !quantities.is_empty() {
                view.kitchens
                    .push(of_kitchen(kitchen, &library, &names, &quantities)?);
            }
        }
        Ok(view)
    }
}

/// The doughs for some quantities of products.
fn of_kitchen(
    kitchen: &store::Model,
    library: &Library,
    names: &Names,
    quantities: &BTreeMap<Uuid, i64>,
) -> ServiceResult<KitchenMixes> {
    let mut doughs: BTreeMap<Uuid, Dough> = BTreeMap::new();
    let mut without_recipe = BTreeSet::new();
    for (product_id, quantity) in quantities {
        let name = &names.product(*product_id)?.name;
        let Some(recipe) = library.of_product(*product_id) else {
            without_recipe.insert(name.clone());
            continue;
        };
        let steps = library.book.steps(recipe.id, Need::Good(*quantity));
        for (step, (id, altogether)) in steps.into_iter().enumerate() {
            let Some(yields) = library.book.get(id).map(|recipe| recipe.yield_quantity) else {
                continue;
            };
            let dough = doughs.entry(id).or_default();
            dough.batches += altogether / yields.max(1) as f64;
            dough.products.insert(name.clone());
            dough.step = dough.step.max(step);
        }
    }
    let mut found: Vec<(usize, DoughView)> = Vec::new();
    for recipe in library.recipes.iter().filter(|r| library.is_mixed(r)) {
        let Some(dough) = doughs.remove(&recipe.id) else {
            continue;
        };
        let total = (library.grams(recipe) as f64 * dough.batches).round() as i64;
        let split = mixes(total, kitchen.mixer_capacity);
        if split.count == 0 {
            // Nothing in it is weighed: no mixer takes it.
            continue;
        }
        let view = DoughView {
            recipe_id: recipe.id,
            name: recipe.name.clone(),
            method: recipe.method.clone(),
            products: dough.products.into_iter().collect(),
            total_grams: total,
            mixes: split.count,
            mix_grams: split.grams,
            with_one_more: split.with_one_more,
            lines: lines_of(library, recipe, dough.batches / split.count as f64),
        };
        found.push((dough.step, view));
    }
    found.sort_by(|(a, one), (b, other)| a.cmp(b).then_with(|| one.name.cmp(&other.name)));
    Ok(KitchenMixes {
        store_id: kitchen.id,
        store_code: kitchen.code.clone(),
        store_name: kitchen.name.clone(),
        mixer_capacity: kitchen.mixer_capacity,
        doughs: found.into_iter().map(|(_, dough)| dough).collect(),
        without_recipe: without_recipe.into_iter().collect(),
    })
}
