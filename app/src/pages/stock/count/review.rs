//! What the count would change, before it does: differences, what to count again, who has to agree.

use super::Counting;
use crate::{
    components::*,
    device_queue::use_device_queue,
    format::use_format,
    i18n::*,
    refusals::{may_be_done, told},
    server_fns::counts::{decide_count, drop_count, hand_in_count, read_count},
};
use contract::AppError;
use contract::counts::{
    CountSheetView, DecideCount, DropCount, HandInCount, SheetAnswer, SheetLine,
};
use domain::CountSheetStatus;
use leptos::{prelude::*, task::spawn_local};
use std::future::Future;
use uuid::Uuid;

/// What is done with a sheet as it was looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Act {
    HandIn(Uuid, i32),
    Decide(Uuid, i32, bool),
    Drop(Uuid),
}

/// What is under way in the sheet. Copy.
#[derive(Clone, Copy)]
struct Desk {
    counting: Counting,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    /// Of what is on its way, until it is answered: pressing twice is the same command; another act, or the same on another sheet, is not.
    on_its_way: StoredValue<Option<(Act, Uuid)>>,
    note: RwSignal<String>,
    /// Counts the looks at the sheet.
    looked: RwSignal<u32>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Desk {
    fn command_id(self, act: Act) -> Uuid {
        let same = self
            .on_its_way
            .get_value()
            .filter(|(before, _)| *before == act);
        let id = same.map_or_else(Uuid::now_v7, |(_, id)| id);
        self.on_its_way.set_value(Some((act, id)));
        id
    }

    fn run(self, answer: impl Future<Output = Result<SheetAnswer, AppError>> + 'static) {
        if self.busy.get_untracked() {
            return;
        }
        self.busy.set(true);
        self.refusal.set(None);
        spawn_local(async move {
            let answer = answer.await;
            if self.busy.try_set(false).is_some() {
                // The page has gone; what was booked is booked.
                return;
            }
            if !answer.as_ref().err().is_some_and(may_be_done) {
                self.on_its_way.set_value(None);
            }
            match answer {
                Ok(answer) => self.done(&answer),
                Err(error) => {
                    let words = told(self.i18n.get_locale_untracked(), &error);
                    self.refusal.set(Some(words));
                    self.looked.update(|looked| *looked += 1);
                }
            }
            self.counting.refetch.run(());
        });
    }

    fn done(self, answer: &SheetAnswer) {
        let locale = self.i18n.get_locale_untracked();
        let words = match answer.status {
            CountSheetStatus::Posted => td_string!(locale, stock.count_booked),
            CountSheetStatus::Waiting => td_string!(locale, stock.count_handed_in),
            CountSheetStatus::Dropped => td_string!(locale, stock.count_dropped),
            CountSheetStatus::Counting if answer.to_recount.is_empty() => {
                td_string!(locale, stock.count_back)
            }
            CountSheetStatus::Counting => {
                // Back to the tiles, where they are marked.
                self.counting.review_open.set(false);
                return self.toasts.failed(td_string!(locale, stock.count_recount));
            }
        };
        self.note.set(String::new());
        self.counting.review_open.set(false);
        self.toasts.done(words);
    }
}

#[component]
pub(super) fn ReviewDialog(counting: Counting) -> impl IntoView {
    let i18n = use_i18n();
    let desk = Desk {
        counting,
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        on_its_way: StoredValue::new(None),
        note: RwSignal::new(String::new()),
        looked: RwSignal::new(0),
        toasts: use_toasts(),
        i18n,
    };
    let queue = use_device_queue();
    // Not what the page loaded: that waits behind an open dialog, and what is sent meanwhile belongs to the sheet.
    let sheet = RwSignal::new(None::<Option<CountSheetView>>);
    Effect::new(move |_| {
        desk.looked.track();
        let (waiting, store) = (queue.waiting(), counting.store.get());
        let Some((store_id, _)) = store.filter(|_| counting.review_open.get() && waiting == 0)
        else {
            return sheet.set(None);
        };
        spawn_local(async move {
            match read_count(store_id).await {
                Ok(read) => drop(sheet.try_set(Some(read.sheet))),
                Err(error) => {
                    let words = told(i18n.get_locale_untracked(), &error);
                    let _ = desk.refusal.try_set(Some(words));
                }
            }
        });
    });
    view! {
        <Dialog open=counting.review_open title=move || t_string!(i18n, stock.review_title) sheet=true>
            {move || {
                desk.refusal
                    .get()
                    .map(|words| view! { <Notice tone=Tone::Attention><p>{words}</p></Notice> })
            }}
            {move || {
                match sheet.get() {
                    Some(Some(sheet)) => view! { <Review sheet desk /> }.into_any(),
                    Some(None) => view! { <Notice><p>{t_string!(i18n, stock.refused_count_moved_on)}</p></Notice> }.into_any(),
                    None => view! { <Skeleton /> }.into_any(),
                }
            }}
            <Unsent />
        </Dialog>
    }
}

/// What is on this device only is not in what would be booked.
#[component]
fn Unsent() -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let queue = use_device_queue();
    move || {
        let waiting = queue.waiting();
        (waiting > 0).then(|| {
            view! {
                <Notice tone=Tone::Attention>
                    <p>{t_string!(i18n, stock.count_unsent, count = format.number(waiting))}</p>
                </Notice>
            }
        })
    }
}

#[component]
fn Review(sheet: CountSheetView, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let counted = sheet.lines.iter().filter(|line| line.counted.is_some());
    let counted = i64::try_from(counted.count()).unwrap_or(i64::MAX);
    let all = i64::try_from(sheet.lines.len()).unwrap_or(i64::MAX);
    let mut off: Vec<SheetLine> = sheet
        .lines
        .into_iter()
        .filter(|line| line.difference != 0 || line.recount)
        .collect();
    off.sort_by_key(|line| std::cmp::Reverse(line.worth_minor));
    let agrees = off.is_empty();
    let rows = off
        .into_iter()
        .map(|line| view! { <Row line /> })
        .collect_view();
    let worth = sheet.worth_minor;
    let weighed = sheet.weighed_minor;
    let (id, version) = (sheet.id, sheet.version);
    let waits = sheet.status == CountSheetStatus::Waiting;
    let asks = sheet.needs_approval && !sheet.may_approve;
    let hand_in = move |()| {
        let command = HandInCount {
            command_id: desk.command_id(Act::HandIn(id, version)),
            sheet_id: id,
            version,
        };
        desk.run(hand_in_count(command));
    };
    let decide = move |agree: bool| {
        let note = desk.note.get_untracked().trim().to_owned();
        let command = DecideCount {
            command_id: desk.command_id(Act::Decide(id, version, agree)),
            sheet_id: id,
            version,
            agree,
            note: (!note.is_empty()).then_some(note),
        };
        desk.run(decide_count(command));
    };
    let drop_it = move |()| {
        let command = DropCount {
            command_id: desk.command_id(Act::Drop(id)),
            sheet_id: id,
        };
        desk.run(drop_count(command));
    };
    let columns = vec![
        Column::text(move || t_string!(i18n, stock.product)),
        Column::number(move || t_string!(i18n, stock.counted)),
        Column::number(move || t_string!(i18n, stock.expected)),
        Column::number(move || t_string!(i18n, stock.off_by)),
        Column::number(move || t_string!(i18n, stock.worth)),
    ];
    let table = if agrees {
        view! { <Notice tone=Tone::Fine><p>{move || t_string!(i18n, stock.count_agrees)}</p></Notice> }.into_any()
    } else {
        view! {
            <Table caption=move || t_string!(i18n, stock.review_title) columns=columns>
                {rows}
            </Table>
            <p class="lead">{move || t_string!(i18n, stock.count_worth, money = format.money(worth))}</p>
        }
        .into_any()
    };
    let keys = if waits && sheet.may_approve {
        view! {
            <TextInput name="note" label=move || t_string!(i18n, stock.decision_note) value=desk.note optional=true />
            <div class="dialog-actions">
                <Button large=true busy=desk.busy on_press=move |()| decide(false)>
                    {move || t_string!(i18n, stock.count_send_back)}
                </Button>
                <Button
                    kind=ButtonKind::Primary
                    icon=Icon::Check
                    large=true
                    busy=desk.busy
                    on_press=move |()| decide(true)
                >
                    {move || t_string!(i18n, stock.count_agree)}
                </Button>
            </div>
        }
        .into_any()
    } else if waits {
        view! {
            <Notice tone=Tone::Attention>
                <p>{move || t_string!(i18n, stock.count_waits)}</p>
                <p>{move || t_string!(i18n, stock.count_who_agrees)}</p>
            </Notice>
        }
        .into_any()
    } else {
        view! {
            {asks.then(|| view! { <Notice tone=Tone::Info><p>{move || t_string!(i18n, stock.count_asks)}</p></Notice> })}
            <div class="dialog-actions">
                <ConfirmButton
                    label=move || t_string!(i18n, stock.count_drop)
                    question=move || t_string!(i18n, stock.count_drop_question)
                    detail=move || t_string!(i18n, stock.count_drop_detail)
                    confirm=move || t_string!(i18n, stock.count_drop)
                    large=true
                    on_confirm=drop_it
                />
                <Button kind=ButtonKind::Primary icon=Icon::Check large=true busy=desk.busy on_press=hand_in>
                    {move || {
                        if asks { t_string!(i18n, stock.count_hand_in) } else { t_string!(i18n, stock.count_book) }
                    }}
                </Button>
            </div>
        }
        .into_any()
    };
    view! {
        <div class="stack">
            <p class="lead">
                {move || {
                    t_string!(
                        i18n, stock.count_of, counted = format.number(counted), all = format.number(all)
                    )
                }}
            </p>
            {table}
            {(weighed != worth)
                .then(|| {
                    view! { <p>{move || t_string!(i18n, stock.count_weighed, money = format.money(weighed))}</p> }
                })}
            {keys}
        </div>
    }
}

#[component]
fn Row(line: SheetLine) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let unit = line.unit;
    let first = line.first_counted;
    let quantity =
        move |n: Option<i64>| n.map_or_else(|| "–".to_owned(), |n| format.quantity(n, unit));
    view! {
        <tr>
            <Cell lead=true>
                {line.product_name}
                {line.recount.then(|| view! { " " <Badge tone=Tone::Attention text=move || t_string!(i18n, stock.count_again) /> })}
                {first
                    .map(|first| {
                        view! {
                            <span class="fact-reason">
                                {move || t_string!(i18n, stock.first_counted, quantity = format.quantity(first, unit))}
                            </span>
                        }
                    })}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, stock.counted)>
                {move || quantity(line.counted)}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, stock.expected)>
                {move || quantity(line.expected)}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, stock.off_by)>
                {move || format.signed(line.difference)}
            </Cell>
            <Cell numeric=true label=move || t_string!(i18n, stock.worth)>
                {move || format.money(line.worth_minor)}
            </Cell>
        </tr>
    }
}
