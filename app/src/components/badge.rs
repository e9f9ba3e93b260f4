//! Small marks of state. Each tone has its own drawing, so that colour never speaks alone.

use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// What a mark says, apart from its words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    /// Done, safe, basil.
    Fine,
    /// Look at it, butter.
    Attention,
    /// Act, paprika.
    Danger,
    /// To know, blueberry.
    Info,
}

impl Tone {
    pub const ALL: [Self; 5] = [
        Self::Neutral,
        Self::Fine,
        Self::Attention,
        Self::Danger,
        Self::Info,
    ];

    /// The value of `data-tone`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Neutral => "neutral",
            Self::Fine => "fine",
            Self::Attention => "attention",
            Self::Danger => "danger",
            Self::Info => "info",
        }
    }

    /// The drawing that goes with the tone.
    #[must_use]
    pub const fn icon(self) -> Icon {
        match self {
            Self::Neutral => Icon::More,
            Self::Fine => Icon::Check,
            Self::Attention => Icon::Warning,
            Self::Danger => Icon::Stop,
            Self::Info => Icon::Info,
        }
    }
}

/// State of a thing in one or two words.
#[component]
pub fn StatusPill(
    #[prop(optional, into)] tone: Signal<Tone>,
    /// Instead of the tone's own drawing.
    #[prop(optional)]
    icon: Option<Icon>,
    #[prop(into)] text: TextProp,
) -> impl IntoView {
    view! {
        <span class="pill" data-tone=move || tone.get().as_str()>
            {move || view! { <Glyph icon=icon.unwrap_or_else(|| tone.get().icon()) /> }}
            {move || text.get()}
        </span>
    }
}

/// A count beside a word.
#[component]
pub fn Badge(#[prop(optional)] tone: Tone, #[prop(into)] text: TextProp) -> impl IntoView {
    view! { <span class="badge" data-tone=tone.as_str()>{move || text.get()}</span> }
}

/// A sentence that a person should read before going on.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    #[prop(optional, into)] title: Option<TextProp>,
    children: Children,
) -> impl IntoView {
    view! {
        <div class="notice" data-tone=tone.as_str()>
            <Glyph icon=tone.icon() />
            <div>
                {title.map(|title| view! { <p class="notice-title">{move || title.get()}</p> })}
                {children()}
            </div>
        </div>
    }
}
