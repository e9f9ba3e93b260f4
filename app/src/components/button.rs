//! Things that are pressed.

use super::icon::{Glyph, Icon};
use leptos::{ev::MouseEvent, prelude::*};
use leptos_router::components::A;

/// How much a button asks to be pressed. One `Primary` a view.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ButtonKind {
    Primary,
    #[default]
    Secondary,
    /// Text only, until pointed at.
    Quiet,
    /// Takes something away for good.
    Danger,
}

impl ButtonKind {
    const fn class(self) -> &'static str {
        match self {
            Self::Primary => "button button-primary",
            Self::Secondary => "button",
            Self::Quiet => "button button-quiet",
            Self::Danger => "button button-danger",
        }
    }
}

/// A button. `busy` keeps its width, shows that it works and swallows further presses.
#[component]
pub fn Button(
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] icon: Option<Icon>,
    /// For hands in flour: at least 72 px high.
    #[prop(optional)]
    large: bool,
    /// Submits the form around it.
    #[prop(optional)]
    submit: bool,
    #[prop(optional, into)] busy: Signal<bool>,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(optional, into)] on_press: Option<Callback<()>>,
    children: Children,
) -> impl IntoView {
    let press = move |event: MouseEvent| {
        if busy.get_untracked() {
            event.prevent_default();
        } else if let Some(on_press) = on_press {
            on_press.run(());
        }
    };
    view! {
        <button
            type=if submit { "submit" } else { "button" }
            class=kind.class()
            class:button-large=large
            aria-busy=move || busy.get().then_some("true")
            disabled=move || disabled.get()
            on:click=press
        >
            {icon.map(|icon| view! { <Glyph icon /> })}
            <span class="button-label">{children()}</span>
        </button>
    }
}

/// A link that looks like a button.
#[component]
pub fn ButtonLink(
    #[prop(into)] href: String,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] icon: Option<Icon>,
    #[prop(optional)] large: bool,
    children: Children,
) -> impl IntoView {
    let class = if large {
        format!("{} button-large", kind.class())
    } else {
        kind.class().to_owned()
    };
    view! {
        <A href=href attr:class=class>
            {icon.map(|icon| view! { <Glyph icon /> })}
            <span class="button-label">{children()}</span>
        </A>
    }
}

/// A button that shows only a drawing; `label` is what it is called.
#[component]
pub fn IconButton(
    icon: Icon,
    #[prop(into)] label: TextProp,
    #[prop(optional)] kind: ButtonKind,
    #[prop(optional)] large: bool,
    #[prop(optional, into)] disabled: Signal<bool>,
    #[prop(into)] on_press: Callback<()>,
) -> impl IntoView {
    let class = format!("{} icon-button", kind.class());
    let title = label.clone();
    view! {
        <button
            type="button"
            class=class
            class:button-large=large
            aria-label=move || label.get()
            title=move || title.get()
            disabled=move || disabled.get()
            on:click=move |_| on_press.run(())
        >
            <Glyph icon />
        </button>
    }
}
