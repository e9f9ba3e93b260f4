//! Changing a shared device, in a sheet.

use super::{Desk, reason};
use crate::{
    components::*,
    drafts,
    i18n::{t_string, td_string, use_i18n},
    server_fns::tablets::change_tablet,
};
use contract::AppError;
use contract::tablets::{ChangeTablet, TabletView};
use leptos::prelude::*;
use uuid::Uuid;

/// The sheet, for the device that was chosen last.
#[component]
pub(super) fn TabletSheet(desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let title = move || {
        let name = desk.subject.get().map(|t| t.name).unwrap_or_default();
        t_string!(i18n, tablets.edit_title, name = name).to_string()
    };
    view! {
        <Dialog open=desk.open title sheet=true>
            {move || {
                let chosen = if desk.open.get() { desk.subject.get_untracked() } else { None };
                chosen.map(|tablet| view! { <Fields tablet desk /> })
            }}
        </Dialog>
    }
}

#[component]
fn Fields(tablet: TabletView, desk: Desk) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let name = RwSignal::new(tablet.name);
    let idle = RwSignal::new(tablet.idle_minutes.to_string());
    let refused = RwSignal::new(None::<AppError>);
    // One id for all attempts with this sheet.
    let command_id = Uuid::now_v7();
    let tablet_id = tablet.id;
    let draft = move || format!("tablet-{tablet_id}");
    let save = Action::new(move |(): &()| async move {
        let command = ChangeTablet {
            command_id,
            tablet_id,
            name: name.get_untracked(),
            // What is no number is none that may be said.
            idle_minutes: idle.get_untracked().trim().parse().unwrap_or_default(),
        };
        match change_tablet(command).await {
            Ok(()) => {
                drafts::saved(&draft());
                let _ = desk.open.try_set(false);
                let _ = desk.on_saved.try_run(());
                toasts.done(td_string!(i18n.get_locale_untracked(), tablets.saved));
            }
            Err(error) => {
                let _ = refused.try_set(Some(error));
            }
        }
    });
    let wrong = move |field: &'static str, key: &'static str| {
        Signal::derive(move || {
            refused.with(|error| {
                error.as_ref()?.field(field)?;
                Some(reason(i18n.get_locale(), key).to_owned())
            })
        })
    };
    let general = move || {
        refused.with(|error| {
            let error = error.as_ref().filter(|error| error.fields.is_empty())?;
            let text = describe(i18n.get_locale(), error.code);
            Some(view! { <Notice tone=Tone::Danger><p>{text}</p></Notice> })
        })
    };
    let busy = save.pending();
    view! {
        <form
            class="stack"
            data-draft=draft()
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save.dispatch(());
            }
        >
            {general}
            <TextInput name="tablet_name" label=move || t_string!(i18n, tablets.name) value=name error=wrong("name", "name") />
            <TextInput
                name="tablet_idle"
                label=move || t_string!(i18n, tablets.idle_label)
                value=idle
                error=wrong("idle_minutes", "idle")
            />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.open.set(false)>
                    {move || t_string!(i18n, common.cancel)}
                </Button>
                <Button kind=ButtonKind::Primary submit=true busy=busy>
                    {move || t_string!(i18n, common.save)}
                </Button>
            </div>
        </form>
    }
}
