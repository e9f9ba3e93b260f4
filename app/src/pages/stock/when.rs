//! When something happened: now, or at a moment on the store's clock.

use crate::{components::*, i18n::*};
use chrono::NaiveDateTime;
use leptos::prelude::*;

/// The value of "now" among the choices.
const NOW: &str = "now";
const EARLIER: &str = "earlier";

/// What is chosen. Copy; lives outside of what is loaded.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment {
    choice: RwSignal<String>,
    at: RwSignal<Option<NaiveDateTime>>,
}

impl Moment {
    pub(super) fn new() -> Self {
        Self {
            choice: RwSignal::new(NOW.to_owned()),
            at: RwSignal::new(None),
        }
    }

    /// Whether a moment has to be named and is not.
    pub(super) fn is_missing(self) -> bool {
        self.choice.with(|choice| choice == EARLIER) && self.at.get().is_none()
    }

    /// The named moment on the store's clock; `None` = now.
    pub(super) fn chosen(self) -> Option<NaiveDateTime> {
        let earlier = self.choice.with_untracked(|choice| choice == EARLIER);
        self.at.get_untracked().filter(|_| earlier)
    }

    /// Back to now.
    pub(super) fn reset(self) {
        self.choice.set(NOW.to_owned());
        self.at.set(None);
    }
}

/// Asks when it happened.
#[component]
pub(super) fn When(
    moment: Moment,
    /// Why the moment was refused.
    #[prop(into)]
    error: Signal<Option<String>>,
    /// Name of the field for the moment; the only one of its name on the page.
    #[prop(default = "at")]
    field: &'static str,
) -> impl IntoView {
    let i18n = use_i18n();
    let choices = vec![
        Choice::new(NOW, move || t_string!(i18n, stock.when_now)),
        Choice::new(EARLIER, move || t_string!(i18n, stock.when_earlier)),
    ];
    let forget = move |_: String| moment.at.set(None);
    view! {
        <Segmented
            name="when"
            label=move || t_string!(i18n, stock.when)
            value=moment.choice
            options=choices
            on_change=Callback::new(forget)
        />
        // Anew each time: the browser's field keeps what was typed before.
        {move || {
            moment
                .choice
                .with(|choice| choice == EARLIER)
                .then(|| view! { <DateTimeField name=field label=move || t_string!(i18n, stock.when_at) value=moment.at error /> })
        }}
    }
}
