//! Which shop the page speaks of.

use super::icon::{Glyph, Icon};
use crate::{
    cookies,
    i18n::{t_string, use_i18n},
    session::use_stores,
    store_choice::use_chosen_store,
};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_location, use_navigate, use_query_map},
};

/// Chooses the store: writes it into the address (`?store=`) and remembers it on this device. A person with one
/// store sees only its name.
#[component]
pub fn StorePicker() -> impl IntoView {
    let i18n = use_i18n();
    let stores = use_stores();
    let chosen = use_chosen_store();
    let query = use_query_map();
    let path = use_location().pathname;
    let navigate = use_navigate();
    if stores.len() < 2 {
        return view! {
            <p class="store-picker">
                <Glyph icon=Icon::Shop />
                <span class="store-picker-name">{stores.first().map(|store| store.name.clone())}</span>
            </p>
        }
        .into_any();
    }
    let choose = move |id: String| {
        cookies::write(cookies::STORE, &id);
        let mut query = query.get_untracked();
        query.replace("store", id);
        query.remove("page");
        // Who chooses a shop no longer asks for all of them.
        query.remove("all");
        let address = format!("{}{}", path.get_untracked(), query.to_query_string());
        navigate(
            &address,
            NavigateOptions {
                scroll: false,
                ..NavigateOptions::default()
            },
        );
    };
    let idle = move || !path.with(|path| is_about_one_store(path));
    let selected = move || {
        chosen
            .get()
            .map(|store| store.id.to_string())
            .unwrap_or_default()
    };
    let initially = chosen.with_untracked(|store| store.as_ref().map(|store| store.id));
    view! {
        <label class="store-picker" hidden=idle>
            <Glyph icon=Icon::Shop />
            <select
                aria-label=move || t_string!(i18n, common.store)
                prop:value=selected
                on:change:target=move |event| choose(event.target().value())
            >
                {stores
                    .into_iter()
                    .map(|store| {
                        view! {
                            <option value=store.id.to_string() selected=Some(store.id) == initially>
                                {store.name}
                            </option>
                        }
                    })
                    .collect_view()}
            </select>
            <Glyph icon=Icon::ChevronDown />
        </label>
    }
    .into_any()
}

/// Whether a page changes with the chosen store. Where it does not, a choice that does nothing would mislead.
fn is_about_one_store(path: &str) -> bool {
    [
        "/today",
        "/plan",
        "/stock",
        "/forecast",
        "/events",
        "/promotions",
    ]
    .iter()
    .any(|area| path.starts_with(area))
}

#[cfg(test)]
mod tests {
    use super::is_about_one_store;

    #[test]
    fn the_store_is_chosen_where_the_page_speaks_of_one() {
        assert!(is_about_one_store("/stock/count"));
        assert!(is_about_one_store("/today"));
        assert!(!is_about_one_store("/kitchen"));
        assert!(!is_about_one_store("/orders"));
        assert!(!is_about_one_store("/admin/jobs"));
    }
}
