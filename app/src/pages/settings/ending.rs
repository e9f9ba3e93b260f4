//! The end of the organization: asked for, called off.

use super::{
    Desk,
    words::{beside, explain},
};
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::organization::{ask_deletion, cancel_deletion},
};
use contract::AppError;
use contract::organization::{AskDeletion, CancelDeletion, DeletionView};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// Whether it is to be deleted, and the way there or back.
#[component]
pub(super) fn Ending(deletion: Option<DeletionView>, name: String, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    // One id for all attempts.
    let command_id = Uuid::now_v7();
    let cancel = move |()| {
        busy.set(true);
        spawn_local(async move {
            match cancel_deletion(CancelDeletion { command_id }).await {
                Ok(()) => toasts.done(untrack(|| {
                    t_string!(i18n, organization.deletion_off).to_owned()
                })),
                Err(error) => toasts.failed(explain(i18n.get_locale_untracked(), &error)),
            }
            let _ = busy.try_set(false);
            let _ = desk.reload.try_run(());
        });
    };
    let ask = move |()| {
        desk.deleting.set(name.clone());
        desk.delete_open.set(true);
    };
    let content = match deletion {
        Some(deletion) => {
            let by = deletion.asked_by.unwrap_or_default();
            let (asked_at, erase_after) = (deletion.asked_at, deletion.erase_after);
            let words = move || {
                t_string!(
                    i18n,
                    organization.deletion_asked,
                    name = by.as_str(),
                    at = format.instant(asked_at),
                    day = format.instant(erase_after)
                )
                .to_string()
            };
            view! {
                <Notice tone=Tone::Danger>
                    <p>{words}</p>
                </Notice>
                <Button kind=ButtonKind::Primary busy=busy on_press=cancel>
                    {move || t_string!(i18n, organization.deletion_cancel)}
                </Button>
            }
            .into_any()
        }
        None => view! {
            <Button kind=ButtonKind::Danger icon=Icon::Bin on_press=ask>
                {move || t_string!(i18n, organization.deletion_ask)}
            </Button>
        }
        .into_any(),
    };
    view! {
        <Section title=move || t_string!(i18n, organization.deletion) lead=move || t_string!(i18n, organization.deletion_lead)>
            {content}
        </Section>
    }
}

/// Name and password typed again, before something that cannot be taken back.
#[component]
pub(super) fn AskDeletionDialog(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open=desk.delete_open title=move || t_string!(i18n, organization.deletion_title)>
            {move || desk.delete_open.get().then(|| view! { <Again desk /> })}
        </Dialog>
    }
}

#[component]
fn Again(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let expected = desk.deleting.get_untracked();
    let (name, password) = (RwSignal::new(String::new()), RwSignal::new(String::new()));
    let refused = RwSignal::new(None::<AppError>);
    let command_id = Uuid::now_v7();
    let ask = Action::new(move |(): &()| async move {
        let command = AskDeletion {
            command_id,
            name: name.get_untracked(),
            password: password.get_untracked(),
        };
        match ask_deletion(command).await {
            Ok(_) => {
                let _ = desk.delete_open.try_set(false);
                let _ = desk.reload.try_run(());
            }
            Err(error) => {
                let _ = refused.try_set(Some(error));
            }
        }
    });
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            refused.with(|error| beside(i18n.get_locale(), error.as_ref()?, field))
        })
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = explain(i18n.get_locale(), error);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let busy = ask.pending();
    view! {
        <form
            class="stack"
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                ask.dispatch(());
            }
        >
            <p>{move || t_string!(i18n, organization.deletion_detail)}</p>
            <p>
                <strong>{expected}</strong>
            </p>
            {general}
            <TextInput name="deletion-name" label=move || t_string!(i18n, organization.deletion_name) value=name error=wrong("name") />
            <TextInput
                name="deletion-password"
                kind="password"
                autocomplete="current-password"
                label=move || t_string!(i18n, organization.deletion_password)
                value=password
                error=wrong("password")
            />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.delete_open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Danger submit=true busy=busy>
                    {move || t_string!(i18n, organization.deletion_confirm)}
                </Button>
            </div>
        </form>
    }
}
