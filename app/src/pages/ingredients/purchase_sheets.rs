//! Writing a purchase down as sent, receiving it, calling it off, in sheets.

use super::on_order::{Sending, Sheets};
use super::{Amount, AmountInput, Desk, SheetForm};
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    server_fns::recipes::{cancel_purchase, create_purchase, receive_purchase},
};
use chrono::NaiveDate;
use contract::purchases::{
    CancelPurchase, CreatePurchase, OrderedPacks, PurchaseLineView, PurchaseView, ReceivePurchase,
    ReceivedLine,
};
use domain::purchases::expected_on;
use leptos::prelude::*;
use uuid::Uuid;

const MOST_PACKS: i64 = 100_000;

/// The sheets.
#[lazy(buy_later)]
pub(super) fn draw_purchase_sheets(sheets: Sheets) -> AnyView {
    let i18n = use_i18n();
    let named = move |title: &str| {
        let supplier = sheets
            .subject
            .with(|of| of.as_ref().map(|of| of.supplier_name.clone()));
        format!("{title} · {}", supplier.unwrap_or_default())
    };
    let sent = move || {
        let title = t_string!(i18n, recipes.sent_to_supplier);
        let name = sheets
            .sending
            .with(|of| of.as_ref().map(|of| of.supplier.name.clone()));
        format!("{title} · {}", name.unwrap_or_default())
    };
    // Whether it is open is asked first: nothing would tell otherwise that there is something to show by now.
    let send = move || {
        let is_open = sheets.send.open.get();
        let sending = sheets.sending.get_untracked().filter(|_| is_open)?;
        Some(view! { <SendFields desk=sheets.send sending /> })
    };
    let receive = move || {
        let is_open = sheets.receive.open.get();
        let purchase = sheets.subject.get_untracked().filter(|_| is_open)?;
        Some(view! { <ReceiveFields desk=sheets.receive purchase /> })
    };
    let call_off = move || {
        let is_open = sheets.call_off.open.get();
        let purchase = sheets.subject.get_untracked().filter(|_| is_open)?;
        Some(view! { <CallOffFields desk=sheets.call_off purchase /> })
    };
    view! {
        <Dialog open=sheets.send.open title=sent sheet=true>
            {send}
        </Dialog>
        <Dialog open=sheets.receive.open title=move || named(t_string!(i18n, recipes.receive_purchase)) sheet=true>
            {receive}
        </Dialog>
        <Dialog open=sheets.call_off.open title=move || named(t_string!(i18n, recipes.call_off)) sheet=true>
            {call_off}
        </Dialog>
    }
    .into_any()
}

fn some(text: RwSignal<String>) -> Option<String> {
    Some(text.get_untracked()).filter(|text| !text.trim().is_empty())
}

/// What was sent: packs as the list says, and as whoever sent it changed them.
#[component]
fn SendFields(desk: Desk, sending: Sending) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let Sending {
        store_id,
        today,
        supplier,
        lines,
        seen_number,
    } = sending;
    let supplier_id = supplier.id;
    let draft = format!("purchase-{store_id}-{supplier_id}-{today}-{seen_number}");
    let sent_as = draft.clone();
    let day = RwSignal::new(Some(expected_on(today, supplier.lead_time_days)));
    let note = RwSignal::new(String::new());
    let empty = RwSignal::new(false);
    let boxes: Vec<(Uuid, RwSignal<Option<i64>>)> = lines
        .iter()
        .map(|line| (line.ingredient_id, RwSignal::new(Some(line.packs))))
        .collect();
    let typed = StoredValue::new(boxes.clone());
    let save = move || {
        let lines: Vec<OrderedPacks> = typed.with_value(|boxes| {
            let filled = boxes.iter().filter_map(|(ingredient_id, packs)| {
                let packs = packs.get_untracked().filter(|packs| *packs > 0)?;
                Some(OrderedPacks {
                    ingredient_id: *ingredient_id,
                    packs,
                })
            });
            filled.collect()
        });
        empty.set(lines.is_empty());
        if lines.is_empty() {
            return;
        }
        let command = CreatePurchase {
            command_id: desk.command_id(),
            store_id,
            supplier_id,
            lines,
            expected_on: day.get_untracked(),
            note: some(note),
            seen_number: Some(seen_number),
        };
        let done = |l: Locale| td_string!(l, recipes.purchase_sent);
        desk.run(sent_as.clone(), done, create_purchase(command));
    };
    let rows = lines
        .into_iter()
        .zip(boxes)
        .map(|(line, (_, packs))| {
            let (name, unit, pack) = (line.name, line.unit, line.pack_quantity);
            let words = move || format!("{name} · {}", format.quantity_with_unit(pack, unit));
            view! { <QuantityInput name=format!("packs-{}", line.code) label=words value=packs max=MOST_PACKS /> }
        })
        .collect_view();
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            {move || {
                empty.get().then(|| view! { <Notice tone=Tone::Attention><p>{t_string!(i18n, recipes.nothing_received)}</p></Notice> })
            }}
            <p class="lead">{move || t_string!(i18n, recipes.send_lead)}</p>
            {rows}
            <DateField
                name="expected_on"
                label=move || t_string!(i18n, recipes.expected_on)
                value=day
                min=today
                error=desk.beside("expected_on")
            />
            <TextInput name="note" label=move || t_string!(i18n, recipes.note) value=note optional=true />
        </SheetForm>
    }
}

/// What is typed of one line. Copy.
#[derive(Clone, Copy)]
struct Typed {
    ingredient_id: Uuid,
    pack_quantity: i64,
    packs: RwSignal<Option<i64>>,
    price: Amount,
    best_before: RwSignal<Option<NaiveDate>>,
}

impl Typed {
    /// `None` where the price cannot be read; its box says so.
    fn read(self) -> Option<ReceivedLine> {
        let pack_price_minor = self.price.read().ok()?;
        let packs = self.packs.get_untracked().unwrap_or(0);
        Some(ReceivedLine {
            ingredient_id: self.ingredient_id,
            quantity: packs.saturating_mul(self.pack_quantity),
            pack_price_minor,
            best_before: self.best_before.get_untracked(),
        })
    }
}

#[component]
fn ReceiveFields(desk: Desk, purchase: PurchaseView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let PurchaseView {
        id,
        version,
        lines,
        ordered_on,
        ..
    } = purchase;
    let draft = format!("receive-{id}-{version}");
    let sent_as = draft.clone();
    let reason = RwSignal::new(String::new());
    let close_rest = RwSignal::new(false);
    let boxes: Vec<(PurchaseLineView, Typed)> = lines
        .into_iter()
        .map(|line| {
            let typed = Typed {
                ingredient_id: line.ingredient_id,
                pack_quantity: line.pack_quantity,
                packs: RwSignal::new(Some(line.outstanding / line.pack_quantity.max(1))),
                price: Amount::new(None, format.minor_digits()),
                best_before: RwSignal::new(None),
            };
            (line, typed)
        })
        .collect();
    let typed: Vec<Typed> = boxes.iter().map(|(_, typed)| *typed).collect();
    let typed = StoredValue::new(typed);
    let save = move || {
        let lines = typed.with_value(|typed| {
            let lines = typed.iter().copied().map(Typed::read);
            lines.collect::<Option<Vec<ReceivedLine>>>()
        });
        let Some(mut lines) = lines else { return };
        lines.retain(|line| line.quantity > 0);
        let command = ReceivePurchase {
            command_id: desk.command_id(),
            purchase_id: id,
            version,
            lines,
            close_rest: close_rest.get_untracked(),
            reason: some(reason),
        };
        let done = |l: Locale| td_string!(l, recipes.received);
        desk.run(sent_as.clone(), done, receive_purchase(command));
    };
    let rows = boxes
        .into_iter()
        .map(|(line, typed)| {
            let (name, unit, pack) = (line.name, line.unit, line.pack_quantity);
            let words = move || format!("{name} · {}", format.quantity_with_unit(pack, unit));
            let (expected, code) = (line.pack_price_minor, line.code);
            let price_hint = move || expected.map(|price| format.money(price)).unwrap_or_default();
            view! {
                <fieldset class="stack">
                    <QuantityInput name=format!("packs-{code}") label=words value=typed.packs max=MOST_PACKS />
                    <AmountInput
                        name=format!("price-{code}")
                        label=move || t_string!(i18n, recipes.other_price)
                        hint=price_hint
                        amount=typed.price
                    />
                    <DateField
                        name=format!("best_before-{code}")
                        label=move || t_string!(i18n, recipes.best_before)
                        value=typed.best_before
                        min=ordered_on
                        optional=true
                    />
                </fieldset>
            }
        })
        .collect_view();
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            <p class="lead">{move || t_string!(i18n, recipes.receive_lead)}</p>
            {rows}
            <Switch name="close_rest" label=move || t_string!(i18n, recipes.close_rest) value=close_rest />
            <TextInput
                name="reason"
                label=move || t_string!(i18n, recipes.reason)
                hint=move || t_string!(i18n, recipes.reason_hint)
                value=reason
                error=desk.beside("reason")
                optional=true
            />
        </SheetForm>
    }
}

#[component]
fn CallOffFields(desk: Desk, purchase: PurchaseView) -> impl IntoView {
    let i18n = use_i18n();
    let (purchase_id, version) = (purchase.id, purchase.version);
    let draft = format!("call-off-{purchase_id}-{version}");
    let sent_as = draft.clone();
    let reason = RwSignal::new(String::new());
    let save = move || {
        let command = CancelPurchase {
            command_id: desk.command_id(),
            purchase_id,
            version,
            reason: reason.get_untracked(),
        };
        let done = |l: Locale| td_string!(l, recipes.called_off);
        desk.run(sent_as.clone(), done, cancel_purchase(command));
    };
    view! {
        <SheetForm desk draft on_save=move |()| save()>
            <p class="lead">{move || t_string!(i18n, recipes.call_off_lead)}</p>
            <TextInput name="reason" label=move || t_string!(i18n, recipes.reason) value=reason error=desk.beside("reason") />
        </SheetForm>
    }
}
