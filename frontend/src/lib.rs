//! The browser's entry: makes the page that the server drew alive.

/// Called by the script that the shell puts into the page. Once done, the page's root element carries `data-hydrated`, so
/// that whoever drives a browser knows when a click will be heard.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
    if let Some(root) = leptos::prelude::document().document_element() {
        // A page without a root that takes attributes has nobody to tell.
        let _ = root.set_attribute("data-hydrated", "");
    }
}
