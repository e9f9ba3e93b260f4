//! Words for transfers.

use crate::i18n::{Locale, td_string};
use crate::refusals::{may_be_done, told};
use contract::AppError;
use contract::transfers::TransferView;
use domain::TransferStatus;
use uuid::Uuid;

pub(super) fn status(locale: Locale, status: TransferStatus) -> &'static str {
    match status {
        TransferStatus::Requested => td_string!(locale, transfers.requested),
        TransferStatus::InTransit => td_string!(locale, transfers.in_transit),
        TransferStatus::Received => td_string!(locale, transfers.received),
        TransferStatus::Cancelled => td_string!(locale, transfers.cancelled),
    }
}

/// What has just happened to a transfer.
pub(super) fn done(locale: Locale, transfer: &TransferView) -> String {
    let number = transfer.number;
    match transfer.status {
        TransferStatus::Requested => td_string!(locale, transfers.done_requested, number = number),
        TransferStatus::InTransit => td_string!(locale, transfers.done_sent, number = number),
        TransferStatus::Received => td_string!(locale, transfers.done_received, number = number),
        TransferStatus::Cancelled => td_string!(locale, transfers.done_cancelled, number = number),
    }
}

/// Whether it may have been done although this is what was answered: it is sent again as it was, under the same id.
pub(super) fn is_open(error: &AppError) -> bool {
    may_be_done(error)
}

/// Why it was refused, with the product that it is about where it is about one.
pub(super) fn refused(
    locale: Locale,
    error: &AppError,
    name_of: impl Fn(Uuid) -> Option<String>,
) -> String {
    let words = told(locale, error);
    let mut lines = error
        .fields
        .iter()
        .filter_map(|field| field.field.strip_prefix("lines.")?.parse().ok());
    match lines.next().and_then(name_of) {
        Some(name) => format!("{name}: {words}"),
        None => words,
    }
}
