//! The store that a page speaks of: `?store=` in the address, else the one chosen last, else the first.

use crate::{cookies, session::use_stores};
use contract::session::StoreOption;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The chosen store, followed as it changes. `None` only where the person sees no store at all.
///
/// A store that the person may not see counts as not named, so a link from a colleague shows the reader's own store.
#[must_use]
pub fn use_chosen_store() -> Memo<Option<StoreOption>> {
    let query = use_query_map();
    let stores = use_stores();
    let remembered = cookies::read(cookies::STORE);
    Memo::new(move |_| {
        let named = query.with(|query| query.get("store"));
        let by_id = |id: &Option<String>| {
            let id = id.as_deref()?;
            stores
                .iter()
                .find(|store| store.id.to_string() == id)
                .cloned()
        };
        by_id(&named)
            .or_else(|| by_id(&remembered))
            .or_else(|| stores.first().cloned())
    })
}
