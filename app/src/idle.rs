//! A shared tablet that nobody touches asks for the next person.
//!
//! The server ends a session by PIN that asks nothing for a while; a board that is drawn anew by itself asks all the time. So the page looks
//! at hands: when none was there for as long, it signs out and shows the names. That needs the network; without it the page stays as it
//! is, and what is pressed stays in the name of who is there.

/// Watches for as long as the page lives.
pub(crate) fn watch(minutes: i32) {
    #[cfg(feature = "hydrate")]
    hands::watch(minutes);
    #[cfg(not(feature = "hydrate"))]
    let _ = minutes;
}

#[cfg(feature = "hydrate")]
mod hands {
    use crate::device::now;
    use crate::device_queue::browser::{ask, get, set};
    use chrono::TimeDelta;
    use js_sys::Object;
    use leptos::{prelude::*, task::spawn_local};
    use std::time::Duration;

    /// So often the page looks at the clock.
    const LOOK_EVERY: Duration = Duration::from_secs(10);

    /// What a hand does.
    const TOUCHES: [&str; 3] = ["pointerdown", "keydown", "wheel"];

    pub(super) fn watch(minutes: i32) {
        let last = StoredValue::new(now());
        for touch in TOUCHES {
            // As long as the page lives.
            let _ = window_event_listener_untyped(touch, move |_| {
                let _ = last.try_set_value(now());
            });
        }
        let patience = TimeDelta::minutes(i64::from(minutes));
        let is_leaving = StoredValue::new(false);
        let look = move || {
            let Some(touched) = last.try_get_value() else {
                return;
            };
            if now() - touched < patience || is_leaving.get_value() {
                return;
            }
            is_leaving.set_value(true);
            spawn_local(async move {
                if !leave().await {
                    // Tried again with the next look.
                    let _ = is_leaving.try_set_value(false);
                }
            });
        };
        let _ = set_interval_with_handle(look, LOOK_EVERY);
    }

    /// Ends the session; whether the server heard it. What waits on the device stays there, under the name of who gave it.
    async fn leave() -> bool {
        let options = Object::new();
        set(&options, "method", &"POST".into());
        let answer = ask(&window(), "fetch", &[&"/logout".into(), &options]).await;
        let heard = answer.is_ok_and(|answer| get(&answer, "ok").is_truthy());
        if heard {
            // A document that is already going away refuses, and that is as well.
            let _ = window().location().set_href("/tablet");
        }
        heard
    }
}
