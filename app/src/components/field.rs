//! What people type into. Every control carries its label above, its hint below and its error beside it.

use crate::i18n::{t_string, use_i18n};
use leptos::prelude::*;

/// Frame of a control: label, hint, error. `for_id` is the id of the control inside, which should carry
/// `aria-describedby = "{for_id}-note"`.
#[component]
pub fn Field(
    #[prop(into)] for_id: String,
    #[prop(into)] label: TextProp,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// Marks the label with "optional"; everything else is needed.
    #[prop(optional)]
    optional: bool,
    children: Children,
) -> impl IntoView {
    let i18n = use_i18n();
    let note = format!("{for_id}-note");
    view! {
        <div class="field" class:field-wrong=move || error.with(Option::is_some)>
            <label class="field-label" for=for_id>
                {move || label.get()}
                {optional.then(|| view! { <span class="field-optional">" (" {move || t_string!(i18n, common.optional)} ")"</span> })}
            </label>
            {children()}
            <p class="field-note" id=note aria-live="polite">
                {move || match error.get() {
                    Some(text) => view! { <span class="field-error">{text}</span> }.into_any(),
                    None => hint.as_ref().map(|hint| hint.get()).into_any(),
                }}
            </p>
        </div>
    }
}

/// One line of text.
#[component]
pub fn TextInput(
    /// Name in the form; also makes the id `field-{name}`.
    #[prop(into)]
    name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
    /// `text`, `email`, `password`, `search`, `tel`, `url`.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
    #[prop(default = "off")] autocomplete: &'static str,
    #[prop(optional, into)] placeholder: Option<TextProp>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    view! {
        <Field for_id=id.clone() label hint=hint.unwrap_or_default() error optional>
            <input
                class="input"
                id=id
                name=name
                type=kind
                autocomplete=autocomplete
                required=!optional
                placeholder=move || placeholder.as_ref().map(|text| text.get())
                aria-describedby=note
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                value=value.get_untracked()
                bind:value=value
            />
        </Field>
    }
}

/// Several lines of text.
#[component]
pub fn TextArea(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<String>,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    view! {
        <Field for_id=id.clone() label hint=hint.unwrap_or_default() error optional>
            <textarea
                class="input"
                id=id
                name=name
                rows="3"
                aria-describedby=note
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                bind:value=value
            >
                {value.get_untracked()}
            </textarea>
        </Field>
    }
}

/// A day, picked with the browser's own calendar.
#[component]
pub fn DateField(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<Option<chrono::NaiveDate>>,
    #[prop(optional)] min: Option<chrono::NaiveDate>,
    #[prop(optional)] max: Option<chrono::NaiveDate>,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
    #[prop(optional, into)] on_change: Option<Callback<Option<chrono::NaiveDate>>>,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    let text = move || value.get().map(|date| date.to_string()).unwrap_or_default();
    view! {
        <Field for_id=id.clone() label hint=hint.unwrap_or_default() error optional>
            <input
                class="input input-date"
                id=id
                name=name
                type="date"
                min=min.map(|date| date.to_string())
                max=max.map(|date| date.to_string())
                required=!optional
                aria-describedby=note
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                value=text
                prop:value=text
                on:change:target=move |event| {
                    let date = event.target().value().parse().ok();
                    value.set(date);
                    if let Some(on_change) = on_change {
                        on_change.run(date);
                    }
                }
            />
        </Field>
    }
}

/// A day and a time of day on the store's clock, picked with the browser's own controls.
#[component]
pub fn DateTimeField(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<Option<chrono::NaiveDateTime>>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    // A form that is opened anew begins empty. The browser writes it with a T.
    let text = move || value.get().map(|at| at.to_string().replacen(' ', "T", 1));
    view! {
        <Field for_id=id.clone() label error optional>
            <input
                class="input input-date"
                id=id
                name=name
                type="datetime-local"
                required=!optional
                prop:value=move || text().unwrap_or_default()
                aria-describedby=note
                aria-invalid=move || error.with(Option::is_some).then_some("true")
                on:change:target=move |event| {
                    let text = event.target().value();
                    let parsed = ["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"];
                    let read = |form: &&str| chrono::NaiveDateTime::parse_from_str(&text, form).ok();
                    value.set(parsed.iter().find_map(read));
                }
            />
        </Field>
    }
}
