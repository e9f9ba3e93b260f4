//! Refusals in the reader's words.

use crate::{
    components::describe,
    i18n::{Locale, td_string},
};
use contract::AppError;

fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "factor.wrong" => td_string!(locale, security.err_code),
        "factor.not_begun" => td_string!(locale, security.err_not_begun),
        "factor.required" => td_string!(locale, security.err_required),
        "pin.format" => td_string!(locale, security.err_pin_format),
        "pin.guessable" => td_string!(locale, security.err_pin_guessable),
        "password.wrong" => td_string!(locale, security.err_password),
        "passkey.off" => td_string!(locale, passkeys.err_off),
        "passkey.none" => td_string!(locale, passkeys.err_none),
        "passkey.many" => td_string!(locale, passkeys.err_many),
        "passkey.over" => td_string!(locale, passkeys.err_over),
        "passkey.name" => td_string!(locale, passkeys.err_name),
        "passkey.refused" => td_string!(locale, passkeys.err_device),
        "passkey.taken" => td_string!(locale, passkeys.err_known),
        "account.change" => td_string!(locale, security.err_tablet),
        _ => return None,
    })
}

/// What is wrong with one field, if this error is about it.
pub(super) fn field_error(locale: Locale, error: &AppError, field: &str) -> Option<String> {
    let found = error.field(field)?;
    Some(reason(locale, &found.reason).map_or_else(|| found.message.clone(), str::to_owned))
}

/// The error as a whole.
pub(super) fn explain(locale: Locale, error: &AppError) -> String {
    let first = error
        .fields
        .first()
        .map_or("", |field| field.reason.as_str());
    reason(locale, &error.reason)
        .or_else(|| reason(locale, first))
        .unwrap_or_else(|| describe(locale, error.code))
        .to_owned()
}
