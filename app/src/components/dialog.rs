//! Things that come in front of the page: the browser's own dialog, so that focus, Escape and the rest are right.

use super::{
    button::{Button, ButtonKind, IconButton},
    icon::Icon,
};
use crate::i18n::{t_string, use_i18n};
use leptos::{html, prelude::*};

/// A dialog over the page; with `sheet` it comes from the edge: below on a phone, at the side elsewhere.
///
/// Children stay mounted, so what was typed is there when it opens again.
#[component]
pub fn Dialog(
    open: RwSignal<bool>,
    #[prop(into)] title: TextProp,
    #[prop(optional)] sheet: bool,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let node = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let open = open.get();
        let Some(dialog) = node.get() else { return };
        if open && !dialog.open() {
            // Fails only for a dialog that is not in the document, and this one has just been found there.
            let _ = dialog.show_modal();
        } else if !open && dialog.open() {
            dialog.close();
        }
    });
    let name = title.clone();
    view! {
        <dialog
            node_ref=node
            class="dialog"
            class:dialog-sheet=sheet
            aria-label=move || name.get()
            on:close=move |_| open.set(false)
            on:click=move |event| {
                // A press on the backdrop arrives at the dialog itself.
                if node.get_untracked().is_some_and(|dialog| event.target().as_ref() == Some(dialog.as_ref())) {
                    open.set(false);
                }
            }
        >
            <div class="dialog-body">
                <header class="dialog-header">
                    <h2>{move || title.get()}</h2>
                    <IconButton
                        icon=Icon::Close
                        kind=ButtonKind::Quiet
                        label=move || t_string!(i18n, common.close)
                        on_press=move |()| open.set(false)
                    />
                </header>
                {children()}
            </div>
        </dialog>
    }
}

/// A button that asks before it acts. Only for what cannot be undone; else act and offer an undo in a toast.
#[component]
pub fn ConfirmButton(
    /// Words on the button.
    #[prop(into)]
    label: TextProp,
    /// The question, as the title of the dialog.
    #[prop(into)]
    question: TextProp,
    /// What will happen and what will not come back.
    #[prop(into)]
    detail: TextProp,
    /// Words on the button that does it; the act itself, never "OK".
    #[prop(into)]
    confirm: TextProp,
    #[prop(default = ButtonKind::Danger)] kind: ButtonKind,
    #[prop(optional)] large: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(into)] on_confirm: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let open = RwSignal::new(false);
    view! {
        <Button kind=ButtonKind::Secondary large busy on_press=move |()| open.set(true)>
            {move || label.get()}
        </Button>
        <Dialog open title=question>
            <p>{move || detail.get()}</p>
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button
                    kind
                    on_press=move |()| {
                        open.set(false);
                        on_confirm.run(());
                    }
                >
                    {move || confirm.get()}
                </Button>
            </div>
        </Dialog>
    }
}

/// Whether a dialog stands in front of the page. On the server never.
#[must_use]
pub(crate) fn is_dialog_open() -> bool {
    #[cfg(feature = "hydrate")]
    {
        matches!(document().query_selector("dialog[open]"), Ok(Some(_)))
    }
    #[cfg(not(feature = "hydrate"))]
    false
}

/// Waits until no dialog stands in front of the page, or until it is not worth waiting for any more.
pub(crate) async fn dialogs_closed(is_enough: impl Fn() -> bool) {
    #[cfg(not(feature = "hydrate"))]
    let _ = is_enough;
    #[cfg(feature = "hydrate")]
    while is_dialog_open() && !is_enough() {
        send_wrapper::SendWrapper::new(gloo_timers::future::TimeoutFuture::new(200)).await;
    }
}
