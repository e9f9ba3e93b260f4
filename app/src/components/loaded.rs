//! The one way from a resource to a page: waiting, failed, empty, there.

use super::{
    badge::{Notice, Tone},
    button::{Button, ButtonLink},
    icon::Icon,
};
use crate::{
    fetched::{Answer, Fetched, Fetching, Payload},
    i18n::{Locale, t_string, td_string, use_i18n},
    response::set_status,
};
use contract::{AppError, AppResult, ErrorCode};
use leptos::prelude::*;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// The shape that waits in place of the content.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Waiting {
    /// Rows of a table.
    #[default]
    Rows,
    /// A grid of cards.
    Cards,
    /// One chart and some lines.
    Chart,
}

/// Grey shapes where something will be.
#[component]
pub fn Skeleton(#[prop(optional)] waiting: Waiting) -> impl IntoView {
    let i18n = use_i18n();
    let (class, count) = match waiting {
        Waiting::Rows => ("skeleton skeleton-rows", 6),
        Waiting::Cards => ("skeleton skeleton-cards", 6),
        Waiting::Chart => ("skeleton skeleton-chart", 3),
    };
    view! {
        <div class=class role="status" aria-label=move || t_string!(i18n, common.loading)>
            {(0..count).map(|_| view! { <span class="skeleton-shape"></span> }).collect_view()}
        </div>
    }
}

/// Shows a resource of a server function: a skeleton while it loads, the reason and a retry where it failed, and
/// `children` with the plain value. While it loads again the old content stays; when the server does not answer then, it
/// stays too, and a line says that it is old.
///
/// The one place of a page that reads the resource. Keep what a person types in signals made *outside* of it: the
/// children are built anew whenever the resource has loaded again.
#[component]
pub fn Loaded<T, F, V>(
    resource: Fetched<T>,
    #[prop(optional)] waiting: Waiting,
    /// Builds the content from the value: `let:today` or a closure.
    children: F,
) -> impl IntoView
where
    T: Clone + DeserializeOwned + 'static,
    F: Fn(T) -> V + Send + Sync + 'static,
    V: IntoView + 'static,
{
    let draw = move |payload: &Payload| Ok(children(payload.take()?).into_any());
    loaded(resource.fetching(), waiting, Arc::new(draw))
}

type Draw = Arc<dyn Fn(&Payload) -> AppResult<AnyView> + Send + Sync>;

/// The part that is the same for every value.
fn loaded(fetching: Fetching, waiting: Waiting, draw: Draw) -> AnyView {
    let i18n = use_i18n();
    let resource = fetching.resource();
    let is_stale = fetching.is_stale();
    let retry = Callback::new(move |()| fetching.refetch());
    view! {
        <div class="stale-region" role="status" aria-live="polite">
            {move || {
                is_stale.get().then(|| view! { <Notice tone=Tone::Attention>{t_string!(i18n, common.stale)}</Notice> })
            }}
        </div>
        <Transition fallback=move || {
            view! { <Skeleton waiting /> }
        }>
            {move || {
                // Not a `Suspend`: that one ends what the old content listens to before the new content is there, and a press in
                // between would be lost.
                let Answer(answer) = resource.get()?;
                Some(
                    answer
                        .and_then(|payload| draw(&payload))
                        .unwrap_or_else(|error| {
                            set_status(error.code.status());
                            view! { <ErrorPanel error retry /> }.into_any()
                        }),
                )
            }}
        </Transition>
    }
    .into_any()
}

/// What happened, what was kept, what to do.
#[component]
pub fn ErrorPanel(
    error: AppError,
    #[prop(optional, into)] retry: Option<Callback<()>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let code = error.code;
    if let (ErrorCode::Network, Some(retry)) = (code, retry) {
        when_online_again(retry);
    }
    let reference = error.request_id;
    view! {
        <div class="failure" role="alert">
            <Notice tone=Tone::Danger title=move || t_string!(i18n, common.error_title)>
                <p>{move || describe(i18n.get_locale(), code)}</p>
                {(!reference.is_empty())
                    .then(|| {
                        view! {
                            <p class="failure-reference">
                                {move || t_string!(i18n, common.error_reference, id = reference.clone())}
                            </p>
                        }
                    })}
                <div class="failure-actions">
                    {if code == ErrorCode::Unauthenticated {
                        view! { <ButtonLink href="/login">{move || t_string!(i18n, common.sign_in)}</ButtonLink> }.into_any()
                    } else if code == ErrorCode::Outdated {
                        view! {
                            <Button icon=Icon::Retry on_press=Callback::new(|()| load_again())>
                                {move || t_string!(i18n, common.load_again)}
                            </Button>
                        }
                            .into_any()
                    } else {
                        retry
                            .map(|retry| {
                                view! {
                                    <Button icon=Icon::Retry on_press=retry>
                                        {move || t_string!(i18n, common.retry)}
                                    </Button>
                                }
                            })
                            .into_any()
                    }}
                </div>
            </Notice>
        </div>
    }
}

/// Tries again by itself when the network comes back, as long as the failure is on show.
fn when_online_again(retry: Callback<()>) {
    #[cfg(feature = "hydrate")]
    {
        let listener = window_event_listener_untyped("online", move |_| retry.run(()));
        on_cleanup(move || listener.remove());
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = retry;
}

/// Fetches the whole page anew, program included.
fn load_again() {
    #[cfg(feature = "hydrate")]
    // Only a document that is already going away refuses.
    let _ = window().location().reload();
}

/// The kind of failure in a baker's words. Where the page knows the rule that was broken (`error.reason`), it says
/// that instead.
#[must_use]
pub fn describe(locale: Locale, code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::Unauthenticated => td_string!(locale, common.error_unauthenticated),
        ErrorCode::Forbidden => td_string!(locale, common.error_forbidden),
        ErrorCode::NotFound => td_string!(locale, common.error_not_found),
        ErrorCode::Conflict | ErrorCode::PreconditionFailed | ErrorCode::PreconditionRequired => {
            td_string!(locale, common.error_conflict)
        }
        ErrorCode::Invalid => td_string!(locale, common.error_invalid),
        ErrorCode::TooManyRequests => td_string!(locale, common.error_too_many),
        ErrorCode::TooLarge => td_string!(locale, common.error_too_large),
        ErrorCode::Unavailable => td_string!(locale, common.error_unavailable),
        ErrorCode::Network => td_string!(locale, common.error_network),
        ErrorCode::Outdated => td_string!(locale, common.error_outdated),
        ErrorCode::Internal => td_string!(locale, common.error_internal),
    }
}
