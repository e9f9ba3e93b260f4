//! The form of a holiday, event or closure.

use super::{chosen, field_word, store_choices, trouble_word};
use crate::{
    components::{
        Button, ButtonKind, Choice, DateField, Dialog, Icon, Notice, Segmented, Select, TextArea,
        TextInput, Tone, use_toasts,
    },
    drafts,
    i18n::{t_string, use_i18n},
    pages::forecast::mark_word,
    server_fns::calendar::save_calendar_entry,
};
use chrono::NaiveDate;
use contract::AppError;
use contract::calendar::{CalendarEntryView, SaveCalendarEntry};
use domain::CalendarKind;
use leptos::{prelude::*, task::spawn_local};
use uuid::Uuid;

/// State of the form; made outside of what is loaded.
#[derive(Clone, Copy)]
pub(super) struct Desk {
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
    pub(super) fn new() -> Self {
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
    pub(super) fn add(self, store_id: Option<Uuid>, everywhere: bool) {
        self.everywhere.set(everywhere);
        if self.id.get_untracked().is_some() || self.name.with_untracked(String::is_empty) {
            self.clear();
            if !everywhere {
                self.store
                    .set(store_id.map(|id| id.to_string()).unwrap_or_default());
            }
        }
        self.open.set(true);
    }

    pub(super) fn edit(self, entry: &CalendarEntryView, everywhere: bool) {
        self.everywhere.set(everywhere);
        self.id.set(Some(entry.id));
        self.kind.set(entry.kind.as_str().to_owned());
        self.name.set(entry.name.clone());
        self.store
            .set(entry.store_id.map(|id| id.to_string()).unwrap_or_default());
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
            kind: self
                .kind
                .with_untracked(|k| k.parse().unwrap_or(CalendarKind::Event)),
            name: self.name.get_untracked(),
            starts_on,
            ends_on: self.ends_on.get_untracked().unwrap_or(starts_on),
            note: (!note.trim().is_empty()).then_some(note),
        };
        if let Some(sent) = self.sent.get_value() {
            let again = SaveCalendarEntry {
                command_id: sent.command_id,
                ..command.clone()
            };
            if again == sent {
                command = again;
            }
        }
        self.sent.set_value(Some(command.clone()));
        Some(command)
    }
}

#[component]
pub(super) fn EntryDialog(desk: Desk, #[prop(into)] on_saved: Callback<()>) -> impl IntoView {
    let i18n = use_i18n();
    let toasts = use_toasts();
    let Desk {
        open,
        trouble,
        busy,
        starts_on,
        everywhere,
        ..
    } = desk;
    let save = move || {
        let Some(command) = desk.command() else {
            return;
        };
        busy.set(true);
        spawn_local(async move {
            match save_calendar_entry(command).await {
                Ok(entry) => {
                    drafts::saved("event");
                    toasts.done(untrack(|| {
                        t_string!(i18n, calendar.saved, name = entry.name)
                    }));
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
            trouble.with(|t| {
                t.as_ref()
                    .and_then(|error| field_word(i18n.get_locale(), error, field))
            })
        })
    };
    let kinds = CalendarKind::ALL
        .iter()
        .map(|kind| {
            let kind = *kind;
            Choice::new(kind.as_str(), move || {
                mark_word(i18n.get_locale(), kind.into())
            })
        })
        .collect::<Vec<_>>();
    // Choices of both kinds are made once, here, where the session can be asked.
    let (own, all) = (store_choices(false), store_choices(true));
    let stores = Signal::derive(move || {
        if everywhere.get() {
            all.clone()
        } else {
            own.clone()
        }
    });
    view! {
        <Dialog open title=move || t_string!(i18n, calendar.new_event) sheet=true>
            <form
                class="calendar-form"
                data-draft="event"
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
                        {move || t_string!(i18n, calendar.save)}
                    </Button>
                </div>
            </form>
        </Dialog>
    }
}
