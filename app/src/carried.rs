//! Values that the server's page carries inside its document: messages of [`contract::wire`] in Base64.

use contract::wire::{self, WireError};
use serde::{Serialize, de::DeserializeOwned};

/// A value as text that can stand anywhere in a document.
#[cfg(feature = "ssr")]
pub(crate) fn write<T: Serialize + ?Sized>(value: &T) -> Result<String, WireError> {
    wire::to_bytes(value).map(|bytes| STANDARD.encode(bytes))
}

/// Nothing is written in the browser.
#[cfg(not(feature = "ssr"))]
pub(crate) fn write<T: Serialize + ?Sized>(_value: &T) -> Result<String, WireError> {
    Err(WireError::Malformed)
}

/// A value out of a document.
pub(crate) fn read<T: DeserializeOwned>(text: &str) -> Result<T, WireError> {
    wire::from_bytes(&bytes(text)?)
}

#[cfg(feature = "ssr")]
use base64::{Engine, engine::general_purpose::STANDARD};

#[cfg(feature = "ssr")]
fn bytes(text: &str) -> Result<Vec<u8>, WireError> {
    STANDARD.decode(text).map_err(|_| WireError::Malformed)
}

/// The browser has a decoder of its own, which needs no download.
#[cfg(not(feature = "ssr"))]
fn bytes(text: &str) -> Result<Vec<u8>, WireError> {
    let text = leptos::prelude::window()
        .atob(text)
        .map_err(|_| WireError::Malformed)?;
    text.chars()
        .map(|byte| u8::try_from(byte).map_err(|_| WireError::Malformed))
        .collect()
}
