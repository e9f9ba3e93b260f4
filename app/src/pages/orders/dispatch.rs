//! The list that goes out with the crates: what each shop gets, to tick off and to sign.

use super::{
    paper::{Asked, ChooseShop, PaperFilters, PrintKey},
    words,
};
use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, routes::guarded,
    server_fns::orders::read_dispatch, session::may,
};
use chrono::NaiveDate;
use contract::dispatch::{DispatchBatch, DispatchTotal, DispatchView, ReadDispatch, StoreDispatch};
use domain::Permission;
use leptos::prelude::*;

/// The list of a day.
#[component]
pub fn DispatchPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || view! { <Dispatch /> })
}

#[component]
fn Dispatch() -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let asked = Asked::of_address();
    let list = Fetched::new(
        move || (asked.date.get(), asked.shop.get()),
        |(date, store_id)| read_dispatch(ReadDispatch { date, store_id }),
    );
    use_live(&["orders"], move |_| list.refetch());
    let bakes = may(Permission::RecipesRead);
    view! {
        <PageHeader title=move || t_string!(i18n, dispatch.title) lead=move || format.date_long(asked.date.get())>
            <ButtonLink href="/orders">{move || t_string!(i18n, orders.back_to_list)}</ButtonLink>
            {move || view! { <ButtonLink href=asked.at("/orders/labels")>{move || t_string!(i18n, dispatch.labels)}</ButtonLink> }}
            {move || {
                bakes
                    .then(|| {
                        view! { <ButtonLink href=asked.at("/orders/mixes")>{move || t_string!(i18n, capacity.mixes)}</ButtonLink> }
                    })
            }}
            <PrintKey />
        </PageHeader>
        <PaperFilters action="/orders/dispatch" asked />
        <Loaded resource=list let:list>
            <Lists list />
        </Loaded>
    }
}

#[component]
fn Lists(list: DispatchView) -> impl IntoView {
    let i18n = use_i18n();
    let date = list.date;
    if !list.choose_from.is_empty() {
        return view! {
            <div class="dispatch">
                <ChooseShop action="/orders/dispatch" date shops=list.choose_from />
                <Totals totals=list.totals />
            </div>
        }
        .into_any();
    }
    if list.stores.is_empty() {
        return view! {
            <EmptyState
                icon=Icon::Orders
                title=move || t_string!(i18n, dispatch.empty_title)
                text=move || t_string!(i18n, dispatch.empty_text)
            />
        }
        .into_any();
    }
    let stores = list
        .stores
        .into_iter()
        .map(|store| view! { <Shop store date /> })
        .collect_view();
    view! {
        <div class="dispatch">
            {stores}
            <Totals totals=list.totals />
        </div>
    }
    .into_any()
}

/// One shop: on paper a page of its own, with its name on every sheet.
#[component]
fn Shop(store: StoreDispatch, date: NaiveDate) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let name = format!("{} · {}", store.store_code, store.store_name);
    let (title, caption) = (name.clone(), name.clone());
    let heads: [(fn(Locale) -> &'static str, bool); 7] = [
        (|l| td_string!(l, orders.product), false),
        (|l| td_string!(l, orders.field_status), false),
        (|l| td_string!(l, orders.planned), true),
        (|l| td_string!(l, orders.produced), true),
        (|l| td_string!(l, dispatch.trays), true),
        (|l| td_string!(l, dispatch.lot), false),
        (|l| td_string!(l, dispatch.sell_until), false),
    ];
    let heads = heads
        .into_iter()
        .map(|(head, numeric)| {
            view! {
                <th scope="col" class:numeric=numeric>
                    {move || head(i18n.get_locale())}
                </th>
            }
        })
        .collect_view();
    let batches = store
        .batches
        .into_iter()
        .map(|batch| view! { <Batch batch /> })
        .collect_view();
    view! {
        <section class="section dispatch-store">
            <h2 class="section-title no-print">{title}</h2>
            <div class="table-frame">
                <table class="table">
                    <caption class="visually-hidden">{caption}</caption>
                    <thead>
                        <tr class="paper-only">
                            <th colspan="8" class="dispatch-shop">
                                {name}
                                " · "
                                {move || format.date_long(date)}
                            </th>
                        </tr>
                        <tr>
                            <th scope="col" class="paper-only">
                                {move || t_string!(i18n, dispatch.tick)}
                            </th>
                            {heads}
                        </tr>
                    </thead>
                    <tbody>{batches}</tbody>
                </table>
            </div>
            <div class="dispatch-signatures paper-only">
                <p>{move || t_string!(i18n, dispatch.handed_over)}</p>
                <p>{move || t_string!(i18n, dispatch.received)}</p>
                <p>{move || t_string!(i18n, dispatch.time)}</p>
            </div>
        </section>
    }
}

#[component]
fn Batch(batch: DispatchBatch) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, status, number) = (batch.unit, batch.status, batch.number);
    let (planned, produced, trays) = (
        batch.planned_quantity,
        batch.produced_quantity,
        batch.trays(),
    );
    let (order, labels) = (
        format!("/orders/{}", batch.order_id),
        format!("/orders/labels?order={}", batch.order_id),
    );
    // All of it is sold until the first of it expires.
    let best_before = batch.lots.iter().map(|lot| lot.best_before).min();
    let lots = batch.lots.into_iter().map(|lot| {
        let labels = labels.clone();
        view! { <a class="dispatch-lot" href=labels>{lot.number}</a> }
    });
    let lots = lots.collect::<Vec<_>>();
    let lot = if lots.is_empty() {
        "–".into_any()
    } else {
        lots.into_any()
    };
    view! {
        <tr>
            <td class="cell paper-only">
                <span class="tick"></span>
            </td>
            <Cell lead=true>
                <a href=order>
                    {batch.product_name} " " <span class="order-number">"#" {move || format.number(number)}</span>
                </a>
                <br />
                <span class="muted">{batch.sku}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, orders.field_status)>
                <StatusPill tone=words::tone(status) text=move || words::status(i18n.get_locale(), status) />
            </Cell>
            <Cell label=move || t_string!(i18n, orders.planned) numeric=true>{move || format.quantity(planned, unit)}</Cell>
            <Cell label=move || t_string!(i18n, orders.produced) numeric=true>
                {move || produced.map_or_else(|| "–".to_owned(), |quantity| format.quantity(quantity, unit))}
            </Cell>
            <Cell label=move || t_string!(i18n, dispatch.trays) numeric=true>
                {move || trays.map_or_else(|| "–".to_owned(), |trays| format.number(trays))}
            </Cell>
            <Cell label=move || t_string!(i18n, dispatch.lot)>{lot}</Cell>
            <Cell label=move || t_string!(i18n, dispatch.sell_until)>
                {move || best_before.map_or_else(|| "–".to_owned(), |date| format.date_numeric(date))}
            </Cell>
        </tr>
    }
}

/// Each product over all shops of the list.
#[component]
fn Totals(totals: Vec<DispatchTotal>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let columns = vec![
        Column::text(move || t_string!(i18n, orders.product)),
        Column::number(move || t_string!(i18n, dispatch.expected)),
        Column::number(move || t_string!(i18n, orders.produced)),
        Column::number(move || t_string!(i18n, dispatch.together)),
    ];
    let rows = totals
        .into_iter()
        .map(|total| {
            let (unit, expected, produced) = (total.unit, total.expected, total.produced);
            view! {
                <tr>
                    <Cell lead=true>
                        {total.product_name} <br /> <span class="muted">{total.sku}</span>
                    </Cell>
                    <Cell label=move || t_string!(i18n, dispatch.expected) numeric=true>{move || format.quantity(expected, unit)}</Cell>
                    <Cell label=move || t_string!(i18n, orders.produced) numeric=true>{move || format.quantity(produced, unit)}</Cell>
                    <Cell label=move || t_string!(i18n, dispatch.together) numeric=true>
                        <strong>{move || format.quantity(expected + produced, unit)}</strong>
                    </Cell>
                </tr>
            }
        })
        .collect_view();
    view! {
        <Section title=move || t_string!(i18n, dispatch.totals)>
            <Table caption=move || t_string!(i18n, dispatch.totals) columns>
                {rows}
            </Table>
        </Section>
    }
}
