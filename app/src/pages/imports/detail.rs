//! One import: what runs, what the check found, what can be done.

use super::{
    rejects::{Promotions, Reasons, Rejects, Shown},
    words::{is_running, problem_words, status_tone, status_word},
    work::{Pace, Work},
};
use crate::{
    components::{
        Button, ButtonKind, ConfirmButton, Icon, Loaded, Notice, PageHeader, Stat, StatusPill,
        Tone, describe, use_live, use_toasts,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, td_string, use_i18n},
    pages::NotFoundPage,
    server_fns::imports::{
        discard_import, list_import_rejects, take_import, undo_import, view_import,
    },
    session::may,
};
use contract::{
    AppResult,
    imports::{DecideImport, ImportProblem, ImportReport, ImportView, RejectPage, SameFile},
};
use domain::{ImportStatus, Permission};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    components::A,
    hooks::{use_params_map, use_query_map},
};
use uuid::Uuid;

/// Everything the page shows.
type Detail = (ImportReport, RejectPage);

async fn load((id, shown): (Uuid, Shown)) -> AppResult<Detail> {
    let report = view_import(id).await?;
    let none = RejectPage {
        items: Vec::new(),
        next: None,
    };
    let rejects = if report.reasons.is_empty() {
        none
    } else {
        list_import_rejects(id, shown.reason, shown.behind).await?
    };
    Ok((report, rejects))
}

/// The page.
#[component]
pub fn ImportPage() -> impl IntoView {
    let params = use_params_map();
    let id =
        params.with_untracked(|params| params.get("id").and_then(|id| id.parse::<Uuid>().ok()));
    match id {
        Some(id) => view! { <Import id /> }.into_any(),
        None => NotFoundPage().into_any(),
    }
}

#[component]
fn Import(id: Uuid) -> impl IntoView {
    let query = use_query_map();
    let shown = Memo::new(move |_| {
        query.with(|query| Shown {
            reason: query.get("reason"),
            behind: query.get("behind"),
        })
    });
    let detail = Fetched::new(move || (id, shown.get()), load);
    use_live(&["imports"], move |events| {
        if events.is_empty() || events.iter().any(|event| event.subject_id == Some(id)) {
            detail.refetch();
        }
    });
    let pace = Pace::new(None);
    let changed = Callback::new(move |()| detail.refetch());
    view! {
        <Loaded resource=detail let:found>
            <Report found shown=shown.get_untracked() pace changed />
        </Loaded>
    }
}

#[component]
fn Report(found: Detail, shown: Shown, pace: Pace, changed: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let (report, rejects) = found;
    let ImportReport {
        import,
        reasons,
        unknown_promotions,
        rejects_kept,
        same_files,
    } = report;
    let (id, rejected, status) = (import.id, import.rows_rejected, import.status);
    let (to_decide, to_follow) = (import.clone(), import.clone());
    let title = import.file_name.clone();
    let store = import.store_name.clone();
    let (sent_at, sent_by) = (import.created_at, import.created_by.clone());
    let lead = move || {
        let store = store
            .clone()
            .unwrap_or_else(|| t_string!(i18n, imports.any_store).to_owned());
        let name = sent_by
            .clone()
            .unwrap_or_else(|| t_string!(i18n, imports.command_line).to_owned());
        format!(
            "{store} · {}",
            t_string!(
                i18n,
                imports.sent_by,
                at = format.instant(sent_at),
                name = name
            )
        )
    };
    view! {
        <PageHeader title lead>
            <Decisions import=to_decide changed />
        </PageHeader>
        <p class="imports-back">
            <A href="/imports">{move || t_string!(i18n, imports.back)}</A>
            <StatusPill tone=status_tone(status) text=move || status_word(i18n.get_locale(), status) />
        </p>
        {is_running(status).then(|| view! { <Work import=to_follow pace /> })}
        <Verdict import=import.clone() same_files />
        <Numbers import />
        {(!reasons.is_empty())
            .then(|| {
                view! {
                    <Reasons id reasons />
                    <Rejects id page=rejects shown kept=rejects_kept rejected />
                }
            })}
        {(!unknown_promotions.is_empty()).then(|| view! { <Promotions codes=unknown_promotions /> })}
    }
}

/// What the check came to, in a sentence.
#[component]
fn Verdict(import: ImportView, same_files: Vec<SameFile>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let ImportView {
        status,
        rows_good,
        problem,
        ..
    } = import;
    let said = move |problem: ImportProblem| view! { <p>{move || problem_words(i18n.get_locale(), &problem)}</p> };
    let verdict = match status {
        ImportStatus::Refused => Some(
            view! {
                <Notice tone=Tone::Danger title=move || t_string!(i18n, imports.refused_title)>{problem.map(said)}</Notice>
            }
            .into_any(),
        ),
        ImportStatus::Checked if rows_good == 0 => Some(
            view! {
                <Notice tone=Tone::Info>
                    <p>{move || t_string!(i18n, imports.nothing_new)}</p>
                </Notice>
            }
            .into_any(),
        ),
        ImportStatus::Checked => Some(
            view! {
                <Notice tone=Tone::Fine title=move || t_string!(i18n, imports.checked_title)>
                    <p>{move || t_string!(i18n, imports.checked_text)}</p>
                </Notice>
            }
            .into_any(),
        ),
        _ => problem.map(|problem| {
            view! {
                <Notice tone=Tone::Attention title=move || t_string!(i18n, imports.failed_title)>{said(problem)}</Notice>
            }
            .into_any()
        }),
    };
    let earlier = same_files.into_iter().find(|same| same.status == ImportStatus::Applied).map(|same| {
        view! {
            <Notice tone=Tone::Info>
                <p>
                    {move || t_string!(i18n, imports.same_file, at = format.instant(same.created_at))} " "
                    <A href=format!("/imports/{}", same.id)>{move || t_string!(i18n, imports.see_it)}</A>
                </p>
            </Notice>
        }
    });
    view! { <div class="imports-verdict" aria-live="polite">{verdict} {earlier}</div> }
}

#[component]
fn Numbers(import: ImportView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let ImportView {
        status,
        rows_good,
        rows_rejected,
        rows_duplicate,
        rows_applied,
        threshold_bp,
        ..
    } = import;
    let days = import.first_date.zip(import.last_date);
    let taken = matches!(
        status,
        ImportStatus::Applying | ImportStatus::Applied | ImportStatus::Undoing
    );
    let tone = if rows_rejected > 0 {
        Tone::Attention
    } else {
        Tone::Neutral
    };
    view! {
        <div class="imports-numbers">
            {if taken {
                view! { <Stat label=move || t_string!(i18n, imports.taken) value=move || format.number(rows_applied) tone=Tone::Fine /> }
                    .into_any()
            } else {
                view! { <Stat label=move || t_string!(i18n, imports.good) value=move || format.number(rows_good) /> }.into_any()
            }}
            <Stat
                label=move || t_string!(i18n, imports.rejected)
                value=move || format.number(rows_rejected)
                detail=move || {
                    let share = format.percent(f64::from(threshold_bp) / 10_000.0, 1);
                    t_string!(i18n, imports.threshold, percent = share)
                }
                tone
            />
            <Stat
                label=move || t_string!(i18n, imports.stored_already)
                value=move || format.number(rows_duplicate)
            />
            {days
                .map(|(first, last)| {
                    view! {
                        <Stat
                            label=move || t_string!(i18n, imports.days)
                            value=move || format.number((last - first).num_days() + 1)
                            detail=move || format!("{} – {}", format.date_numeric(first), format.date_numeric(last))
                        />
                    }
                })}
        </div>
    }
}

/// What a person may do now.
#[component]
fn Decisions(import: ImportView, changed: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let busy = RwSignal::new(false);
    let ImportView {
        id,
        status,
        rows_good,
        rows_applied,
        ..
    } = import;
    // One command a button and page: pressing again after a lost answer is the same command.
    let ids = StoredValue::new(None::<Uuid>);
    let command = move || {
        let command_id = ids.get_value().unwrap_or_else(Uuid::now_v7);
        ids.set_value(Some(command_id));
        DecideImport {
            command_id,
            import_id: id,
        }
    };
    let ended = move |answer: AppResult<ImportView>| {
        let locale = i18n.get_locale_untracked();
        match answer {
            Ok(import) if import.status == ImportStatus::Discarded => {
                toasts.done(td_string!(locale, imports.discarded))
            }
            Ok(_) => {}
            Err(error) => toasts.failed(describe(locale, error.code)),
        }
        let _ = busy.try_set(false);
        changed.run(());
    };
    let take = move |()| {
        busy.set(true);
        let command = command();
        spawn_local(async move { ended(take_import(command).await) });
    };
    let discard = move |()| {
        busy.set(true);
        let command = command();
        spawn_local(async move { ended(discard_import(command).await) });
    };
    let undo = move |()| {
        busy.set(true);
        let command = command();
        spawn_local(async move { ended(undo_import(command).await) });
    };
    let may_decide = may(Permission::ImportsCreate);
    let takes = may_decide && status == ImportStatus::Checked && rows_good > 0;
    let discards = may_decide && matches!(status, ImportStatus::Checked | ImportStatus::Failed);
    let undoes =
        may(Permission::ImportsUndo) && status == ImportStatus::Applied && rows_applied > 0;
    view! {
        {discards
            .then(|| {
                view! {
                    <Button kind=ButtonKind::Quiet busy on_press=discard>
                        {move || t_string!(i18n, imports.discard)}
                    </Button>
                }
            })}
        {takes
            .then(|| {
                view! {
                    <Button kind=ButtonKind::Primary icon=Icon::Check busy on_press=take>
                        {move || t_string!(i18n, imports.take, rows = format.number(rows_good))}
                    </Button>
                }
            })}
        {undoes
            .then(|| {
                view! {
                    <ConfirmButton
                        label=move || t_string!(i18n, imports.undo)
                        question=move || t_string!(i18n, imports.undo_question)
                        detail=move || t_string!(i18n, imports.undo_detail, rows = format.number(rows_applied))
                        confirm=move || t_string!(i18n, imports.undo_confirm)
                        busy
                        on_confirm=undo
                    />
                }
            })}
    }
}
