//! The PIN for shared tablets.

use super::words::{explain, field_error};
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    server_fns::factors::{remove_pin, set_pin},
};
use contract::AppError;
use contract::factors::{SecurityView, SetPin};
use leptos::prelude::*;

/// What is being typed; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
pub(super) struct PinDesk {
    pin: RwSignal<String>,
    password: RwSignal<String>,
    refused: RwSignal<Option<AppError>>,
    on_changed: Callback<()>,
}

impl PinDesk {
    pub(super) fn new(on_changed: Callback<()>) -> Self {
        Self {
            pin: RwSignal::new(String::new()),
            password: RwSignal::new(String::new()),
            refused: RwSignal::new(None),
            on_changed,
        }
    }

    /// The page may have gone while an answer was on its way.
    fn settle(self, refused: Option<AppError>) {
        if refused.is_none() {
            let _ = self.pin.try_set(String::new());
            let _ = self.password.try_set(String::new());
            let _ = self.on_changed.try_run(());
        }
        let _ = self.refused.try_set(refused);
    }
}

#[component]
pub(super) fn PinCard(found: SecurityView, desk: PinDesk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let toasts = use_toasts();
    let save = Action::new(move |(): &()| async move {
        let command = SetPin {
            pin: desk.pin.get_untracked(),
            password: desk.password.get_untracked(),
        };
        match set_pin(command).await {
            Ok(()) => {
                desk.settle(None);
                toasts.done(td_string!(i18n.get_locale_untracked(), security.pin_saved));
            }
            Err(error) => desk.settle(Some(error)),
        }
    });
    let drop = Action::new(move |(): &()| async move {
        match remove_pin().await {
            Ok(()) => {
                desk.settle(None);
                toasts.done(td_string!(
                    i18n.get_locale_untracked(),
                    security.pin_removed
                ));
            }
            Err(error) => desk.settle(Some(error)),
        }
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            desk.refused.with(|error| {
                let error = error.as_ref()?;
                field_error(i18n.get_locale(), error, field)
            })
        })
    };
    let general = move || {
        desk.refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let (since, locked) = (found.pin_since, found.pin_locked);
    let state = move || match since {
        Some(at) => t_string!(i18n, security.pin_since, date = format.instant(at)).to_string(),
        None => t_string!(i18n, security.pin_none).to_owned(),
    };
    let tone = if since.is_some() {
        Tone::Fine
    } else {
        Tone::Neutral
    };
    let (saving, dropping) = (save.pending(), drop.pending());
    let wrong_pin = wrong("pin");
    view! {
        <Card title=move || t_string!(i18n, security.pin) class="stack">
            <p>{move || t_string!(i18n, security.pin_lead)}</p>
            <p><StatusPill tone=tone text=state /></p>
            {locked
                .then(|| {
                    view! { <Notice tone=Tone::Attention><p>{move || t_string!(i18n, security.pin_locked)}</p></Notice> }
                })}
            {general}
            <form
                class="stack"
                novalidate=true
                on:submit=move |event| {
                    event.prevent_default();
                    save.dispatch(());
                }
            >
                <Field
                    for_id="field-pin"
                    label=move || t_string!(i18n, security.pin_new)
                    hint=move || t_string!(i18n, security.pin_hint)
                    error=wrong_pin
                >
                    <input
                        class="input input-code"
                        id="field-pin"
                        name="pin"
                        type="password"
                        inputmode="numeric"
                        autocomplete="off"
                        maxlength="8"
                        required
                        aria-describedby="field-pin-note"
                        aria-invalid=move || wrong_pin.with(Option::is_some).then_some("true")
                        bind:value=desk.pin
                    />
                </Field>
                <TextInput
                    name="password"
                    kind="password"
                    autocomplete="current-password"
                    label=move || t_string!(i18n, security.password)
                    value=desk.password
                    error=wrong("password")
                />
                <div class="dialog-actions">
                    {since
                        .is_some()
                        .then(|| {
                            view! {
                                <Button
                                    kind=ButtonKind::Quiet
                                    busy=dropping
                                    on_press=move |()| {
                                        drop.dispatch(());
                                    }
                                >
                                    {move || t_string!(i18n, security.pin_remove)}
                                </Button>
                            }
                        })}
                    <Button kind=ButtonKind::Primary submit=true busy=saving>
                        {move || t_string!(i18n, security.pin_save)}
                    </Button>
                </div>
            </form>
        </Card>
    }
}
