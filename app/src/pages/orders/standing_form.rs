//! Writing a standing order down, changing and ending it, in sheets.

use super::standing::{ProductChoice, days_of_week};
use super::standing_overlap::Overlaps;
use crate::{
    components::*,
    drafts,
    format::use_format,
    i18n::*,
    refusals::{beside, may_be_done, told},
    server_fns::standing_orders::{create_standing_order, edit_standing_order, end_standing_order},
    session::{use_current_user, use_stores},
    store_choice::use_chosen_store,
};
use chrono::NaiveDate;
use contract::AppError;
use contract::standing_orders::{
    CreateStandingOrder, EditStandingOrder, EndStandingOrder, StandingOrderView,
};
use domain::standing::{EVERY_DAY, Schedule};
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;
use uuid::Uuid;

/// The sheets of the page and what they are about; lives outside of what is loaded.
#[derive(Clone, Copy)]
pub(super) struct Desk {
    pub products: RwSignal<Vec<ProductChoice>>,
    writing: RwSignal<bool>,
    ending: RwSignal<bool>,
    /// Nothing where a new one is written down.
    subject: RwSignal<Option<StandingOrderView>>,
    refusal: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    /// Of what is on its way, until it is answered: pressing twice is the same command.
    command_id: StoredValue<Option<Uuid>>,
    again: Callback<()>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Desk {
    /// `again` loads the list once more.
    pub(super) fn new(again: Callback<()>) -> Self {
        Self {
            products: RwSignal::new(Vec::new()),
            writing: RwSignal::new(false),
            ending: RwSignal::new(false),
            subject: RwSignal::new(None),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
            command_id: StoredValue::new(None),
            again,
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    fn open(self, sheet: RwSignal<bool>, subject: Option<StandingOrderView>) {
        self.command_id.set_value(None);
        self.refusal.set(None);
        self.subject.set(subject);
        sheet.set(true);
    }

    /// Opens the form, for one that is there or for a new one.
    pub(super) fn write(self, subject: Option<StandingOrderView>) {
        self.open(self.writing, subject);
    }

    /// Asks whether to end it.
    pub(super) fn ask_to_end(self, subject: StandingOrderView) {
        self.open(self.ending, Some(subject));
    }

    fn command_id(self) -> Uuid {
        let id = self.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        self.command_id.set_value(Some(id));
        id
    }

    /// Sends; closes the sheet when it is done. `draft` names where what was typed is kept.
    fn run(
        self,
        sheet: RwSignal<bool>,
        draft: String,
        done: fn(Locale) -> &'static str,
        answer: impl Future<Output = Result<StandingOrderView, AppError>> + 'static,
    ) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = answer.await;
            // The page may be gone by now.
            self.busy.try_set(false);
            if !answer.as_ref().err().is_some_and(may_be_done) {
                let _ = self.command_id.try_set_value(None);
            }
            match answer {
                Ok(_) => {
                    drafts::saved(&draft);
                    sheet.try_set(false);
                    self.toasts.done(done(self.i18n.get_locale_untracked()));
                }
                Err(error) => {
                    self.refusal.try_set(Some(error));
                }
            }
            let _ = self.again.try_run(());
        });
    }

    fn wrong(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refusal.with(|error| {
                error
                    .as_ref()
                    .and_then(|error| beside(self.i18n.get_locale(), error, field))
            })
        })
    }
}

/// The sheets.
#[lazy(standing_later)]
pub(super) fn draw_standing(desk: Desk) -> AnyView {
    let i18n = desk.i18n;
    let title = move || match desk.subject.get() {
        Some(standing) => format!("{} · {}", standing.product_name, standing.store_name),
        None => t_string!(i18n, standing.add).to_owned(),
    };
    view! {
        <Dialog open=desk.writing title sheet=true>
            // Built anew only when the sheet opens for something.
            {move || desk.writing.get().then(|| view! { <Fields desk standing=desk.subject.get_untracked() /> })}
        </Dialog>
        <Dialog open=desk.ending title=move || t_string!(i18n, standing.end_question)><EndForm desk /></Dialog>
    }
    .into_any()
}

#[component]
fn Refusal(desk: Desk) -> impl IntoView {
    move || {
        desk.refusal.get().map(|error| {
            let words = told(desk.i18n.get_locale(), &error);
            view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> }
        })
    }
}

/// What is typed.
#[derive(Clone, Copy)]
struct Typed {
    store: RwSignal<String>,
    product: RwSignal<String>,
    /// Monday first.
    days: [RwSignal<bool>; 7],
    quantity: RwSignal<Option<i64>>,
    from: RwSignal<Option<NaiveDate>>,
    until: RwSignal<Option<NaiveDate>>,
    note: RwSignal<String>,
}

impl Typed {
    fn of(standing: Option<&StandingOrderView>) -> Self {
        let chosen = use_chosen_store().get_untracked();
        let weekdays = standing.map_or(EVERY_DAY, |standing| standing.weekdays);
        let first = standing.map_or_else(|| use_current_user().today, |s| s.valid_from);
        let note = standing.and_then(|standing| standing.note.clone());
        Self {
            store: RwSignal::new(chosen.map(|store| store.id.to_string()).unwrap_or_default()),
            product: RwSignal::new(String::new()),
            days: std::array::from_fn(|bit| RwSignal::new((weekdays >> bit) & 1 == 1)),
            quantity: RwSignal::new(standing.map(|standing| standing.quantity)),
            from: RwSignal::new(Some(first)),
            until: RwSignal::new(standing.and_then(|standing| standing.valid_until)),
            note: RwSignal::new(note.unwrap_or_default()),
        }
    }

    /// On which days it makes orders as it stands, while it is typed.
    fn schedule(self) -> Option<Schedule> {
        Some(Schedule {
            weekdays: self.weekdays(),
            valid_from: self.from.get()?,
            valid_until: self.until.get(),
        })
    }

    fn weekdays(self) -> i32 {
        let days = self.days.into_iter().enumerate();
        let on = days.filter(|(_, day)| day.get());
        on.fold(0_i32, |weekdays, (bit, _)| weekdays | (1_i32 << bit))
    }

    fn note(self) -> Option<String> {
        Some(self.note.get_untracked()).filter(|note| !note.trim().is_empty())
    }
}

#[component]
fn Fields(desk: Desk, standing: Option<StandingOrderView>) -> impl IntoView {
    let i18n = desk.i18n;
    let typed = Typed::of(standing.as_ref());
    let is_new = standing.is_none();
    let draft = standing.as_ref().map_or_else(
        || "standing".to_owned(),
        |standing| format!("standing-{}", standing.id),
    );
    let sent_as = draft.clone();
    let seen = StoredValue::new(standing.as_ref().map(|s| (s.id, s.version)));
    let save = move || {
        let (Some(quantity), Some(valid_from)) =
            (typed.quantity.get_untracked(), typed.from.get_untracked())
        else {
            desk.toasts
                .failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        let valid_until = typed.until.get_untracked();
        let done = |l: Locale| td_string!(l, standing.saved);
        if let Some((standing_order_id, version)) = seen.get_value() {
            let command = EditStandingOrder {
                command_id: desk.command_id(),
                standing_order_id,
                version,
                weekdays: untrack(|| typed.weekdays()),
                quantity,
                valid_from,
                valid_until,
                note: typed.note(),
            };
            desk.run(
                desk.writing,
                sent_as.clone(),
                done,
                edit_standing_order(command),
            );
            return;
        }
        let (Ok(store_id), Ok(product_id)) = (
            typed.store.get_untracked().parse::<Uuid>(),
            typed.product.get_untracked().parse::<Uuid>(),
        ) else {
            desk.toasts
                .failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        let command = CreateStandingOrder {
            command_id: desk.command_id(),
            store_id,
            product_id,
            weekdays: untrack(|| typed.weekdays()),
            quantity,
            valid_from,
            valid_until,
            note: typed.note(),
        };
        desk.run(
            desk.writing,
            sent_as.clone(),
            done,
            create_standing_order(command),
        );
    };
    let tray = standing.as_ref().map(|standing| standing.tray_size.max(1));
    let known = standing.as_ref().map(|s| (s.store_id, s.product_id));
    let own = standing.as_ref().map(|standing| standing.id);
    let chosen = move || {
        let store = typed.store.with(|text| text.parse::<Uuid>().ok())?;
        Some((store, typed.product.with(|text| text.parse::<Uuid>().ok())?))
    };
    let shelf = Memo::new(move |_| known.or_else(chosen));
    let schedule = Memo::new(move |_| typed.schedule());
    view! {
        <form
            class="form"
            data-draft=draft
            novalidate=true
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <Refusal desk />
            {is_new.then(|| view! { <Shelf desk typed /> })}
            <Days desk typed />
            <Amount desk typed tray />
            <DateField name="standing-from" label=move || t_string!(i18n, standing.first_day) value=typed.from error=desk.wrong("valid_from") />
            <DateField
                name="standing-until"
                label=move || t_string!(i18n, standing.last_day)
                hint=move || t_string!(i18n, standing.last_day_hint)
                value=typed.until
                optional=true
                error=desk.wrong("valid_until")
            />
            <TextArea name="standing-note" label=move || t_string!(i18n, orders.note) value=typed.note optional=true error=desk.wrong("note") />
            <Overlaps shelf schedule own />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.writing.set(false)>{move || t_string!(i18n, common.cancel)}</Button>
                <Button kind=ButtonKind::Primary submit=true busy=desk.busy>{move || t_string!(i18n, common.save)}</Button>
            </div>
        </form>
    }
}

/// For whom, and what; both stay as they are once it is written down.
#[component]
fn Shelf(desk: Desk, typed: Typed) -> impl IntoView {
    let i18n = desk.i18n;
    let stores: Vec<Choice> = use_stores()
        .into_iter()
        .map(|store| Choice::new(store.id.to_string(), store.name))
        .collect();
    let products = Signal::derive(move || {
        let none = Choice::new("", move || t_string!(i18n, orders.choose_product));
        let mut products = desk.products.get();
        products.retain(|product| product.active);
        let products = products
            .into_iter()
            .map(|product| Choice::new(product.id.to_string(), product.name));
        [none].into_iter().chain(products).collect::<Vec<_>>()
    });
    view! {
        <Select name="standing-store" label=move || t_string!(i18n, orders.destination) value=typed.store options=stores />
        <Select name="standing-product" label=move || t_string!(i18n, orders.product) value=typed.product options=products />
    }
}

/// On which days of the week.
#[component]
fn Days(desk: Desk, typed: Typed) -> impl IntoView {
    let (i18n, format) = (desk.i18n, use_format());
    let wrong = desk.wrong("weekdays");
    let days = typed
        .days
        .into_iter()
        .zip(days_of_week())
        .enumerate()
        .map(|(bit, (value, day))| {
            view! { <Switch name=format!("day-{bit}") label=move || format.weekday(day) value /> }
        })
        .collect_view();
    view! {
        <fieldset class="choices several">
            <legend class="field-label">{move || t_string!(i18n, standing.weekdays)}</legend>
            {days}
            {move || wrong.get().map(|text| view! { <p class="field-error" role="alert">{text}</p> })}
        </fieldset>
    }
}

/// How much on each of them. `tray` is known where the product is.
#[component]
fn Amount(desk: Desk, typed: Typed, tray: Option<i64>) -> impl IntoView {
    let i18n = desk.i18n;
    let step = Memo::new(move |_| {
        let of_chosen = || {
            let id: Uuid = typed.product.get().parse().ok()?;
            desk.products.with(|products| {
                let product = products.iter().find(|product| product.id == id);
                product.map(|product| product.tray_size)
            })
        };
        tray.or_else(of_chosen).unwrap_or(1)
    });
    let hint = if tray.is_some() {
        Some(move || t_string!(i18n, standing.change_hint))
    } else {
        None
    };
    move || {
        view! {
            <QuantityInput
                name="standing-quantity"
                label=move || t_string!(i18n, standing.quantity)
                hint=move || hint.map_or("", |words| words())
                value=typed.quantity
                step=step.get()
                min=1
                error=desk.wrong("quantity")
            />
        }
    }
}

#[component]
fn EndForm(desk: Desk) -> impl IntoView {
    let i18n = desk.i18n;
    let what = move || {
        let standing = desk.subject.get();
        standing.map(|s| format!("{} · {}", s.product_name, s.store_name))
    };
    let end = move |()| {
        let Some(standing) = desk.subject.get_untracked() else {
            return;
        };
        let command = EndStandingOrder {
            command_id: desk.command_id(),
            standing_order_id: standing.id,
            version: standing.version,
        };
        let done = |l: Locale| td_string!(l, standing.has_ended);
        let draft = format!("standing-{}", standing.id);
        desk.run(desk.ending, draft, done, end_standing_order(command));
    };
    view! {
        <Refusal desk />
        <p><strong>{what}</strong></p>
        <p>{move || t_string!(i18n, standing.end_detail)}</p>
        <div class="dialog-actions">
            <Button kind=ButtonKind::Quiet on_press=move |()| desk.ending.set(false)>{move || t_string!(i18n, common.cancel)}</Button>
            <Button kind=ButtonKind::Danger busy=desk.busy on_press=end>{move || t_string!(i18n, standing.end_it)}</Button>
        </div>
    }
}
