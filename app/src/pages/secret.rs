//! A secret that is shown once: to be copied, and gone when the dialog is closed.

use crate::{
    components::*,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// What the dialog shows. Copy.
#[derive(Clone, Copy)]
pub(super) struct Secret {
    open: RwSignal<bool>,
    text: RwSignal<Option<String>>,
}

impl Secret {
    pub(super) fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            text: RwSignal::new(None),
        }
    }

    /// Shows a secret; nothing means that it was told before, which is said too. A page that has gone shows nothing.
    pub(super) fn show(self, secret: Option<String>) {
        let _ = self.text.try_set(secret);
        let _ = self.open.try_set(true);
    }
}

/// The dialog. `hint`: where the secret belongs.
#[component]
pub(super) fn SecretDialog(secret: Secret, #[prop(into)] hint: TextProp) -> impl IntoView {
    let i18n = use_i18n();
    let copied = RwSignal::new(false);
    // Whoever closes it has seen it: it stays nowhere on the page.
    Effect::new(move |_| {
        if !secret.open.get() {
            secret.text.set(None);
            copied.set(false);
        }
    });
    let shown = move || {
        secret.text.get().map(|text| {
            let copy = text.clone();
            view! {
                <p class="secret" tabindex="0" role="textbox" aria-readonly="true" aria-label=t_string!(i18n, admin.secret)>
                    {text}
                </p>
                <Button icon=Icon::Check on_press=move |()| copy_to_clipboard(copy.clone(), copied)>
                    {move || if copied.get() { t_string!(i18n, admin.copied) } else { t_string!(i18n, admin.copy) }}
                </Button>
            }
        })
    };
    let gone = move || {
        let is_gone = secret.text.with(Option::is_none);
        is_gone.then(|| view! { <Notice tone=Tone::Attention><p>{t_string!(i18n, admin.secret_told)}</p></Notice> })
    };
    view! {
        <Dialog open=secret.open title=move || t_string!(i18n, admin.secret_title)>
            <p>{move || t_string!(i18n, admin.secret_once)} " " {move || hint.get()}</p>
            {shown} {gone}
            <div class="dialog-actions">
                <Button kind=ButtonKind::Primary on_press=move |()| secret.open.set(false)>
                    {move || t_string!(i18n, admin.secret_kept)}
                </Button>
            </div>
        </Dialog>
    }
}

/// Copies a text; where the browser refuses, it can still be marked by hand.
fn copy_to_clipboard(text: String, copied: RwSignal<bool>) {
    #[cfg(feature = "hydrate")]
    {
        use js_sys::{Function, Promise, Reflect};
        use wasm_bindgen::{JsCast, JsValue};
        let promise = web_sys::window().and_then(|window| {
            let clipboard =
                Reflect::get(&window.navigator(), &JsValue::from_str("clipboard")).ok()?;
            let write = Reflect::get(&clipboard, &JsValue::from_str("writeText")).ok()?;
            let write: Function = write.dyn_into().ok()?;
            let answer = write.call1(&clipboard, &JsValue::from_str(&text)).ok()?;
            answer.dyn_into::<Promise>().ok()
        });
        let Some(promise) = promise else { return };
        leptos::task::spawn_local(async move {
            if wasm_bindgen_futures::JsFuture::from(promise).await.is_ok() {
                let _ = copied.try_set(true);
            }
        });
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = (text, copied);
}
