//! Timers of the batches in the oven: set on the card, kept on the device, heard over the noise of a kitchen.
//!
//! A timer is a moment, not a count of seconds: it rings on time after a reload, and at once where the tablet slept through it.

use crate::{
    components::{Button, ButtonKind, Icon, IconButton},
    format::clock,
    i18n::*,
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
}

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
    board: RwSignal<Vec<(Uuid, OrderStatus)>>,
    /// The day of which the board shows all orders as they are now, if it does.
    whole: RwSignal<Option<NaiveDate>>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            ends: RwSignal::new(BTreeMap::new()),
            is_muted: RwSignal::new(false),
            now: RwSignal::new(0),
            board: RwSignal::new(Vec::new()),
            whole: RwSignal::new(None),
        }
    }

    /// Tells which orders there are, and whether they are all of a day: the timer of one that left the oven has nothing to tell.
    pub(super) fn set_known(self, orders: &[OrderView], whole: Option<NaiveDate>) {
        let board = orders.iter().map(|order| (order.id, order.status));
        self.board.set(board.collect());
        self.whole.set(whole);
    }

    #[cfg(feature = "hydrate")]
    fn set(self, order: Uuid, batch: Batch, minutes: i64) {
        bell::open();
        let Some((product, date)) = batch.try_get_value() else {
            return;
        };
        self.now.set(bell::now());
        self.ends.update(|ends| {
            let end = bell::now() + minutes * 60_000;
            ends.insert(order, Timer { end, product, date });
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

/// Whether a batch has left the oven, as far as the board tells: it is done, or gone from all the batches of its day. What another
/// shop's or another day's board does not show may be baking.
#[cfg(any(feature = "hydrate", test))]
fn has_left(
    (order, date): (Uuid, NaiveDate),
    board: &[(Uuid, OrderStatus)],
    whole: Option<NaiveDate>,
) -> bool {
    match board.iter().find(|(id, _)| *id == order) {
        Some((_, status)) => matches!(status, OrderStatus::Completed | OrderStatus::Cancelled),
        None => whole == Some(date),
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
                let mut baking = board.iter().filter(|(_, s)| *s == OrderStatus::InProgress);
                baking.any(|(id, _)| id == order)
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

#[cfg(feature = "hydrate")]
mod bell {
    use super::{Timer, Timers, has_left};
    use crate::device;
    use crate::device_queue::browser::{call, get, set};
    use js_sys::{Function, Reflect};
    use leptos::prelude::*;
    use std::{cell::RefCell, collections::BTreeMap, time::Duration};
    use uuid::Uuid;
    use wasm_bindgen::{JsCast, JsValue};

    const TIMERS: &str = "hornada_timers";
    const MUTED: &str = "hornada_muted";
    const EVERY: Duration = Duration::from_secs(1);

    /// A timer that nobody heard is forgotten after a shift, in milliseconds.
    const FORGOTTEN: i64 = 12 * 3_600_000;

    /// Two strokes, the second one higher: when they begin, in seconds, and how high they are, in hertz.
    const STROKES: [(f64, f64); 2] = [(0.0, 880.0), (0.25, 1_174.7)];
    /// How long a stroke sounds, in seconds.
    const STROKE: f64 = 0.22;

    thread_local! {
        static SOUND: RefCell<Option<JsValue>> = const { RefCell::new(None) };
    }

    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    pub(super) fn now() -> i64 {
        js_sys::Date::now() as i64
    }

    pub(super) fn keep(timers: Timers) {
        // A device that keeps nothing forgets its timers at a reload.
        let _ = timers
            .ends
            .with_untracked(|ends| device::write(TIMERS, ends));
        let _ = device::write(MUTED, &timers.is_muted.get_untracked());
    }

    /// Reads what the device kept, and rings from now on.
    pub(super) fn hang(timers: Timers) {
        let kept: BTreeMap<Uuid, Timer> = device::read(TIMERS).unwrap_or_default();
        let living = kept
            .into_iter()
            .filter(|(_, timer)| timer.end + FORGOTTEN > now());
        timers.now.set(now());
        timers.ends.set(living.collect());
        timers.is_muted.set(device::read(MUTED).unwrap_or_default());
        Effect::new(move |_| {
            let whole = timers.whole.get();
            timers.board.with(|board| {
                let is_over =
                    |order: &Uuid, timer: &Timer| has_left((*order, timer.date), board, whole);
                if timers
                    .ends
                    .with(|ends| ends.iter().any(|(order, timer)| is_over(order, timer)))
                {
                    timers
                        .ends
                        .update(|ends| ends.retain(|order, timer| !is_over(order, timer)));
                    keep(timers);
                }
            });
        });
        let tick = move || {
            // The page may be gone.
            let Some(is_idle) = timers.ends.try_with_untracked(BTreeMap::is_empty) else {
                return;
            };
            if is_idle {
                return;
            }
            let now = now();
            timers.now.set(now);
            let rings = timers
                .ends
                .with_untracked(|ends| ends.values().any(|timer| timer.end <= now));
            if rings && !timers.is_muted.get_untracked() {
                ring();
            }
        };
        if let Ok(handle) = set_interval_with_handle(tick, EVERY) {
            on_cleanup(move || handle.clear());
        }
        // Browsers make no sound before somebody has touched the page; after a reload the first touch counts.
        let touched = window_event_listener_untyped("pointerdown", move |_| {
            // The page may be gone.
            let is_idle = timers.ends.try_with_untracked(BTreeMap::is_empty);
            if is_idle == Some(false) {
                open();
            }
        });
        on_cleanup(move || touched.remove());
    }

    /// Opens the way for sound; to be called while a finger is on the page.
    pub(super) fn open() {
        SOUND.with_borrow_mut(|sound| {
            if sound.is_none() {
                *sound = context();
            }
            if let Some(sound) = sound {
                // What refuses stays silent, and the card shows that time is up.
                let _ = call(sound, "resume", &[]);
            }
        });
    }

    fn context() -> Option<JsValue> {
        let kind: Function = get(&window().into(), "AudioContext").dyn_into().ok()?;
        Reflect::construct(&kind, &js_sys::Array::new()).ok()
    }

    fn ring() {
        SOUND.with_borrow(|sound| {
            if let Some(sound) = sound
                && get(sound, "state").as_string().as_deref() == Some("running")
            {
                for (after, pitch) in STROKES {
                    // A device without a loudspeaker has nobody to tell.
                    let _ = stroke(sound, after, pitch);
                }
            }
        });
    }

    fn stroke(sound: &JsValue, after: f64, pitch: f64) -> Result<(), JsValue> {
        let start = get(sound, "currentTime").as_f64().unwrap_or_default() + after;
        let tone = call(sound, "createOscillator", &[])?;
        let loudness = call(sound, "createGain", &[])?;
        set(&get(&tone, "frequency"), "value", &pitch.into());
        let gain = get(&loudness, "gain");
        call(&gain, "setValueAtTime", &[&0.5.into(), &start.into()])?;
        let end = start + STROKE;
        call(
            &gain,
            "exponentialRampToValueAtTime",
            &[&0.001.into(), &end.into()],
        )?;
        call(&tone, "connect", &[&loudness])?;
        call(&loudness, "connect", &[&get(sound, "destination")])?;
        call(&tone, "start", &[&start.into()])?;
        call(&tone, "stop", &[&end.into()]).map(drop)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_timer_ends_with_its_batch_and_not_with_the_board_that_is_shown() {
        let order = Uuid::from_u128(1);
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
        let batch = (order, day(20));
        assert!(!has_left(
            batch,
            &[(order, OrderStatus::InProgress)],
            Some(day(20))
        ));
        assert!(has_left(batch, &[(order, OrderStatus::Completed)], None));
        // The device's own copy may be from before the start.
        assert!(!has_left(batch, &[(order, OrderStatus::Pending)], None));
        assert!(!has_left(batch, &[], None));
        assert!(!has_left(batch, &[], Some(day(21))));
        assert!(has_left(batch, &[], Some(day(20))));
    }
}
