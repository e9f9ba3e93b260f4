//! What the queue asks of the browser. By name, and not through the bindings of each interface: those would stand in the script
//! that every page loads first.

use js_sys::{Array, Function, Promise, Reflect};
use leptos::prelude::set_timeout;
use std::{cell::RefCell, future::Future, rc::Rc, time::Duration};
use wasm_bindgen::{JsCast, JsValue, closure::Closure};
use wasm_bindgen_futures::{JsFuture, future_to_promise};

/// A field; `undefined` where there is none.
pub(crate) fn get(of: &JsValue, name: &str) -> JsValue {
    Reflect::get(of, &name.into()).unwrap_or_default()
}

pub(crate) fn set(of: &JsValue, name: &str, value: &JsValue) {
    // Only a frozen object refuses.
    let _ = Reflect::set(of, &name.into(), value);
}

/// Calls a method.
pub(crate) fn call(of: &JsValue, name: &str, arguments: &[&JsValue]) -> Result<JsValue, JsValue> {
    let method: Function = get(of, name).dyn_into()?;
    let list: Array = arguments.iter().copied().collect();
    Reflect::apply(&method, of, &list)
}

/// A field of the navigator; `undefined` where the browser has no such thing, or not on this address.
pub(crate) fn navigator(name: &str) -> JsValue {
    web_sys::window().map_or(JsValue::UNDEFINED, |window| {
        get(&window.navigator().into(), name)
    })
}

/// Waits for what a method promises.
pub(crate) async fn ask(
    of: &JsValue,
    name: &str,
    arguments: &[&JsValue],
) -> Result<JsValue, JsValue> {
    JsFuture::from(Promise::resolve(&call(of, name, arguments)?)).await
}

/// Asks the browser not to clear up what this site keeps on the device when room becomes scarce. One that cannot, or does not want to, keeps
/// it as it did before.
pub(crate) async fn keep_storage() {
    let _ = ask(&navigator("storage"), "persist", &[]).await;
}

/// Waits for one of two events: what happens at the first fulfils, what happens at the others does not.
pub(crate) async fn happens(on: &JsValue, good: &str, bad: &[&str]) -> Result<(), JsValue> {
    happens_within(None, on, good, bad).await
}

/// The same, and fails after so long without any of them.
pub(crate) async fn happens_within(
    patience: Option<Duration>,
    on: &JsValue,
    good: &str,
    bad: &[&str],
) -> Result<(), JsValue> {
    let promise = Promise::new(&mut |done, failed| {
        set(on, good, &done);
        for name in bad {
            set(on, name, &failed);
        }
        if let Some(patience) = patience {
            // After one of the others it changes nothing any more.
            let late = move || drop(Reflect::apply(&failed, &JsValue::UNDEFINED, &Array::new()));
            set_timeout(late, patience);
        }
    });
    JsFuture::from(promise).await.map(drop)
}

/// Does the work while no other page of this device does work under the same name. Where the browser knows no locks it is done
/// at once.
pub(crate) async fn alone(name: &str, work: impl Future<Output = ()> + 'static) {
    let locks = navigator("locks");
    if locks.is_undefined() {
        return work.await;
    }
    let work = Rc::new(RefCell::new(Some(work)));
    let own = Rc::clone(&work);
    let inside = Closure::once_into_js(move |_: JsValue| -> Promise {
        let work = own.borrow_mut().take();
        future_to_promise(async move {
            if let Some(work) = work {
                work.await;
            }
            Ok(JsValue::UNDEFINED)
        })
    });
    let asked = ask(&locks, "request", &[&name.into(), &inside]).await;
    let left = work.borrow_mut().take();
    // Refused, as in a page that is going away: the server's receipts keep order and number all the same.
    if let (Err(_), Some(work)) = (asked, left) {
        work.await;
    }
}
