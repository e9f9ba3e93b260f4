//! Timers of the batches in the oven: set on the card, kept on the device, heard over the noise of a kitchen.
//!
//! A timer is a moment, not a count of seconds: it rings on time after a reload, and at once where the tablet slept through it.

use crate::{
    components::{Button, ButtonKind, Icon, IconButton},
    format::clock,
    i18n::*,
};
use contract::orders::OrderView;
use domain::OrderStatus;
use leptos::prelude::*;
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

/// The timers of this device. Copy.
#[derive(Clone, Copy)]
pub(super) struct Timers {
    /// When the timer of an order rings, in milliseconds since the epoch.
    ends: RwSignal<BTreeMap<Uuid, i64>>,
    is_muted: RwSignal<bool>,
    /// Milliseconds since the epoch, a second fresh while a timer runs.
    now: RwSignal<i64>,
    /// Orders of the board that are not in the oven (any more).
    out: RwSignal<Vec<Uuid>>,
}

impl Timers {
    pub(super) fn new() -> Self {
        Self {
            ends: RwSignal::new(BTreeMap::new()),
            is_muted: RwSignal::new(false),
            now: RwSignal::new(0),
            out: RwSignal::new(Vec::new()),
        }
    }

    /// Tells which orders there are: the timer of one that left the oven has nothing to tell.
    pub(super) fn set_known(self, orders: &[OrderView]) {
        let out = orders
            .iter()
            .filter(|order| order.status != OrderStatus::InProgress)
            .map(|order| order.id)
            .collect();
        self.out.set(out);
    }

    #[cfg(feature = "hydrate")]
    fn set(self, order: Uuid, minutes: i64) {
        bell::open();
        self.now.set(bell::now());
        self.ends.update(|ends| {
            ends.insert(order, bell::now() + minutes * 60_000);
        });
        bell::keep(self);
    }

    #[cfg(not(feature = "hydrate"))]
    fn set(self, _order: Uuid, _minutes: i64) {}

    fn stop(self, order: Uuid) {
        self.ends.update(|ends| {
            ends.remove(&order);
        });
        #[cfg(feature = "hydrate")]
        bell::keep(self);
    }
}

/// The key that mutes the bell, and the bell itself.
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
    }
    .into_any()
}

/// The timer of a batch: to be set, running, or ringing.
pub(super) fn card_timer(timers: Timers, order: Uuid) -> AnyView {
    let i18n = use_i18n();
    let end = Memo::new(move |_| timers.ends.with(|ends| ends.get(&order).copied()));
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
                    <button type="button" class="timer-preset" on:click=move |_| timers.set(order, minutes)>
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
                <Button large=true on_press=move |()| timers.set(order, MORE)>
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
    use super::Timers;
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
        let kept: BTreeMap<Uuid, i64> = device::read(TIMERS).unwrap_or_default();
        let living = kept.into_iter().filter(|(_, end)| *end + FORGOTTEN > now());
        timers.now.set(now());
        timers.ends.set(living.collect());
        timers.is_muted.set(device::read(MUTED).unwrap_or_default());
        Effect::new(move |_| {
            let has_left = |ends: &BTreeMap<Uuid, i64>, out: &[Uuid]| {
                ends.keys().any(|order| out.contains(order))
            };
            timers.out.with(|out| {
                if timers.ends.with(|ends| has_left(ends, out)) {
                    timers
                        .ends
                        .update(|ends| ends.retain(|order, _| !out.contains(order)));
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
                .with_untracked(|ends| ends.values().any(|end| *end <= now));
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
