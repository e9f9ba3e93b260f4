//! The check of the log's chain of hashes: asked for, on its way, what it found.

use crate::{
    components::*, format::use_format, i18n::*, refusals::told,
    server_fns::admin::start_audit_check,
};
use contract::audit::{AuditCheckView, CheckAudit};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The button that asks for a check.
#[component]
pub(super) fn StartCheck(reload: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let start = move |()| {
        busy.set(true);
        let command = CheckAudit {
            command_id: Uuid::now_v7(),
        };
        spawn_local(async move {
            let started = start_audit_check(command).await;
            let _ = busy.try_set(false);
            match started {
                Ok(_) => {
                    let _ = reload.try_run(());
                }
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
        });
    };
    view! {
        <Button kind=ButtonKind::Primary icon=Icon::Check busy=busy on_press=start>
            {move || t_string!(i18n, admin.check_start)}
        </Button>
    }
}

/// How far the newest check is, or what it found.
#[component]
pub(super) fn Check(check: AuditCheckView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let AuditCheckView {
        requested_at,
        total,
        checked,
        finished_at,
        broken_at,
        message,
        ..
    } = check;
    match (finished_at, broken_at) {
        (None, _) => view! {
            <div class="audit-check" data-check="running">
                <Progress label=move || t_string!(i18n, admin.check_running) done=checked total=Some(total) />
            </div>
        }
        .into_any(),
        (Some(_), Some(at)) => view! {
            <div class="audit-check" data-check="broken">
                <Notice tone=Tone::Danger title=move || t_string!(i18n, admin.check_broken, number = format.number(at)).to_string()>
                    <p>{message}</p>
                    <p>{move || t_string!(i18n, admin.check_broken_mend)}</p>
                </Notice>
            </div>
        }
        .into_any(),
        (Some(_), None) => view! {
            <div class="audit-check" data-check="whole">
                <Notice tone=Tone::Fine>
                    <p>
                        {move || {
                            t_string!(
                                i18n, admin.check_whole, count = format.number(checked), at = format.instant(requested_at)
                            )
                                .to_string()
                        }}
                    </p>
                </Notice>
            </div>
        }
        .into_any(),
    }
}
