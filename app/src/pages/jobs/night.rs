//! One night and its steps.

use super::words::{self, pill_tone};
use crate::{
    components::{Button, Icon, Notice, Progress, StatusPill, Tone},
    format::use_format,
    i18n::{t_string, use_i18n},
};
use chrono::NaiveDate;
use contract::nights::{NightStepView, NightView};
use domain::JobStatus;
use leptos::prelude::*;

/// A night as a line that opens to its steps. `again` runs it once more, for those who may.
#[component]
pub(super) fn Night(
    night: NightView,
    open: bool,
    busy: RwSignal<bool>,
    again: Option<Callback<NaiveDate>>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let NightView {
        business_date,
        status,
        trigger,
        started_at,
        finished_at,
        error,
        late,
        steps,
        ..
    } = night;
    let is_over = !matches!(status, JobStatus::Queued | JobStatus::Running);
    let again = again.filter(|_| is_over);
    let took = started_at
        .zip(finished_at)
        .map(|(from, to)| (to - from).num_seconds());
    let steps = steps
        .into_iter()
        .map(|step| view! { <Step step /> })
        .collect_view();
    view! {
        <li>
            <details class="night" open=open>
                <summary class="night-head">
                    <b class="night-date">{move || format.date_long(business_date)}</b>
                    <StatusPill tone=pill_tone(status) text=move || words::status(i18n.get_locale(), status) />
                    {late.then(|| view! { <StatusPill tone=Tone::Danger text=move || t_string!(i18n, jobs.late) /> })}
                    <span class="night-note">
                        {move || words::trigger(i18n.get_locale(), trigger)}
                        {move || started_at.map(|at| format!(" · {}", format.instant(at)))}
                        {move || took.map(|seconds| format!(" · {}", format.duration(seconds)))}
                    </span>
                </summary>
                {error.map(|error| view! { <Notice tone=Tone::Danger title=move || t_string!(i18n, jobs.failed)>{error}</Notice> })}
                <ol class="night-steps">{steps}</ol>
                {again
                    .map(|again| {
                        view! {
                            <Button icon=Icon::Retry busy=busy on_press=move |()| again.run(business_date)>
                                {move || t_string!(i18n, jobs.again)}
                            </Button>
                        }
                    })}
            </details>
        </li>
    }
}

#[component]
fn Step(step: NightStepView) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let NightStepView {
        name,
        status,
        attempts,
        started_at,
        finished_at,
        detail,
        ..
    } = step;
    let number = |key: &str| detail.get(key).and_then(serde_json::Value::as_i64);
    let running = status == JobStatus::Running;
    let (done, total) = (number("done").unwrap_or(0), number("total"));
    let remaining = detail
        .get("remaining_seconds")
        .and_then(serde_json::Value::as_f64)
        .map(|s| s as i64);
    let progress = (running && total.is_some()).then(|| {
        view! {
            <Progress label=move || t_string!(i18n, jobs.step_train) done=done total=total remaining_seconds=remaining />
        }
    });
    let took = started_at
        .zip(finished_at)
        .map(|(from, to)| (to - from).num_seconds());
    let title = name.clone();
    let lines = words::lines(&detail);
    let log = (!lines.is_empty()).then(|| {
        let lines = lines
            .into_iter()
            .map(|(key, value)| view! { <div><dt>{key}</dt><dd>{value}</dd></div> })
            .collect_view();
        view! {
            <details class="night-log">
                <summary>{move || t_string!(i18n, jobs.log)}</summary>
                <dl>{lines}</dl>
            </details>
        }
    });
    let found = detail.clone();
    view! {
        <li class="night-step" data-status=status.as_str()>
            <div class="night-step-head">
                <b>{move || words::step(i18n.get_locale(), &title)}</b>
                <StatusPill tone=pill_tone(status) text=move || words::status(i18n.get_locale(), status) />
                <span class="night-note">{move || took.map(|seconds| format.duration(seconds))}</span>
                {(attempts > 1).then(|| view! { <span class="night-note">{move || t_string!(i18n, jobs.attempts)} " " {attempts}</span> })}
            </div>
            {progress}
            <p class="night-found">{move || words::found(i18n.get_locale(), format, &name, &found)}</p>
            {log}
        </li>
    }
}
