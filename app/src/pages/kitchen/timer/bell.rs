//! The bell: what the device keeps of its timers, and what they sound like.

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

/// A timer whose batch nobody here can see is forgotten after a day, in milliseconds.
const FORGOTTEN: i64 = 24 * 3_600_000;

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
                |order: &Uuid, timer: &Timer| has_left(*order, timer, board, whole.as_ref());
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
            .with_untracked(|ends| ends.values().any(|timer| timer.is_due(now)));
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
