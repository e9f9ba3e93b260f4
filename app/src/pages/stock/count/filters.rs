//! Which products are shown, and a field for scanners. Not drawn anew when the sheet changes: a scanner types into it while it does.

use super::Counting;
use crate::{components::*, i18n::*};
use leptos::{ev::KeyboardEvent, prelude::*};

#[component]
pub(super) fn Filters(counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    // A scanner types the code and presses Enter; so may a person.
    let scanned = move |event: KeyboardEvent| {
        if event.key() != "Enter" {
            return;
        }
        event.prevent_default();
        let wanted = counting.wanted.get_untracked().trim().to_lowercase();
        let found = untrack(|| counting.shown());
        let exact = found
            .iter()
            .find(|place| place.sku.to_lowercase() == wanted || place.bears(&wanted));
        if let Some(place) = exact.or_else(|| found.first().filter(|_| found.len() == 1)) {
            counting.show(place);
            counting.wanted.set(String::new());
        }
    };
    let options = Signal::derive(move || {
        let all = Choice::new("", move || t_string!(i18n, common.all));
        let names = counting.categories.get().into_iter();
        let names = names.map(|name| Choice::new(name.clone(), name));
        [all].into_iter().chain(names).collect::<Vec<_>>()
    });
    view! {
        <div class="count-filters">
            <div on:keydown=scanned>
                <TextInput
                    name="find"
                    kind="search"
                    label=move || t_string!(i18n, stock.find_product)
                    placeholder=move || t_string!(i18n, stock.find_product_hint)
                    value=counting.wanted
                />
            </div>
            <Select name="category" label=move || t_string!(i18n, stock.category) value=counting.category options=options />
            <Switch name="open-only" label=move || t_string!(i18n, stock.open_only) value=counting.open_only />
        </div>
    }
}
