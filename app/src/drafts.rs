//! What people type, kept until it is saved: not a reload, not a session that ended, not a lost network may take it.
//!
//! A form says `data-draft` with a key of its own and of the thing that it is about, and whoever saved it calls [`saved`]. Between
//! the two, what was changed in it lies in the tab's session storage and is put back when the form comes up again, in
//! whatever way: by a press after a reload, or by the way back from signing in. Passwords and files are never kept, another
//! person at the same tablet never sees them, and after half a day they are forgotten.

#[cfg(feature = "hydrate")]
use leptos::prelude::*;
use uuid::Uuid;

/// Forgets what was typed into the form of this key: it is saved.
pub fn saved(key: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(storage) = storage() {
        // Nothing to remove is what was wanted.
        let _ = storage.remove_item(&place(key));
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = key;
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    window().session_storage().ok().flatten()
}

#[cfg(feature = "hydrate")]
fn place(key: &str) -> String {
    format!("hornada_draft_{key}")
}

/// Keeps what this person types from now on.
pub(crate) fn keep_typed(person: Uuid) {
    #[cfg(feature = "hydrate")]
    {
        use crate::i18n::{t_string, use_i18n};

        let (i18n, toasts) = (use_i18n(), crate::components::use_toasts());
        keeper::start(person.to_string(), move || {
            toasts.done(untrack(|| t_string!(i18n, common.draft_back).to_owned()));
        });
    }
    let _ = person;
}

#[cfg(feature = "hydrate")]
mod keeper {
    use super::{place, storage};
    use js_sys::{Date, JSON, Object, Reflect};
    use leptos::prelude::*;
    use std::{cell::RefCell, rc::Rc, time::Duration};
    use wasm_bindgen::{JsCast, JsValue, closure::Closure};
    use web_sys::{Element, Event, EventInit, MutationObserver, MutationObserverInit};

    /// In milliseconds.
    const KEPT: f64 = 12.0 * 3_600_000.0;
    const FORM: &str = "[data-draft]";
    const LOOK_AFTER: Duration = Duration::from_millis(20);

    /// A form that is on show.
    struct Form {
        element: Element,
        key: String,
        /// What stood in it before anybody typed.
        untouched: Vec<(String, String)>,
    }

    struct Keeper {
        person: String,
        on_restore: Box<dyn Fn()>,
        forms: RefCell<Vec<Form>>,
        is_looking: RefCell<bool>,
    }

    pub(super) fn start(person: String, on_restore: impl Fn() + 'static) {
        let keeper = Rc::new(Keeper {
            person,
            on_restore: Box::new(on_restore),
            forms: RefCell::default(),
            is_looking: RefCell::default(),
        });
        for name in ["input", "change", "click"] {
            let keeper = Rc::clone(&keeper);
            let _ = window_event_listener_untyped(name, move |event: Event| {
                let form = event
                    .target()
                    .and_then(|target| target.dyn_into::<Element>().ok())
                    .and_then(|target| target.closest(FORM).ok().flatten());
                if let Some(form) = form {
                    let keeper = Rc::clone(&keeper);
                    // What the event changes is there afterwards.
                    set_timeout(move || keeper.write(&form), Duration::ZERO);
                }
            });
        }
        let look = Rc::clone(&keeper);
        let changed = Closure::<dyn FnMut()>::new(move || look.look_soon());
        let wanted = MutationObserverInit::new();
        wanted.set_child_list(true);
        wanted.set_subtree(true);
        wanted.set_attribute_filter(&js_sys::Array::of2(&"open".into(), &"data-draft".into()));
        if let (Ok(observer), Some(body)) = (
            MutationObserver::new(changed.as_ref().unchecked_ref()),
            document().body(),
        ) {
            // Refused only where nothing is asked for.
            let _ = observer.observe_with_options(&body, &wanted);
        }
        // As long as the page lives.
        changed.forget();
        keeper.look_soon();
    }

    impl Keeper {
        /// After those who set the form up: they run in the same turn.
        fn look_soon(self: &Rc<Self>) {
            if self.is_looking.replace(true) {
                return;
            }
            let keeper = Rc::clone(self);
            let look = move || {
                keeper.is_looking.replace(false);
                let root = document().document_element();
                if root.is_some_and(|root| root.has_attribute("data-hydrated")) {
                    keeper.look();
                } else {
                    // What is not alive yet hears of nothing, and must not be drawn upon.
                    keeper.look_soon();
                }
            };
            set_timeout(look, LOOK_AFTER);
        }

        /// Finds forms that came up, and forgets those that went.
        fn look(&self) {
            let shown: Vec<(Element, String)> = all(&document().into(), FORM)
                .into_iter()
                .filter(|element| {
                    let dialog = element.closest("dialog").ok().flatten();
                    dialog.is_none_or(|dialog| dialog.has_attribute("open"))
                })
                .filter_map(|element| {
                    let key = element.get_attribute("data-draft")?;
                    Some((element, key))
                })
                .collect();
            self.forms.borrow_mut().retain(|form| {
                shown
                    .iter()
                    .any(|(e, k)| *e == form.element && *k == form.key)
            });
            let mut is_back = false;
            for (element, key) in shown {
                let is_known = self
                    .forms
                    .borrow()
                    .iter()
                    .any(|form| form.element == element);
                if is_known {
                    continue;
                }
                let untouched = values(&element);
                is_back |= self.restore(&element, &key, &untouched);
                self.forms.borrow_mut().push(Form {
                    element,
                    key,
                    untouched,
                });
            }
            if is_back {
                (self.on_restore)();
            }
        }

        fn write(&self, element: &Element) {
            let forms = self.forms.borrow();
            let (Some(form), Some(storage)) = (
                forms.iter().find(|form| form.element == *element),
                storage(),
            ) else {
                return;
            };
            let typed = Object::new();
            for (name, value) in values(element) {
                let is_new = !form
                    .untouched
                    .iter()
                    .any(|(n, v)| *n == name && *v == value);
                if is_new {
                    let _ = Reflect::set(&typed, &name.into(), &value.into());
                }
            }
            if Object::keys(&typed).length() == 0 {
                let _ = storage.remove_item(&place(&form.key));
                return;
            }
            let draft = Object::new();
            for (name, value) in [
                ("by", JsValue::from(&self.person)),
                ("at", Date::now().into()),
                ("typed", typed.into()),
            ] {
                let _ = Reflect::set(&draft, &name.into(), &value);
            }
            if let Ok(text) = JSON::stringify(&draft) {
                // A browser that keeps nothing is a browser that forgets; there is nobody to tell.
                let _ = storage.set_item(&place(&form.key), &String::from(text));
            }
        }

        /// Puts back what was typed; says whether there was anything.
        fn restore(&self, element: &Element, key: &str, untouched: &[(String, String)]) -> bool {
            let Some(draft) = storage()
                .and_then(|storage| storage.get_item(&place(key)).ok().flatten())
                .and_then(|text| JSON::parse(&text).ok())
            else {
                return false;
            };
            let at = get(&draft, "at").as_f64().unwrap_or_default();
            if get(&draft, "by").as_string().as_ref() != Some(&self.person)
                || Date::now() - at > KEPT
            {
                return false;
            }
            let typed = get(&draft, "typed");
            let mut is_back = false;
            for control in controls(element) {
                let Some((name, now)) = value(&control) else {
                    continue;
                };
                let Some(before) = get(&typed, &name).as_string() else {
                    continue;
                };
                if before == now || !untouched.iter().any(|(n, _)| *n == name) {
                    continue;
                }
                let (field, before) = if is_choice(&control) {
                    ("checked", JsValue::from(!before.is_empty()))
                } else {
                    ("value", before.into())
                };
                let _ = Reflect::set(&control, &field.into(), &before);
                let bubbles = EventInit::new();
                bubbles.set_bubbles(true);
                for name in ["input", "change"] {
                    if let Ok(event) = Event::new_with_event_init_dict(name, &bubbles) {
                        let _ = control.dispatch_event(&event);
                    }
                }
                is_back = true;
            }
            is_back
        }
    }

    fn get(of: &JsValue, name: &str) -> JsValue {
        Reflect::get(of, &name.into()).unwrap_or_default()
    }

    fn all(of: &JsValue, selector: &str) -> Vec<Element> {
        // Documents and elements both answer it.
        let found = of
            .unchecked_ref::<Element>()
            .query_selector_all(selector)
            .ok();
        let found = found.map(|found| js_sys::Array::from(&found));
        found
            .into_iter()
            .flat_map(|found| found.to_vec())
            .map(JsCast::unchecked_into)
            .collect()
    }

    fn controls(form: &Element) -> Vec<Element> {
        all(form, "input[name],select[name],textarea[name]")
    }

    fn is_choice(control: &Element) -> bool {
        matches!(
            get(control, "type").as_string().as_deref(),
            Some("radio" | "checkbox")
        )
    }

    /// Name and value of a control, where it may be kept.
    fn value(control: &Element) -> Option<(String, String)> {
        let text = |field: &str| get(control, field).as_string();
        if matches!(
            text("type").as_deref(),
            Some("password" | "file" | "hidden")
        ) {
            return None;
        }
        let (name, value) = (text("name")?, text("value")?);
        if is_choice(control) {
            let checked = get(control, "checked").is_truthy();
            return Some((
                format!("{name}={value}"),
                if checked {
                    "1".to_owned()
                } else {
                    String::new()
                },
            ));
        }
        Some((name, value))
    }

    fn values(form: &Element) -> Vec<(String, String)> {
        controls(form).iter().filter_map(value).collect()
    }
}
