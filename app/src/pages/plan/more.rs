//! What else a person may do with a suggestion: tick it, accept it for another day, take it up again.

use super::{accepting::Tick, card::PlanActs};
use crate::{
    components::*, i18n::*, refusals::told, server_fns::suggestions::reopen_suggestion,
    session::use_current_user,
};
use chrono::{Days, NaiveDate};
use contract::suggestions::{MAX_OTHER_DAYS, ReopenSuggestion};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// For an open one.
#[component]
pub(super) fn More(
    id: Uuid,
    product: String,
    draft: RwSignal<Option<i64>>,
    acts: PlanActs,
) -> impl IntoView {
    let i18n = use_i18n();
    let today = use_current_user().today;
    let last = today + Days::new(MAX_OTHER_DAYS);
    let day = RwSignal::new(None::<NaiveDate>);
    let nothing =
        Signal::derive(move || day.get().is_none() || draft.get().unwrap_or_default() <= 0);
    let accept = move |()| {
        if let Some(day) = day.get_untracked() {
            acts.accept.run((id, draft.get_untracked(), Some(day)));
        }
    };
    view! {
        <Tick id product desk=acts.desk />
        <details class="plan-other">
            <summary>{move || t_string!(i18n, plan.other_day)}</summary>
            <DateField name=format!("day-{id}") label=move || t_string!(i18n, plan.date) value=day min=today max=last />
            <Button busy=acts.busy disabled=nothing on_press=accept>
                {move || t_string!(i18n, plan.accept_for_day)}
            </Button>
        </details>
    }
}

/// For a dismissed one, while its day is not over.
#[component]
pub(super) fn Reopen(id: Uuid, date: NaiveDate, acts: PlanActs) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let desk = acts.desk;
    let reopen = move |()| {
        if desk.busy.get_untracked() {
            return;
        }
        desk.busy.set(true);
        let act = format!("reopen:{id}");
        let command = ReopenSuggestion {
            command_id: desk.command(&act),
            suggestion_id: id,
        };
        spawn_local(async move {
            let answer = reopen_suggestion(command).await;
            desk.answered(&act, answer.as_ref().err());
            match answer {
                Ok(_) => toasts.done(t_string!(i18n, plan.reopened)),
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
            let _ = desk.busy.try_set(false);
            let _ = acts.on_done.try_run(());
        });
    };
    (date >= use_current_user().today).then(|| {
        view! {
            <Button icon=Icon::Retry busy=acts.busy on_press=reopen>
                {move || t_string!(i18n, plan.reopen)}
            </Button>
        }
    })
}
