//! Clocks beside the device's own, which anybody may set.

use super::browser::{call, get};
use crate::device;
use chrono::{DateTime, Utc};
use contract::{AppError, AppResult, ErrorCode};
use leptos::prelude::window;
use wasm_bindgen_futures::JsFuture;

/// Milliseconds by the page's own clock.
pub(super) fn ticks() -> Option<f64> {
    let clock = get(&window().into(), "performance");
    call(&clock, "now", &[]).ok()?.as_f64()
}

/// The server's clock, from the date that every answer carries.
pub(super) async fn server_time() -> AppResult<DateTime<Utc>> {
    let away = |_| AppError::new(ErrorCode::Network, "The server's clock cannot be asked.");
    let asked = window().fetch_with_str("/api/v1/health");
    let answer: web_sys::Response = JsFuture::from(asked).await.map_err(away)?.into();
    let date = answer.headers().get("date").map_err(away)?;
    let millis = js_sys::Date::parse(&date.unwrap_or_default());
    // A server behind a proxy that takes the date away: then the device's clock is all there is.
    #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
    Ok(DateTime::from_timestamp_millis(millis as i64)
        .filter(|_| !millis.is_nan())
        .unwrap_or_else(device::now))
}
