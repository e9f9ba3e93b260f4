//! What goes into the mixer on a day: each dough over all batches that wait, split to the mixer, with the recipe of one mix. A page that
//! prints well, to hang beside the mixer.

use super::paper::{Asked, PaperFilters, PrintKey};
use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, routes::guarded,
    server_fns::orders::read_mixes,
};
use contract::capacity::{DoughView, KitchenMixes, MixesView, ReadMixes};
use domain::{Permission, Unit};
use leptos::prelude::*;

/// As many boxes to tick as fit on a line of paper.
const MOST_TICKS: i64 = 30;

/// The mixes of a day.
#[component]
pub fn MixesPage() -> impl IntoView {
    guarded(Permission::RecipesRead, || view! { <Mixes /> })
}

#[component]
fn Mixes() -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let asked = Asked::of_address();
    let mixes = Fetched::new(
        move || (asked.date.get(), asked.shop.get()),
        |(date, store_id)| read_mixes(ReadMixes { date, store_id }),
    );
    use_live(&["orders", "recipes"], move |_| mixes.refetch());
    view! {
        <PageHeader
            title=move || t_string!(i18n, capacity.mixes)
            over=move || format.date_long(asked.date.get())
            lead=move || t_string!(i18n, capacity.all_from)
        >
            {move || view! { <ButtonLink href=asked.at("/orders/dispatch")>{move || t_string!(i18n, dispatch.title)}</ButtonLink> }}
            <PrintKey />
        </PageHeader>
        <PaperFilters action="/orders/mixes" asked />
        <Loaded resource=mixes let:mixes>
            <Kitchens mixes />
        </Loaded>
    }
}

#[component]
fn Kitchens(mixes: MixesView) -> impl IntoView {
    let i18n = use_i18n();
    if mixes.kitchens.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Kitchen
                title=move || t_string!(i18n, capacity.empty_title)
                text=move || t_string!(i18n, capacity.empty_text)
            />
        }
        .into_any();
    }
    let kitchens = mixes
        .kitchens
        .into_iter()
        .map(|kitchen| view! { <Kitchen kitchen /> })
        .collect_view();
    view! { <div class="mixes">{kitchens}</div> }.into_any()
}

#[component]
fn Kitchen(kitchen: KitchenMixes) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let title = format!("{} · {}", kitchen.store_code, kitchen.store_name);
    let mixer = kitchen.mixer_capacity;
    let lead = move || match mixer {
        Some(grams) => {
            let grams = format.quantity_with_unit(grams, Unit::Gram);
            t_string!(i18n, capacity.mixer, grams = grams).to_string()
        }
        None => t_string!(i18n, capacity.no_mixer).to_owned(),
    };
    let doughs = kitchen
        .doughs
        .into_iter()
        .map(|dough| view! { <Dough dough /> })
        .collect_view();
    let without = kitchen.without_recipe.join(", ");
    let lacks = !without.is_empty();
    view! {
        <Section title lead>
            {doughs}
            {lacks
                .then(|| {
                    view! { <p class="muted">{move || t_string!(i18n, capacity.without_recipe, names = without.clone()).to_string()}</p> }
                })}
        </Section>
    }
}

#[component]
fn Dough(dough: DoughView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (total, count, grams) = (dough.total_grams, dough.mixes, dough.mix_grams);
    let amount = move |grams: i64| format.quantity_with_unit(grams, Unit::Gram);
    let size = move || {
        if count == 1 {
            t_string!(i18n, capacity.one_mix, total = amount(total)).to_string()
        } else {
            t_string!(
                i18n,
                capacity.many_mixes,
                total = amount(total),
                count = format.number(count),
                grams = amount(grams)
            )
            .to_string()
        }
    };
    let products = dough.products.join(", ");
    let ticks = usize::try_from(count.min(MOST_TICKS)).unwrap_or(0);
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.component)),
        Column::number(move || t_string!(i18n, capacity.of_one_mix)),
        Column::number(move || t_string!(i18n, recipes.bakers)),
    ];
    let rows = dough
        .lines
        .into_iter()
        .map(|line| {
            let (quantity, unit, share) = (line.line.quantity, line.unit, line.percentage_bp);
            view! {
                <tr>
                    <Cell lead=true>{line.name}</Cell>
                    <Cell numeric=true label=move || t_string!(i18n, capacity.of_one_mix)>
                        <strong>{move || format.quantity_with_unit(quantity, unit)}</strong>
                    </Cell>
                    <Cell numeric=true label=move || t_string!(i18n, recipes.bakers)>
                        {move || share.map(|bp| format.percent(bp as f64 / 10_000.0, 1))}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    let caption = dough.name.clone();
    view! {
        <article class="mix">
            <h3>{dough.name} " · " {size}</h3>
            <p class="paper-only mix-ticks">{"☐".repeat(ticks)}</p>
            <p class="muted">{move || t_string!(i18n, capacity.for_products, names = products.clone()).to_string()}</p>
            <Table caption columns>{rows}</Table>
            {dough.method.map(|method| view! { <p class="recipe-method">{method}</p> })}
        </article>
    }
}
