//! A screen on a wall stays awake, and may fill the wall.

/// Asks the browser to keep the screen on while the page lives; browsers that cannot simply do not.
pub(super) fn stay_awake() {
    #[cfg(feature = "hydrate")]
    {
        use leptos::prelude::{Effect, on_cleanup, window_event_listener_untyped};
        Effect::new(move |_| ask());
        // The lock ends when the page is hidden; it is asked for again when somebody comes back.
        let focused = window_event_listener_untyped("focus", move |_| ask());
        // A tablet that is switched on again shows the page without giving it the focus. The event goes from the document up.
        let shown = window_event_listener_untyped("visibilitychange", move |_| ask());
        on_cleanup(move || {
            focused.remove();
            shown.remove();
        });
    }
}

#[cfg(feature = "hydrate")]
fn ask() {
    use js_sys::{Function, Reflect};
    use wasm_bindgen::{JsCast, JsValue};
    let Some(window) = web_sys::window() else {
        return;
    };
    // While nobody sees the page the browser refuses.
    if window.document().is_none_or(|document| document.hidden()) {
        return;
    }
    let Ok(lock) = Reflect::get(&window.navigator(), &JsValue::from_str("wakeLock")) else {
        return;
    };
    let Some(request) = Reflect::get(&lock, &JsValue::from_str("request"))
        .ok()
        .and_then(|f| f.dyn_into::<Function>().ok())
    else {
        return;
    };
    if let Some(promise) = request
        .call1(&lock, &JsValue::from_str("screen"))
        .ok()
        .and_then(|p| p.dyn_into::<js_sys::Promise>().ok())
    {
        leptos::task::spawn_local(async move {
            // A battery saver may refuse; then the screen sleeps as it always did.
            let _ = wasm_bindgen_futures::JsFuture::from(promise).await;
        });
    }
}

/// Fills the screen, or gives it back.
pub(super) fn toggle_full_screen() {
    #[cfg(feature = "hydrate")]
    if let Some(document) = web_sys::window().and_then(|window| window.document()) {
        if document.fullscreen_element().is_some() {
            document.exit_fullscreen();
        } else if let Some(root) = document.document_element() {
            // A browser that refuses leaves the page as it is.
            let _ = root.request_fullscreen();
        }
    }
}
