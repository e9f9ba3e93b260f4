//! All recipes of a bakery, and what follows from them: needs, costs, allergens.

use super::{Component, MAX_LEVELS, Recipe, RecipeRuleError};
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

    /// The book with a recipe added or replaced, unless that makes something contain itself.
    ///
    /// # Errors
    /// [`RecipeRuleError`] of the recipe itself; that it contains itself or goes too deep; that it names one that is not there.
    pub fn with(mut self, recipe: Recipe) -> Result<Self, RecipeRuleError> {
        recipe.check()?;
        let id = recipe.id;
        self.recipes.insert(id, recipe);
        self.descend(id, &mut vec![id])?;
        // What already uses it may have become too deep.
        for other in self.using(id) {
            self.descend(other, &mut vec![other])?;
        }
        Ok(self)
    }

    fn descend(&self, id: Uuid, path: &mut Vec<Uuid>) -> Result<(), RecipeRuleError> {
        let recipe = self.get(id).ok_or(RecipeRuleError::Unknown)?;
        for line in &recipe.lines {
            let Component::Recipe(part) = line.component else {
                continue;
            };
            if let Some(start) = path.iter().position(|seen| *seen == part) {
                let mut circle = path.split_off(start);
                circle.push(part);
                return Err(RecipeRuleError::ContainsItself { path: circle });
            }
            if path.len() >= MAX_LEVELS {
                return Err(RecipeRuleError::TooDeep);
            }
            path.push(part);
            self.descend(part, path)?;
            path.pop();
        }
        Ok(())
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
        let mut needs = BTreeMap::new();
        if let Some(recipe) = self.get(recipe_id) {
            let altogether = match need {
                Need::Good(quantity) => recipe.gross(quantity.max(0) as f64),
                Need::Altogether(quantity) => quantity.max(0) as f64,
            };
            self.add_needs(recipe, altogether, 0, &mut needs);
        }
        needs
    }

    fn add_needs(
        &self,
        recipe: &Recipe,
        altogether: f64,
        level: usize,
        needs: &mut BTreeMap<Uuid, f64>,
    ) {
        // A book that was put together by hand may hold a circle: nothing deeper than a real recipe is followed.
        if level >= MAX_LEVELS || recipe.yield_quantity <= 0 {
            return;
        }
        let batches = altogether / recipe.yield_quantity as f64;
        for line in &recipe.lines {
            let quantity = batches * line.quantity as f64;
            match line.component {
                Component::Ingredient(id) => *needs.entry(id).or_insert(0.0) += quantity,
                Component::Recipe(id) => {
                    if let Some(part) = self.get(id) {
                        self.add_needs(part, part.gross(quantity), level + 1, needs);
                    }
                }
            }
        }
    }

    /// What the ingredients of one good base unit cost, in minor units of money, from the cost of a base unit of each ingredient;
    /// and the ingredients whose cost is not known, which count as nothing.
    #[must_use]
    pub fn unit_cost(&self, recipe_id: Uuid, costs: &BTreeMap<Uuid, f64>) -> (f64, BTreeSet<Uuid>) {
        let mut unknown = BTreeSet::new();
        // Of a whole batch, so that nothing is lost in fractions.
        let Some(recipe) = self.get(recipe_id) else {
            return (0.0, unknown);
        };
        let needs = self.exact_needs(recipe_id, Need::Good(recipe.yield_quantity));
        let mut sum = 0.0;
        for (ingredient, quantity) in needs {
            match costs.get(&ingredient) {
                Some(cost) => sum += cost * quantity,
                None => {
                    unknown.insert(ingredient);
                }
            }
        }
        (sum / recipe.yield_quantity.max(1) as f64, unknown)
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
mod tests {
    use super::super::{Line, MAX_QUANTITY};
    use super::*;
    use proptest::prelude::*;

    const FLOUR: Uuid = Uuid::from_u128(1);
    const WATER: Uuid = Uuid::from_u128(2);
    const BUTTER: Uuid = Uuid::from_u128(3);
    const DOUGH: Uuid = Uuid::from_u128(11);
    const CROISSANT: Uuid = Uuid::from_u128(12);

    fn recipe(id: Uuid, yield_quantity: i64, loss_bp: i32, lines: &[(Component, i64)]) -> Recipe {
        let lines = lines.iter().map(|(component, quantity)| Line {
            component: *component,
            quantity: *quantity,
        });
        Recipe {
            id,
            yield_quantity,
            loss_bp,
            lines: lines.collect(),
        }
    }

    fn bakery() -> Book {
        let dough = recipe(
            DOUGH,
            1_600,
            200,
            &[
                (Component::Ingredient(FLOUR), 1_000),
                (Component::Ingredient(WATER), 600),
            ],
        );
        let croissant = recipe(
            CROISSANT,
            20,
            1_000,
            &[
                (Component::Recipe(DOUGH), 1_000),
                (Component::Ingredient(BUTTER), 500),
            ],
        );
        Book::default()
            .with(dough)
            .and_then(|book| book.with(croissant))
            .expect("a book")
    }

    #[test]
    fn needs_go_through_the_levels_with_the_loss_of_each() {
        // 90 good ones are 100 altogether, 5 batches: 5,000 g of dough, of which 2 % stick: 5,102 g, 3,188.8 g of flour in it.
        let needs = bakery().needs(CROISSANT, Need::Good(90));
        assert_eq!(
            needs,
            BTreeMap::from([(FLOUR, 3_189), (WATER, 1_913), (BUTTER, 2_500)])
        );
        // What came out and what was lost is what was begun with: the croissant's own loss is not expected a second time.
        assert_eq!(bakery().needs(CROISSANT, Need::Altogether(100)), needs);
        assert!(bakery().needs(Uuid::nil(), Need::Good(5)).is_empty());
        assert!(bakery().needs(CROISSANT, Need::Good(0)).is_empty());
        assert_eq!(
            bakery().needs(DOUGH, Need::Altogether(1)).get(&FLOUR),
            Some(&1)
        );
    }

    #[test]
    fn cost_and_allergens_roll_up() {
        // Flour 0.08, butter 0.9 cents a gram; nobody said what water costs.
        let costs = BTreeMap::from([(FLOUR, 0.08), (BUTTER, 0.9)]);
        let (cost, unknown) = bakery().unit_cost(CROISSANT, &costs);
        // 20 good ones take 20 / 0.9 altogether: 1,111.1 g of dough, 1,133.8 g mixed, 708.6 g of flour; 555.6 g of butter.
        let expected = (1_000.0 / 0.9 / 0.98 / 1_600.0 * 1_000.0 * 0.08 + 500.0 / 0.9 * 0.9) / 20.0;
        assert!((cost - expected).abs() < 1e-9, "{cost} {expected}");
        assert_eq!(unknown, BTreeSet::from([WATER]));
        let allergens = BTreeMap::from([
            (FLOUR, BTreeSet::from(["gluten".to_owned()])),
            (BUTTER, BTreeSet::from(["milk".to_owned()])),
        ]);
        let found = bakery().allergens(CROISSANT, &allergens);
        assert_eq!(
            found,
            BTreeSet::from(["gluten".to_owned(), "milk".to_owned()])
        );
        assert_eq!(bakery().allergens(DOUGH, &allergens).len(), 1);
    }

    #[test]
    fn a_recipe_that_contains_itself_is_refused_with_the_way_round() {
        let own = recipe(DOUGH, 1_600, 0, &[(Component::Recipe(DOUGH), 5)]);
        assert_eq!(
            bakery().with(own).err(),
            Some(RecipeRuleError::ContainsItself {
                path: vec![DOUGH, DOUGH]
            })
        );
        let round = recipe(DOUGH, 1_600, 0, &[(Component::Recipe(CROISSANT), 5)]);
        assert_eq!(
            bakery().with(round).err(),
            Some(RecipeRuleError::ContainsItself {
                path: vec![DOUGH, CROISSANT, DOUGH]
            })
        );
        let lost = recipe(DOUGH, 1_600, 0, &[(Component::Recipe(Uuid::nil()), 5)]);
        assert_eq!(bakery().with(lost).err(), Some(RecipeRuleError::Unknown));
    }

    #[test]
    fn what_uses_a_recipe_is_looked_at_too_when_it_grows() {
        let chain = |id: u128| {
            let part = if id == 1 {
                Component::Ingredient(FLOUR)
            } else {
                Component::Recipe(Uuid::from_u128(99 + id))
            };
            recipe(Uuid::from_u128(100 + id), 10, 0, &[(part, 1)])
        };
        let levels = MAX_LEVELS as u128;
        let book = (1..=levels)
            .try_fold(Book::default(), |book, id| book.with(chain(id)))
            .expect("as deep as may be");
        let top = Uuid::from_u128(100 + levels);
        assert_eq!(book.needs(top, Need::Good(10_i64.pow(9))).len(), 1);
        assert_eq!(
            book.clone().with(chain(levels + 1)).err(),
            Some(RecipeRuleError::TooDeep)
        );
        // Two levels put under the lowest one.
        let below = recipe(
            Uuid::from_u128(50),
            10,
            0,
            &[(Component::Ingredient(FLOUR), 1)],
        );
        let lowest = recipe(
            Uuid::from_u128(101),
            10,
            0,
            &[(Component::Recipe(Uuid::from_u128(50)), 1)],
        );
        let grown = book.with(below).and_then(|book| book.with(lowest));
        assert_eq!(grown.err(), Some(RecipeRuleError::TooDeep));
    }

    #[test]
    fn absurd_recipes_are_refused() {
        let check = |r: Recipe| r.check().err();
        let flour = |q| recipe(DOUGH, 10, 0, &[(Component::Ingredient(FLOUR), q)]);
        for quantity in [0, -1, MAX_QUANTITY + 1, i64::MIN] {
            assert_eq!(
                check(flour(quantity)),
                Some(RecipeRuleError::QuantityOutOfRange)
            );
        }
        assert_eq!(check(flour(MAX_QUANTITY)), None);
        assert_eq!(
            check(recipe(DOUGH, 10, 0, &[])),
            Some(RecipeRuleError::Lines)
        );
        let twice = [(Component::Ingredient(FLOUR), 1); 2];
        assert_eq!(
            check(recipe(DOUGH, 10, 0, &twice)),
            Some(RecipeRuleError::Lines)
        );
        let lossy = recipe(DOUGH, 10, 9_001, &[(Component::Ingredient(FLOUR), 1)]);
        assert_eq!(check(lossy), Some(RecipeRuleError::LossOutOfRange));
    }

    proptest! {
        /// Two halves take what the whole takes, whatever the recipe.
        #[test]
        fn needs_add_up(one in 0..100_000_i64, other in 0..100_000_i64, flour in 1..10_000_i64, loss in 0..9_000_i32) {
            let book = Book::default()
                .with(recipe(DOUGH, 1_600, loss, &[(Component::Ingredient(FLOUR), flour)]))
                .and_then(|b| b.with(recipe(CROISSANT, 20, loss / 2, &[(Component::Recipe(DOUGH), 1_000)])))
                .expect("a book");
            let of = |n| book.exact_needs(CROISSANT, Need::Good(n)).get(&FLOUR).copied().unwrap_or(0.0);
            let (sum, whole) = (of(one) + of(other), of(one + other));
            prop_assert!((sum - whole).abs() <= 1e-9 * whole.max(1.0), "{} {}", sum, whole);
        }
    }
}
