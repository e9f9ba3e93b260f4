//! What this device keeps for itself: small JSON values in the browser's local storage. On the server there is none.

use chrono::{DateTime, Utc};
use serde::{Serialize, de::DeserializeOwned};

/// The moment, by the clock of this device; on the server by its own.
#[must_use]
pub fn now() -> DateTime<Utc> {
    // The library's own clock does not tick in a browser.
    #[cfg(all(feature = "hydrate", not(feature = "ssr")))]
    {
        #[expect(clippy::cast_possible_truncation, reason = "milliseconds of a date")]
        let millis = js_sys::Date::now() as i64;
        DateTime::from_timestamp_millis(millis).unwrap_or_default()
    }
    #[cfg(not(all(feature = "hydrate", not(feature = "ssr"))))]
    Utc::now()
}

/// Reads a value; `None` where there is none, or none that can be read.
#[must_use]
pub fn read<T: DeserializeOwned>(key: &str) -> Option<T> {
    let text = read_text(key)?;
    // From bytes, as the answers of the server are read: reading from text would be a second copy of all that code.
    serde_json::from_slice(text.as_bytes()).ok()
}

/// Whether there is a value.
#[must_use]
pub fn has(key: &str) -> bool {
    read_text(key).is_some()
}

/// Keeps a value. Says whether the browser took it: a full or forbidden storage does not.
pub fn write<T: Serialize>(key: &str, value: &T) -> bool {
    serde_json::to_string(value).is_ok_and(|text| write_text(key, &text))
}

/// Forgets a value.
pub fn remove(key: &str) {
    #[cfg(feature = "hydrate")]
    if let Some(storage) = storage() {
        // Nothing to remove is what was wanted.
        let _ = storage.remove_item(key);
    }
    #[cfg(not(feature = "hydrate"))]
    let _ = key;
}

#[cfg(feature = "hydrate")]
fn storage() -> Option<web_sys::Storage> {
    web_sys::window()?.local_storage().ok().flatten()
}

/// Reads a value as it was written.
#[cfg(feature = "hydrate")]
pub(crate) fn read_text(key: &str) -> Option<String> {
    storage()?.get_item(key).ok().flatten()
}

#[cfg(not(feature = "hydrate"))]
pub(crate) fn read_text(_key: &str) -> Option<String> {
    None
}

#[cfg(feature = "hydrate")]
fn write_text(key: &str, text: &str) -> bool {
    storage().is_some_and(|storage| storage.set_item(key, text).is_ok())
}

#[cfg(not(feature = "hydrate"))]
fn write_text(_key: &str, _text: &str) -> bool {
    false
}
