//! What will be booked, and as of when: looked over before it is.

use super::{super::when::When, Opening};
use crate::{components::*, format::use_format, i18n::*};
use contract::stock::OpeningProduct;
use leptos::prelude::*;

#[component]
pub(super) fn ReviewDialog(opening: Opening, send: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open=opening.review_open title=move || t_string!(i18n, stock.opening_review_title) sheet=true>
            {move || opening.review_open.get().then(|| view! { <Review opening send /> })}
        </Dialog>
    }
}

#[component]
fn Review(opening: Opening, send: Callback<()>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let lines = move || {
        let products = opening.products.get();
        let quantities = opening.quantities.get();
        products
            .into_iter()
            .filter_map(|product| {
                let quantity = quantities.get(&product.product_id).copied()?;
                Some(view! { <Line product quantity opening /> })
            })
            .collect_view()
    };
    let refusal = move || {
        opening
            .refusal
            .get()
            .map(|words| view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> })
    };
    let ready = Memo::new(move |_| i64::try_from(opening.lines().len()).unwrap_or(i64::MAX));
    let not_ready = Signal::derive(move || ready.get() == 0 || opening.moment.is_missing());
    view! {
        <div class="form">
            <ul class="lots">{lines}</ul>
            <When moment=opening.moment error=opening.wrong_moment />
            <div aria-live="polite">{refusal}</div>
            <Button kind=ButtonKind::Primary icon=Icon::Check large=true busy=opening.busy disabled=not_ready on_press=send>
                {move || t_string!(i18n, stock.opening_post, count = format.number(ready.get()))}
            </Button>
        </div>
    }
}

#[component]
fn Line(product: OpeningProduct, quantity: i64, opening: Opening) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (id, unit, name) = (
        product.product_id,
        product.unit,
        product.product_name.clone(),
    );
    let remove = move |()| {
        opening.quantities.update(|quantities| {
            quantities.remove(&id);
        });
    };
    view! {
        <li class="lot">
            <b>{move || format.quantity(quantity, unit)}</b>
            <span>{product.product_name}</span>
            <span class="lot-origin">
                {product.sku}
                {product
                    .has_history
                    .then(|| view! { " " <StatusPill tone=Tone::Attention text=move || t_string!(i18n, stock.fault_history) /> })}
            </span>
            <IconButton
                icon=Icon::Close
                kind=ButtonKind::Quiet
                label=move || t_string!(i18n, stock.opening_remove, product = name.clone())
                on_press=Callback::new(remove)
            />
        </li>
    }
}
