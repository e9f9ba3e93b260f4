//! What a supplier brought, in a sheet: packs of each ingredient.

use super::{Desk, SheetForm};
use crate::{components::*, format::use_format, i18n::*, server_fns::recipes::receive_delivery};
use contract::ingredients::{DeliveredLine, IngredientView, IngredientsView, ReceiveDelivery};
use leptos::prelude::*;

const DRAFT: &str = "delivery";

/// The sheet; `known` holds the kitchen and its ingredients.
#[component]
pub(super) fn DeliveryForm(desk: Desk, known: RwSignal<Option<IngredientsView>>) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Dialog open=desk.open title=move || t_string!(i18n, recipes.receive) sheet=true>
            {move || {
                let list = known.get_untracked()?;
                desk.open.get().then(|| view! { <Fields desk list /> })
            }}
        </Dialog>
    }
}

#[component]
fn Fields(desk: Desk, list: IngredientsView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let supplier = RwSignal::new(String::new());
    let boxes: Vec<(IngredientView, RwSignal<Option<i64>>)> = list
        .items
        .into_iter()
        .filter(|item| item.stocked)
        .map(|item| (item, RwSignal::new(Some(0))))
        .collect();
    let empty = RwSignal::new(false);
    let store_id = list.store_id;
    let sent = StoredValue::new(boxes.clone());
    let save = move || {
        let Some(store_id) = store_id else { return };
        let lines = sent.with_value(|boxes| {
            let filled = boxes.iter().filter_map(|(item, packs)| {
                let packs = packs.get_untracked().filter(|packs| *packs > 0)?;
                Some(DeliveredLine {
                    ingredient_id: item.id,
                    quantity: packs.saturating_mul(item.pack_quantity),
                    pack_price_minor: None,
                })
            });
            filled.collect::<Vec<_>>()
        });
        empty.set(lines.is_empty());
        if lines.is_empty() {
            return;
        }
        let command = ReceiveDelivery {
            command_id: desk.command_id(),
            store_id,
            lines,
            note: None,
        };
        let done = |l: Locale| td_string!(l, recipes.received);
        desk.run(DRAFT.to_owned(), done, receive_delivery(command));
    };
    let all = Choice::new("", move || t_string!(i18n, common.all));
    let options = list
        .suppliers
        .into_iter()
        .map(|s| Choice::new(s.id.to_string(), s.name));
    let options: Vec<Choice> = [all].into_iter().chain(options).collect();
    let rows = boxes
        .into_iter()
        .map(|(item, packs)| {
            let of = item.supplier_id.map(|id| id.to_string()).unwrap_or_default();
            let shown = move || supplier.with(|wanted| wanted.is_empty() || *wanted == of);
            let (name, unit, pack) = (item.name, item.unit, item.pack_quantity);
            let words = move || format!("{name} · {}", format.quantity_with_unit(pack, unit));
            view! {
                <div hidden=move || !shown()>
                    <QuantityInput name=format!("packs-{}", item.code) label=words value=packs max=100_000 />
                </div>
            }
        })
        .collect_view();
    view! {
        <SheetForm desk draft=DRAFT.to_owned() on_save=move |()| save()>
            {move || {
                empty.get().then(|| view! { <Notice tone=Tone::Attention><p>{t_string!(i18n, recipes.nothing_received)}</p></Notice> })
            }}
            <p class="lead">{move || t_string!(i18n, recipes.receive_lead)}</p>
            <Select name="from" label=move || t_string!(i18n, recipes.supplier) value=supplier options=options optional=true />
            {rows}
        </SheetForm>
    }
}
