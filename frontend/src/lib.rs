//! The browser's entry: makes the page that the server drew alive.

/// Called by the script that the shell puts into the page.
#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_body(app::App);
}
