//! Surfaces and the head of a page.

use super::icon::{Glyph, Icon};
use crate::i18n::{t_string, use_i18n};
use leptos::prelude::*;
use leptos_meta::Title;

/// The first thing on a page: its name, what it is about, and its one main action as children.
#[component]
pub fn PageHeader(
    #[prop(into)] title: TextProp,
    /// A line above the title: the day, the shop, the way back.
    #[prop(optional, into)]
    over: Option<TextProp>,
    /// A sentence under the title.
    #[prop(optional, into)]
    lead: Option<TextProp>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let i18n = use_i18n();
    let in_tab = title.clone();
    view! {
        <Title text=tab_title(move || format!("{} · {}", in_tab.get(), t_string!(i18n, common.brand))) />
        <header class="page-header">
            <div class="page-header-words">
                {over.map(|over| view! { <p class="over">{move || over.get()}</p> })}
                <h1>{move || title.get()}</h1>
                {lead.map(|lead| view! { <p class="lead">{move || lead.get()}</p> })}
            </div>
            {children.map(|children| view! { <div class="page-header-actions">{children()}</div> })}
        </header>
    }
}

/// What stands in the browser's tab.
///
/// leptos writes it into a page that is drawn already. Under load, what the words depend on can be gone by then, and the answer
/// would be an error instead of the page: the server hands over finished words. In the browser they follow the language.
pub fn tab_title(words: impl Fn() -> String + Send + Sync + 'static) -> TextProp {
    if cfg!(feature = "ssr") {
        untrack(words).into()
    } else {
        words.into()
    }
}

/// A thing that can be picked up. Without a title it is only a surface.
#[component]
pub fn Card(
    #[prop(optional, into)] title: Option<TextProp>,
    /// Classes for the layout inside.
    #[prop(optional, into)]
    class: Option<String>,
    children: Children,
) -> impl IntoView {
    let class = class.map_or_else(|| "card".to_owned(), |class| format!("card {class}"));
    view! {
        <section class=class>
            {title.map(|title| view! { <h2 class="card-title">{move || title.get()}</h2> })}
            {children()}
        </section>
    }
}

/// A part of a page with a heading and no surface. Prefer it to [`Card`].
#[component]
pub fn Section(
    #[prop(into)] title: TextProp,
    #[prop(optional, into)] lead: Option<TextProp>,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section">
            <h2 class="section-title">{move || title.get()}</h2>
            {lead.map(|lead| view! { <p class="section-lead">{move || lead.get()}</p> })}
            {children()}
        </section>
    }
}

/// Nothing here yet, and what to do first. Children: the action.
#[component]
pub fn EmptyState(
    icon: Icon,
    #[prop(into)] title: TextProp,
    #[prop(into)] text: TextProp,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <span class="empty-mark"><Glyph icon /></span>
            <p class="empty-title">{move || title.get()}</p>
            <p class="empty-text">{move || text.get()}</p>
            {children.map(|children| view! { <div class="empty-action">{children()}</div> })}
        </div>
    }
}
