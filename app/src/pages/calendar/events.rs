//! Holidays, events and closures.

use super::{
    AreaTabs, asked, chosen, field_word,
    grid::{MonthGrid, MonthNav},
    shown_month, span, store_choices, trouble_word,
};
use crate::{
    components::{
        Button, ButtonKind, Cell, Choice, Column, ConfirmButton, DateField, Dialog, EmptyState, Icon, Loaded, Notice,
        PageHeader, Section, Segmented, Select, Table, TextArea, TextInput, Tone, use_live, use_toasts,
    },
    format::use_format,
    i18n::{t, t_string, use_i18n},
    pages::forecast::mark_word,
    server_fns::calendar::{delete_calendar_entry, list_calendar, save_calendar_entry},
    session::{may, use_current_user},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::AppError;
use contract::calendar::{CalendarEntryView, CalendarView, DayMark, DeleteCalendarEntry, SaveCalendarEntry};
use domain::{CalendarKind, Permission};
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// State of the form; made outside of what is loaded.
#[derive(Clone, Copy)]
struct Desk {
    open: RwSignal<bool>,
    id: RwSignal<Option<Uuid>>,
    kind: RwSignal<String>,
    name: RwSignal<String>,
    store: RwSignal<String>,
    starts_on: RwSignal<Option<NaiveDate>>,
    ends_on: RwSignal<Option<NaiveDate>>,
    note: RwSignal<String>,
    trouble: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    sent: StoredValue<Option<SaveCalendarEntry>>,
    everywhere: RwSignal<bool>,
}

impl Desk {
    fn new() -> Self {
        Self {
            open: RwSignal::new(false),
            id: RwSignal::new(None),
            kind: RwSignal::new(CalendarKind::Event.as_str().to_owned()),
            name: RwSignal::new(String::new()),
            store: RwSignal::new(String::new()),
            starts_on: RwSignal::new(None),
            ends_on: RwSignal::new(None),
            note: RwSignal::new(String::new()),
            trouble: RwSignal::new(None),
            busy: RwSignal::new(false),
            sent: StoredValue::new(None),
            everywhere: RwSignal::new(false),
        }
    }

    /// Opens the form for a new day. A form that was left half filled opens as it was.
    fn add(self, store_id: Option<Uuid>, everywhere: bool) {
        self.everywhere.set(everywhere);
        if self.id.get_untracked().is_some() || self.name.with_untracked(String::is_empty) {
            self.clear();
            if !everywhere {
                self.store.set(store_id.map(|id| id.to_string()).unwrap_or_default());
            }
        }
        self.open.set(true);
    }

    fn edit(self, entry: &CalendarEntryView, everywhere: bool) {
        self.everywhere.set(everywhere);
        self.id.set(Some(entry.id));
        self.kind.set(entry.kind.as_str().to_owned());
        self.name.set(entry.name.clone());
        self.store.set(entry.store_id.map(|id| id.to_string()).unwrap_or_default());
        self.starts_on.set(Some(entry.starts_on));
        self.ends_on.set(Some(entry.ends_on));
        self.note.set(entry.note.clone().unwrap_or_default());
        self.trouble.set(None);
        self.open.set(true);
    }

    fn clear(self) {
        self.id.set(None);
        self.kind.set(CalendarKind::Event.as_str().to_owned());
        self.name.set(String::new());
        self.store.set(String::new());
        self.starts_on.set(None);
        self.ends_on.set(None);
        self.note.set(String::new());
        self.trouble.set(None);
        self.sent.set_value(None);
    }

    fn command(self) -> Option<SaveCalendarEntry> {
        let starts_on = self.starts_on.get_untracked()?;
        let note = self.note.get_untracked();
        let mut command = SaveCalendarEntry {
            command_id: Uuid::now_v7(),
            id: self.id.get_untracked(),
            store_id: self.store.with_untracked(|s| chosen(s)),
            kind: self.kind.with_untracked(|k| k.parse().unwrap_or(CalendarKind::Event)),
            name: self.name.get_untracked(),
            starts_on,
            ends_on: self.ends_on.get_untracked().unwrap_or(starts_on),
            note: (!note.trim().is_empty()).then_some(note),
        };
        if let Some(sent) = self.sent.get_value() {
            let again = SaveCalendarEntry { command_id: sent.command_id, ..command.clone() };
            if again == sent {
                command = again;
            }
        }
        self.sent.set_value(Some(command.clone()));
        Some(command)
    }
}

/// The page.
#[component]
pub fn EventsPage() -> impl IntoView {
    let i18n = use_i18n();
    let month = shown_month();
    let calendar = Resource::new(move || month.get(), |month| list_calendar(asked(month)));
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
                                let everywhere = calendar
                                    .with_untracked(|c| {
                                        matches!(c, Some(Ok(view)) if view.may_write_everywhere)
                                    });
                                desk.add(store.get_untracked().map(|s| s.id), everywhere);
                            }
                        >
                            {t!(i18n, calendar.new_event)}
                        </Button>
                    }
                })}
        </PageHeader>
        <AreaTabs month />
        <Loaded resource=calendar let:view>
            <Month view month=month.get_untracked() desk again=Callback::new(move |()| calendar.refetch()) />
        </Loaded>
        <EntryDialog desk on_saved=move |()| calendar.refetch() />
    }
}

#[component]
fn Month(view: CalendarView, month: NaiveDate, desk: Desk, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let today = use_current_user().today;
    let marks: Vec<DayMark> = view
        .entries
        .iter()
        .map(|e| DayMark { kind: e.kind.into(), name: e.name.clone(), starts_on: e.starts_on, ends_on: e.ends_on })
        .collect();
    let everywhere = view.may_write_everywhere;
    let listed: Vec<CalendarEntryView> =
        view.entries.into_iter().filter(|e| e.starts_on <= super::last_of(month) && e.ends_on >= month).collect();
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
fn Entries(listed: Vec<CalendarEntryView>, desk: Desk, everywhere: bool, again: Callback<()>) -> impl IntoView {
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
fn EntryRow(entry: CalendarEntryView, desk: Desk, everywhere: bool, again: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let format = use_format();
    let toasts = use_toasts();
    let (id, kind, starts_on, ends_on) = (entry.id, entry.kind, entry.starts_on, entry.ends_on);
    let name = StoredValue::new(entry.name.clone());
    let place = entry.store_name.clone();
    let editable = entry.editable;
    let remove = Callback::new(move |()| {
        spawn_local(async move {
            match delete_calendar_entry(DeleteCalendarEntry { command_id: Uuid::now_v7(), id }).await {
                Ok(()) => toasts.done(untrack(|| t_string!(i18n, calendar.deleted, name = name.get_value()))),
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
                <b>{entry.name.clone()}</b>
                <small>{move || mark_word(i18n.get_locale(), kind.into())}</small>
                {entry.note.clone().map(|note| view! { <small class="entry-note">{note}</small> })}
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
                                    {move || t_string!(i18n, calendar.edit, name = name.get_value())}
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

#[component]
fn EntryDialog(desk: Desk, #[prop(into)] on_saved: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let Desk { open, trouble, busy, starts_on, everywhere, .. } = desk;
    let save = move || {
        let Some(command) = desk.command() else { return };
        busy.set(true);
        spawn_local(async move {
            match save_calendar_entry(command).await {
                Ok(entry) => {
                    toasts.done(untrack(|| t_string!(i18n, calendar.saved, name = entry.name)));
                    desk.clear();
                    open.set(false);
                    on_saved.run(());
                }
                Err(error) => trouble.set(Some(error)),
            }
            busy.set(false);
        });
    };
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            trouble.with(|t| t.as_ref().and_then(|error| field_word(i18n.get_locale(), error, field)))
        })
    };
    let kinds = CalendarKind::ALL
        .iter()
        .map(|kind| {
            let kind = *kind;
            Choice::new(kind.as_str(), move || mark_word(i18n.get_locale(), kind.into()))
        })
        .collect::<Vec<_>>();
    // Choices of both kinds are made once, here, where the session can be asked.
    let (own, all) = (store_choices(false), store_choices(true));
    let stores = Signal::derive(move || if everywhere.get() { all.clone() } else { own.clone() });
    view! {
        <Dialog open title=move || t_string!(i18n, calendar.new_event) sheet=true>
            <form
                class="calendar-form"
                on:submit=move |event| {
                    event.prevent_default();
                    if !busy.get_untracked() {
                        save();
                    }
                }
            >
                {move || {
                    trouble
                        .with(|t| t.as_ref().and_then(|error| trouble_word(i18n.get_locale(), error)))
                        .map(|words| {
                            view! {
                                <Notice tone=Tone::Attention>
                                    <p role="alert">{words}</p>
                                </Notice>
                            }
                        })
                }}
                <Segmented name="entry-kind" label=move || t_string!(i18n, calendar.kind) value=desk.kind options=kinds />
                <TextInput
                    name="entry-name"
                    label=move || t_string!(i18n, calendar.name)
                    hint=move || t_string!(i18n, calendar.name_hint)
                    value=desk.name
                    error=wrong("name")
                />
                <div class="calendar-span">
                    <DateField
                        name="entry-starts"
                        label=move || t_string!(i18n, calendar.starts_on)
                        value=starts_on
                        error=wrong("starts_on")
                    />
                    <DateField
                        name="entry-ends"
                        label=move || t_string!(i18n, calendar.ends_on)
                        value=desk.ends_on
                        optional=true
                        error=wrong("ends_on")
                    />
                </div>
                <Select
                    name="entry-store"
                    label=move || t_string!(i18n, calendar.store)
                    value=desk.store
                    options=stores
                    error=wrong("store_id")
                />
                <TextArea
                    name="entry-note"
                    label=move || t_string!(i18n, calendar.note)
                    value=desk.note
                    optional=true
                    error=wrong("note")
                />
                <div class="dialog-actions">
                    <Button
                        kind=ButtonKind::Primary
                        icon=Icon::Check
                        submit=true
                        busy
                        disabled=Signal::derive(move || starts_on.with(Option::is_none))
                    >
                        {t!(i18n, calendar.save)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
