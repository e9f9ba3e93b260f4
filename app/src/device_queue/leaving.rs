//! Before somebody goes: signing out with changes that wait, and loading a newer version of the program.

use super::DeviceQueue;
use crate::{components::*, format::use_format, i18n::*};
use leptos::prelude::*;

/// Asks before signing out while something on the device is not booked. It stays on the device for the same person.
#[component]
pub(super) fn LeaveDialog(queue: DeviceQueue) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let open = RwSignal::new(false);
    let leave = StoredValue::new(None::<Callback<()>>);
    #[cfg(feature = "hydrate")]
    {
        use super::browser::call;
        use send_wrapper::SendWrapper;
        use wasm_bindgen::JsCast;

        let listener = window_event_listener_untyped("submit", move |event: web_sys::Event| {
            let form = event
                .target()
                .and_then(|target| target.dyn_into::<web_sys::Element>().ok())
                .filter(|form| form.get_attribute("action").as_deref() == Some("/logout"));
            let is_empty = queue
                .entries
                .with_untracked(|entries| super::list(entries).is_empty());
            if let (Some(form), false) = (form, is_empty) {
                event.prevent_default();
                let form = SendWrapper::new(form);
                leave.set_value(Some(Callback::new(move |()| {
                    // Sent by its method it asks nobody.
                    let _ = call(&form, "submit", &[]);
                })));
                open.set(true);
            }
        });
        on_cleanup(move || listener.remove());
    }
    let count = move || format.number(queue.waiting() + queue.aside());
    view! {
        <Dialog open title=move || t_string!(i18n, queue.leave_title, count = count())>
            <p>{move || t_string!(i18n, queue.leave_text)}</p>
            <div class="dialog-actions">
                <Button kind=ButtonKind::Primary on_press=move |()| open.set(false)>
                    {move || t_string!(i18n, queue.leave_stay)}
                </Button>
                <Button
                    icon=Icon::SignOut
                    on_press=move |()| {
                        if let Some(leave) = leave.get_value() {
                            leave.run(());
                        }
                    }
                >
                    {move || t_string!(i18n, queue.leave_go)}
                </Button>
            </div>
        </Dialog>
    }
}

/// Says how old what the page shows is, where the device shows its own copy, that a newer version is there, and that something lies on the
/// device that another version wrote and that only that one can send. What waits on the device outlives loading that one.
#[component]
pub(super) fn Notices(queue: DeviceQueue) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let reload = move |()| {
        #[cfg(feature = "hydrate")]
        // Only a document that is already going away refuses.
        let _ = window().location().reload();
    };
    view! {
        <div class="update-region" role="status">
            {move || {
                queue
                    .kept_at()
                    .map(|at| {
                        view! {
                            <div class="update-notice kept-notice">
                                <Glyph icon=Icon::Clock />
                                <p>
                                    <b>{t_string!(i18n, queue.as_of, time = format.instant_time(at))}</b>
                                    " "
                                    {t_string!(i18n, queue.kept_page)}
                                </p>
                            </div>
                        }
                    })
            }}
            {move || {
                let unread = queue.unread.get();
                (unread > 0)
                    .then(|| {
                        view! {
                            <div class="update-notice">
                                <p>{move || t_string!(i18n, queue.unread, count = format.number(unread))}</p>
                                <Button icon=Icon::Retry on_press=reload>
                                    {move || t_string!(i18n, common.load_again)}
                                </Button>
                            </div>
                        }
                    })
            }}
            {move || {
                queue
                    .is_outdated
                    .get()
                    .then(|| {
                        view! {
                            <div class="update-notice">
                                <p>{move || t_string!(i18n, queue.update)}</p>
                                <Button icon=Icon::Retry on_press=reload>
                                    {move || t_string!(i18n, common.load_again)}
                                </Button>
                            </div>
                        }
                    })
            }}
        </div>
    }
}
