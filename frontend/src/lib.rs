//! The browser's entry: makes the page that the server drew alive.

// The pages make deep types.
#![recursion_limit = "256"]

/// Called by the script that the shell puts into the page. Pages that are loaded when first visited arrive after this returns;
/// once all is alive, the page's root element carries `data-hydrated`, so that whoever drives a browser knows when a click
/// will be heard.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    wasm_bindgen_futures::spawn_local(async {
        let document = leptos::prelude::document();
        let Some(body) = document.body() else { return };
        leptos::mount::hydrate_from_async(body, app::App)
            .await
            .forget();
        if let Some(root) = document.document_element() {
            // A root that takes no attributes has nobody to tell.
            let _ = root.set_attribute("data-hydrated", "");
        }
    });
}
