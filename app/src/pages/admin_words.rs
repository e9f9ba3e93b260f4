//! Why the server refused what an administrator wanted, in their words.

use crate::i18n::{Locale, td_string};

/// The sentence for a reason; nothing for those of other areas.
pub(super) fn reason(locale: Locale, key: &str) -> Option<&'static str> {
    Some(match key {
        "name.format" | "text.too_long" => td_string!(locale, admin.err_text),
        "permissions.none" => td_string!(locale, admin.err_permissions),
        "permissions.not_for_keys" => td_string!(locale, admin.err_not_for_keys),
        "stores.none" => td_string!(locale, users.err_stores),
        "stores.beyond_own" => td_string!(locale, admin.err_beyond_own),
        "key.ended" => td_string!(locale, admin.err_key_ended),
        "key.rotated" => td_string!(locale, admin.err_key_rotated),
        "address.format" => td_string!(locale, channels.err_address),
        "email.format" => td_string!(locale, channels.err_mail),
        "rule.no_measure" => td_string!(locale, channels.err_no_measure),
        "rules.too_many" | "channels.too_many" => td_string!(locale, channels.err_full),
        "domains.format" => td_string!(locale, sign_on.domains_hint),
        "identity_providers.too_many" => td_string!(locale, channels.err_full),
        "channel.off" => td_string!(locale, channels.err_off),
        "channel.no_secret" => td_string!(locale, channels.err_no_secret),
        "catalog.stale" | "channel.stale" | "alert_rule.stale" | "identity_provider.stale" => {
            td_string!(locale, admin.err_stale)
        }
        "store.code_taken" => td_string!(locale, assortment.err_code_taken),
        "category.name_taken" => td_string!(locale, assortment.err_name_taken),
        "product.sku_taken" => td_string!(locale, assortment.err_sku_taken),
        "store.no_kitchen" => td_string!(locale, assortment.err_no_kitchen),
        "store.bakes_for_others" => td_string!(locale, assortment.err_bakes_for_others),
        "store.all_needed" => td_string!(locale, assortment.err_all_needed),
        "settings.all_needed" => td_string!(locale, organization.err_all_needed),
        "store.work_left" => td_string!(locale, assortment.err_work_left),
        "time_zone" => td_string!(locale, assortment.err_time_zone),
        "barcode" => td_string!(locale, assortment.err_barcode),
        _ => return None,
    })
}
