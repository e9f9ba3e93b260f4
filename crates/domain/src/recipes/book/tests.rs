//! Needs, costs and allergens through the levels; recipes that cannot be.

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
        other_cost_minor: 0,
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
fn a_recipe_is_scaled_level_by_level_and_nothing_of_it_is_lost() {
    // As above: 5 batches of croissants, 5,102 g of dough.
    let steps = bakery().scaled(CROISSANT, Need::Good(90));
    let of = |recipe_id, quantity, lines: &[i64]| Step {
        recipe_id,
        quantity,
        lines: lines.to_vec(),
    };
    assert_eq!(
        steps,
        [
            of(DOUGH, 5_102, &[3_189, 1_913]),
            of(CROISSANT, 100, &[5_000, 2_500])
        ]
    );
    // A pinch stays a pinch.
    let salted = recipe(DOUGH, 1_000, 0, &[(Component::Ingredient(FLOUR), 1)]);
    let book = Book::default().with(salted).expect("a book");
    assert_eq!(book.scaled(DOUGH, Need::Good(5))[0].lines, [1]);
    assert_eq!(book.scaled(DOUGH, Need::Good(0))[0].lines, [0]);
    assert!(book.scaled(Uuid::nil(), Need::Good(5)).is_empty());
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
fn work_and_energy_of_every_level_are_paid_by_what_is_left() {
    // A dough of 1,000 g for 300, of which a tenth sticks; a bread of 500 g of it, alone in its batch, for 500, of which a tenth burns.
    let of = |id, yields, cost, lines: &[(Component, i64)]| Recipe {
        other_cost_minor: cost,
        ..recipe(id, yields, 1_000, lines)
    };
    let dough = of(DOUGH, 1_000, 300, &[(Component::Ingredient(FLOUR), 1_000)]);
    let bread = of(CROISSANT, 1, 500, &[(Component::Recipe(DOUGH), 500)]);
    let book = Book::default().with(dough).and_then(|b| b.with(bread));
    let costs = BTreeMap::from([(FLOUR, 0.0)]);
    let (cost, unknown) = book.expect("a book").unit_cost(CROISSANT, &costs);
    let expected = (500.0 + 500.0 / 0.9 * 0.3) / 0.9;
    assert!((cost - expected).abs() < 1e-9, "{cost} {expected}");
    assert!(unknown.is_empty());
}

#[test]
fn a_unit_that_would_take_more_than_anybody_has_is_refused() {
    let most = [(Component::Ingredient(FLOUR), MAX_QUANTITY)];
    let all = recipe(DOUGH, 1, 0, &most);
    let book = Book::default().with(all).expect("as much as may be");
    let more = recipe(CROISSANT, 1, 0, &[(Component::Recipe(DOUGH), 2)]);
    let refused = book.clone().with(more).err();
    assert_eq!(refused, Some(RecipeRuleError::TooMuch));
    // Its loss counts, and so does what already uses it.
    let lossy = recipe(DOUGH, 1, 1, &most);
    assert_eq!(book.with(lossy).err(), Some(RecipeRuleError::TooMuch));
    let little = recipe(DOUGH, 2, 0, &[(Component::Ingredient(FLOUR), 1)]);
    let user = recipe(CROISSANT, 1, 0, &[(Component::Recipe(DOUGH), 2)]);
    let book = Book::default().with(little).and_then(|b| b.with(user));
    let refused = book.and_then(|b| b.with(recipe(DOUGH, 1, 0, &most)));
    assert_eq!(refused.err(), Some(RecipeRuleError::TooMuch));
}

#[test]
fn doughs_in_doughs_in_doughs_are_looked_at_once_each() {
    // Eight doughs a level, each of all eight below: more than a thousand million ways from the top to the flour.
    const WIDE: u128 = 8;
    let id = |level: usize, place: u128| Uuid::from_u128(1_000 + level as u128 * WIDE + place);
    let mut book = Book::default();
    for level in 0..MAX_LEVELS {
        for place in 0..WIDE {
            let lines: Vec<(Component, i64)> = match level.checked_sub(1) {
                None => vec![(Component::Ingredient(FLOUR), 10)],
                Some(below) => (0..WIDE)
                    .map(|other| (Component::Recipe(id(below, other)), 1))
                    .collect(),
            };
            let dough = recipe(id(level, place), 10, 0, &lines);
            book = book.with(dough).expect("a dough");
        }
    }
    let top = id(MAX_LEVELS - 1, 0);
    let needs = book.exact_needs(top, Need::Good(10));
    let expected = 10.0 * 0.8_f64.powi(MAX_LEVELS as i32 - 1);
    assert!((needs[&FLOUR] - expected).abs() < 1e-9, "{needs:?}");
    assert_eq!(
        book.steps(top, Need::Good(10)).len(),
        8 * (MAX_LEVELS - 1) + 1
    );
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
    /// What the steps take by themselves is what the whole takes, and parts come first.
    #[test]
    fn steps_take_what_the_whole_takes(good in 1..100_000_i64, loss in 0..9_000_i32, dough in 1..5_000_i64) {
        let book = Book::default()
            .with(recipe(DOUGH, 1_600, loss, &[(Component::Ingredient(FLOUR), 1_000), (Component::Ingredient(WATER), 600)]))
            .and_then(|b| b.with(recipe(BUTTER, 800, 0, &[(Component::Recipe(DOUGH), 300), (Component::Ingredient(FLOUR), 500)])))
            .and_then(|b| b.with(recipe(CROISSANT, 20, loss / 2, &[(Component::Recipe(DOUGH), dough), (Component::Recipe(BUTTER), 700)])))
            .expect("a book");
        let steps = book.steps(CROISSANT, Need::Good(good));
        let order: Vec<Uuid> = steps.iter().map(|(id, _)| *id).collect();
        prop_assert_eq!(order, vec![DOUGH, BUTTER, CROISSANT]);
        let mut flour = 0.0;
        for (id, altogether) in steps {
            let recipe = book.get(id).expect("a recipe");
            for line in recipe.lines.iter().filter(|line| line.component == Component::Ingredient(FLOUR)) {
                flour += altogether / recipe.yield_quantity as f64 * line.quantity as f64;
            }
        }
        let whole = book.exact_needs(CROISSANT, Need::Good(good))[&FLOUR];
        prop_assert!((flour - whole).abs() <= 1e-9 * whole, "{} {}", flour, whole);
        // So does what is weighed, but for what the scales do not show of a line.
        let mut weighed = 0;
        for step in book.scaled(CROISSANT, Need::Good(good)) {
            let recipe = book.get(step.recipe_id).expect("a recipe");
            let lines = recipe.lines.iter().zip(step.lines);
            weighed += lines.filter(|(line, _)| line.component == Component::Ingredient(FLOUR)).map(|(_, n)| n).sum::<i64>();
        }
        prop_assert!((weighed as f64 - whole).abs() <= 2.0, "{} {}", weighed, whole);
    }

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
