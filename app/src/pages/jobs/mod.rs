//! Nightly runs: what each step did, live while it runs, and the button that starts one.

mod night;
mod words;

use crate::{
    components::{Button, ButtonKind, EmptyState, Icon, Loaded, PageHeader, use_live, use_toasts},
    fetched::Fetched,
    i18n::{t_string, use_i18n},
    refusals::told,
    routes::guarded,
    server_fns::nights::{list_nights, start_night},
    session::may,
};
use chrono::NaiveDate;
use contract::nights::{NightView, StartNight};
use domain::{JobStatus, Permission};
use leptos::{prelude::*, task::spawn_local};
use night::Night;
use uuid::Uuid;

/// Nightly runs of the organization.
#[component]
pub fn JobsPage() -> impl IntoView {
    guarded(Permission::JobsRead, || view! { <Jobs /> })
}

#[component]
fn Jobs() -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let nights = Fetched::new(|| (), |()| list_nights());
    use_live(&["jobs"], move |_| nights.refetch());
    let busy = RwSignal::new(false);
    // Kept until it succeeded: pressing again after a lost answer starts no second night.
    let command_id = StoredValue::new(None::<Uuid>);
    let asked = StoredValue::new(None::<NaiveDate>);
    let start = move |business_date: Option<NaiveDate>| {
        // Another night is another command.
        if asked.get_value() != business_date {
            command_id.set_value(None);
            asked.set_value(business_date);
        }
        let id = command_id.get_value().unwrap_or_else(Uuid::now_v7);
        command_id.set_value(Some(id));
        busy.set(true);
        spawn_local(async move {
            match start_night(StartNight {
                command_id: id,
                business_date,
            })
            .await
            {
                Ok(_) => {
                    command_id.set_value(None);
                    toasts.done(t_string!(i18n, jobs.started).to_owned());
                    nights.refetch();
                }
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
            busy.set(false);
        });
    };
    let again = may(Permission::JobsRun)
        .then(|| Callback::new(move |business_date: NaiveDate| start(Some(business_date))));
    view! {
        <PageHeader title=move || t_string!(i18n, jobs.title) lead=move || t_string!(i18n, jobs.lead)>
            {may(Permission::JobsRun)
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Jobs busy=busy on_press=move |()| start(None)>
                            {move || t_string!(i18n, jobs.start)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded resource=nights let:nights>
            <Nights nights busy again />
        </Loaded>
    }
}

#[component]
fn Nights(
    nights: Vec<NightView>,
    busy: RwSignal<bool>,
    again: Option<Callback<NaiveDate>>,
) -> impl IntoView {
    let i18n = use_i18n();
    if nights.is_empty() {
        return view! {
            <EmptyState icon=Icon::Jobs title=move || t_string!(i18n, jobs.empty_title) text=move || t_string!(i18n, jobs.empty_text) />
        }
        .into_any();
    }
    let items = nights
        .into_iter()
        .enumerate()
        .map(|(index, night)| {
            let open = index == 0 || matches!(night.status, JobStatus::Running | JobStatus::Failed);
            view! { <Night night open busy again /> }
        })
        .collect_view();
    view! { <ol class="night-list">{items}</ol> }.into_any()
}
