//! One order: what is planned, what came out, who did what, and what can be done next.

use super::{
    actions::{Actions, sheets},
    batches::Batches,
    needs::Needs,
    words,
};
use crate::{
    components::*, fetched::Fetched, format::use_format, i18n::*, pages::NotFoundPage,
    routes::guarded, server_fns::orders::get_order, session::may,
};
use contract::orders::{FieldChange, HistoryEntry, OrderDetail};
use domain::{OrderStatus, Permission, Unit};
use leptos::prelude::*;
use leptos_router::hooks::use_params_map;
use uuid::Uuid;

/// One order.
#[component]
pub fn OrderPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || {
        let params = use_params_map();
        let id = Memo::new(move |_| {
            params
                .with(|params| params.get("id"))
                .and_then(|text| text.parse::<Uuid>().ok())
        });
        move || match id.get() {
            Some(id) => view! { <Order id /> }.into_any(),
            None => view! { <NotFoundPage /> }.into_any(),
        }
    })
}

#[component]
fn Order(id: Uuid) -> impl IntoView {
    let detail = Fetched::new(move || id, get_order);
    use_live(&["orders"], move |events| {
        if events.is_empty() || events.iter().any(|event| event.subject_id == Some(id)) {
            detail.refetch();
        }
    });
    let actions = Actions::new(Callback::new(move |()| detail.refetch()));
    view! {
        <Loaded
            resource=detail
            children=move |detail: OrderDetail| {
                let shown = detail.clone();
                view! {
                    <Detail detail=detail.clone() />
                    {actions.view(&detail)}
                    <Later part=move || part(Part::More(Box::new(shown))) />
                    <History detail />
                }
            }
        />
        {actions.dialogs()}
    }
}

/// What of the page comes later. One function for all of it: each would be named in what every page loads.
pub(super) enum Part {
    More(Box<OrderDetail>),
    Sheets(Box<Actions>),
}

#[lazy(order_later)]
pub(super) fn part(part: Part) -> AnyView {
    match part {
        Part::More(detail) => more_of(*detail),
        Part::Sheets(actions) => sheets(*actions),
    }
}

/// Nobody waits for it: most people look at the order, not at its flour and its lots.
fn more_of(detail: OrderDetail) -> AnyView {
    let order = detail.order.clone();
    let needs = may(Permission::RecipesRead).then(|| view! { <Needs order /> });
    view! {
        <Batches detail />
        {needs}
    }
    .into_any()
}

#[component]
fn Detail(detail: OrderDetail) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let OrderDetail {
        order,
        on_hand,
        best_before,
        ..
    } = detail;
    let (unit, planned, status, date) = (
        order.unit,
        order.planned_quantity,
        order.status,
        order.production_date,
    );
    let (produced, lost) = (order.produced_quantity, order.lost_quantity.unwrap_or(0));
    let (name, number, shop) = (
        order.product_name.clone(),
        order.number,
        order.store_name.clone(),
    );
    let ledger = format!("/stock/{}?store={}", order.product_id, order.store_id);
    let list = format!("/orders/dispatch?date={date}&shop={}", order.store_id);
    // Only what came out of the oven has a lot to print.
    let labels = best_before.map(|_| format!("/orders/labels?order={}", order.id));
    view! {
        <PageHeader
            title=move || name.clone()
            over=move || t_string!(i18n, orders.over, number = format.number(number), store = shop.clone())
            lead=move || format.date_long(date)
        >
            <StatusPill tone=words::tone(status) text=move || words::status(i18n.get_locale(), status) />
        </PageHeader>
        <div class="order-figures">
            <Stat label=move || t_string!(i18n, orders.planned) value=move || format.quantity(planned, unit) />
            {produced
                .map(|produced| {
                    let tone = if produced < planned { Tone::Attention } else { Tone::Fine };
                    view! {
                        <Stat
                            label=move || t_string!(i18n, orders.produced)
                            value=move || format.quantity(produced, unit)
                            detail=move || t_string!(i18n, orders.lost_count, quantity = format.quantity(lost, unit))
                            tone
                        />
                    }
                })}
            <Stat
                label=move || t_string!(i18n, orders.on_hand)
                value=move || format.quantity(on_hand, unit)
                detail=move || best_before.map(|date| t_string!(i18n, orders.best_before, date = format.day(date))).unwrap_or_default()
            />
        </div>
        <nav class="order-ways" aria-label=move || t_string!(i18n, dispatch.ways)>
            <a href=ledger>{move || t_string!(i18n, orders.see_ledger)}</a>
            <a href=list>{move || t_string!(i18n, dispatch.see_list)}</a>
            {labels.map(|labels| view! { <a href=labels>{move || t_string!(i18n, dispatch.see_labels)}</a> })}
        </nav>
        {order.note.map(|note| view! { <Notice title=move || t_string!(i18n, orders.note)><p>{note}</p></Notice> })}
        {(status == OrderStatus::Cancelled)
            .then(|| {
                view! {
                    <Notice title=move || t_string!(i18n, orders.cancel_reason)>
                        <p>{order.cancel_reason.unwrap_or_default()}</p>
                    </Notice>
                }
            })}
    }
}

#[component]
fn History(detail: OrderDetail) -> impl IntoView {
    let i18n = use_i18n();
    let unit = detail.order.unit;
    let entries = detail
        .history
        .into_iter()
        .rev()
        .map(|entry| view! { <Entry entry unit /> })
        .collect_view();
    view! {
        <Section title=move || t_string!(i18n, orders.history)>
            <ol class="history">{entries}</ol>
        </Section>
    }
}

#[component]
fn Entry(entry: HistoryEntry, unit: Unit) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let HistoryEntry {
        at,
        actor_name,
        action,
        changes,
    } = entry;
    let is_new = action == "orders.create";
    let changes = changes
        .into_iter()
        .filter(|change| change.field != "status" && !(is_new && change.after.is_none()))
        .map(|change| {
            let field = change.field.clone();
            view! {
                <li>
                    {move || words::field(i18n.get_locale(), &field)} ": " <Value text=change.before.clone() change=change.clone() unit />
                    {(!is_new).then_some(" → ")} <b><Value text=change.after.clone() change=change.clone() unit /></b>
                </li>
            }
        })
        .collect_view();
    view! {
        <li class="history-entry">
            <p>
                <b>{actor_name}</b> " " {move || words::action(i18n.get_locale(), &action)}
                <time datetime=at.to_rfc3339()>{move || format.instant(at)}</time>
            </p>
            <ul class="history-changes">{changes}</ul>
        </li>
    }
}

/// A value of the audit log as people write it.
#[component]
fn Value(text: Option<String>, change: FieldChange, unit: Unit) -> impl IntoView {
    let format = use_format();
    move || {
        let text = text.clone()?;
        Some(match change.field.as_str() {
            "production_date" => text.parse().map(|date| format.day(date)).unwrap_or(text),
            field if field.ends_with("_quantity") => text
                .parse()
                .map(|n| format.quantity(n, unit))
                .unwrap_or(text),
            _ => text,
        })
    }
}
