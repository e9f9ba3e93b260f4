//! The organization: what it chose, everything that it owns in a file, and its end.

mod ending;
mod exports;
mod facts;
mod form;
mod words;

use crate::{
    components::*,
    fetched::Fetched,
    i18n::{t_string, use_i18n},
    server_fns::organization::{list_exports, read_settings},
};
use contract::organization::ExportView;
use contract::settings::OrganizationSettings;
use ending::{AskDeletionDialog, Ending};
use exports::Exports;
use facts::Facts;
use form::SettingsForm;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// What stands outside of what is loaded: what somebody types stays when the page is loaded again. Copy.
#[derive(Clone, Copy)]
struct Desk {
    /// What is changed, as it was read.
    editing: RwSignal<Option<OrganizationSettings>>,
    edit_open: RwSignal<bool>,
    /// The name that has to be typed again.
    deleting: RwSignal<String>,
    delete_open: RwSignal<bool>,
    reload: Callback<()>,
}

/// Settings of the organization.
#[component]
pub fn SettingsPage() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let is_new = Memo::new(move |_| query.with(|query| query.get("welcome").is_some()));
    let page = Fetched::new(
        || (),
        |()| async { Ok((read_settings().await?, list_exports().await?)) },
    );
    let desk = Desk {
        editing: RwSignal::new(None),
        edit_open: RwSignal::new(false),
        deleting: RwSignal::new(String::new()),
        delete_open: RwSignal::new(false),
        reload: Callback::new(move |()| page.refetch()),
    };
    // Gone with the page: what looks again later asks for it first.
    let alive = StoredValue::new(());
    view! {
        <PageHeader title=move || t_string!(i18n, organization.title) lead=move || t_string!(i18n, organization.lead)>
            <ButtonLink href="/settings/sign-on" kind=ButtonKind::Quiet>{move || t_string!(i18n, sign_on.title)}</ButtonLink>
        </PageHeader>
        {move || {
            is_new
                .get()
                .then(|| {
                    view! {
                        <Notice tone=Tone::Fine title=move || t_string!(i18n, organization.welcome_title)>
                            <p>{move || t_string!(i18n, organization.welcome)}</p>
                        </Notice>
                    }
                })
        }}
        <Loaded
            resource=page
            children=move |(settings, exports): (OrganizationSettings, Vec<ExportView>)| {
                let deletion = settings.deletion.clone();
                let name = settings.name.clone();
                view! {
                    <Facts settings desk />
                    <Exports exports alive desk />
                    <Ending deletion name desk />
                }
            }
        />
        <Later part=move || sheets(desk) />
    }
}

#[lazy(settings_later)]
fn sheets(desk: Desk) -> AnyView {
    view! {
        <SettingsForm desk />
        <AskDeletionDialog desk />
    }
    .into_any()
}
