//! The browser's side of a chart: loads the drawing library once, on the first page that needs it, then draws.

use leptos::{html, prelude::*};
use std::{cell::Cell, cell::RefCell};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use web_sys::HtmlElement;

/// Served by us; copied from npm when the site is built.
const LIBRARY: &str = "/vendor/echarts.js";

thread_local! {
    static LOADING: Cell<bool> = const { Cell::new(false) };
    static WAITING: RefCell<Vec<Box<dyn FnOnce(bool)>>> = const { RefCell::new(Vec::new()) };
}

/// Draws what `build` returns into the node, and again whenever a signal that `build` reads changes.
pub(super) fn draw(
    node: NodeRef<html::Div>,
    failed: RwSignal<bool>,
    build: impl Fn() -> charming::Chart + Send + Sync + 'static,
) {
    let drawn = StoredValue::new_local(None::<Drawing>);
    Effect::new(move |_| {
        let Ok(option) = serde_json::to_string(&build()) else {
            return;
        };
        let Some(element) = node.get() else { return };
        with_library(move |there| {
            if !there {
                let _ = failed.try_set(true);
                return;
            }
            // After a navigation the effect can run before the element has its place and size.
            request_animation_frame(move || {
                let _ = drawn.try_update_value(|drawn| {
                    if drawn.is_none() {
                        *drawn = Drawing::start(&element);
                    }
                    match drawn {
                        Some(drawing) => drawing.show(&option),
                        None => failed.set(true),
                    }
                });
            });
        });
    });
    let resize = window_event_listener(leptos::ev::resize, move |_| {
        let _ = drawn.try_update_value(|drawn| {
            if let Some(drawing) = drawn {
                drawing.call("resize", &[]);
            }
        });
    });
    on_cleanup(move || {
        resize.remove();
        let _ = drawn.try_update_value(|drawn| {
            if let Some(drawing) = drawn.take() {
                drawing.call("dispose", &[]);
            }
        });
    });
}

/// An instance of the library on one element.
struct Drawing(JsValue);

impl Drawing {
    fn start(element: &HtmlElement) -> Option<Self> {
        let library = library()?;
        let init: js_sys::Function = get(&library, "init")?.dyn_into().ok()?;
        let options = js_sys::Object::new();
        // Vectors stay sharp on every screen and are readable by tests and people who zoom.
        js_sys::Reflect::set(&options, &"renderer".into(), &"svg".into()).ok()?;
        init.call3(&library, element, &JsValue::NULL, &options)
            .ok()
            .map(Self)
    }

    fn show(&self, option: &str) {
        if let Ok(option) = js_sys::JSON::parse(option) {
            // `true`: nothing of the drawing before stays.
            self.call("setOption", &[option, JsValue::TRUE]);
        }
    }

    fn call(&self, method: &str, arguments: &[JsValue]) {
        if let Some(method) =
            get(&self.0, method).and_then(|value| value.dyn_into::<js_sys::Function>().ok())
        {
            let list: js_sys::Array = arguments.iter().collect();
            // A drawing that fails leaves the table, which says the same.
            let _ = method.apply(&self.0, &list);
        }
    }
}

fn get(object: &JsValue, name: &str) -> Option<JsValue> {
    js_sys::Reflect::get(object, &name.into())
        .ok()
        .filter(|value| !value.is_undefined() && !value.is_null())
}

fn library() -> Option<JsValue> {
    get(&web_sys::window()?.into(), "echarts")
}

/// Runs `then` when the library is there (`true`) or cannot be had (`false`).
fn with_library(then: impl FnOnce(bool) + 'static) {
    if library().is_some() {
        then(true);
        return;
    }
    WAITING.with_borrow_mut(|waiting| waiting.push(Box::new(then)));
    if LOADING.replace(true) {
        return;
    }
    if load().is_none() {
        finish(false);
    }
}

fn load() -> Option<()> {
    let document = web_sys::window()?.document()?;
    let script = document.create_element("script").ok()?;
    script.set_attribute("src", LIBRARY).ok()?;
    let on_load = Closure::once_into_js(|| finish(true));
    let on_error = Closure::once_into_js(|| finish(false));
    script
        .add_event_listener_with_callback("load", on_load.unchecked_ref())
        .ok()?;
    script
        .add_event_listener_with_callback("error", on_error.unchecked_ref())
        .ok()?;
    document.document_element()?.append_child(&script).ok()?;
    Some(())
}

fn finish(there: bool) {
    LOADING.set(false);
    for then in WAITING.take() {
        then(there);
    }
}
