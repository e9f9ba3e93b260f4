//! What is on order: purchases that were sent and of which something is still expected.

use super::Desk;
use crate::{components::*, format::use_format, i18n::*};
use chrono::NaiveDate;
use contract::ingredients::{PurchaseLine, SupplierView};
use contract::purchases::PurchaseView;
use leptos::prelude::*;
use uuid::Uuid;

/// A supplier's list that somebody is about to write down as sent.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Sending {
    pub store_id: Uuid,
    /// In the kitchen.
    pub today: NaiveDate,
    pub supplier: SupplierView,
    pub lines: Vec<PurchaseLine>,
    /// The highest number on order from this supplier on this screen; 0 for none.
    pub seen_number: i64,
}

/// The sheets of the page and what they are about; live outside of what is loaded.
#[derive(Clone, Copy)]
pub(super) struct Sheets {
    pub send: Desk,
    pub sending: RwSignal<Option<Sending>>,
    pub receive: Desk,
    pub call_off: Desk,
    pub subject: RwSignal<Option<PurchaseView>>,
}

impl Sheets {
    pub(super) fn new(on_saved: Callback<()>) -> Self {
        Self {
            send: Desk::new(on_saved),
            sending: RwSignal::new(None),
            receive: Desk::new(on_saved),
            call_off: Desk::new(on_saved),
            subject: RwSignal::new(None),
        }
    }

    /// Opens the sheet for what was sent.
    pub(super) fn send(self, sending: Sending) {
        self.sending.set(Some(sending));
        self.send.show();
    }

    fn open(self, desk: Desk, purchase: PurchaseView) {
        self.subject.set(Some(purchase));
        desk.show();
    }
}

/// Open purchases, the first to come first.
#[component]
pub(super) fn OnOrder(open: Vec<PurchaseView>, sheets: Sheets, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    let columns = vec![
        Column::text(move || t_string!(i18n, recipes.supplier)),
        Column::text(move || t_string!(i18n, recipes.expected_on)),
        Column::text(move || t_string!(i18n, recipes.ordered)),
        Column::text(""),
    ];
    let rows = open
        .into_iter()
        .map(|purchase| view! { <Purchase purchase sheets may_change /> })
        .collect_view();
    view! {
        <Section title=move || t_string!(i18n, recipes.on_order) lead=move || t_string!(i18n, recipes.on_order_lead)>
            <Table caption=move || t_string!(i18n, recipes.on_order) columns>{rows}</Table>
        </Section>
    }
}

#[component]
fn Purchase(purchase: PurchaseView, sheets: Sheets, may_change: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (number, ordered_on) = (purchase.number, purchase.ordered_on);
    let (expected_on, late) = (purchase.expected_on, purchase.late);
    let supplier = purchase.supplier_name.clone();
    let lines = purchase
        .lines
        .iter()
        .map(|line| {
            let (name, unit, received) = (line.name.clone(), line.unit, line.received);
            let (packs, pack) = (line.packs, line.pack_quantity);
            let words = move || {
                let pack = format.quantity_with_unit(pack, unit);
                let ordered = format!("{} × {pack} {name}", format.number(packs));
                if received == 0 {
                    return ordered;
                }
                let quantity = format.quantity_with_unit(received, unit);
                let came =
                    t_string!(i18n, recipes.received_so_far, quantity = quantity).to_string();
                format!("{ordered} · {came}")
            };
            view! { <div>{words}</div> }
        })
        .collect_view();
    let of = StoredValue::new(purchase);
    let receive = move |()| sheets.open(sheets.receive, of.get_value());
    let call_off = move |()| sheets.open(sheets.call_off, of.get_value());
    view! {
        <tr>
            <Cell lead=true>
                <strong>{supplier}</strong>
                <br />
                <span class="muted">
                    {move || {
                        let day = format.date_short(ordered_on);
                        t_string!(i18n, recipes.purchase_number, number = number, day = day).to_string()
                    }}
                </span>
            </Cell>
            <Cell label=move || t_string!(i18n, recipes.expected_on)>
                {move || format.date_short(expected_on)}
                {late
                    .then(|| {
                        view! {
                            <br />
                            <StatusPill tone=Tone::Attention text=move || t_string!(i18n, recipes.late) />
                        }
                    })}
            </Cell>
            <Cell label=move || t_string!(i18n, recipes.ordered)>{lines}</Cell>
            <Cell>
                {may_change
                    .then(|| {
                        view! {
                            <div class="row-actions">
                                <Button icon=Icon::Download on_press=receive>
                                    {move || t_string!(i18n, recipes.receive_purchase)}
                                </Button>
                                <Button kind=ButtonKind::Quiet on_press=call_off>
                                    {move || t_string!(i18n, recipes.call_off)}
                                </Button>
                            </div>
                        }
                    })}
            </Cell>
        </tr>
    }
}
