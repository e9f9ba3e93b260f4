//! What others do, as it happens: the server's events, and whether there is a network at all.

use super::icon::{Glyph, Icon};
use crate::{
    device_queue::use_device_queue,
    format::use_format,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;
use uuid::Uuid;

/// One change that the server tells of. It carries no content: load again what the page shows.
#[derive(Clone, Debug)]
pub struct LiveEvent {
    /// For example `orders`.
    pub topic: String,
    /// The thing that changed, where it is one thing.
    pub subject_id: Option<Uuid>,
    /// The store it belongs to, where it belongs to one.
    pub store_id: Option<Uuid>,
}

/// Runs `on_change` when something under one of the `topics` changed, from now until the component goes away.
///
/// Events that come close together arrive in one call. After a break the connection resumes where it stopped, and a
/// connection that the server refused is tried again, ever more slowly. While a dialog is open events wait:
/// nobody's open question is drawn away. A tab that nobody looks at lets go of the connection, and hears of an empty list of
/// events when it is looked at again: anything may have changed. On the server this does nothing.
pub fn use_live(
    topics: &'static [&'static str],
    on_change: impl Fn(Vec<LiveEvent>) + Send + Sync + 'static,
) {
    #[cfg(feature = "hydrate")]
    super::live_connection::connect(topics, std::rc::Rc::new(on_change));
    #[cfg(not(feature = "hydrate"))]
    let _ = (topics, on_change);
}

/// Whether the browser believes that it has a network. True on the server and until the page is alive.
#[must_use]
pub fn use_online() -> Signal<bool> {
    let online = RwSignal::new(true);
    #[cfg(feature = "hydrate")]
    {
        // Both sides must first draw the same page, so the browser's own answer is asked for once it is drawn.
        Effect::new(move |_| {
            if let Some(window) = web_sys::window()
                && !window.navigator().on_line()
            {
                online.set(false);
            }
        });
        let up = window_event_listener_untyped("online", move |_| online.set(true));
        let down = window_event_listener_untyped("offline", move |_| online.set(false));
        on_cleanup(move || {
            up.remove();
            down.remove();
        });
    }
    online.into()
}

/// A mark that appears when there is no network or no server, when changes wait on this device to be sent, and when some were set aside: pressed,
/// it leads to those.
#[component]
pub fn OfflineMark() -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let (network, queue) = (use_online(), use_device_queue());
    let is_online = move || network.get() && !queue.is_cut_off();
    let text = move || match (is_online(), queue.waiting()) {
        (true, 0) => None,
        (true, count) => Some(t_string!(
            i18n,
            common.pending,
            count = format.number(count)
        )),
        (false, 0) => Some(t_string!(i18n, common.offline).to_owned()),
        (false, count) => Some(t_string!(
            i18n,
            common.offline_pending,
            count = format.number(count)
        )),
    };
    view! {
        <div class="offline-region" role="status" aria-live="polite">
            {move || {
                text()
                    .map(|text| {
                        view! {
                            <span class="offline-mark" data-offline=(!is_online()).to_string()>
                                <Glyph icon=if is_online() { Icon::Clock } else { Icon::Offline } />
                                {text}
                            </span>
                        }
                    })
            }}
            {move || {
                let count = queue.aside();
                (count > 0)
                    .then(|| {
                        view! {
                            <button type="button" class="offline-mark aside-mark" on:click=move |_| queue.open_list()>
                                <Glyph icon=Icon::Question />
                                {t_string!(i18n, common.aside, count = format.number(count))}
                            </button>
                        }
                    })
            }}
        </div>
    }
}

/// Says something to screen readers whenever `text` changes, without showing it.
#[component]
pub fn LiveRegion(#[prop(into)] text: TextProp) -> impl IntoView {
    view! {
        <p class="visually-hidden" role="status" aria-live="polite">
            {move || text.get()}
        </p>
    }
}
