//! The page's end of the service worker, which opens the kitchen, waste and count without a network (frontend/worker.js).
//!
//! Browsers allow one on https and on the machine itself only. Elsewhere everything else works as it does here.

use super::browser::{ask, call, get, navigator, set};
use super::{DeviceQueue, PAGES};
use js_sys::Object;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::use_location;
use std::time::Duration;
use wasm_bindgen::{JsValue, closure::Closure};

const SCRIPT: &str = "/worker.js";

/// While the page shows what the device kept, the server is asked so often whether it answers again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

pub(super) fn start(queue: DeviceQueue) {
    let container = navigator("serviceWorker");
    if container.is_undefined() {
        return;
    }
    let heard = Closure::<dyn FnMut(JsValue)>::new(move |event: JsValue| {
        hear(queue, &get(&event, "data"));
    });
    set(&container, "onmessage", heard.as_ref());
    // As long as the page lives.
    heard.forget();
    if let Some(at) = of_root("data-kept-at").and_then(|at| at.parse().ok()) {
        queue.kept_at.set(at);
        // The device may hold newer answers than this page was drawn from.
        queue.rounds.update(|rounds| *rounds += 1);
    }
    let ask_again = move || {
        if queue.kept_at.get_untracked() > 0 {
            queue.rounds.update(|rounds| *rounds += 1);
        }
    };
    // Both as long as the page lives, as the queue does.
    let _ = set_interval_with_handle(ask_again, LOOK_AGAIN);
    let _ = window_event_listener_untyped("online", move |_| ask_again());

    let location = use_location();
    let worker = container.clone();
    Effect::new(move |_| {
        let (path, search) = (location.pathname.get(), location.search.get());
        if !PAGES.contains(&path.as_str()) {
            return;
        }
        let address = if search.is_empty() {
            path
        } else {
            format!("{path}?{}", search.trim_start_matches('?'))
        };
        let worker = worker.clone();
        spawn_local(async move {
            // No worker, no copy: the page works as it did before there was one.
            let _ = keep(&worker, &address).await;
        });
    });
    spawn_local(async move {
        // In a private window the browser may refuse.
        let _ = ask(&container, "register", &[&SCRIPT.into()]).await;
    });
}

/// Has the worker keep the page of an address that was come to without loading it whole.
async fn keep(container: &JsValue, address: &str) -> Result<(), JsValue> {
    let ready =
        wasm_bindgen_futures::JsFuture::from(js_sys::Promise::resolve(&get(container, "ready")));
    let registration = ready.await?;
    let message = Object::new();
    set(&message, "keep", &address.into());
    call(&get(&registration, "active"), "postMessage", &[&message]).map(drop)
}

fn hear(queue: DeviceQueue, message: &JsValue) {
    if let Some(at) = get(message, "keptAt").as_f64() {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
        queue.kept_at.set(at as i64);
    } else if get(message, "fresh").is_truthy() && queue.kept_at.get_untracked() > 0 {
        queue.kept_at.set(0);
    } else if let Some(version) = get(message, "version").as_string()
        && of_root("data-build").is_some_and(|own| own != version)
    {
        queue.is_outdated.set(true);
    }
}

fn of_root(attribute: &str) -> Option<String> {
    document().document_element()?.get_attribute(attribute)
}
