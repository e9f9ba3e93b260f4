//! All recipes of a bakery, and what follows from them: needs, costs, allergens.

use super::{Component, Line, MAX_LEVELS, MAX_QUANTITY, Recipe, RecipeRuleError};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// How much is wanted of what a recipe makes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Need {
    /// So many good ones: the expected loss comes on top. For plans.
    Good(i64),
    /// So many altogether, lost ones among them. For what was baked.
    Altogether(i64),
}

impl Need {
    /// Base units that have to be begun with.
    fn altogether(self, recipe: &Recipe) -> f64 {
        match self {
            Self::Good(quantity) => recipe.gross(quantity.max(0) as f64),
            Self::Altogether(quantity) => quantity.max(0) as f64,
        }
    }
}

/// What one base unit of a recipe takes through all its levels, before its own loss.
#[derive(Clone, Debug, Default)]
struct Taken {
    ingredients: BTreeMap<Uuid, f64>,
    /// Work and energy, in minor units of money.
    other_cost: f64,
}

impl Taken {
    fn add(&mut self, ingredient: Uuid, quantity: f64) {
        *self.ingredients.entry(ingredient).or_insert(0.0) += quantity;
    }

    fn add_part(&mut self, part: &Self, quantity: f64) {
        for (ingredient, of_one) in &part.ingredients {
            self.add(*ingredient, of_one * quantity);
        }
        self.other_cost += part.other_cost * quantity;
    }
}

/// One recipe of what a quantity is made of, scaled to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub recipe_id: Uuid,
    /// Base units to make, the expected loss on top.
    pub quantity: i64,
    /// Base units of each of its lines, in the recipe's order: whole ones, like the scales, and at least one.
    pub lines: Vec<i64>,
}

/// Recipes by identifier.
#[derive(Clone, Debug, Default)]
pub struct Book {
    recipes: BTreeMap<Uuid, Recipe>,
}

impl FromIterator<Recipe> for Book {
    fn from_iter<I: IntoIterator<Item = Recipe>>(recipes: I) -> Self {
        Self {
            recipes: recipes.into_iter().map(|r| (r.id, r)).collect(),
        }
    }
}

impl Book {
    /// A recipe of the book.
    #[must_use]
    pub fn get(&self, id: Uuid) -> Option<&Recipe> {
        self.recipes.get(&id)
    }

    /// The book with a recipe added or replaced, unless that makes something contain itself or take what nobody can mean.
    ///
    /// # Errors
    /// [`RecipeRuleError`] of the recipe itself; that it contains itself or goes too deep; that it names one that is not there; that a
    /// good unit of it, or of what is made with it, would take too much.
    pub fn with(mut self, recipe: Recipe) -> Result<Self, RecipeRuleError> {
        recipe.check()?;
        let id = recipe.id;
        self.recipes.insert(id, recipe);
        let mut heights = BTreeMap::new();
        self.height(id, &mut Vec::new(), &mut heights)?;
        // What already uses it may have become too deep, or take too much.
        let users = self.using(id);
        for other in &users {
            self.height(*other, &mut Vec::new(), &mut heights)?;
        }
        let mut known = BTreeMap::new();
        for id in [id].into_iter().chain(users) {
            self.work_out(id, &mut known);
            let gross = self.get(id).map_or(0.0, |recipe| recipe.gross(1.0));
            let most = MAX_QUANTITY as f64;
            let of_one = known.get(&id).map(|taken| taken.ingredients.values());
            if of_one.is_some_and(|mut all| all.any(|quantity| quantity * gross > most)) {
                return Err(RecipeRuleError::TooMuch);
            }
        }
        Ok(self)
    }

    /// Levels of a recipe, itself among them. Each is looked at once: a dough that stands in many breads has one height.
    fn height(
        &self,
        id: Uuid,
        path: &mut Vec<Uuid>,
        known: &mut BTreeMap<Uuid, usize>,
    ) -> Result<usize, RecipeRuleError> {
        if let Some(height) = known.get(&id) {
            return Ok(*height);
        }
        if let Some(start) = path.iter().position(|seen| *seen == id) {
            let mut circle = path.split_off(start);
            circle.push(id);
            return Err(RecipeRuleError::ContainsItself { path: circle });
        }
        let recipe = self.get(id).ok_or(RecipeRuleError::Unknown)?;
        path.push(id);
        let mut height = 1;
        for line in &recipe.lines {
            if let Component::Recipe(part) = line.component {
                height = height.max(1 + self.height(part, path, known)?);
            }
        }
        path.pop();
        if height > MAX_LEVELS {
            return Err(RecipeRuleError::TooDeep);
        }
        known.insert(id, height);
        Ok(height)
    }

    /// Recipes in which this one stands, directly or through others.
    #[must_use]
    pub fn using(&self, id: Uuid) -> BTreeSet<Uuid> {
        let mut found = BTreeSet::new();
        let mut fresh = vec![id];
        while let Some(part) = fresh.pop() {
            for recipe in self.recipes.values() {
                let uses = recipe
                    .lines
                    .iter()
                    .any(|line| line.component == Component::Recipe(part));
                if uses && recipe.id != id && found.insert(recipe.id) {
                    fresh.push(recipe.id);
                }
            }
        }
        found
    }

    /// Base units of every ingredient that this takes, in whole units, at least one of each. Nothing for a recipe that is not there.
    #[must_use]
    pub fn needs(&self, recipe_id: Uuid, need: Need) -> BTreeMap<Uuid, i64> {
        let exact = self.exact_needs(recipe_id, need);
        exact
            .into_iter()
            .filter(|(_, quantity)| *quantity > 0.0)
            .map(|(ingredient, quantity)| (ingredient, (quantity.round() as i64).max(1)))
            .collect()
    }

    /// Like [`Book::needs`], in fractions of base units: for sums over many batches.
    #[must_use]
    pub fn exact_needs(&self, recipe_id: Uuid, need: Need) -> BTreeMap<Uuid, f64> {
        let Some(recipe) = self.get(recipe_id) else {
            return BTreeMap::new();
        };
        let altogether = need.altogether(recipe);
        let needs = self.of_one(recipe_id).ingredients.into_iter();
        needs
            .map(|(ingredient, quantity)| (ingredient, quantity * altogether))
            .collect()
    }

    /// What has to be made of each recipe, in base units before the loss, so that this comes out; parts before what is made with them.
    #[must_use]
    pub fn steps(&self, recipe_id: Uuid, need: Need) -> Vec<(Uuid, f64)> {
        let Some(recipe) = self.get(recipe_id) else {
            return Vec::new();
        };
        let mut order = Vec::new();
        self.parts_first(recipe, &mut BTreeSet::new(), &mut order);
        let mut made = BTreeMap::from([(recipe_id, need.altogether(recipe))]);
        // Backwards every recipe comes before its parts: what all that use it ask for is known by then.
        for recipe in order.iter().rev() {
            let altogether = made.get(&recipe.id).copied().unwrap_or(0.0);
            let batches = altogether / recipe.yield_quantity.max(1) as f64;
            for line in &recipe.lines {
                if let Component::Recipe(id) = line.component
                    && let Some(part) = self.get(id)
                {
                    *made.entry(id).or_insert(0.0) += part.gross(batches * line.quantity as f64);
                }
            }
        }
        let quantity = |recipe: &Recipe| made.get(&recipe.id).copied().unwrap_or(0.0);
        let steps = order.iter().map(|recipe| (recipe.id, quantity(recipe)));
        steps.collect()
    }

    /// The recipe and all that it is made with, each scaled so that this comes out; parts before what is made with them.
    #[must_use]
    pub fn scaled(&self, recipe_id: Uuid, need: Need) -> Vec<Step> {
        let step = |(id, altogether): (Uuid, f64)| {
            let recipe = self.get(id)?;
            let batches = altogether / recipe.yield_quantity.max(1) as f64;
            let whole = |line: &Line| {
                let exact = line.quantity as f64 * batches;
                if exact > 0.0 {
                    (exact.round() as i64).max(1)
                } else {
                    0
                }
            };
            Some(Step {
                recipe_id: id,
                quantity: altogether.round() as i64,
                lines: recipe.lines.iter().map(whole).collect(),
            })
        };
        let steps = self.steps(recipe_id, need).into_iter();
        steps.filter_map(step).collect()
    }

    fn parts_first<'b>(
        &'b self,
        recipe: &'b Recipe,
        seen: &mut BTreeSet<Uuid>,
        order: &mut Vec<&'b Recipe>,
    ) {
        if !seen.insert(recipe.id) {
            return;
        }
        for line in &recipe.lines {
            if let Component::Recipe(id) = line.component
                && let Some(part) = self.get(id)
            {
                self.parts_first(part, seen, order);
            }
        }
        order.push(recipe);
    }

    fn of_one(&self, recipe_id: Uuid) -> Taken {
        let mut known = BTreeMap::new();
        self.work_out(recipe_id, &mut known);
        known.remove(&recipe_id).unwrap_or_default()
    }

    /// Works out what one base unit of a recipe takes, before its own loss; and of all that stand in it, each once.
    fn work_out(&self, recipe_id: Uuid, known: &mut BTreeMap<Uuid, Taken>) {
        let Some(recipe) = self.get(recipe_id) else {
            return;
        };
        if recipe.yield_quantity <= 0 || known.contains_key(&recipe_id) {
            return;
        }
        // A book that was put together by hand may hold a circle: nothing is followed into what is being worked out.
        known.insert(recipe_id, Taken::default());
        let yields = recipe.yield_quantity as f64;
        let mut taken = Taken {
            other_cost: recipe.other_cost_minor as f64 / yields,
            ..Taken::default()
        };
        for line in &recipe.lines {
            let quantity = line.quantity as f64 / yields;
            match line.component {
                Component::Ingredient(id) => taken.add(id, quantity),
                Component::Recipe(id) => {
                    self.work_out(id, known);
                    if let (Some(part), Some(of_part)) = (self.get(id), known.get(&id)) {
                        taken.add_part(of_part, part.gross(quantity));
                    }
                }
            }
        }
        known.insert(recipe_id, taken);
    }

    /// What one good base unit costs, in minor units of money, from the cost of a base unit of each ingredient, with work and energy of
    /// every level; and the ingredients whose cost is not known, which count as nothing.
    #[must_use]
    pub fn unit_cost(&self, recipe_id: Uuid, costs: &BTreeMap<Uuid, f64>) -> (f64, BTreeSet<Uuid>) {
        let mut unknown = BTreeSet::new();
        let Some(recipe) = self.get(recipe_id) else {
            return (0.0, unknown);
        };
        let taken = self.of_one(recipe_id);
        let mut sum = taken.other_cost;
        for (ingredient, quantity) in taken.ingredients {
            match costs.get(&ingredient) {
                Some(cost) => sum += cost * quantity,
                None => {
                    unknown.insert(ingredient);
                }
            }
        }
        (recipe.gross(sum), unknown)
    }

    /// Everything that its ingredients bring along.
    #[must_use]
    pub fn allergens(
        &self,
        recipe_id: Uuid,
        of_ingredients: &BTreeMap<Uuid, BTreeSet<String>>,
    ) -> BTreeSet<String> {
        let needs = self.exact_needs(recipe_id, Need::Altogether(1));
        let lists = needs.keys().filter_map(|id| of_ingredients.get(id));
        lists.flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests;
