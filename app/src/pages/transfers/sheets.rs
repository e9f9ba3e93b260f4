//! Sending, receiving, taking back: the sheets over the list.

use super::Desk;
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    pages::{reason_words, units::in_unit},
    server_fns::transfers::{cancel_transfer, receive_transfer, send_transfer},
};
use contract::transfers::{
    CancelTransfer, ReceiveTransfer, ReceivedQuantity, SendTransfer, TransferQuantity, TransferView,
};
use domain::stock::MAX_QUANTITY;
use domain::{StockReason, Unit};
use leptos::prelude::*;
use leptos_i18n::I18nContext;
use uuid::Uuid;

/// Why fewer or more arrived.
const REASONS: &[StockReason] = &[
    StockReason::Damaged,
    StockReason::Correction,
    StockReason::Theft,
    StockReason::Expired,
    StockReason::Unknown,
];

#[lazy(transfers_later)]
pub(super) fn sheets(desk: Desk) -> AnyView {
    let i18n = desk.i18n;
    let with = move |form: fn(TransferView, Desk) -> AnyView| {
        move || desk.transfer.get().map(|transfer| form(transfer, desk))
    };
    view! {
        <Dialog open=desk.sending title=move || t_string!(i18n, transfers.send_it) sheet=true>
            {with(|transfer, desk| view! { <SendForm transfer desk /> }.into_any())}
        </Dialog>
        <Dialog open=desk.receiving title=move || t_string!(i18n, transfers.receive) sheet=true>
            {with(|transfer, desk| view! { <ReceiveForm transfer desk /> }.into_any())}
        </Dialog>
        <Dialog open=desk.cancelling title=move || t_string!(i18n, transfers.cancel)>
            {with(|transfer, desk| view! { <CancelForm transfer desk /> }.into_any())}
        </Dialog>
    }
    .into_any()
}

#[component]
fn Refusal(desk: Desk) -> impl IntoView {
    move || {
        desk.refusal
            .get()
            .map(|words| view! { <Notice tone=Tone::Danger><p>{words}</p></Notice> })
    }
}

/// A product with its box.
#[derive(Clone)]
struct Boxed {
    product_id: Uuid,
    name: String,
    of: Unit,
    /// What was asked for or sent.
    before: i64,
    quantity: RwSignal<Option<i64>>,
    reason: RwSignal<String>,
}

impl Desk {
    /// Whether every box holds a number; what cannot be read is never taken for nothing.
    fn readable(self, boxes: &[Boxed]) -> bool {
        let readable = boxes
            .iter()
            .all(|line| line.quantity.get_untracked().is_some());
        if !readable {
            let words = t_string!(self.i18n, transfers.unreadable);
            self.refusal.set(Some(words.to_owned()));
        }
        readable
    }
}

fn boxes(transfer: &TransferView) -> Vec<Boxed> {
    let lines = transfer.lines.iter();
    lines
        .map(|line| {
            let before = line.sent.unwrap_or(line.requested);
            Boxed {
                product_id: line.product_id,
                name: line.product_name.clone(),
                of: line.unit,
                before,
                quantity: RwSignal::new(Some(before)),
                reason: RwSignal::new(String::new()),
            }
        })
        .collect()
}

#[component]
fn SendForm(transfer: TransferView, desk: Desk) -> impl IntoView {
    let (i18n, format) = (desk.i18n, use_format());
    let id = transfer.id;
    let boxes = boxes(&transfer);
    let inputs = boxes
        .iter()
        .cloned()
        .map(|line| {
            let (name, label) = (format!("send-{}", line.product_id), line.name);
            let hint = move || in_unit(i18n.get_locale(), format, line.quantity.get(), line.of);
            view! { <QuantityInput name label=move || label.clone() hint value=line.quantity max=MAX_QUANTITY /> }
        })
        .collect_view();
    let send = move || {
        if !desk.readable(&boxes) {
            return;
        }
        let lines = boxes.iter().map(|line| TransferQuantity {
            product_id: line.product_id,
            quantity: line.quantity.get_untracked().unwrap_or(0),
        });
        let command = SendTransfer {
            command_id: desk.command_id(),
            transfer_id: id,
            lines: lines.collect(),
        };
        desk.run(
            desk.sending,
            untrack(|| desk.draft("send")),
            send_transfer(command),
        );
    };
    view! {
        <form class="form" data-draft=move || desk.draft("send") on:submit=move |event| { event.prevent_default(); send(); }>
            <Refusal desk />
            {inputs}
            <Button kind=ButtonKind::Primary submit=true busy=desk.busy>{move || t_string!(i18n, transfers.send_it)}</Button>
        </form>
    }
}

fn reasons(i18n: I18nContext<Locale>) -> Vec<Choice> {
    let none = Choice::new("", move || t_string!(i18n, transfers.choose_reason));
    let reasons = REASONS.iter().map(|reason| {
        let reason = *reason;
        Choice::new(reason.as_str(), move || {
            reason_words(i18n.get_locale(), reason)
        })
    });
    std::iter::once(none).chain(reasons).collect()
}

#[component]
fn ReceiveForm(transfer: TransferView, desk: Desk) -> impl IntoView {
    let (i18n, format) = (desk.i18n, use_format());
    let id = transfer.id;
    let mut boxes = boxes(&transfer);
    boxes.retain(|line| line.before > 0);
    let inputs = boxes
        .iter()
        .cloned()
        .map(|line| {
            let differs = move || line.quantity.get() != Some(line.before);
            let name = format!("receive-{}", line.product_id);
            let why = format!("why-{}", line.product_id);
            let label = line.name.clone();
            let of = line.of;
            let product = line.name.clone();
            view! {
                <QuantityInput
                    name
                    label=move || label.clone()
                    hint=move || {
                        let sent = t_string!(i18n, transfers.of_sent, quantity = format.quantity(line.before, of));
                        format!("{sent} · {}", in_unit(i18n.get_locale(), format, line.quantity.get(), of))
                    }
                    value=line.quantity
                    max=MAX_QUANTITY
                />
                // There from the start, so that what was chosen comes back with the quantity after a reload.
                <div hidden=move || !differs()>
                    <Select name=why label=move || t_string!(i18n, transfers.why, product = product.clone()) value=line.reason options=reasons(i18n) />
                </div>
            }
        })
        .collect_view();
    let receive = move || {
        if !desk.readable(&boxes) {
            return;
        }
        let lines = boxes.iter().map(|line| {
            let quantity = line.quantity.get_untracked().unwrap_or(0);
            ReceivedQuantity {
                product_id: line.product_id,
                quantity,
                reason: (quantity != line.before)
                    .then(|| line.reason.get_untracked().parse().ok())
                    .flatten(),
            }
        });
        let command = ReceiveTransfer {
            command_id: desk.command_id(),
            transfer_id: id,
            lines: lines.collect(),
        };
        desk.run(
            desk.receiving,
            untrack(|| desk.draft("receive")),
            receive_transfer(command),
        );
    };
    view! {
        <form class="form" data-draft=move || desk.draft("receive") on:submit=move |event| { event.prevent_default(); receive(); }>
            <Refusal desk />
            <p>{move || t_string!(i18n, transfers.receive_lead)}</p>
            {inputs}
            <Button kind=ButtonKind::Primary icon=Icon::Check submit=true busy=desk.busy>{move || t_string!(i18n, transfers.receive)}</Button>
        </form>
    }
}

#[component]
fn CancelForm(transfer: TransferView, desk: Desk) -> impl IntoView {
    let i18n = desk.i18n;
    let id = transfer.id;
    let was_sent = transfer.sent_at.is_some();
    let cancel = move || {
        let command = CancelTransfer {
            command_id: desk.command_id(),
            transfer_id: id,
            reason: desk.reason.get_untracked(),
        };
        desk.run(
            desk.cancelling,
            untrack(|| desk.draft("cancel")),
            cancel_transfer(command),
        );
    };
    view! {
        <form class="form" data-draft=move || desk.draft("cancel") on:submit=move |event| { event.prevent_default(); cancel(); }>
            <Refusal desk />
            <p>
                {move || if was_sent { t_string!(i18n, transfers.cancel_sent) } else { t_string!(i18n, transfers.cancel_requested) }}
            </p>
            <TextInput name="transfer-reason" label=move || t_string!(i18n, transfers.cancel_reason) value=desk.reason />
            <div class="dialog-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.cancelling.set(false)>{move || t_string!(i18n, common.back)}</Button>
                <Button kind=ButtonKind::Danger submit=true busy=desk.busy>{move || t_string!(i18n, transfers.cancel)}</Button>
            </div>
        </form>
    }
}
