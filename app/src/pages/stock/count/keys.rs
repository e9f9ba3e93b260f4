//! The keys for what is there of a product.

use super::Counting;
use crate::{components::*, format::use_format, i18n::*, pages::units::in_unit};
use domain::stock::MAX_QUANTITY;
use leptos::prelude::*;

#[component]
pub(super) fn KeysDialog(counting: Counting, enter: Callback<Option<i64>>) -> impl IntoView {
    let title = move || {
        counting.product.with(|product| {
            product
                .as_ref()
                .map(|(_, name, _)| name.clone())
                .unwrap_or_default()
        })
    };
    view! {
        <Dialog open=counting.keys_open title sheet=true>
            // Anew for each product: what was typed for another one stays with that one.
            {move || counting.keys_open.get().then(|| view! { <Keys counting enter /> })}
        </Dialog>
    }
}

#[component]
fn Keys(counting: Counting, enter: Callback<Option<i64>>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let product = counting.product.get_untracked();
    let before = counting.before.get_untracked();
    let unit = product.map(|(_, _, unit)| unit);
    let known = before.zip(unit).map(|(before, unit)| {
        view! {
            <p class="lead">
                {move || t_string!(i18n, stock.counted_before, quantity = format.quantity(before, unit))}
            </p>
        }
    });
    let nothing = Signal::derive(move || counting.typed.get().is_none());
    let keep = move |()| {
        let typed = counting.typed.get_untracked();
        if typed.is_some() {
            enter.run(typed);
        }
    };
    view! {
        <div class="count-keys">
            {known}
            <QuantityInput
                name="counted"
                label=move || t_string!(i18n, stock.there_are)
                hint=move || {
                    let typed = counting.typed.get();
                    unit.map_or_else(String::new, |unit| in_unit(i18n.get_locale(), format, typed, unit))
                }
                value=counting.typed
                max=MAX_QUANTITY
                large=true
            />
            <Keypad value=counting.typed max=MAX_QUANTITY />
            <div class="count-actions">
                <Button large=true on_press=move |()| counting.typed.set(Some(0))>{move || t_string!(i18n, stock.none_left)}</Button>
                <Button kind=ButtonKind::Primary icon=Icon::Check large=true disabled=nothing on_press=keep>
                    {move || t_string!(i18n, stock.keep_count)}
                </Button>
            </div>
            {before
                .map(|_| {
                    view! {
                        <Button kind=ButtonKind::Quiet on_press=move |()| enter.run(None)>
                            {move || t_string!(i18n, stock.not_counted)}
                        </Button>
                    }
                })}
        </div>
    }
}
