//! Timers of batches, from the bowl to the rack: set on the card, kept on the device, heard over the noise of a kitchen.
//!
//! A timer is a moment, not a count of seconds: it rings on time after a reload, and at once where the tablet slept through it. A batch
//! has one at a time; where its recipe has stages, it is set for one of them, and the next one follows.

#[cfg(feature = "hydrate")]
mod bell;
mod views;

pub(super) use views::{card_timer, sound_key};

use crate::{device, session::use_stores};
use chrono::NaiveDate;
use contract::orders::{BoardView, OrderView};
use contract::recipes::BoardRecipe;
use domain::recipes::{StageTime, next_stage};
use domain::{OrderStatus, Stage};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

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
    /// What people call the order; likewise.
    #[serde(default)]
    number: Option<i64>,
    /// What it is set for; none where somebody only chose minutes.
    #[serde(default)]
    stage: Option<Stage>,
    /// All stages of the recipe as it was when the timer was set, so that the next one can follow without the board.
    #[serde(default)]
    steps: Vec<StageTime>,
}

impl Timer {
    /// Of a batch, not set yet.
    fn of(order: &OrderView, steps: Vec<StageTime>) -> Self {
        Self {
            end: 0,
            product: order.product_name.clone(),
            date: order.production_date,
            store: Some(order.store_id),
            number: Some(order.number),
            stage: None,
            steps,
        }
    }

    /// The same batch's timer for a stage, or for none, that rings at `end`.
    #[cfg(any(feature = "hydrate", test))]
    fn until(&self, stage: Option<Stage>, end: i64) -> Self {
        Self {
            end,
            stage,
            ..self.clone()
        }
    }

    fn is_due(&self, now: i64) -> bool {
        self.end <= now
    }

    /// The stage that follows the one it is set for.
    fn next(&self) -> Option<StageTime> {
        next_stage(&self.steps, self.stage?)
    }
}

/// An order on the board, how it stands and where it goes.
type Known = (Uuid, OrderStatus, Uuid);

/// A day of which the board shows all orders of these stores as they are now.
type Whole = (NaiveDate, Vec<Uuid>);

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
    /// The recipes that came with the board.
    recipes: StoredValue<Vec<BoardRecipe>>,
    /// The stores whose orders the person sees: a tablet is handed from one to the next.
    stores: StoredValue<Vec<Uuid>>,
    /// Whether it is asked how many minutes, and for which order; lives outside of what is loaded, so that a newer board does not
    /// close it.
    asks: RwSignal<bool>,
    asked: RwSignal<Option<(Uuid, Timer)>>,
    /// When one was last set or stopped, in milliseconds since the epoch.
    pressed_at: StoredValue<i64>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            ends: RwSignal::new(BTreeMap::new()),
            is_muted: RwSignal::new(false),
            now: RwSignal::new(0),
            board: RwSignal::new(Vec::new()),
            whole: RwSignal::new(None),
            recipes: StoredValue::new(Vec::new()),
            stores: StoredValue::new(use_stores().iter().map(|store| store.id).collect()),
            asks: RwSignal::new(false),
            asked: RwSignal::new(None),
            pressed_at: StoredValue::new(0),
        }
    }

    /// Tells which orders and recipes there are, and whether they are all orders of a day that the person sees: the timer of one that
    /// left the oven has nothing to tell.
    pub(super) fn set_known(self, board: &BoardView, whole: Option<NaiveDate>) {
        let known = |order: &OrderView| (order.id, order.status, order.store_id);
        let _ = self.recipes.try_set_value(board.recipes.clone());
        self.board.set(board.orders.iter().map(known).collect());
        let stores = self.stores.try_get_value().unwrap_or_default();
        self.whole.set(whole.map(|date| (date, stores)));
    }

    /// Whether one was set or stopped within so many milliseconds: its keys make way then, and those of the batch move under the finger.
    pub(super) fn moved_within(self, millis: i64) -> bool {
        let at = self.pressed_at.try_get_value().unwrap_or_default();
        (0..millis).contains(&(device::now().timestamp_millis() - at))
    }

    /// Sets the timer of an order, for a stage or for none, in place of the one that it has.
    #[cfg(feature = "hydrate")]
    fn set(self, order: Uuid, timer: &Timer, stage: Option<Stage>, minutes: i64) {
        bell::open();
        let now = bell::now();
        self.pressed_at.set_value(now);
        self.now.set(now);
        self.ends.update(|ends| {
            ends.insert(order, timer.until(stage, now + minutes * 60_000));
        });
        bell::keep(self);
    }

    #[cfg(not(feature = "hydrate"))]
    fn set(self, _order: Uuid, _timer: &Timer, _stage: Option<Stage>, _minutes: i64) {}

    /// Opens the sheet that asks how many minutes.
    fn ask(self, order: Uuid, timer: Timer) {
        self.asked.set(Some((order, timer)));
        self.asks.set(true);
    }

    fn stop(self, order: Uuid) {
        self.ends.update(|ends| {
            ends.remove(&order);
        });
        #[cfg(feature = "hydrate")]
        {
            self.pressed_at.set_value(bell::now());
            bell::keep(self);
        }
    }
}

/// Whether a batch has left the oven, as far as the board tells: it is done, or gone from all the batches of its day that go to its store.
/// What another shop's or another day's board does not show, or what the person does not see, may be baking. What cools is done, and
/// its timer goes on.
#[cfg(any(feature = "hydrate", test))]
fn has_left(order: Uuid, timer: &Timer, board: &[Known], whole: Option<&Whole>) -> bool {
    match board.iter().find(|(id, ..)| *id == order) {
        Some((_, OrderStatus::Completed, _)) => timer.stage != Some(Stage::Cool),
        Some((_, status, _)) => *status == OrderStatus::Cancelled,
        None => whole.is_some_and(|(date, stores)| {
            *date == timer.date && timer.store.is_some_and(|store| stores.contains(&store))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: i64 = 60_000;

    fn day(day: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, day).expect("a date")
    }

    fn timer(store: Option<Uuid>) -> Timer {
        let steps = [(Stage::Proof, 90), (Stage::Bake, 22), (Stage::Cool, 30)];
        Timer {
            end: 0,
            product: "Barra".into(),
            date: day(20),
            store,
            number: Some(12),
            stage: None,
            steps: steps
                .map(|(stage, minutes)| StageTime { stage, minutes })
                .to_vec(),
        }
    }

    #[test]
    fn a_timer_ends_with_its_batch_and_not_with_the_board_that_is_shown() {
        let [order, store, other] = [1, 2, 3].map(Uuid::from_u128);
        let own = timer(Some(store));
        let whole = |date, stores: &[Uuid]| Some((date, stores.to_vec()));
        let left = |timer: &Timer, board: &[Known], whole: Option<Whole>| {
            has_left(order, timer, board, whole.as_ref())
        };
        let known = |status| [(order, status, store)];
        let all = || whole(day(20), &[other, store]);
        assert!(!left(&own, &known(OrderStatus::InProgress), all()));
        assert!(left(&own, &known(OrderStatus::Completed), None));
        assert!(left(&own, &known(OrderStatus::Cancelled), None));
        // The device's own copy may be from before the start, and dough rests before it.
        assert!(!left(&own, &known(OrderStatus::Pending), None));
        assert!(!left(&own, &[], None));
        assert!(!left(&own, &[], whole(day(21), &[store])));
        assert!(left(&own, &[], all()));
        // Whoever holds the tablet now does not see that shop's batches; or nobody knows whose it is.
        assert!(!left(&own, &[], whole(day(20), &[other])));
        assert!(!left(&timer(None), &[], all()));
        // What cools has left the oven; what is given up does not cool.
        let cools = own.until(Some(Stage::Cool), MINUTE);
        assert!(!left(&cools, &known(OrderStatus::Completed), all()));
        assert!(left(&cools, &known(OrderStatus::Cancelled), all()));
    }

    #[test]
    fn what_rang_is_followed_by_the_next_stage_and_rings_no_more() {
        let unset = timer(None);
        assert_eq!(unset.next(), None);
        let proof = unset.until(Some(Stage::Proof), 90 * MINUTE);
        assert!(!proof.is_due(90 * MINUTE - 1));
        assert!(proof.is_due(90 * MINUTE) && proof.is_due(91 * MINUTE));
        let bake = proof.next().expect("baking");
        assert_eq!((bake.stage, bake.minutes), (Stage::Bake, 22));
        let baking = proof.until(Some(bake.stage), 113 * MINUTE);
        assert!(!baking.is_due(91 * MINUTE) && baking.is_due(113 * MINUTE));
        // It is the same batch's.
        assert_eq!(
            (&baking.product, baking.number, &baking.steps),
            (&proof.product, Some(12), &proof.steps)
        );
        // A little more of the same stage: the same one follows.
        let more = baking.until(baking.stage, 116 * MINUTE);
        assert_eq!(more.next().map(|step| step.stage), Some(Stage::Cool));
        let cooling = more.until(Some(Stage::Cool), 150 * MINUTE);
        assert_eq!(cooling.next(), None);
    }

    #[test]
    fn a_timer_comes_back_from_the_device_as_it_was_set() {
        let proof = timer(Some(Uuid::from_u128(2))).until(Some(Stage::Proof), 5);
        let kept = serde_json::to_string(&proof).expect("kept");
        let read: Timer = serde_json::from_str(&kept).expect("a timer");
        assert_eq!(read, proof);
    }

    #[test]
    fn a_timer_from_before_shops_and_stages_were_kept_is_read() {
        let kept = r#"{"end":5,"product":"Barra","date":"2026-11-20"}"#;
        let timer: Timer = serde_json::from_str(kept).expect("a timer");
        assert_eq!((timer.end, timer.store), (5, None));
        assert_eq!((timer.stage, timer.number), (None, None));
        assert_eq!(timer.next(), None);
    }
}
