//! Choosing one of a few, or yes and no.

use super::field::Field;
use leptos::prelude::*;
use leptos_router::components::A;

/// One thing to choose: the value that is kept and the words that are shown.
#[derive(Clone, Debug)]
pub struct Choice {
    pub value: String,
    pub label: TextProp,
}

impl Choice {
    /// `label` may be text or a closure that follows the language.
    #[must_use]
    pub fn new(value: impl Into<String>, label: impl Into<TextProp>) -> Self {
        Self {
            value: value.into(),
            label: label.into(),
        }
    }
}

/// A list to choose from, for more than five things; else [`Segmented`].
#[component]
pub fn Select(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
    #[prop(into)] options: Signal<Vec<Choice>>,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
    /// Runs after a person chose, with the chosen value.
    #[prop(optional, into)]
    on_change: Option<Callback<String>>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    view! {
        <Field for_id=id.clone() label hint=hint.unwrap_or_default() error optional>
            <select
                class="input select"
                id=id
                name=name
                aria-describedby=note
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                prop:value=move || value.get()
                on:change:target=move |event| {
                    let chosen = event.target().value();
                    value.set(chosen.clone());
                    if let Some(on_change) = on_change {
                        on_change.run(chosen);
                    }
                }
            >
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|option| {
                            let selected = value.with_untracked(|value| *value == option.value);
                            view! {
                                <option value=option.value selected=selected>
                                    {move || option.label.get()}
                                </option>
                            }
                        })
                        .collect_view()
                }}
            </select>
        </Field>
    }
}

/// Up to five choices side by side, all of them visible.
#[component]
pub fn Segmented(
    /// Name of the group; must be the only one of its name on the page.
    #[prop(into)]
    name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
    options: Vec<Choice>,
    /// Keeps the label for screen readers only.
    #[prop(optional)]
    quiet_label: bool,
    #[prop(optional, into)] on_change: Option<Callback<String>>,
) -> impl IntoView {
    view! {
        <fieldset class="segmented">
            <legend class="field-label" class:visually-hidden=quiet_label>
                {move || label.get()}
            </legend>
            <div class="segmented-track">
                {options
                    .into_iter()
                    .map(|option| {
                        let own = option.value.clone();
                        let chosen = option.value.clone();
                        let initially = value.with_untracked(|value| *value == own);
                        view! {
                            <label class="segment">
                                <input
                                    type="radio"
                                    name=name.clone()
                                    value=option.value
                                    checked=initially
                                    prop:checked=move || value.with(|value| *value == own)
                                    on:change=move |_| {
                                        value.set(chosen.clone());
                                        if let Some(on_change) = on_change {
                                            on_change.run(chosen.clone());
                                        }
                                    }
                                />
                                <span>{move || option.label.get()}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

/// Yes or no, at once.
#[component]
pub fn Switch(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<bool>,
    #[prop(optional, into)] on_change: Option<Callback<bool>>,
) -> impl IntoView {
    view! {
        <label class="switch">
            <input
                type="checkbox"
                role="switch"
                name=name
                checked=value.get_untracked()
                prop:checked=move || value.get()
                on:change:target=move |event| {
                    let on = event.target().checked();
                    value.set(on);
                    if let Some(on_change) = on_change {
                        on_change.run(on);
                    }
                }
            />
            <span class="switch-track" aria-hidden="true"></span>
            <span>{move || label.get()}</span>
        </label>
    }
}

/// Pages of one area side by side: address and words of each.
#[component]
pub fn TabLinks(
    #[prop(into)] label: TextProp,
    /// Address and label.
    tabs: Vec<(String, TextProp)>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label=move || label.get()>
            {tabs
                .into_iter()
                .map(|(href, text)| {
                    view! {
                        <A href=href exact=true attr:class="tab">
                            {move || text.get()}
                        </A>
                    }
                })
                .collect_view()}
        </nav>
    }
}
