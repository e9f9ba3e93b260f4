//! A recipe to read at the bench, scaled to any quantity.

use super::stages_words;
use crate::pages::ingredients::allergen_words;
use crate::{components::*, format::use_format, i18n::*};
use contract::recipes::RecipeView;
use domain::recipes::stage_sequence;
use leptos::prelude::*;

/// The sheet.
#[component]
pub(super) fn RecipeSheet(
    open: RwSignal<bool>,
    recipe: RwSignal<Option<RecipeView>>,
) -> impl IntoView {
    let title = move || recipe.with(|r| r.as_ref().map(|r| r.name.clone()).unwrap_or_default());
    view! {
        <Dialog open title sheet=true>
            {move || {
                let recipe = recipe.get()?;
                open.get().then(|| view! { <Scaled recipe /> })
            }}
        </Dialog>
    }
}

#[component]
fn Scaled(recipe: RecipeView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let of = recipe.yield_quantity.max(1);
    let wanted = RwSignal::new(Some(recipe.yield_quantity));
    let lines = recipe
        .lines
        .iter()
        .cloned()
        .map(|line| {
            let (quantity, unit, share) = (line.line.quantity, line.unit, line.percentage_bp);
            // Whole base units, like the scales.
            let scaled = move || {
                let wanted = i128::from(wanted.get().unwrap_or(0));
                let amount =
                    (i128::from(quantity) * wanted * 2 + i128::from(of)) / (2 * i128::from(of));
                format.quantity_with_unit(i64::try_from(amount).unwrap_or(i64::MAX), unit)
            };
            let share = move || share.map(|bp| format.percent(bp as f64 / 10_000.0, 1));
            view! {
                <tr>
                    <Cell lead=true>{line.name}</Cell>
                    <Cell numeric=true><strong class="recipe-amount">{scaled}</strong></Cell>
                    <Cell numeric=true>{share}</Cell>
                </tr>
            }
        })
        .collect_view();
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.component)),
        Column::number(move || t_string!(i18n, recipes.quantity)),
        Column::number(move || t_string!(i18n, recipes.bakers)),
    ];
    let allergens = recipe.allergens.clone();
    let has_allergens = !allergens.is_empty();
    let loss = recipe.loss_bp;
    let steps = stage_sequence(&recipe.stages, recipe.oven_minutes);
    let used_in = recipe.used_in.join(", ");
    let is_used = !used_in.is_empty();
    view! {
        <div class="stack">
            <QuantityInput
                name="wanted"
                label=move || t_string!(i18n, recipes.for_how_many)
                value=wanted
                min=1
                max=1_000_000_000
                large=true
            />
            <Table caption=move || t_string!(i18n, recipes.component) columns>{lines}</Table>
            {has_allergens
                .then(|| {
                    view! {
                        <p>
                            {move || t_string!(i18n, recipes.allergens)} ": " <strong class="allergens">{move || allergen_words(i18n.get_locale(), &allergens)}</strong>
                        </p>
                    }
                })}
            <p class="muted">
                {move || {
                    let loss = format.percent(f64::from(loss) / 10_000.0, 1);
                    let loss = t_string!(i18n, recipes.loss_of, share = loss).to_string();
                    match stages_words(i18n.get_locale(), &steps) {
                        Some(steps) => format!("{loss} · {steps}"),
                        None => loss,
                    }
                }}
            </p>
            {is_used.then(|| view! { <p class="muted">{move || t_string!(i18n, recipes.used_in, names = used_in.clone())}</p> })}
            {recipe.method.map(|method| view! { <p class="recipe-method">{method}</p> })}
        </div>
    }
}
