//! Inviting somebody, in a sheet.

use super::person_form::{Chosen, Places};
use super::words::{explain, field_error};
use crate::{
    components::*,
    drafts,
    i18n::{t_string, td_string, use_i18n},
    server_fns::people::invite_person,
    session::use_stores,
};
use contract::AppError;
use contract::people::InvitePerson;
use contract::users::HeldRole;
use leptos::prelude::*;
use uuid::Uuid;

/// Where what is typed about somebody who is to be invited is kept.
const DRAFT: &str = "invitation";

/// The sheet.
#[component]
pub(super) fn InviteForm(
    open: RwSignal<bool>,
    /// The organization's own roles, as far as they are known.
    own_roles: RwSignal<Vec<HeldRole>>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let known = use_stores();
    view! {
        <Dialog open title=move || t_string!(i18n, users.invite_title) sheet=true>
            // Built anew whenever the sheet opens.
            {move || {
                open.get()
                    .then(|| {
                        let chosen = Chosen::of(None, known.clone());
                        view! { <Fields chosen own_roles open on_saved /> }
                    })
            }}
        </Dialog>
    }
}

#[component]
fn Fields(
    chosen: Chosen,
    own_roles: RwSignal<Vec<HeldRole>>,
    open: RwSignal<bool>,
    on_saved: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let refused = RwSignal::new(None::<AppError>);
    let (email, language) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    // One id for all attempts with this sheet: pressing twice invites once.
    let command_id = Uuid::now_v7();
    let picked = chosen.clone();
    let save = Action::new(move |(): &()| {
        let picked = picked.clone();
        async move {
            let command = InvitePerson {
                command_id,
                email: email.get_untracked(),
                language: language.get_untracked().parse().ok(),
                roles: picked.roles(),
                role_ids: picked.role_ids(),
                all_stores: picked.all_stores(),
                stores: picked.stores(),
            };
            match invite_person(command).await {
                Ok(made) => {
                    drafts::saved(DRAFT);
                    let _ = open.try_set(false);
                    let _ = on_saved.try_run(());
                    let locale = i18n.get_locale_untracked();
                    let text = td_string!(locale, users.invited, email = made.email);
                    toasts.done(text.to_string());
                }
                Err(error) => {
                    let _ = refused.try_set(Some(error));
                }
            }
        }
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused.with(|e| {
                e.as_ref()
                    .and_then(|e| field_error(i18n.get_locale(), e, field))
            })
        })
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let languages = vec![
        Choice::new("", move || t_string!(i18n, users.language_browser)),
        Choice::new("es", move || t_string!(i18n, common.spanish)),
        Choice::new("en", move || t_string!(i18n, common.english)),
    ];
    let busy = save.pending();
    view! {
        <form
            class="stack"
            data-draft=DRAFT
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            {general}
            <p>{move || t_string!(i18n, users.invite_detail)}</p>
            <TextInput
                name="email"
                kind="email"
                label=move || t_string!(i18n, users.email)
                hint=move || t_string!(i18n, users.email_hint)
                value=email
                error=wrong("email")
            />
            <Segmented name="invite-language" label=move || t_string!(i18n, users.language) value=language options=languages />
            <Places chosen own_roles roles_error=wrong("roles") stores_error=wrong("stores") />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, users.invite_send)}
                </Button>
            </div>
        </form>
    }
}
