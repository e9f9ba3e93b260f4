//! The keys for what is there of a product.

use super::Counting;
use crate::{components::*, i18n::*};
use domain::stock::MAX_QUANTITY;
use leptos::prelude::*;

#[component]
pub(super) fn KeysDialog(counting: Counting, enter: Callback<Option<i64>>) -> impl IntoView {
    let i18n = use_i18n();
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
            <div class="count-keys">
                <QuantityInput name="counted" label=move || t_string!(i18n, stock.there_are) value=counting.typed max=MAX_QUANTITY large=true />
                <Keypad value=counting.typed max=MAX_QUANTITY />
                <div class="count-actions">
                    <Button large=true on_press=move |()| counting.typed.set(Some(0))>{move || t_string!(i18n, stock.none_left)}</Button>
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Check
                        large=true
                        on_press=move |()| enter.run(counting.typed.get_untracked())
                    >
                        {move || t_string!(i18n, stock.keep_count)}
                    </Button>
                </div>
            </div>
        </Dialog>
    }
}
