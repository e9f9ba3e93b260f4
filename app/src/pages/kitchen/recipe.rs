//! The recipe of a batch, scaled to it, to be read from the bench: it comes with the board, so it opens without a network too.

use super::Acts;
use crate::pages::{ingredients::allergen_words, recipes::stages_words};
use crate::{components::*, format::use_format, i18n::*};
use contract::orders::{BoardView, OrderView};
use contract::recipes::{BoardRecipe, ScaledRecipe, Shortage};
use domain::recipes::{Book, Component, Line, Need, Recipe, stage_sequence};
use leptos::prelude::*;
use uuid::Uuid;

/// A batch with the recipes that came with its board, and what it lacks.
#[derive(Clone)]
struct Batch {
    order: OrderView,
    recipes: Vec<BoardRecipe>,
    short: Vec<Shortage>,
}

/// The batch whose recipe is read; lives outside of what is loaded, so that a newer board does not close it.
#[derive(Clone, Copy)]
pub(super) struct Reading {
    open: RwSignal<bool>,
    batch: RwSignal<Option<Batch>>,
}

impl Reading {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            batch: RwSignal::new(None),
        }
    }

    pub(super) fn open(self, order: OrderView, board: BoardView) {
        let mut short = board.shortages;
        short.retain(|short| short.order_id == order.id);
        self.batch.set(Some(Batch {
            order,
            recipes: board.recipes,
            short,
        }));
        self.open.set(true);
    }
}

/// Opens the recipe of a batch.
#[component]
pub(super) fn RecipeKey(order: OrderView, acts: Acts) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Button icon=Icon::Recipes large=true on_press=move |()| acts.recipe.run(order.clone())>
            {move || t_string!(i18n, kitchen.recipe)}
        </Button>
    }
}

/// The rules' recipe of what the board brought. Money plays no part in it.
fn rules(recipe: &BoardRecipe) -> Recipe {
    let lines = recipe.lines.iter().filter_map(|view| {
        let ingredient = view.line.ingredient_id.map(Component::Ingredient);
        let component = ingredient.or(view.line.part_id.map(Component::Recipe))?;
        Some(Line {
            component,
            quantity: view.line.quantity,
        })
    });
    Recipe {
        id: recipe.id,
        yield_quantity: recipe.yield_quantity,
        loss_bp: recipe.loss_bp,
        other_cost_minor: 0,
        lines: lines.collect(),
    }
}

/// The recipe of a product and all that it is made with, scaled so that `good` are left of it; doughs first. Empty where the product
/// has no recipe.
fn scaled(recipes: &[BoardRecipe], product_id: Uuid, good: i64) -> Vec<ScaledRecipe> {
    let own = |recipe: &&BoardRecipe| recipe.product_id == Some(product_id);
    let Some(own) = recipes.iter().find(own) else {
        return Vec::new();
    };
    let book: Book = recipes.iter().map(rules).collect();
    let steps = book.scaled(own.id, Need::Good(good)).into_iter();
    let view = steps.filter_map(|step| {
        let recipe = recipes.iter().find(|recipe| recipe.id == step.recipe_id)?;
        let mut lines = recipe.lines.clone();
        for (line, quantity) in lines.iter_mut().zip(step.lines) {
            line.line.quantity = quantity;
        }
        Some(ScaledRecipe {
            name: recipe.name.clone(),
            quantity: step.quantity,
            unit: recipe.unit,
            oven_minutes: recipe.oven_minutes,
            stages: recipe.stages.clone(),
            method: recipe.method.clone(),
            lines,
        })
    });
    view.collect()
}

/// The sheet.
#[component]
pub(super) fn RecipeSheet(reading: Reading) -> impl IntoView {
    let Reading { open, batch } = reading;
    let title = move || {
        batch.with(|batch| {
            batch
                .as_ref()
                .map(|batch| batch.order.product_name.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <Dialog open title sheet=true>
            {move || {
                let batch = batch.get()?;
                open.get().then(|| view! { <Bench batch /> })
            }}
        </Dialog>
    }
}

#[component]
fn Bench(batch: Batch) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let Batch {
        order,
        recipes,
        short,
    } = batch;
    let (planned, unit, store) = (order.planned_quantity, order.unit, order.store_name);
    let own = recipes
        .iter()
        .find(|r| r.product_id == Some(order.product_id));
    let (allergens, loss) = own
        .map(|recipe| (recipe.allergens.clone(), recipe.loss_bp))
        .unwrap_or_default();
    let has_allergens = !allergens.is_empty();
    let is_short = !short.is_empty();
    let lacks = short
        .iter()
        .map(|s| (s.ingredient_name.clone(), s.missing, s.unit))
        .collect::<Vec<_>>();
    let names = move || {
        let lines = lacks
            .iter()
            .map(|(name, n, unit)| format!("{name} {}", format.quantity(*n, *unit)));
        lines.collect::<Vec<_>>().join(", ")
    };
    let steps = scaled(&recipes, order.product_id, planned)
        .into_iter()
        .map(|step| view! { <Step step short=short.clone() /> })
        .collect_view();
    view! {
        <div class="bench">
            <p class="bench-for">
                {move || t_string!(i18n, kitchen.planned_for, quantity = format.quantity(planned, unit), store = store.clone())}
                {(loss > 0)
                    .then(|| {
                        view! {
                            <span class="muted">
                                " · "
                                {move || t_string!(i18n, recipes.loss_of, share = format.percent(f64::from(loss) / 10_000.0, 1))}
                            </span>
                        }
                    })}
            </p>
            {order.note.map(|note| view! { <p class="batch-note">{note}</p> })}
            {is_short
                .then(|| {
                    view! {
                        <Notice tone=Tone::Danger>
                            <p>{move || t_string!(i18n, kitchen.missing, names = names())}</p>
                        </Notice>
                    }
                })}
            {steps}
            {has_allergens
                .then(|| {
                    view! {
                        <p class="bench-words">
                            {move || t_string!(i18n, recipes.allergens)} ": "
                            <strong class="allergens">{move || allergen_words(i18n.get_locale(), &allergens)}</strong>
                        </p>
                    }
                })}
        </div>
    }
}

/// One recipe of the batch: how much of it, what goes in, how it is done.
#[component]
fn Step(step: ScaledRecipe, short: Vec<Shortage>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (quantity, unit) = (step.quantity, step.unit);
    let stages = stage_sequence(&step.stages, step.oven_minutes);
    let has_stages = !stages.is_empty();
    let lines = step
        .lines
        .into_iter()
        .map(|line| {
            let mut lacks = short.iter();
            let missing = lacks.find(|s| Some(s.ingredient_id) == line.line.ingredient_id);
            let missing = missing.map(|short| short.missing);
            let (quantity, unit) = (line.line.quantity, line.unit);
            view! {
                <li class="bench-line">
                    <span class="bench-name">{line.name}</span>
                    <strong class="bench-amount">{move || format.quantity_with_unit(quantity, unit)}</strong>
                    {missing
                        .map(|missing| {
                            view! {
                                <StatusPill
                                    tone=Tone::Danger
                                    text=move || t_string!(i18n, recipes.missing, quantity = format.quantity_with_unit(missing, unit))
                                />
                            }
                        })}
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="bench-step">
            <h3>
                {step.name}
                " · "
                <span class="bench-amount">{move || format.quantity_with_unit(quantity, unit)}</span>
            </h3>
            <ul>{lines}</ul>
            {has_stages.then(|| view! { <p class="bench-words">{move || stages_words(i18n.get_locale(), &stages)}</p> })}
            {step.method.map(|method| view! { <p class="bench-words recipe-method">{method}</p> })}
        </section>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use contract::recipes::{RecipeLine, RecipeLineView};
    use domain::Unit;

    const FLOUR: Uuid = Uuid::from_u128(1);
    const DOUGH: Uuid = Uuid::from_u128(11);
    const BAR: Uuid = Uuid::from_u128(12);
    const PRODUCT: Uuid = Uuid::from_u128(21);

    fn recipe(id: Uuid, unit: Unit, yields: i64, loss_bp: i32, line: RecipeLine) -> BoardRecipe {
        BoardRecipe {
            id,
            product_id: (id == BAR).then_some(PRODUCT),
            name: String::new(),
            unit,
            yield_quantity: yields,
            loss_bp,
            oven_minutes: None,
            stages: Vec::new(),
            method: None,
            lines: vec![RecipeLineView {
                line,
                name: String::new(),
                unit: Unit::Gram,
                percentage_bp: None,
            }],
            allergens: Vec::new(),
        }
    }

    #[test]
    fn a_batch_is_scaled_with_its_loss_and_its_dough_stands_first() {
        let line = |ingredient_id, part_id, quantity| RecipeLine {
            ingredient_id,
            part_id,
            quantity,
        };
        let recipes = [
            recipe(BAR, Unit::Piece, 10, 1_000, line(None, Some(DOUGH), 2_500)),
            recipe(DOUGH, Unit::Gram, 1_600, 0, line(Some(FLOUR), None, 1_000)),
        ];
        // 90 good ones are 100 altogether, of 250 g each.
        let steps = scaled(&recipes, PRODUCT, 90);
        let quantities = steps
            .iter()
            .map(|s| (s.unit, s.quantity, s.lines[0].line.quantity));
        assert_eq!(
            quantities.collect::<Vec<_>>(),
            [(Unit::Gram, 25_000, 15_625), (Unit::Piece, 100, 25_000)]
        );
        assert!(scaled(&recipes, Uuid::nil(), 90).is_empty());
    }
}
