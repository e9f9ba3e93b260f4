//! Words for kinds of movement and reasons.

use crate::i18n::{Locale, td_string};
use domain::{MovementKind, StockReason};

pub(super) fn kind(locale: Locale, kind: MovementKind) -> &'static str {
    match kind {
        MovementKind::Opening => td_string!(locale, stock.kind_opening),
        MovementKind::Sale => td_string!(locale, stock.kind_sale),
        MovementKind::Return => td_string!(locale, stock.kind_return),
        MovementKind::Production => td_string!(locale, stock.kind_production),
        MovementKind::Waste => td_string!(locale, stock.kind_waste),
        MovementKind::Donation => td_string!(locale, stock.kind_donation),
        MovementKind::TransferOut => td_string!(locale, stock.kind_transfer_out),
        MovementKind::TransferIn => td_string!(locale, stock.kind_transfer_in),
        MovementKind::Adjustment => td_string!(locale, stock.kind_adjustment),
        MovementKind::Count => td_string!(locale, stock.kind_count),
        MovementKind::Reversal => td_string!(locale, stock.kind_reversal),
    }
}

pub(in crate::pages) fn reason(locale: Locale, reason: StockReason) -> &'static str {
    match reason {
        StockReason::NotSold => td_string!(locale, stock.reason_not_sold),
        StockReason::Expired => td_string!(locale, stock.reason_expired),
        StockReason::Damaged => td_string!(locale, stock.reason_damaged),
        StockReason::BakingError => td_string!(locale, stock.reason_baking_error),
        StockReason::StaffMeal => td_string!(locale, stock.reason_staff_meal),
        StockReason::Sampling => td_string!(locale, stock.reason_sampling),
        StockReason::GivenAway => td_string!(locale, stock.reason_given_away),
        StockReason::Theft => td_string!(locale, stock.reason_theft),
        StockReason::Delivered => td_string!(locale, stock.reason_delivered),
        StockReason::UsedInProduction => td_string!(locale, stock.reason_used_in_production),
        StockReason::Correction => td_string!(locale, stock.reason_correction),
        StockReason::Unknown => td_string!(locale, stock.reason_unknown),
        StockReason::Returned => td_string!(locale, stock.reason_returned),
    }
}
