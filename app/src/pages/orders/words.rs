//! Words for states, acts and fields of orders.

use crate::{
    components::Tone,
    i18n::{Locale, td_string},
};
use domain::{LossReason, OrderStatus};

/// The state in one or two words.
pub(super) fn status(locale: Locale, status: OrderStatus) -> &'static str {
    match status {
        OrderStatus::Pending => td_string!(locale, orders.status_pending),
        OrderStatus::InProgress => td_string!(locale, orders.status_in_progress),
        OrderStatus::Completed => td_string!(locale, orders.status_completed),
        OrderStatus::Cancelled => td_string!(locale, orders.status_cancelled),
    }
}

pub(super) const fn tone(status: OrderStatus) -> Tone {
    match status {
        OrderStatus::Pending => Tone::Info,
        OrderStatus::InProgress => Tone::Attention,
        OrderStatus::Completed => Tone::Fine,
        OrderStatus::Cancelled => Tone::Neutral,
    }
}

/// What somebody did, from the audit log's verb.
pub(super) fn action(locale: Locale, action: &str) -> &'static str {
    match action {
        "orders.create" => td_string!(locale, orders.did_create),
        "orders.edit" => td_string!(locale, orders.did_edit),
        "orders.start" => td_string!(locale, orders.did_start),
        "orders.part" => td_string!(locale, orders.did_part),
        "orders.complete" => td_string!(locale, orders.did_complete),
        "orders.recall" => td_string!(locale, orders.did_recall),
        "orders.cancel" => td_string!(locale, orders.did_cancel),
        _ => td_string!(locale, orders.did_other),
    }
}

/// Name of a changed field.
pub(super) fn field(locale: Locale, field: &str) -> &'static str {
    match field {
        "status" => td_string!(locale, orders.field_status),
        "planned_quantity" => td_string!(locale, orders.planned),
        "produced_quantity" => td_string!(locale, orders.produced),
        "lost_quantity" => td_string!(locale, orders.lost),
        "production_date" => td_string!(locale, orders.date),
        "note" => td_string!(locale, orders.note),
        "cancel_reason" => td_string!(locale, orders.cancel_reason),
        _ => td_string!(locale, orders.field_other),
    }
}

/// Why some of a batch was lost.
pub fn loss_word(locale: Locale, reason: LossReason) -> &'static str {
    match reason {
        LossReason::Burnt => td_string!(locale, orders.loss_burnt),
        LossReason::Underbaked => td_string!(locale, orders.loss_underbaked),
        LossReason::Dropped => td_string!(locale, orders.loss_dropped),
        LossReason::DoughFault => td_string!(locale, orders.loss_dough_fault),
        LossReason::Machine => td_string!(locale, orders.loss_machine),
        LossReason::Sampling => td_string!(locale, orders.loss_sampling),
        LossReason::Other => td_string!(locale, orders.loss_other),
        LossReason::Unknown => td_string!(locale, orders.loss_unknown),
    }
}
