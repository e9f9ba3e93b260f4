//! Everything that the organization owns, in a file.

use super::{Desk, words::explain};
use crate::{
    components::*,
    format::use_format,
    i18n::{t_string, use_i18n},
    server_fns::organization::request_export,
};
use contract::organization::{ExportView, RequestExport};
use domain::JobStatus;
use leptos::{prelude::*, task::spawn_local};
use std::time::Duration;
use uuid::Uuid;

/// How often it is looked how far one is.
const LOOK_AGAIN: Duration = Duration::from_secs(2);

/// Looks again in a while, as long as the page is there. On the server nobody waits.
fn look_later(alive: StoredValue<()>, reload: Callback<()>) {
    #[cfg(feature = "hydrate")]
    set_timeout(
        move || {
            if alive.try_get_value().is_some() {
                reload.run(());
            }
        },
        LOOK_AGAIN,
    );
    #[cfg(not(feature = "hydrate"))]
    let _ = (alive, reload, LOOK_AGAIN);
}

/// The files, and the way to another one.
#[component]
pub(super) fn Exports(
    exports: Vec<ExportView>,
    alive: StoredValue<()>,
    desk: Desk,
) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let is_running = exports
        .iter()
        .any(|export| matches!(export.status, JobStatus::Queued | JobStatus::Running));
    if is_running {
        look_later(alive, desk.reload);
    }
    let busy = RwSignal::new(false);
    let ask = move |()| {
        busy.set(true);
        spawn_local(async move {
            let command = RequestExport {
                command_id: Uuid::now_v7(),
            };
            if let Err(error) = request_export(command).await {
                toasts.failed(explain(i18n.get_locale_untracked(), &error));
            }
            let _ = busy.try_set(false);
            if alive.try_get_value().is_some() {
                desk.reload.run(());
            }
        });
    };
    let is_waiting = Signal::derive(move || is_running || busy.get());
    view! {
        <Section title=move || t_string!(i18n, organization.export) lead=move || t_string!(i18n, organization.export_lead)>
            <Button icon=Icon::Download busy=is_waiting on_press=ask>
                {move || t_string!(i18n, organization.export_ask)}
            </Button>
            <ul class="settings-exports">{exports.into_iter().map(|export| view! { <Export export /> }).collect_view()}</ul>
        </Section>
    }
}

#[component]
fn Export(export: ExportView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let ExportView {
        id,
        status,
        requested_at,
        tables_done,
        tables_total,
        bytes,
        expires_at,
        is_there,
        ..
    } = export;
    let asked = move || {
        t_string!(
            i18n,
            organization.export_of,
            at = format.instant(requested_at)
        )
        .to_string()
    };
    let size = move || {
        let megabytes = bytes.unwrap_or_default() as f64 / 1_000_000.0;
        format!("{} MB", format.decimal(megabytes, 1))
    };
    let ends = move || {
        expires_at.map(|at| {
            t_string!(i18n, organization.export_until, at = format.instant(at)).to_string()
        })
    };
    let content = match status {
        JobStatus::Queued | JobStatus::Running => view! {
            <Progress
                label=asked
                done=Signal::derive(move || i64::from(tables_done))
                total=Signal::derive(move || Some(i64::from(tables_total)))
            />
        }
        .into_any(),
        JobStatus::Succeeded if is_there => view! {
            <span>{asked} " · " {size} " · " {ends}</span>
            <a class="button" href=format!("/api/v1/organization/exports/{id}/file") rel="external" download="">
                {move || t_string!(i18n, organization.export_fetch)}
            </a>
        }
        .into_any(),
        JobStatus::Succeeded => {
            view! { <span>{asked} " · " {move || t_string!(i18n, organization.export_gone)}</span> }.into_any()
        }
        _ => view! { <span>{asked} " · " {move || t_string!(i18n, organization.export_failed)}</span> }.into_any(),
    };
    view! { <li>{content}</li> }
}
