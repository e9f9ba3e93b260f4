//! All of the day, per product: what the oven still has to give. It comes once the board is alive, into a place that is kept free for it.

use crate::{format::use_format, i18n::*};
use contract::orders::ProductTotal;
use leptos::prelude::*;

/// The totals of the board that is shown. They live outside of what is loaded, and are changed in their place: whoever scrolled among
/// them stays where they are when the board changes.
#[component]
pub(super) fn Totals(totals: RwSignal<Vec<ProductTotal>>) -> impl IntoView {
    let i18n = use_i18n();
    move || {
        let rows = totals.get();
        (!rows.is_empty()).then(|| {
            let rows = rows
                .into_iter()
                .map(|total| view! { <Total total /> })
                .collect_view();
            view! {
                <section class="totals" aria-label=move || t_string!(i18n, kitchen.totals)>
                    <ul tabindex="0">{rows}</ul>
                </section>
            }
        })
    }
}

#[component]
fn Total(total: ProductTotal) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (produced, unit) = (total.produced, total.unit);
    let open = total.pending + total.in_progress;
    let all = open + produced;
    view! {
        <li class="total" data-done=(open == 0 && total.suggested == 0).to_string()>
            <span class="total-name">{total.product_name}</span>
            <b class="total-open">{move || format.quantity(open, unit)}</b>
            <span class="total-rest">
                {move || {
                    t_string!(i18n, kitchen.total_rest, produced = format.quantity(produced, unit), all = format.quantity(all, unit))
                }}
            </span>
        </li>
    }
}
