//! Timers of the batches in the oven: set on the card, kept on the device, heard over the noise of a kitchen.
//!
//! A timer is a moment, not a count of seconds: it rings on time after a reload, and at once where the tablet slept through it.

#[cfg(feature = "hydrate")]
mod bell;

use crate::{
    components::{Button, ButtonKind, Icon, IconButton},
    format::clock,
    i18n::*,
    session::use_stores,
};
use chrono::NaiveDate;
use contract::orders::OrderView;
use domain::OrderStatus;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// What a card offers, in minutes.
const PRESETS: [i64; 5] = [5, 10, 15, 20, 30];

/// What is added when a batch needs a little more, in minutes.
const MORE: i64 = 3;

const BELL: &str = "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15zM10 21h4";
const STRIKE: &str = "M4 3.500l16 17";

/// A bell. Not among the icons: those are a part of what every page loads.
#[component]
fn Drawing(strike: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=BELL />
            <path d=strike />
        </svg>
    }
}

/// The timer of a batch.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
struct Timer {
    /// When it rings, in milliseconds since the epoch.
    end: i64,
    /// For when the batch is not on the board that is shown.
    product: String,
    date: NaiveDate,
    /// Where the batch goes; devices may hold timers from before it was kept.
    #[serde(default)]
    store: Option<Uuid>,
}

/// An order on the board, how it stands and where it goes.
type Known = (Uuid, OrderStatus, Uuid);

/// A day of which the board shows all orders of these stores as they are now.
type Whole = (NaiveDate, Vec<Uuid>);

/// What a timer is set for: the product and the day of its batch.
type Batch = StoredValue<(String, NaiveDate)>;

/// The timers of this device. Copy.
#[derive(Clone, Copy)]
pub(super) struct Timers {
    /// By order.
    ends: RwSignal<BTreeMap<Uuid, Timer>>,
    is_muted: RwSignal<bool>,
    /// Milliseconds since the epoch, a second fresh while a timer runs.
    now: RwSignal<i64>,
    /// The orders on the board.
    board: RwSignal<Vec<Known>>,
    whole: RwSignal<Option<Whole>>,
    /// The stores whose orders the person sees: a tablet is handed from one to the next.
    stores: StoredValue<Vec<Uuid>>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            ends: RwSignal::new(BTreeMap::new()),
            is_muted: RwSignal::new(false),
            now: RwSignal::new(0),
            board: RwSignal::new(Vec::new()),
            whole: RwSignal::new(None),
            stores: StoredValue::new(use_stores().iter().map(|store| store.id).collect()),
        }
    }

    /// Tells which orders there are, and whether they are all of a day that the person sees: the timer of one that left the oven has
    /// nothing to tell.
    pub(super) fn set_known(self, orders: &[OrderView], whole: Option<NaiveDate>) {
        let known = |order: &OrderView| (order.id, order.status, order.store_id);
        self.board.set(orders.iter().map(known).collect());
        let stores = self.stores.try_get_value().unwrap_or_default();
        self.whole.set(whole.map(|date| (date, stores)));
    }

    #[cfg(feature = "hydrate")]
    fn set(self, order: Uuid, batch: Batch, minutes: i64) {
        bell::open();
        let Some((product, date)) = batch.try_get_value() else {
            return;
        };
        self.now.set(bell::now());
        let known = self.board.with_untracked(|board| {
            let known = board.iter().find(|(id, ..)| *id == order);
            known.map(|(.., store)| *store)
        });
        self.ends.update(|ends| {
            let timer = Timer {
                end: bell::now() + minutes * 60_000,
                product,
                date,
                store: known.or(ends.get(&order).and_then(|before| before.store)),
            };
            ends.insert(order, timer);
        });
        bell::keep(self);
    }

    #[cfg(not(feature = "hydrate"))]
    fn set(self, _order: Uuid, _batch: Batch, _minutes: i64) {}

    fn stop(self, order: Uuid) {
        self.ends.update(|ends| {
            ends.remove(&order);
        });
        #[cfg(feature = "hydrate")]
        bell::keep(self);
    }
}

/// Whether a batch has left the oven, as far as the board tells: it is done, or gone from all the batches of its day that go to its store.
/// What another shop's or another day's board does not show, or what the person does not see, may be baking.
#[cfg(any(feature = "hydrate", test))]
fn has_left(order: Uuid, timer: &Timer, board: &[Known], whole: Option<&Whole>) -> bool {
    match board.iter().find(|(id, ..)| *id == order) {
        Some((_, status, _)) => matches!(status, OrderStatus::Completed | OrderStatus::Cancelled),
        None => whole.is_some_and(|(date, stores)| {
            *date == timer.date && timer.store.is_some_and(|store| stores.contains(&store))
        }),
    }
}

/// The key that mutes the bell, the bell itself, and the keys that stop it for batches that are not in sight.
pub(super) fn sound_key(timers: Timers) -> AnyView {
    #[cfg(feature = "hydrate")]
    bell::hang(timers);
    let i18n = use_i18n();
    let press = move |_| {
        timers.is_muted.update(|muted| *muted = !*muted);
        #[cfg(feature = "hydrate")]
        {
            bell::open();
            bell::keep(timers);
        }
    };
    let label = move || {
        if timers.is_muted.get() {
            t_string!(i18n, kitchen.sound_off)
        } else {
            t_string!(i18n, kitchen.sound_on)
        }
    };
    let away = Memo::new(move |_| {
        let now = timers.now.get();
        let is_in_sight = |order: &Uuid| {
            timers.board.with(|board| {
                let mut baking = board
                    .iter()
                    .filter(|(_, s, _)| *s == OrderStatus::InProgress);
                baking.any(|(id, ..)| id == order)
            })
        };
        timers.ends.with(|ends| {
            ends.iter()
                .filter(|(order, timer)| timer.end <= now && !is_in_sight(order))
                .map(|(order, timer)| (*order, timer.product.clone()))
                .collect::<Vec<_>>()
        })
    });
    let rings = move || {
        away.try_get()
            .unwrap_or_default()
            .into_iter()
            .map(|(order, product)| {
                view! {
                    <div class="timer timer-due timer-away" role="alert">
                        <p class="timer-left">
                            <Drawing strike="" />
                            {product}
                        </p>
                        <Button large=true kind=ButtonKind::Primary on_press=move |()| timers.stop(order)>
                            {move || t_string!(i18n, kitchen.timer_stop)}
                        </Button>
                    </div>
                }
            })
            .collect_view()
    };
    view! {
        <button
            type="button"
            class="button icon-button button-large"
            aria-pressed=move || timers.is_muted.get().to_string()
            aria-label=label
            title=label
            on:click=press
        >
            {move || {
                let strike = if timers.is_muted.get() { STRIKE } else { "" };
                view! { <Drawing strike /> }
            }}
        </button>
        {rings}
    }
    .into_any()
}

/// The timer of a batch: to be set, running, or ringing.
pub(super) fn card_timer(timers: Timers, order: Uuid, product: String, date: NaiveDate) -> AnyView {
    let i18n = use_i18n();
    let batch = StoredValue::new((product, date));
    let end = Memo::new(move |_| {
        timers
            .ends
            .with(|ends| ends.get(&order).map(|timer| timer.end))
    });
    // The card may have gone in the moment in which its timer ends.
    let ending = move || end.try_get().flatten();
    let is_due = Memo::new(move |_| ending().is_some_and(|end| end <= timers.now.get()));
    let left = move || {
        // The second that has begun counts as one: a timer of five minutes starts at 5:00.
        let left = ending().map_or(0, |end| (end - timers.now.get() + 999) / 1_000);
        t_string!(i18n, kitchen.timer_left, time = clock(left.max(0)))
    };
    let presets = move || {
        PRESETS
            .into_iter()
            .map(|minutes| {
                view! {
                    <button type="button" class="timer-preset" on:click=move |_| timers.set(order, batch, minutes)>
                        {move || t_string!(i18n, kitchen.timer_minutes, minutes = minutes.to_string())}
                    </button>
                }
            })
            .collect_view()
    };
    (move || match (ending().is_some(), is_due.try_get().unwrap_or(false)) {
        (false, _) => view! {
            <div class="timer" role="group" aria-label=move || t_string!(i18n, kitchen.timer)>{presets()}</div>
        }
        .into_any(),
        (true, false) => view! {
            <div class="timer timer-runs">
                <p class="timer-left">
                    <Drawing strike="" />
                    {left}
                </p>
                <IconButton
                    icon=Icon::Close
                    kind=ButtonKind::Quiet
                    label=move || t_string!(i18n, kitchen.timer_cancel)
                    on_press=move |()| timers.stop(order)
                />
            </div>
        }
        .into_any(),
        (true, true) => view! {
            <div class="timer timer-due" role="alert">
                <p class="timer-left">
                    <Drawing strike="" />
                    {move || t_string!(i18n, kitchen.timer_due)}
                </p>
                <Button large=true kind=ButtonKind::Primary on_press=move |()| timers.stop(order)>
                    {move || t_string!(i18n, kitchen.timer_stop)}
                </Button>
                <Button large=true on_press=move |()| timers.set(order, batch, MORE)>
                    {move || t_string!(i18n, kitchen.timer_more, minutes = MORE.to_string())}
                </Button>
            </div>
        }
        .into_any(),
    })
    .into_any()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_ends_with_its_batch_and_not_with_the_board_that_is_shown() {
        let [order, store, other] = [1, 2, 3].map(Uuid::from_u128);
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
        let of = |store| Timer {
            end: 0,
            product: "Barra".into(),
            date: day(20),
            store,
        };
        let timer = of(Some(store));
        let whole = |date, stores: &[Uuid]| Some((date, stores.to_vec()));
        let left = |timer: &Timer, board: &[Known], whole: Option<Whole>| {
            has_left(order, timer, board, whole.as_ref())
        };
        let known = |status| [(order, status, store)];
        let all = || whole(day(20), &[other, store]);
        assert!(!left(&timer, &known(OrderStatus::InProgress), all()));
        assert!(left(&timer, &known(OrderStatus::Completed), None));
        // The device's own copy may be from before the start.
        assert!(!left(&timer, &known(OrderStatus::Pending), None));
        assert!(!left(&timer, &[], None));
        assert!(!left(&timer, &[], whole(day(21), &[store])));
        assert!(left(&timer, &[], all()));
        // Whoever holds the tablet now does not see that shop's batches; or nobody knows whose it is.
        assert!(!left(&timer, &[], whole(day(20), &[other])));
        assert!(!left(&of(None), &[], all()));
    }

    #[test]
    fn a_timer_from_before_shops_were_kept_is_read() {
        let kept = r#"{"end":5,"product":"Barra","date":"2026-11-20"}"#;
        let timer: Timer = serde_json::from_str(kept).expect("a timer");
        assert_eq!((timer.end, timer.store), (5, None));
    }
}
