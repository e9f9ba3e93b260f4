//! Short words after an act, with a way back.

use super::{
    badge::Tone,
    icon::{Glyph, Icon},
};
use crate::i18n::{t_string, use_i18n};
use leptos::prelude::*;
use std::time::Duration;

/// How long a plain word stays.
const STAY: Duration = Duration::from_secs(6);
/// How long a way back stays open.
const STAY_UNDO: Duration = Duration::from_secs(12);

#[derive(Clone)]
struct Toast {
    id: u64,
    tone: Tone,
    text: String,
    undo: Option<Callback<()>>,
}

/// The list of words on show. Copy; get it with [`use_toasts`].
#[derive(Clone, Copy)]
pub struct Toasts {
    list: RwSignal<Vec<Toast>>,
    next_id: StoredValue<u64>,
}

impl Toasts {
    pub(crate) fn provide() {
        provide_context(Self {
            list: RwSignal::new(Vec::new()),
            next_id: StoredValue::new(0),
        });
    }

    /// Says that something was done.
    pub fn done(self, text: impl Into<String>) {
        self.push(Tone::Fine, text.into(), None, Some(STAY));
    }

    /// Says that something was done, and offers to take it back for twelve seconds.
    pub fn done_with_undo(self, text: impl Into<String>, undo: impl Fn() + Send + Sync + 'static) {
        self.push(
            Tone::Fine,
            text.into(),
            Some(Callback::new(move |()| undo())),
            Some(STAY_UNDO),
        );
    }

    /// Says that something failed. Stays until dismissed.
    pub fn failed(self, text: impl Into<String>) {
        self.push(Tone::Danger, text.into(), None, None);
    }

    fn push(self, tone: Tone, text: String, undo: Option<Callback<()>>, stay: Option<Duration>) {
        let id = self.next_id.get_value();
        self.next_id.set_value(id + 1);
        self.list.update(|list| {
            list.push(Toast {
                id,
                tone,
                text,
                undo,
            })
        });
        if let Some(stay) = stay {
            set_timeout(move || self.remove(id), stay);
        }
    }

    fn remove(self, id: u64) {
        // The page may have gone while the word was on show.
        let _ = self
            .list
            .try_update(|list| list.retain(|toast| toast.id != id));
    }
}

/// The words on show.
#[must_use]
pub fn use_toasts() -> Toasts {
    use_context::<Toasts>().expect("App provides the toasts")
}

/// Where the words appear. Stands once, in the frame.
#[component]
pub fn ToastRegion() -> impl IntoView {
    let toasts = use_toasts();
    view! {
        <div class="toasts" role="status" aria-live="polite" aria-atomic="false">
            <For each=move || toasts.list.get() key=|toast| toast.id let:toast>
                <ToastView toast />
            </For>
        </div>
    }
}

#[component]
fn ToastView(toast: Toast) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let Toast {
        id,
        tone,
        text,
        undo,
    } = toast;
    view! {
        <div class="toast" data-tone=tone.as_str()>
            <Glyph icon=tone.icon() />
            <p>{text}</p>
            {undo
                .map(|undo| {
                    view! {
                        <button
                            type="button"
                            class="toast-undo"
                            on:click=move |_| {
                                undo.run(());
                                toasts.remove(id);
                            }
                        >
                            <Glyph icon=Icon::Undo />
                            {move || t_string!(i18n, common.undo)}
                        </button>
                    }
                })}
            <button
                type="button"
                class="toast-close"
                aria-label=move || t_string!(i18n, common.close)
                on:click=move |_| toasts.remove(id)
            >
                <Glyph icon=Icon::Close />
            </button>
        </div>
    }
}
