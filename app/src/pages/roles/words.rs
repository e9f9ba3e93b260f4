//! Rights and refusals in the reader's words.

use crate::{
    components::describe,
    i18n::{Locale, td_string},
};
use contract::AppError;
use contract::ErrorCode;
use domain::Permission;

/// What a right lets somebody do.
pub(super) fn right_name(locale: Locale, right: Permission) -> &'static str {
    match right {
        Permission::TodayRead => td_string!(locale, roles.p_today_read),
        Permission::ForecastsRead => td_string!(locale, roles.p_forecasts_read),
        Permission::ForecastsOverride => td_string!(locale, roles.p_forecasts_override),
        Permission::StockRead => td_string!(locale, roles.p_stock_read),
        Permission::StockWaste => td_string!(locale, roles.p_stock_waste),
        Permission::StockCount => td_string!(locale, roles.p_stock_count),
        Permission::StockApprove => td_string!(locale, roles.p_stock_approve),
        Permission::StockAdjust => td_string!(locale, roles.p_stock_adjust),
        Permission::StockTransfer => td_string!(locale, roles.p_stock_transfer),
        Permission::OrdersRead => td_string!(locale, roles.p_orders_read),
        Permission::OrdersCreate => td_string!(locale, roles.p_orders_create),
        Permission::OrdersStart => td_string!(locale, roles.p_orders_start),
        Permission::OrdersComplete => td_string!(locale, roles.p_orders_complete),
        Permission::OrdersCancel => td_string!(locale, roles.p_orders_cancel),
        Permission::SuggestionsRead => td_string!(locale, roles.p_suggestions_read),
        Permission::SuggestionsDecide => td_string!(locale, roles.p_suggestions_decide),
        Permission::PoliciesWrite => td_string!(locale, roles.p_policies_write),
        Permission::SalesRecord => td_string!(locale, roles.p_sales_record),
        Permission::ImportsRead => td_string!(locale, roles.p_imports_read),
        Permission::ImportsCreate => td_string!(locale, roles.p_imports_create),
        Permission::ImportsUndo => td_string!(locale, roles.p_imports_undo),
        Permission::CalendarRead => td_string!(locale, roles.p_calendar_read),
        Permission::CalendarWrite => td_string!(locale, roles.p_calendar_write),
        Permission::CatalogRead => td_string!(locale, roles.p_catalog_read),
        Permission::RecipesRead => td_string!(locale, roles.p_recipes_read),
        Permission::RecipesWrite => td_string!(locale, roles.p_recipes_write),
        Permission::ModelsRead => td_string!(locale, roles.p_models_read),
        Permission::ModelsPromote => td_string!(locale, roles.p_models_promote),
        Permission::JobsRead => td_string!(locale, roles.p_jobs_read),
        Permission::JobsRun => td_string!(locale, roles.p_jobs_run),
        Permission::AlertsRead => td_string!(locale, roles.p_alerts_read),
        Permission::AlertsAcknowledge => td_string!(locale, roles.p_alerts_acknowledge),
        Permission::UsersRead => td_string!(locale, roles.p_users_read),
        Permission::UsersWrite => td_string!(locale, roles.p_users_write),
        Permission::AuditRead => td_string!(locale, roles.p_audit_read),
        Permission::SettingsWrite => td_string!(locale, roles.p_settings_write),
        Permission::KeysManage => td_string!(locale, roles.p_keys_manage),
        Permission::BackupsRead => td_string!(locale, roles.p_backups_read),
    }
}

fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "role.name" => td_string!(locale, roles.err_name),
        "role.taken" => td_string!(locale, roles.err_taken),
        "permissions.none" => td_string!(locale, roles.err_none),
        "role.held" => td_string!(locale, roles.err_held),
        "role.stale" => td_string!(locale, roles.err_stale),
        "role.built_in" => td_string!(locale, roles.err_built_in),
        "role.too_many" => td_string!(locale, roles.err_full),
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
    // Whoever may not change roles at all is not shown the buttons.
    let is_right = error.code == ErrorCode::Forbidden && error.reason.parse::<Permission>().is_ok();
    if is_right {
        return td_string!(locale, roles.err_right).to_owned();
    }
    reason(locale, &error.reason)
        .unwrap_or_else(|| describe(locale, error.code))
        .to_owned()
}
