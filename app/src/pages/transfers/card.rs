//! One transfer: from where to where, what, where it stands, what can be done.

use super::{Desk, words};
use crate::{components::*, format::use_format, i18n::*, pages::reason_words};
use contract::transfers::{TransferLineView, TransferView};
use domain::TransferStatus;
use leptos::prelude::*;

/// A transfer in the list.
#[component]
pub(super) fn TransferCard(transfer: TransferView, desk: Desk) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (number, status) = (transfer.number, transfer.status);
    let (from, to) = (
        transfer.from_store_name.clone(),
        transfer.to_store_name.clone(),
    );
    let tone = match status {
        TransferStatus::Requested => Tone::Info,
        TransferStatus::InTransit => Tone::Attention,
        TransferStatus::Received => Tone::Fine,
        TransferStatus::Cancelled => Tone::Neutral,
    };
    let steps = [
        (
            TransferStatus::Requested,
            Some(transfer.requested_at),
            transfer.requested_by.clone(),
        ),
        (
            TransferStatus::InTransit,
            transfer.sent_at,
            transfer.sent_by.clone(),
        ),
        (
            TransferStatus::Received,
            transfer.received_at,
            transfer.received_by.clone(),
        ),
        (
            TransferStatus::Cancelled,
            transfer.cancelled_at,
            transfer.cancelled_by.clone(),
        ),
    ];
    let steps = steps
        .into_iter()
        .filter_map(|(status, at, who)| Some((status, at?, who)))
        .map(|(status, at, who)| {
            view! {
                <li>
                    {move || words::status(i18n.get_locale(), status)}
                    " · "
                    {move || format.instant(at)}
                    {who.map(|who| format!(" · {who}"))}
                </li>
            }
        })
        .collect_view();
    let lines = transfer
        .lines
        .iter()
        .cloned()
        .map(|line| view! { <Line line /> })
        .collect_view();
    let notes = [transfer.note.clone(), transfer.cancel_reason.clone()];
    let notes = notes
        .into_iter()
        .flatten()
        .map(|note| view! { <p class="transfer-note">"“" {note} "”"</p> })
        .collect_view();
    let (may_send, may_receive, may_cancel) =
        (transfer.may_send, transfer.may_receive, transfer.may_cancel);
    let this = StoredValue::new(transfer);
    view! {
        <article class="card transfer" data-status=status.as_str()>
            <header class="transfer-head">
                <h2>{from} " → " {to}</h2>
                <StatusPill tone text=move || words::status(i18n.get_locale(), status) />
                <span class="transfer-number">{move || t_string!(i18n, transfers.number, number = format.number(number))}</span>
            </header>
            <ul class="transfer-lines">{lines}</ul>
            {notes}
            <ul class="transfer-steps">{steps}</ul>
            <div class="transfer-acts">
                {may_receive
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Primary icon=Icon::Check on_press=move |()| desk.open(this.get_value(), desk.receiving)>
                                {move || t_string!(i18n, transfers.receive)}
                            </Button>
                        }
                    })}
                {may_send
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Primary on_press=move |()| desk.open(this.get_value(), desk.sending)>
                                {move || t_string!(i18n, transfers.send_it)}
                            </Button>
                        }
                    })}
                {may_cancel
                    .then(|| {
                        view! {
                            <Button kind=ButtonKind::Quiet on_press=move |()| desk.open(this.get_value(), desk.cancelling)>
                                {move || t_string!(i18n, transfers.cancel)}
                            </Button>
                        }
                    })}
            </div>
        </article>
    }
}

#[component]
fn Line(line: TransferLineView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, requested, sent, received, why) = (
        line.unit,
        line.requested,
        line.sent,
        line.received,
        line.reason,
    );
    let shown = received.or(sent).unwrap_or(requested);
    let before = if received.is_some() {
        sent
    } else {
        sent.map(|_| requested)
    };
    view! {
        <li>
            <b>{move || format.quantity(shown, unit)}</b>
            " "
            {line.product_name}
            {move || {
                before
                    .filter(|before| *before != shown)
                    .map(|before| {
                        let of = format.quantity(before, unit);
                        let words = if received.is_some() {
                            t_string!(i18n, transfers.of_sent, quantity = of)
                        } else {
                            t_string!(i18n, transfers.of_requested, quantity = of)
                        };
                        view! { <span class="transfer-of">" " {words}</span> }
                    })
            }}
            {why.map(|why| view! { <span class="transfer-of">" · " {move || reason_words(i18n.get_locale(), why)}</span> })}
        </li>
    }
}
