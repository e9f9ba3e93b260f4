//! Words for transfers.

use crate::i18n::{Locale, td_string};
use contract::transfers::TransferView;
use domain::TransferStatus;

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
