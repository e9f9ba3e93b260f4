//! Roles and refusals in the reader's words.

use crate::{
    components::describe,
    i18n::{Locale, td_string},
};
use contract::{AppError, ErrorCode};
use domain::{Permission, RoleKey};

/// Name of a role.
pub(in crate::pages) fn role_name(locale: Locale, role: RoleKey) -> &'static str {
    match role {
        RoleKey::StoreManager => td_string!(locale, users.role_store_manager),
        RoleKey::Production => td_string!(locale, users.role_production),
        RoleKey::Analyst => td_string!(locale, users.role_analyst),
        RoleKey::Admin => td_string!(locale, users.role_admin),
    }
}

fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "email.format" => td_string!(locale, users.err_email_format),
        "email.taken" => td_string!(locale, users.err_email_taken),
        "name.format" => td_string!(locale, users.err_name),
        "roles.none" => td_string!(locale, users.err_roles),
        "stores.none" => td_string!(locale, users.err_stores),
        "password.too_short" => td_string!(locale, users.err_password_short),
        "password.too_long" => td_string!(locale, users.err_password_long),
        "password.common" => td_string!(locale, users.err_password_common),
        "email.invited" => td_string!(locale, users.err_invited),
        "password.guessable" => td_string!(locale, users.err_password_guessable),
        "users.self" => td_string!(locale, users.err_self),
        "users.last_admin" => td_string!(locale, users.err_last_admin),
        "users.beyond_stores" => td_string!(locale, users.err_beyond_stores),
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
    // Whoever may not change people at all is not shown the buttons: it is a right of the other one.
    if error.code == ErrorCode::Forbidden && error.reason.parse::<Permission>().is_ok() {
        return td_string!(locale, users.err_beyond).to_owned();
    }
    reason(locale, &error.reason)
        .or_else(|| reason(locale, first))
        .unwrap_or_else(|| describe(locale, error.code))
        .to_owned()
}
