//! What a batch takes of the kitchen's shelves, and what of it is not there.

use crate::pages::ingredients::allergen_words;
use crate::{components::*, format::use_format, i18n::*, server_fns::recipes::read_needs};
use contract::orders::OrderView;
use contract::recipes::{NeedView, NeedsView, ReadNeeds, ScaledRecipe};
use domain::OrderStatus;
use leptos::prelude::*;

/// Of an order that is not finished; nothing for others, and where its product has no recipe.
#[component]
pub(super) fn Needs(order: OrderView) -> impl IntoView {
    let i18n = use_i18n();
    // What came out has taken its share already.
    let rest = order.rest();
    let open = rest > 0 && matches!(order.status, OrderStatus::Pending | OrderStatus::InProgress);
    let needs = LocalResource::new(move || async move {
        if !open {
            return None;
        }
        let wanted = ReadNeeds {
            store_id: order.store_id,
            product_id: order.product_id,
            quantity: rest,
            order_id: Some(order.id),
        };
        read_needs(wanted).await.ok()
    });
    move || {
        let needs: NeedsView = needs.get().flatten().filter(|n| !n.needs.is_empty())?;
        let allergens = needs.allergens.clone();
        let has_allergens = !allergens.is_empty();
        Some(view! {
            <Section title=move || t_string!(i18n, recipes.ingredients)>
                <Ingredients needs=needs.needs />
                {has_allergens
                    .then(|| {
                        view! {
                            <p>
                                {move || t_string!(i18n, recipes.allergens)} ": " <strong class="allergens">{move || allergen_words(i18n.get_locale(), &allergens)}</strong>
                            </p>
                        }
                    })}
                {needs.recipes.into_iter().map(|step| view! { <Step step /> }).collect_view()}
            </Section>
        })
    }
}

#[component]
fn Ingredients(needs: Vec<NeedView>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.ingredient)),
        Column::number(move || t_string!(i18n, recipes.needed)),
        Column::number(move || t_string!(i18n, recipes.available)),
    ];
    let rows = needs
        .into_iter()
        .map(|need| {
            let (unit, available, missing) = (need.unit, need.available, need.missing);
            let amount = move |n: i64| format.quantity_with_unit(n, unit);
            let needed = need.needed;
            view! {
                <tr>
                    <Cell lead=true>{need.name}</Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.needed)>{move || amount(needed)}</Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.available)>
                        {move || match available {
                            None => t_string!(i18n, recipes.not_stocked).into_any(),
                            Some(_) if missing > 0 => {
                                let text = t_string!(i18n, recipes.missing, quantity = amount(missing)).to_string();
                                view! { <StatusPill tone=Tone::Danger text=text /> }.into_any()
                            }
                            Some(there) => amount(there).into_any(),
                        }}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, recipes.ingredients) columns>{rows}</Table> }
}

/// One recipe scaled to the batch, folded away.
#[component]
fn Step(step: ScaledRecipe) -> impl IntoView {
    let format = use_format();
    let (unit, quantity) = (step.unit, step.quantity);
    let name = step.name;
    let lines = step
        .lines
        .into_iter()
        .map(|line| {
            let (unit, quantity) = (line.unit, line.line.quantity);
            let share = line.percentage_bp;
            view! {
                <li>
                    <span>{line.name}</span>
                    " "
                    <strong>{move || format.quantity_with_unit(quantity, unit)}</strong>
                    " "
                    <span class="muted">{move || share.map(|bp| format.percent(bp as f64 / 10_000.0, 1))}</span>
                </li>
            }
        })
        .collect_view();
    view! {
        <details class="recipe-step">
            <summary>{name} " · " {move || format.quantity_with_unit(quantity, unit)}</summary>
            <ul>{lines}</ul>
            {step.method.map(|method| view! { <p class="recipe-method">{method}</p> })}
        </details>
    }
}
