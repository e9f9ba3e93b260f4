//! Whole quantities, for thumbs and for hands in flour.

use super::{
    button::IconButton,
    field::Field,
    icon::{Glyph, Icon},
};
use crate::{
    format::use_format,
    i18n::{t_string, use_i18n},
};
use leptos::prelude::*;

/// A whole number with big minus and plus keys. What is typed and is no number stays visible, with its error beside
/// it, and `value` is `None` meanwhile. The box then has the attribute `data-scrap`, by which a form can tell it from an empty one.
#[component]
pub fn QuantityInput(
    #[prop(into)] name: String,
    #[prop(into)] label: TextProp,
    value: RwSignal<Option<i64>>,
    /// Base units that one press adds, for example a tray.
    #[prop(default = 1)]
    step: i64,
    #[prop(default = 0)] min: i64,
    #[prop(default = 1_000_000)] max: i64,
    #[prop(optional, into)] hint: Option<TextProp>,
    #[prop(optional, into)] error: Signal<Option<String>>,
    /// Keys of 72 px, for the kitchen.
    #[prop(optional)]
    large: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    // What stands in the box while it is no number within the bounds.
    let draft = RwSignal::new(None::<String>);
    let shown = move || match value.get() {
        // Whoever set it since then, keys or the page, meant this number and not what was typed before.
        Some(number) => number.to_string(),
        None => draft.get().unwrap_or_default(),
    };
    let own_error = move || {
        let text = draft.get().filter(|_| value.get().is_none())?;
        Some(match text.trim().parse::<i64>() {
            Ok(number) if number < min => {
                t_string!(i18n, common.at_least, min = format.number(min))
            }
            Ok(_) => t_string!(i18n, common.at_most, max = format.number(max)),
            Err(_) => t_string!(i18n, common.whole_number).to_owned(),
        })
    };
    let shown_error = Signal::derive(move || own_error().or_else(|| error.get()));
    let nudge = move |by: i64| {
        let next = value
            .get_untracked()
            .unwrap_or(0)
            .saturating_add(by)
            .clamp(min, max);
        draft.set(None);
        value.set(Some(next));
    };
    let typed = move |text: String| match text.trim().parse::<i64>() {
        Ok(number) if (min..=max).contains(&number) => {
            draft.set(None);
            value.set(Some(number));
        }
        _ if text.trim().is_empty() => {
            draft.set(None);
            value.set(None);
        }
        _ => {
            draft.set(Some(text));
            value.set(None);
        }
    };
    let id = format!("field-{name}");
    let note = format!("{id}-note");
    view! {
        <Field for_id=id.clone() label hint=hint.unwrap_or_default() error=shown_error>
            <div class="stepper" class:stepper-large=large>
                <IconButton
                    icon=Icon::Minus
                    label=move || t_string!(i18n, common.decrease, step = format.number(step))
                    large
                    on_press=move |()| nudge(-step)
                />
                <input
                    class="input stepper-value"
                    id=id
                    name=name
                    type="text"
                    inputmode="numeric"
                    autocomplete="off"
                    aria-describedby=note
                    aria-invalid=move || shown_error.with(Option::is_some).then_some("true")
                    data-scrap=move || own_error().is_some().then_some("")
                    value=shown
                    prop:value=shown
                    on:input:target=move |event| typed(event.target().value())
                />
                <IconButton
                    icon=Icon::Plus
                    label=move || t_string!(i18n, common.increase, step = format.number(step))
                    large
                    on_press=move |()| nudge(step)
                />
            </div>
        </Field>
    }
}

/// Number keys for counting on a tablet: digits, erase. Writes into the same signal as a [`QuantityInput`].
#[component]
pub fn Keypad(
    value: RwSignal<Option<i64>>,
    #[prop(default = 1_000_000)] max: i64,
) -> impl IntoView {
    let i18n = use_i18n();
    let press = move |digit: i64| {
        let next = value
            .get_untracked()
            .unwrap_or(0)
            .saturating_mul(10)
            .saturating_add(digit);
        if next <= max {
            value.set(Some(next));
        }
    };
    let erase = move |_| {
        value.update(|value| *value = value.map(|number| number / 10).filter(|number| *number > 0));
    };
    let digit = move |digit: i64| {
        view! {
            <button type="button" class="key" on:click=move |_| press(digit)>
                {digit}
            </button>
        }
    };
    view! {
        <div class="keypad" role="group" aria-label=move || t_string!(i18n, common.keypad)>
            {[1, 2, 3, 4, 5, 6, 7, 8, 9].map(digit)}
            <span></span>
            {digit(0)}
            <button type="button" class="key" aria-label=move || t_string!(i18n, common.erase) on:click=erase>
                <Glyph icon=Icon::Erase />
            </button>
        </div>
    }
}
