//! The ledger of one shelf: every fact, latest first, with what was there after it.

use super::{
    correct::Correcting,
    later::{Part, draw_stock},
    words,
};
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::NotFoundPage,
    refusals::told,
    routes::guarded,
    server_fns::stock::{read_ledger, reverse_movement},
    session::may,
    store_choice::use_chosen_store,
};
use contract::stock::{LedgerView, LotView, MovementView, ReadLedger, ReverseMovement};
use domain::{Permission, Unit};
use leptos::{prelude::*, task::spawn_local};
use leptos_router::hooks::{use_params_map, use_query_map};
use uuid::Uuid;

/// The ledger of one product in the chosen store.
#[component]
pub fn LedgerPage() -> impl IntoView {
    guarded(Permission::StockRead, || {
        let params = use_params_map();
        let product = Memo::new(move |_| {
            params
                .with(|params| params.get("product"))
                .and_then(|text| text.parse::<Uuid>().ok())
        });
        let store = use_chosen_store();
        move || match (product.get(), store.get()) {
            (Some(product_id), Some(store)) => {
                view! { <Ledger product_id store_id=store.id /> }.into_any()
            }
            _ => view! { <NotFoundPage /> }.into_any(),
        }
    })
}

#[component]
fn Ledger(product_id: Uuid, store_id: Uuid) -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let query = use_query_map();
    let wanted = move || ReadLedger {
        store_id,
        product_id,
        after: query.with(|query| query.get("after")),
        limit: None,
    };
    let ledger = Fetched::new(wanted, read_ledger);
    use_live(&["stock", "transfers"], move |events| {
        // A transfer may move any product.
        let concerns = |e: &LiveEvent| {
            e.topic == "transfers" || e.subject_id.is_none_or(|id| id == product_id)
        };
        if events.is_empty() || events.iter().any(concerns) {
            ledger.refetch();
        }
    });
    let reverse = Callback::new(move |(movement_id, command_id): (Uuid, Uuid)| {
        spawn_local(async move {
            match reverse_movement(ReverseMovement {
                command_id,
                movement_id,
                note: None,
            })
            .await
            {
                Ok(_) => toasts.done(t_string!(i18n, stock.reversed)),
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
            ledger.refetch();
        });
    });
    let again = Callback::new(move |()| ledger.refetch());
    let correcting = Correcting::new((store_id, product_id), again);
    view! {
        <Loaded resource=ledger children=move |ledger: LedgerView| view! { <Facts ledger reverse correcting /> } />
        <Later part=move || draw_stock(Part::Correct(correcting)) />
        <Later part=move || draw_stock(Part::Belief { store_id, product_id }) />
        <Later part=|| draw_stock(Part::Terms) />
    }
}

#[component]
fn Facts(
    ledger: LedgerView,
    reverse: Callback<(Uuid, Uuid)>,
    correcting: Correcting,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (name, shop, unit, on_hand) = (
        ledger.product_name,
        ledger.store_name,
        ledger.unit,
        ledger.on_hand,
    );
    let (good, lots) = (ledger.good, ledger.lots);
    let (reserved, available, in_transit) = (ledger.reserved, ledger.available, ledger.in_transit);
    let columns = vec![
        Column::text(move || t_string!(i18n, stock.what)),
        Column::text(move || t_string!(i18n, stock.when)),
        Column::text(move || t_string!(i18n, stock.who)),
        Column::number(move || t_string!(i18n, stock.quantity)),
        Column::number(move || t_string!(i18n, stock.after)),
        Column::text(move || t_string!(i18n, stock.undo)),
    ];
    let address = format!("/stock/{}?store={}", ledger.product_id, ledger.store_id);
    let next = ledger
        .movements
        .next
        .map(|next| format!("{address}&after={}", next.replace('+', "%2B")));
    let is_empty = ledger.movements.items.is_empty();
    let rows = ledger
        .movements
        .items
        .into_iter()
        .map(|movement| view! { <Fact movement unit reverse /> })
        .collect_view();
    let tone = if on_hand < 0 {
        Tone::Danger
    } else {
        Tone::Neutral
    };
    let query = use_query_map();
    let product = name.clone();
    let correct = move |()| correcting.ask(product.clone(), unit);
    view! {
        <PageHeader title=move || name.clone() over=move || shop.clone()>
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
            {may(Permission::StockAdjust)
                .then(|| view! { <Button on_press=correct>{move || t_string!(i18n, stock.correct)}</Button> })}
        </PageHeader>
        <div class="shelf-numbers">
            <Stat label=move || t_string!(i18n, stock.on_hand) value=move || format.quantity(on_hand, unit) tone />
            {(good != on_hand)
                .then(|| view! { <Stat label=move || t_string!(i18n, stock.good) value=move || format.quantity(good, unit) /> })}
            <Holding reserved available in_transit unit />
        </div>
        <Lots lots unit />
        {if is_empty {
            view! {
                <EmptyState icon=Icon::Stock title=move || t_string!(i18n, stock.ledger_empty_title) text=move || t_string!(i18n, stock.ledger_empty_text) />
            }
            .into_any()
        } else {
            view! { <Table caption=move || t_string!(i18n, stock.ledger) columns>{rows}</Table> }.into_any()
        }}
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>
            {move || {
                query
                    .with(|query| query.get("after").is_some())
                    .then(|| view! { <a class="button button-quiet" href=address.clone()>{move || t_string!(i18n, stock.newest)}</a> })
            }}
            {next.map(|next| view! { <a class="button" rel="next" href=next>{move || t_string!(i18n, stock.older)}</a> })}
        </nav>
    }
}

/// How much of what is on hand is free, where that is not all of it, and what is on the road here.
#[component]
fn Holding(reserved: i64, available: i64, in_transit: i64, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    view! {
        {(reserved > 0)
            .then(|| view! { <Stat label=move || t_string!(i18n, stock.reserved) value=move || format.quantity(reserved, unit) /> })}
        <Stat label=move || t_string!(i18n, stock.available) value=move || format.quantity(available, unit) />
        {(in_transit > 0)
            .then(|| view! { <Stat label=move || t_string!(i18n, stock.in_transit) value=move || format.quantity(in_transit, unit) /> })}
    }
}

/// What is there, batch by batch, first to expire first.
#[component]
fn Lots(lots: Vec<LotView>, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let rows = lots
        .into_iter()
        .map(|lot| {
            let (arrived, best_before, quantity) = (lot.arrived_on, lot.best_before, lot.quantity);
            let (batch, by_transfer) = (lot.order_id.zip(lot.order_number), lot.by_transfer);
            view! {
                <li class="lot" data-expired=lot.is_expired.to_string()>
                    <b>{move || format.quantity(quantity, unit)}</b>
                    <span>{move || t_string!(i18n, stock.good_until, day = format.day(best_before))}</span>
                    <span class="lot-origin">
                        {match batch {
                            Some((id, number)) => {
                                view! {
                                    <a href=format!("/orders/{id}")>
                                        {move || t_string!(i18n, stock.of_batch, number = number.to_string(), day = format.day(arrived))}
                                    </a>
                                }
                                .into_any()
                            }
                            None if by_transfer => {
                                view! { {move || t_string!(i18n, stock.of_transfer, day = format.day(arrived))} }.into_any()
                            }
                            None => view! { {move || t_string!(i18n, stock.of_unknown, day = format.day(arrived))} }.into_any(),
                        }}
                    </span>
                    {lot.is_expired
                        .then(|| view! { <StatusPill tone=Tone::Attention text=move || t_string!(i18n, stock.lot_expired) /> })}
                </li>
            }
        })
        .collect_view();
    view! { <ul class="lots" aria-label=move || t_string!(i18n, stock.lots)>{rows}</ul> }
}

#[component]
fn Fact(movement: MovementView, unit: Unit, reverse: Callback<(Uuid, Uuid)>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (kind, why, quantity, balance, at) = (
        movement.kind,
        movement.reason,
        movement.quantity,
        movement.balance,
        movement.occurred_at,
    );
    let learned_late = (movement.recorded_at - at).num_minutes() >= 60;
    let (id, recorded_at, is_reversed, is_reversible) = (
        movement.id,
        movement.recorded_at,
        movement.is_reversed,
        movement.is_reversible,
    );
    // One id a row: pressing twice takes back once.
    let command_id = StoredValue::new(None::<Uuid>);
    let press = move |()| {
        let command = command_id.get_value().unwrap_or_else(Uuid::now_v7);
        command_id.set_value(Some(command));
        reverse.run((id, command));
    };
    let sign = if quantity < 0 { "−" } else { "+" };
    view! {
        <tr class="fact" data-reversed=is_reversed.to_string()>
            <Cell lead=true>
                {move || words::kind(i18n.get_locale(), kind)}
                {why.map(|why| view! { <span class="fact-reason">{move || words::reason(i18n.get_locale(), why)}</span> })}
                {movement.note.map(|note| view! { <span class="fact-reason">"“" {note} "”"</span> })}
                {movement.order_id.map(|id| view! { <a class="fact-link" href=format!("/orders/{id}")>{move || t_string!(i18n, stock.see_order)}</a> })}
                {movement.import_id.map(|id| view! { <a class="fact-link" href=format!("/imports/{id}")>{move || t_string!(i18n, stock.see_import)}</a> })}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.when)>
                <span>
                    {move || format.instant(at)}
                    {learned_late
                        .then(|| {
                            view! {
                                <span class="fact-reason">
                                    {move || t_string!(i18n, stock.learned, at = format.instant(recorded_at))}
                                </span>
                            }
                        })}
                </span>
            </Cell>
            <Cell label=move || t_string!(i18n, stock.who)>
                {movement.actor_name.map_or_else(|| view! { {move || t_string!(i18n, stock.system)} }.into_any(), |name| name.into_any())}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.quantity) numeric=true>
                {move || format!("{sign}{}", format.quantity(quantity.abs(), unit))}
            </Cell>
            <Cell label=move || t_string!(i18n, stock.after) numeric=true>{move || format.quantity(balance, unit)}</Cell>
            <Cell>
                {is_reversed.then(|| view! { <StatusPill tone=Tone::Neutral icon=Icon::Undo text=move || t_string!(i18n, stock.was_reversed) /> })}
                {is_reversible
                    .then(|| view! { <Button kind=ButtonKind::Quiet icon=Icon::Undo on_press=press>{move || t_string!(i18n, stock.reverse)}</Button> })}
            </Cell>
        </tr>
    }
}
