//! A new password for somebody who forgot theirs.

use super::words::{explain, field_error};
use crate::{
    components::*,
    i18n::{t_string, td_string, use_i18n},
    server_fns::users::reset_password,
};
use contract::AppError;
use contract::users::{ResetPassword, UserView};
use leptos::prelude::*;
use uuid::Uuid;

/// The dialog, for the person who was chosen last.
#[component]
pub(super) fn PasswordDialog(
    open: RwSignal<bool>,
    person: RwSignal<Option<UserView>>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || {
        let name = person.get().map(|p| p.display_name).unwrap_or_default();
        t_string!(i18n, users.reset_title, name = name).to_string()
    };
    view! {
        <Dialog open title>
            {move || {
                let chosen = if open.get() { person.get_untracked() } else { None };
                chosen.map(|person| view! { <NewPassword person open on_saved /> })
            }}
        </Dialog>
    }
}

#[component]
fn NewPassword(person: UserView, open: RwSignal<bool>, on_saved: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let value = RwSignal::new(String::new());
    let refused = RwSignal::new(None::<AppError>);
    let command_id = Uuid::now_v7();
    let (user_id, name) = (person.id, person.display_name);
    let save = Action::new(move |(): &()| {
        let name = name.clone();
        async move {
            let command = ResetPassword {
                command_id,
                user_id,
                password: value.get_untracked(),
            };
            match reset_password(command).await {
                Ok(()) => {
                    open.set(false);
                    on_saved.run(());
                    let locale = i18n.get_locale_untracked();
                    toasts.done(td_string!(locale, users.reset_done, name = name).to_string());
                }
                Err(error) => refused.set(Some(error)),
            }
        }
    });
    let wrong = Signal::derive(move || {
        refused.with(|error| {
            let (error, locale) = (error.as_ref()?, i18n.get_locale());
            Some(field_error(locale, error, "password").unwrap_or_else(|| explain(locale, error)))
        })
    });
    let busy = save.pending();
    view! {
        <form
            class="stack"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            <p>{move || t_string!(i18n, users.reset_detail)}</p>
            <TextInput
                name="new_password"
                kind="password"
                autocomplete="new-password"
                label=move || t_string!(i18n, users.new_password)
                hint=move || t_string!(i18n, users.password_hint)
                value
                error=wrong
            />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, users.reset_confirm)}
                </Button>
            </div>
        </form>
    }
}
