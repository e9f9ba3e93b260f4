//! The audit log: who did what, with what stood there before and after; as a file; and whether its chain of hashes holds.

mod check;
mod differences;

use crate::{
    components::*,
    device,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    server_fns::admin::{list_audit, read_audit_check},
};
use check::{Check, StartCheck};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use contract::Page;
use contract::audit::{AuditCheckView, AuditEntryView, ListAudit};
use differences::{Difference, differences};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// Names of the parts of a question, as they stand in the address.
const ASKED: [&str; 5] = ["who", "action", "kind", "thing", "after"];

/// The moment at which a day begins, by the organization's clock.
fn start_of(format: crate::format::Format, date: NaiveDate) -> DateTime<Utc> {
    let midnight = date.and_time(NaiveTime::MIN);
    // What is local at an instant is known here; the instant of what is local is found from it.
    let guess = midnight.and_utc();
    guess - (format.local(guess) - midnight)
}

/// What the address asks for.
fn wanted() -> Memo<ListAudit> {
    let (query, format) = (use_query_map(), use_format());
    Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key).filter(|text| !text.trim().is_empty());
            let day = |key: &str| get(key).and_then(|text| text.parse::<NaiveDate>().ok());
            ListAudit {
                actor_id: get("who").and_then(|text| text.parse().ok()),
                action: get("action"),
                subject_kind: get("kind"),
                subject_id: get("thing").and_then(|text| text.trim().parse().ok()),
                from: day("from").map(|date| start_of(format, date)),
                until: day("until")
                    .and_then(|date| date.checked_add_days(Days::new(1)))
                    .map(|date| start_of(format, date)),
                after: get("after"),
                limit: None,
            }
        })
    })
}

/// Who did what.
#[component]
pub fn AuditPage() -> impl IntoView {
    let i18n = use_i18n();
    let wanted = wanted();
    let entries = Fetched::new(
        move || wanted.get(),
        |wanted: ListAudit| async move {
            // One wait for both: the page stands when all of it is there.
            let page = list_audit(wanted).await?;
            Ok((page, read_audit_check().await?))
        },
    );
    use_live(&["audit"], move |_| entries.refetch());
    let reload = Callback::new(move |()| entries.refetch());
    view! {
        <PageHeader title=move || t_string!(i18n, admin.audit_title) lead=move || t_string!(i18n, admin.audit_lead)>
            <a class="button" href=move || file(&wanted.get()) download="">
                <Glyph icon=Icon::Download />
                <span class="button-label">{move || t_string!(i18n, admin.audit_export)}</span>
            </a>
            <StartCheck reload />
        </PageHeader>
        <Filters />
        <Loaded
            resource=entries
            children=move |(page, check): (Page<AuditEntryView>, Option<AuditCheckView>)| {
                view! {
                    {check.map(|check| view! { <Check check /> })}
                    <Entries page />
                }
            }
        />
    }
}

/// The address of the file with what is asked for.
fn file(wanted: &ListAudit) -> String {
    let mut parts = Vec::new();
    let mut add = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            parts.push(format!("{name}={}", escaped(&value)));
        }
    };
    add("actor_id", wanted.actor_id.map(|id| id.to_string()));
    add("action", wanted.action.clone());
    add("subject_kind", wanted.subject_kind.clone());
    add("subject_id", wanted.subject_id.map(|id| id.to_string()));
    add("from", wanted.from.map(|at| at.to_rfc3339()));
    add("until", wanted.until.map(|at| at.to_rfc3339()));
    format!("/api/v1/audit-entries.csv?{}", parts.join("&"))
}

/// RFC 3986, 2.3: everything but the unreserved characters is escaped.
fn escaped(text: &str) -> String {
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    escaped
}

/// What is typed to find something.
#[component]
fn Filters() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let asked =
        move |key: &'static str| move || query.with(|query| query.get(key).unwrap_or_default());
    view! {
        <form class="filters" method="get" action="/audit">
            <input type="hidden" name="who" value=asked("who") />
            <Field for_id="audit-action" label=move || t_string!(i18n, admin.audit_action)>
                <input
                    class="input"
                    id="audit-action"
                    name="action"
                    autocomplete="off"
                    placeholder="orders.complete"
                    aria-describedby="audit-action-note"
                    value=asked("action")
                />
            </Field>
            <Field for_id="audit-kind" label=move || t_string!(i18n, admin.audit_kind)>
                <input
                    class="input"
                    id="audit-kind"
                    name="kind"
                    autocomplete="off"
                    placeholder="production_order"
                    aria-describedby="audit-kind-note"
                    value=asked("kind")
                />
            </Field>
            <Field for_id="audit-thing" label=move || t_string!(i18n, admin.audit_thing)>
                <input
                    class="input"
                    id="audit-thing"
                    name="thing"
                    autocomplete="off"
                    aria-describedby="audit-thing-note"
                    value=asked("thing")
                />
            </Field>
            <Field for_id="audit-from" label=move || t_string!(i18n, admin.audit_from)>
                <input class="input input-date" id="audit-from" name="from" type="date" aria-describedby="audit-from-note" value=asked("from") />
            </Field>
            <Field for_id="audit-until" label=move || t_string!(i18n, admin.audit_until)>
                <input class="input input-date" id="audit-until" name="until" type="date" aria-describedby="audit-until-note" value=asked("until") />
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
            <Everything />
        </form>
    }
}

/// The way back to the whole log, where a part of it is on show.
#[component]
fn Everything() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let narrowed = move || {
        query.with(|query| {
            let mut names = ASKED.into_iter().chain(["from", "until"]);
            names.any(|name| query.get(name).is_some_and(|text| !text.is_empty()))
        })
    };
    move || {
        narrowed().then(|| {
            view! {
                <ButtonLink href="/audit" kind=ButtonKind::Quiet>{t_string!(i18n, admin.audit_all)}</ButtonLink>
            }
        })
    }
}

#[component]
fn Entries(page: Page<AuditEntryView>) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Search title=move || t_string!(i18n, admin.audit_none) text=move || t_string!(i18n, admin.audit_none_text) />
        }
        .into_any();
    }
    let now = device::now();
    let items = page
        .items
        .into_iter()
        .map(|entry| view! { <Entry entry now /> })
        .collect_view();
    let next = page.next.map(|next| {
        let mut query = query.get_untracked();
        query.replace("after", next);
        let href = format!("/audit{}", query.to_query_string());
        view! { <a class="button" rel="next" href=href>{move || t_string!(i18n, common.next)}</a> }
    });
    view! {
        <ol class="audit-list">{items}</ol>
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>{next}</nav>
    }
    .into_any()
}

/// Within so long, how long ago something was says more than when.
const RECENT: TimeDelta = TimeDelta::hours(1);

#[component]
fn Entry(entry: AuditEntryView, now: DateTime<Utc>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let AuditEntryView {
        sequence,
        at,
        actor_id,
        actor_name,
        source,
        action,
        subject_kind,
        subject_id,
        before,
        after,
        hash,
        ..
    } = entry;
    let found = differences(&before, &after);
    let changes = (!found.is_empty()).then(|| view! { <Changes found /> });
    let when = move || {
        if now - at < RECENT {
            format!("{} · {}", format.instant(at), format.ago(at, now))
        } else {
            format.instant(at)
        }
    };
    let person = match actor_id {
        Some(id) => view! { <a href=format!("/audit?who={id}")>{actor_name}</a> }.into_any(),
        None => actor_name.into_any(),
    };
    view! {
        <li class="audit-entry">
            <details>
                <summary class="audit-head">
                    <span class="audit-number">{sequence}</span>
                    <b>{action.clone()}</b>
                    <span class="muted">{subject_kind.clone()}</span>
                    <span class="muted">{when}</span>
                </summary>
                <p>
                    {move || t_string!(i18n, admin.audit_by)} " " {person} " · " {source}
                </p>
                <p class="audit-links">
                    <a href=format!("/audit?action={action}")>{move || t_string!(i18n, admin.audit_same_action)}</a>
                    <a href=format!("/audit?kind={subject_kind}&thing={subject_id}")>{move || t_string!(i18n, admin.audit_same_thing)}</a>
                </p>
                {changes}
                <p class="audit-hash">{hash}</p>
            </details>
        </li>
    }
}

#[component]
fn Changes(found: Vec<Difference>) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, admin.audit_field)),
        Column::text(move || t_string!(i18n, admin.audit_before)),
        Column::text(move || t_string!(i18n, admin.audit_after)),
    ];
    let rows = found
        .into_iter()
        .map(|difference| {
            let Difference { at, before, after } = difference;
            view! {
                <tr>
                    <Cell lead=true>{at}</Cell>
                    <Cell label=move || t_string!(i18n, admin.audit_before)>
                        {before.map(|text| view! { <del>{text}</del> })}
                    </Cell>
                    <Cell label=move || t_string!(i18n, admin.audit_after)>
                        {after.map(|text| view! { <ins>{text}</ins> })}
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! { <Table caption=move || t_string!(i18n, admin.audit_changes) columns>{rows}</Table> }
}
