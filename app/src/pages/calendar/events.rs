//! Holidays, events and closures.

use super::{
    AreaTabs, asked,
    entry_form::{Desk, EntryDialog},
    grid::{MonthGrid, MonthNav},
    shown_month, span, trouble_word,
};
use crate::{
    components::{
        Button, ButtonKind, Cell, Column, ConfirmButton, EmptyState, Icon, Later, Loaded,
        PageHeader, Section, Table, use_live, use_toasts,
    },
    fetched::Fetched,
    format::use_format,
    i18n::{t_string, use_i18n},
    pages::forecast::mark_word,
    server_fns::calendar::{delete_calendar_entry, list_calendar},
    session::{may, use_current_user},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::calendar::{CalendarEntryView, CalendarView, DayMark, DeleteCalendarEntry};
use domain::Permission;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// The page.
#[component]
pub fn EventsPage() -> impl IntoView {
    let i18n = use_i18n();
    let month = shown_month();
    let calendar = Fetched::new(move || month.get(), |month| list_calendar(asked(month)));
    let desk = Desk::new();
    let store = use_chosen_store();
    use_live(&["calendar"], move |_| calendar.refetch());
    view! {
        <PageHeader
            title=move || t_string!(i18n, calendar.events_title)
            lead=move || t_string!(i18n, calendar.events_lead)
        >
            {may(Permission::CalendarWrite)
                .then(|| {
                    view! {
                        <Button
                            kind=ButtonKind::Primary
                            icon=Icon::Plus
                            on_press=move |()| {
                                let everywhere = calendar.peek().is_some_and(|view| view.may_write_everywhere);
                                desk.add(store.get_untracked().map(|s| s.id), everywhere);
                            }
                        >
                            {move || t_string!(i18n, calendar.new_event)}
                        </Button>
                    }
                })}
        </PageHeader>
        <AreaTabs month here="/events" />
        <Loaded resource=calendar let:view>
            <Month view month=month.get_untracked() desk again=Callback::new(move |()| calendar.refetch()) />
        </Loaded>
        <Later part=move || dialog(desk, Callback::new(move |()| calendar.refetch())) />
    }
}

#[lazy(events_later)]
fn dialog(desk: Desk, on_saved: Callback<()>) -> AnyView {
    view! { <EntryDialog desk on_saved /> }.into_any()
}

#[component]
fn Month(view: CalendarView, month: NaiveDate, desk: Desk, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let today = use_current_user().today;
    let marks: Vec<DayMark> = view
        .entries
        .iter()
        .map(|e| DayMark {
            kind: e.kind.into(),
            name: e.name.clone(),
            starts_on: e.starts_on,
            ends_on: e.ends_on,
        })
        .collect();
    let everywhere = view.may_write_everywhere;
    let listed: Vec<CalendarEntryView> = view
        .entries
        .into_iter()
        .filter(|e| e.starts_on <= super::last_of(month) && e.ends_on >= month)
        .collect();
    view! {
        <MonthNav month today path="/events" />
        <MonthGrid month today marks />
        {if listed.is_empty() {
            view! {
                <EmptyState
                    icon=Icon::Calendar
                    title=move || t_string!(i18n, calendar.none_events_title)
                    text=move || t_string!(i18n, calendar.none_events_text)
                />
            }
                .into_any()
        } else {
            view! { <Entries listed desk everywhere again /> }.into_any()
        }}
    }
}

#[component]
fn Entries(
    listed: Vec<CalendarEntryView>,
    desk: Desk,
    everywhere: bool,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, calendar.col_what)),
        Column::text(move || t_string!(i18n, calendar.col_when)),
        Column::text(move || t_string!(i18n, calendar.col_where)),
        Column::number(move || t_string!(i18n, calendar.col_act)),
    ];
    view! {
        <Section title=move || t_string!(i18n, calendar.list_title)>
            <Table caption=move || t_string!(i18n, calendar.list_title) columns>
                {listed.into_iter().map(|entry| view! { <EntryRow entry desk everywhere again /> }).collect_view()}
            </Table>
        </Section>
    }
}

#[component]
fn EntryRow(
    entry: CalendarEntryView,
    desk: Desk,
    everywhere: bool,
    again: Callback<()>,
) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let (id, kind, starts_on, ends_on) = (entry.id, entry.kind, entry.starts_on, entry.ends_on);
    let name = StoredValue::new(entry.name.clone());
    let place = entry.store_name.clone();
    let (words, note) = (entry.name.clone(), entry.note.clone());
    let editable = entry.editable;
    let remove = Callback::new(move |()| {
        spawn_local(async move {
            match delete_calendar_entry(DeleteCalendarEntry {
                command_id: Uuid::now_v7(),
                id,
            })
            .await
            {
                Ok(()) => toasts.done(untrack(|| {
                    t_string!(i18n, calendar.deleted, name = name.get_value())
                })),
                Err(error) => {
                    if let Some(words) = trouble_word(i18n.get_locale_untracked(), &error) {
                        toasts.failed(words);
                    }
                }
            }
            again.run(());
        });
    });
    view! {
        <tr>
            <Cell lead=true>
                <b>{words}</b>
                <small>{move || mark_word(i18n.get_locale(), kind.into())}</small>
                {note.map(|note| view! { <small class="entry-note">{note}</small> })}
            </Cell>
            <Cell label=move || t_string!(i18n, calendar.col_when)>
                {move || span(i18n.get_locale(), format, starts_on, ends_on)}
            </Cell>
            <Cell label=move || t_string!(i18n, calendar.col_where)>
                {move || place.clone().unwrap_or_else(|| t_string!(i18n, calendar.every_store).to_owned())}
            </Cell>
            <Cell numeric=true>
                {editable
                    .then(|| {
                        let entry = entry.clone();
                        view! {
                            <span class="entry-acts">
                                <Button
                                    kind=ButtonKind::Quiet
                                    icon=Icon::Pencil
                                    on_press=move |()| desk.edit(&entry, everywhere)
                                >
                                    {move || t_string!(i18n, calendar.edit)}
                                    <span class="visually-hidden">" " {name.get_value()}</span>
                                </Button>
                                <ConfirmButton
                                    label=move || t_string!(i18n, calendar.delete_confirm)
                                    question=move || t_string!(i18n, calendar.delete_question, name = name.get_value())
                                    detail=move || t_string!(i18n, calendar.delete_detail)
                                    confirm=move || t_string!(i18n, calendar.delete, name = name.get_value())
                                    on_confirm=remove
                                />
                            </span>
                        }
                    })}
            </Cell>
        </tr>
    }
}
