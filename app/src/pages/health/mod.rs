//! How the installation is doing: each part with its state, what was measured, and what mends it.

use crate::{
    components::*,
    fetched::Fetched,
    format::{Format, use_format},
    i18n::*,
    server_fns::admin::read_health,
};
use contract::health::{HealthState, HealthView};
use domain::JobStatus;
use leptos::prelude::*;
use std::time::Duration;

/// How often it is asked again while the page is open.
const AGAIN: Duration = Duration::from_secs(15);

/// The state of every part, brought up to date by itself.
#[component]
pub fn HealthPage() -> impl IntoView {
    let i18n = use_i18n();
    let health = Fetched::new(|| (), |()| read_health());
    use_live(&["jobs", "channels"], move |_| health.refetch());
    Effect::new(move |_| {
        if let Ok(handle) = set_interval_with_handle(move || health.refetch(), AGAIN) {
            on_cleanup(move || handle.clear());
        }
    });
    view! {
        <PageHeader title=move || t_string!(i18n, admin.health_title) lead=move || t_string!(i18n, admin.health_lead) />
        <Loaded resource=health waiting=Waiting::Cards let:health>
            <Parts health />
        </Loaded>
    }
}

/// One part: what it is called, how it stands, what was measured, what to do.
struct Part {
    key: &'static str,
    state: HealthState,
    name: TextProp,
    facts: TextProp,
    mend: TextProp,
}

/// `12,3 GB`: a thousand bytes are a kilobyte, as disks are sold.
fn bytes(format: Format, count: i64) -> String {
    let units = ["B", "kB", "MB", "GB", "TB"];
    let (mut value, mut unit) = (count.max(0) as f64, 0);
    while value >= 1_000.0 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    let digits = u8::from(unit > 1);
    format!("{}\u{a0}{}", format.decimal(value, digits), units[unit])
}

const fn tone(state: HealthState) -> Tone {
    match state {
        HealthState::Fine => Tone::Fine,
        HealthState::Attention => Tone::Attention,
        HealthState::Danger => Tone::Danger,
    }
}

fn state_word(locale: Locale, state: HealthState) -> &'static str {
    match state {
        HealthState::Fine => td_string!(locale, admin.state_fine),
        HealthState::Attention => td_string!(locale, admin.state_attention),
        HealthState::Danger => td_string!(locale, admin.state_danger),
    }
}

fn night_word(locale: Locale, status: JobStatus) -> &'static str {
    match status {
        JobStatus::Queued => td_string!(locale, jobs.status_queued),
        JobStatus::Running => td_string!(locale, jobs.status_running),
        JobStatus::Succeeded => td_string!(locale, jobs.status_succeeded),
        JobStatus::Degraded => td_string!(locale, jobs.status_degraded),
        JobStatus::Failed => td_string!(locale, jobs.status_failed),
        JobStatus::Skipped => td_string!(locale, jobs.status_skipped),
    }
}

/// Database and disk.
fn ground(health: &HealthView) -> [Part; 2] {
    let (i18n, format) = (use_i18n(), use_format());
    let (database, disk) = (health.database.clone(), health.disk.clone());
    [
        Part {
            key: "database",
            state: database.state,
            name: (move || t_string!(i18n, admin.part_database)).into(),
            mend: (move || t_string!(i18n, admin.mend_database)).into(),
            facts: (move || {
                let size = database
                    .bytes
                    .map_or_else(|| "–".to_owned(), |count| bytes(format, count));
                t_string!(
                    i18n,
                    admin.facts_database,
                    engine = database.engine.clone(),
                    size = size,
                    seen = format.number(database.migrations),
                    missing = format.number(database.missing_migrations)
                )
                .to_string()
            })
            .into(),
        },
        Part {
            key: "disk",
            state: disk.state,
            name: (move || t_string!(i18n, admin.part_disk)).into(),
            mend: (move || t_string!(i18n, admin.mend_disk)).into(),
            facts: (move || match (disk.free, disk.total) {
                (Some(free), Some(total)) => t_string!(
                    i18n,
                    admin.facts_disk,
                    free = bytes(format, free),
                    total = bytes(format, total)
                )
                .to_string(),
                _ => t_string!(i18n, admin.facts_unknown).to_owned(),
            })
            .into(),
        },
    ]
}

/// What runs by itself: queue, backups, messages.
fn machinery(health: &HealthView) -> [Part; 3] {
    let (i18n, format) = (use_i18n(), use_format());
    let (queue, backup, messages) = (
        health.queue.clone(),
        health.backup.clone(),
        health.messages.clone(),
    );
    [
        Part {
            key: "queue",
            state: queue.state,
            name: (move || t_string!(i18n, admin.part_queue)).into(),
            mend: (move || t_string!(i18n, admin.mend_queue)).into(),
            facts: (move || match queue.since {
                Some(since) => t_string!(
                    i18n,
                    admin.facts_queue,
                    count = format.number(queue.waiting),
                    since = format.instant(since)
                )
                .to_string(),
                None => t_string!(i18n, admin.facts_queue_empty).to_owned(),
            })
            .into(),
        },
        Part {
            key: "backup",
            state: backup.state,
            name: (move || t_string!(i18n, admin.part_backup)).into(),
            mend: (move || t_string!(i18n, admin.mend_backup)).into(),
            facts: (move || {
                let last = match backup.last_at {
                    Some(at) => t_string!(
                        i18n,
                        admin.facts_backup,
                        at = format.instant(at),
                        size = bytes(format, backup.bytes.unwrap_or(0))
                    )
                    .to_string(),
                    None => t_string!(i18n, admin.facts_backup_none).to_owned(),
                };
                match backup.failed_at {
                    Some(at) => {
                        let failed =
                            t_string!(i18n, admin.facts_backup_failed, at = format.instant(at))
                                .to_string();
                        format!("{last} {failed}")
                    }
                    None => last,
                }
            })
            .into(),
        },
        Part {
            key: "messages",
            state: messages.state,
            name: (move || t_string!(i18n, admin.part_messages)).into(),
            mend: (move || t_string!(i18n, admin.mend_messages)).into(),
            facts: (move || {
                t_string!(
                    i18n,
                    admin.facts_messages,
                    waiting = format.number(messages.waiting),
                    given_up = format.number(messages.given_up)
                )
                .to_string()
            })
            .into(),
        },
    ]
}

/// The organization's own: last night and model.
fn own(health: &HealthView) -> [Part; 2] {
    let (i18n, format) = (use_i18n(), use_format());
    let (night, model) = (health.night.clone(), health.model.clone());
    [
        Part {
            key: "night",
            state: night.state,
            name: (move || t_string!(i18n, admin.part_night)).into(),
            mend: (move || t_string!(i18n, admin.mend_night)).into(),
            facts: (move || match (night.business_date, night.status) {
                (Some(date), Some(status)) => t_string!(
                    i18n,
                    admin.facts_night,
                    day = format.date_short(date),
                    status = night_word(i18n.get_locale(), status),
                    due = format.date_short(night.due)
                )
                .to_string(),
                _ => t_string!(i18n, jobs.empty_title).to_owned(),
            })
            .into(),
        },
        Part {
            key: "model",
            state: model.state,
            name: (move || t_string!(i18n, admin.part_model)).into(),
            mend: (move || t_string!(i18n, admin.mend_model)).into(),
            facts: (move || match (model.trained_on, model.days) {
                (Some(day), Some(days)) => t_string!(
                    i18n,
                    admin.facts_model,
                    day = format.date_short(day),
                    days = format.number(days)
                )
                .to_string(),
                _ => t_string!(i18n, admin.facts_model_none).to_owned(),
            })
            .into(),
        },
    ]
}

#[component]
fn Parts(health: HealthView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let mut parts: Vec<Part> = Vec::new();
    parts.extend(ground(&health));
    parts.extend(machinery(&health));
    parts.extend(own(&health));
    let (at, version) = (health.at, health.version);
    view! {
        <ul class="health-list">{parts.into_iter().map(|part| view! { <PartItem part /> }).collect_view()}</ul>
        <p class="muted">
            {move || t_string!(i18n, admin.health_at, version = version.clone(), at = format.instant(at)).to_string()}
        </p>
    }
}

#[component]
fn PartItem(part: Part) -> impl IntoView {
    let i18n = use_i18n();
    let Part {
        key,
        state,
        name,
        facts,
        mend,
    } = part;
    let needs_mending = state != HealthState::Fine;
    view! {
        <li class="health-part" data-part=key data-state=tone(state).as_str()>
            <div class="health-head">
                <h2>{move || name.get()}</h2>
                <StatusPill tone=tone(state) text=move || state_word(i18n.get_locale(), state) />
            </div>
            <p>{move || facts.get()}</p>
            {needs_mending.then(|| view! { <p class="health-mend">{move || mend.get()}</p> })}
        </li>
    }
}
