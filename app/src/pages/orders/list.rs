//! The list of orders. Its filters stand in the address, so a filtered list can be kept and sent to somebody.

use super::words;
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::oven::OvenNotice,
    routes::guarded,
    server_fns::orders::{list_order_products, list_orders},
    session::{may, use_current_user, use_stores},
};
use chrono::NaiveDate;
use contract::orders::{ListOrders, OrderView};
use contract::{AppError, Page};
use domain::{OrderStatus, Permission};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The list of orders.
#[component]
pub fn OrdersPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || view! { <Orders /> })
}

/// What the page shows: a part of the list, and the products of the filter.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    page: Page<OrderView>,
    products: Vec<(Uuid, String)>,
}

async fn load(wanted: ListOrders) -> Result<Shown, AppError> {
    let products = list_order_products().await?;
    let page = list_orders(wanted).await?;
    Ok(Shown {
        page,
        products: products.into_iter().map(|p| (p.id, p.name)).collect(),
    })
}

#[component]
fn Orders() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key).filter(|text| !text.is_empty());
            ListOrders {
                statuses: get("status")
                    .and_then(|text| text.parse().ok())
                    .into_iter()
                    .collect(),
                store_id: get("shop").and_then(|text| text.parse().ok()),
                product_id: get("product").and_then(|text| text.parse().ok()),
                from: get("from").and_then(|text| text.parse().ok()),
                until: get("until").and_then(|text| text.parse().ok()),
                after: get("after"),
                limit: None,
            }
        })
    });
    let orders = Fetched::new(move || wanted.get(), load);
    let today = use_current_user().today;
    let day = Signal::derive(move || wanted.with(|wanted| wanted.from).unwrap_or(today));
    let shop = Signal::derive(move || wanted.with(|wanted| wanted.store_id));
    use_live(&["orders"], move |_| orders.refetch());
    view! {
        <PageHeader title=move || t_string!(i18n, orders.title) lead=move || t_string!(i18n, orders.lead)>
            <ButtonLink href="/orders/standing">{move || t_string!(i18n, standing.title)}</ButtonLink>
            <ButtonLink href="/orders/dispatch">{move || t_string!(i18n, dispatch.title)}</ButtonLink>
            <ButtonLink href="/orders/labels">{move || t_string!(i18n, dispatch.labels)}</ButtonLink>
            {may(Permission::OrdersCreate)
                .then(|| {
                    view! {
                        <ButtonLink href="/orders/new" kind=ButtonKind::Primary icon=Icon::Plus>
                            {move || t_string!(i18n, orders.new_batch)}
                        </ButtonLink>
                    }
                })}
        </PageHeader>
        <Later part=move || oven_of_day(day, shop) />
        <Loaded
            resource=orders
            children=move |shown: Shown| {
                view! {
                    <Filters products=shown.products wanted=wanted.get_untracked() />
                    <List page=shown.page />
                }
            }
        />
    }
}

#[lazy(orders_later)]
fn oven_of_day(day: Signal<NaiveDate>, shop: Signal<Option<Uuid>>) -> AnyView {
    view! { <OvenNotice date=day store=shop /> }.into_any()
}

#[component]
fn Filters(products: Vec<(Uuid, String)>, wanted: ListOrders) -> impl IntoView {
    let i18n = use_i18n();
    let stores = use_stores();
    let status = wanted.statuses.first().copied();
    let statuses = OrderStatus::ALL
        .iter()
        .map(|option| {
            let option = *option;
            view! {
                <option value=option.as_str() selected=status == Some(option)>
                    {move || words::status(i18n.get_locale(), option)}
                </option>
            }
        })
        .collect_view();
    let shops = stores
        .into_iter()
        .map(|store| view! { <option value=store.id.to_string() selected=wanted.store_id == Some(store.id)>{store.name}</option> })
        .collect_view();
    let products = products
        .into_iter()
        .map(|(id, name)| view! { <option value=id.to_string() selected=wanted.product_id == Some(id)>{name}</option> })
        .collect_view();
    let date = |date: Option<chrono::NaiveDate>| date.map(|date| date.to_string());
    view! {
        <form class="filters" method="get" action="/orders">
            <Field for_id="filter-status" label=move || t_string!(i18n, orders.field_status)>
                <select class="input select" id="filter-status" name="status" aria-describedby="filter-status-note">
                    <option value="">{move || t_string!(i18n, common.all)}</option>
                    {statuses}
                </select>
            </Field>
            <Field for_id="filter-shop" label=move || t_string!(i18n, common.store)>
                <select class="input select" id="filter-shop" name="shop" aria-describedby="filter-shop-note">
                    <option value="">{move || t_string!(i18n, common.all)}</option>
                    {shops}
                </select>
            </Field>
            <Field for_id="filter-product" label=move || t_string!(i18n, orders.product)>
                <select class="input select" id="filter-product" name="product" aria-describedby="filter-product-note">
                    <option value="">{move || t_string!(i18n, common.all)}</option>
                    {products}
                </select>
            </Field>
            <Field for_id="filter-from" label=move || t_string!(i18n, orders.from)>
                <input class="input input-date" id="filter-from" name="from" type="date" aria-describedby="filter-from-note" value=date(wanted.from) />
            </Field>
            <Field for_id="filter-until" label=move || t_string!(i18n, orders.until)>
                <input class="input input-date" id="filter-until" name="until" type="date" aria-describedby="filter-until-note" value=date(wanted.until) />
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
        </form>
    }
}

#[component]
fn List(page: Page<OrderView>) -> impl IntoView {
    let i18n = use_i18n();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Orders title=move || t_string!(i18n, orders.empty_title) text=move || t_string!(i18n, orders.empty_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, orders.order)),
        Column::text(move || t_string!(i18n, common.store)),
        Column::text(move || t_string!(i18n, orders.date)),
        Column::number(move || t_string!(i18n, orders.planned)),
        Column::number(move || t_string!(i18n, orders.produced)),
        Column::text(move || t_string!(i18n, orders.field_status)),
    ];
    let rows = page
        .items
        .into_iter()
        .map(|order| view! { <Row order /> })
        .collect_view();
    view! {
        <Table caption=move || t_string!(i18n, orders.title) columns>{rows}</Table>
        <More path="/orders" next=page.next />
    }
    .into_any()
}

#[component]
fn Row(order: OrderView) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, date, planned, produced, status) = (
        order.unit,
        order.production_date,
        order.planned_quantity,
        order.produced_quantity,
        order.status,
    );
    let number = order.number;
    view! {
        <tr>
            <Cell lead=true>
                <a href=format!("/orders/{}", order.id)>
                    {order.product_name} " " <span class="order-number">"#" {move || format.number(number)}</span>
                </a>
            </Cell>
            <Cell label=move || t_string!(i18n, common.store)>{order.store_name}</Cell>
            <Cell label=move || t_string!(i18n, orders.date)>{move || format.day(date)}</Cell>
            <Cell label=move || t_string!(i18n, orders.planned) numeric=true>{move || format.quantity(planned, unit)}</Cell>
            <Cell label=move || t_string!(i18n, orders.produced) numeric=true>
                {move || produced.map_or_else(|| "–".to_owned(), |quantity| format.quantity(quantity, unit))}
            </Cell>
            <Cell label=move || t_string!(i18n, orders.field_status)>
                <StatusPill tone=words::tone(status) text=move || words::status(i18n.get_locale(), status) />
            </Cell>
        </tr>
    }
}

/// The way to the rest of the list at `path`, and back to its top.
#[component]
pub(super) fn More(path: &'static str, next: Option<String>) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let address = move |after: Option<&str>| {
        let mut query = query.get();
        query.remove("after");
        if let Some(after) = after {
            query.insert("after", after.to_owned());
        }
        format!("{path}{}", query.to_query_string())
    };
    let is_top = move || query.with(|query| query.get("after").is_none());
    view! {
        <nav class="more" aria-label=move || t_string!(i18n, common.pages)>
            {move || (!is_top()).then(|| view! { <a class="button button-quiet" href=address(None)>{move || t_string!(i18n, orders.to_top)}</a> })}
            {next.map(|next| view! { <a class="button" rel="next" href=move || address(Some(&next))>{move || t_string!(i18n, orders.older)}</a> })}
        </nav>
    }
}
