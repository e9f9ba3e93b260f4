//! Refusals in the reader's words.

use crate::{
    components::describe,
    i18n::{Locale, td_string},
};
use contract::AppError;

fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "required" | "text.too_long" => td_string!(locale, organization.err_name),
        "time_zone" => td_string!(locale, organization.err_time_zone),
        "format" => td_string!(locale, organization.err_currency),
        "range" => td_string!(locale, organization.err_range),
        "order" => td_string!(locale, organization.err_order),
        "organization.has_sold" => td_string!(locale, organization.err_has_sold),
        "organization.stale" => td_string!(locale, organization.err_stale),
        "deletion.name" => td_string!(locale, organization.err_deletion_name),
        "password.wrong" => td_string!(locale, organization.err_password),
        "deletion.asked" => td_string!(locale, organization.err_asked),
        "settings.all_needed" => td_string!(locale, organization.err_all_needed),
        "deletion.none" => td_string!(locale, organization.err_none),
        _ => return None,
    })
}

/// What is wrong with one field, if this error is about it.
pub(super) fn beside(locale: Locale, error: &AppError, field: &str) -> Option<String> {
    let found = error.field(field)?;
    Some(reason(locale, &found.reason).map_or_else(|| found.message.clone(), str::to_owned))
}

/// The error as a whole.
pub(super) fn explain(locale: Locale, error: &AppError) -> String {
    reason(locale, &error.reason)
        .unwrap_or_else(|| describe(locale, error.code))
        .to_owned()
}
