//! Standing orders: what is baked every week on the same days.

use super::list::More;
use super::standing_form::{Desk, draw_standing};
use crate::{
    components::*,
    fetched::Fetched,
    format::{Format, use_format},
    i18n::*,
    routes::guarded,
    server_fns::{orders::list_order_products, standing_orders::list_standing_orders},
    session::{may, use_stores},
};
use chrono::NaiveDate;
use contract::standing_orders::{ListStandingOrders, StandingOrderView};
use contract::{AppError, Page};
use domain::Permission;
use domain::standing::{EVERY_DAY, is_on};
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// The list of standing orders. Its filters stand in the address.
#[component]
pub fn StandingOrdersPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || view! { <StandingOrders /> })
}

/// A product to choose.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct ProductChoice {
    pub id: Uuid,
    pub name: String,
    pub tray_size: i64,
    pub active: bool,
}

/// What the page shows: a part of the list, and the products to choose from.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    page: Page<StandingOrderView>,
    products: Vec<ProductChoice>,
}

async fn load(wanted: ListStandingOrders) -> Result<Shown, AppError> {
    let products = list_order_products().await?.into_iter();
    let products = products.map(|product| ProductChoice {
        id: product.id,
        name: product.name,
        tray_size: product.tray_size.max(1),
        active: product.active,
    });
    let products = products.collect();
    let page = list_standing_orders(wanted).await?;
    Ok(Shown { page, products })
}

/// The days of a week that begins on a Monday.
pub(super) fn days_of_week() -> impl Iterator<Item = NaiveDate> {
    let monday = NaiveDate::from_ymd_opt(2024, 1, 1).unwrap_or_default();
    monday.iter_days().take(7)
}

pub(super) fn day_words(format: Format, locale: Locale, weekdays: i32) -> String {
    if weekdays == EVERY_DAY {
        return td_string!(locale, standing.every_day).to_owned();
    }
    let days = days_of_week().filter(|day| is_on(weekdays, *day));
    let days: Vec<&str> = days.map(|day| format.weekday(day)).collect();
    days.join(", ")
}

#[component]
fn StandingOrders() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let wanted = Memo::new(move |_| {
        query.with(|query| {
            let get = |key: &str| query.get(key).filter(|text| !text.is_empty());
            ListStandingOrders {
                store_id: get("shop").and_then(|text| text.parse().ok()),
                product_id: get("product").and_then(|text| text.parse().ok()),
                ended: get("ended").is_some(),
                after: get("after").and_then(|text| text.parse().ok()),
                limit: None,
            }
        })
    });
    let list = Fetched::new(move || wanted.get(), load);
    use_live(&["orders"], move |_| list.refetch());
    let desk = Desk::new(Callback::new(move |()| list.refetch()));
    let may_change = may(Permission::OrdersCreate);
    view! {
        <PageHeader title=move || t_string!(i18n, standing.title) lead=move || t_string!(i18n, standing.lead)>
            <ButtonLink href="/orders" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, orders.back_to_list)}</ButtonLink>
            {may_change
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=move |()| desk.write(None)>
                            {move || t_string!(i18n, standing.add)}
                        </Button>
                    }
                })}
        </PageHeader>
        <Loaded
            resource=list
            children=move |shown: Shown| {
                desk.products.set(shown.products.clone());
                view! {
                    <Filters products=shown.products wanted=wanted.get_untracked() />
                    <List page=shown.page desk may_change />
                }
            }
        />
        {may_change.then(|| view! { <Later part=move || draw_standing(desk) /> })}
    }
}

#[component]
fn Filters(products: Vec<ProductChoice>, wanted: ListStandingOrders) -> impl IntoView {
    let i18n = use_i18n();
    let shops = use_stores()
        .into_iter()
        .map(|store| view! { <option value=store.id.to_string() selected=wanted.store_id == Some(store.id)>{store.name}</option> })
        .collect_view();
    let products = products
        .into_iter()
        .map(|product| view! { <option value=product.id.to_string() selected=wanted.product_id == Some(product.id)>{product.name}</option> })
        .collect_view();
    view! {
        <form class="filters" method="get" action="/orders/standing">
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
            <Field for_id="filter-ended" label=move || t_string!(i18n, standing.show)>
                <select class="input select" id="filter-ended" name="ended" aria-describedby="filter-ended-note">
                    <option value="">{move || t_string!(i18n, standing.in_force)}</option>
                    <option value="true" selected=wanted.ended>{move || t_string!(i18n, standing.with_ended)}</option>
                </select>
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
        </form>
    }
}

#[component]
fn List(page: Page<StandingOrderView>, desk: Desk, may_change: bool) -> impl IntoView {
    let i18n = use_i18n();
    if page.items.is_empty() {
        return view! {
            <EmptyState icon=Icon::Calendar title=move || t_string!(i18n, standing.empty_title) text=move || t_string!(i18n, standing.empty_text) />
        }
        .into_any();
    }
    let columns = vec![
        Column::text(move || t_string!(i18n, orders.product)),
        Column::text(move || t_string!(i18n, standing.weekdays)),
        Column::number(move || t_string!(i18n, standing.quantity)),
        Column::text(move || t_string!(i18n, standing.when)),
        Column::text(""),
    ];
    let rows = page
        .items
        .into_iter()
        .map(|standing| view! { <Row standing desk may_change /> })
        .collect_view();
    view! {
        <Table caption=move || t_string!(i18n, standing.title) columns>{rows}</Table>
        <More path="/orders/standing" next=page.next />
    }
    .into_any()
}

#[component]
fn Row(standing: StandingOrderView, desk: Desk, may_change: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, quantity, weekdays) = (standing.unit, standing.quantity, standing.weekdays);
    let (from, until, active) = (standing.valid_from, standing.valid_until, standing.active);
    let (product, shop) = (standing.product_name.clone(), standing.store_name.clone());
    let note = standing.note.clone().unwrap_or_default();
    let when = move || {
        let from = format.date_short(from);
        match until {
            Some(until) => {
                let until = format.date_short(until);
                t_string!(i18n, standing.period, from = from, until = until)
            }
            None => t_string!(i18n, standing.since, from = from),
        }
    };
    let also = standing
        .overlaps
        .iter()
        .map(|other| {
            let (quantity, weekdays, first) = (other.quantity, other.weekdays, other.first_day);
            view! {
                <span class="fact-reason">
                    {move || {
                        let quantity = format.quantity_with_unit(quantity, unit);
                        let days = day_words(format, i18n.get_locale(), weekdays);
                        let date = format.date_short(first);
                        t_string!(i18n, standing.overlap_there, quantity = quantity, days = days, date = date)
                    }}
                </span>
            }
        })
        .collect_view();
    let standing = StoredValue::new(standing);
    let keys = (may_change && active).then(|| {
        view! {
            <div class="row-actions">
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.write(Some(standing.get_value()))>
                    {move || t_string!(i18n, orders.edit)}
                </Button>
                <Button kind=ButtonKind::Quiet on_press=move |()| desk.ask_to_end(standing.get_value())>
                    {move || t_string!(i18n, standing.end)}
                </Button>
            </div>
        }
    });
    let ended = (!active).then(|| {
        view! { <StatusPill tone=Tone::Neutral text=move || t_string!(i18n, standing.ended) /> }
    });
    view! {
        <tr>
            <Cell lead=true>
                <strong>{product}</strong>
                <br />
                <span class="muted">{shop} " " {note}</span>
                {also}
            </Cell>
            <Cell label=move || t_string!(i18n, standing.weekdays)>{move || day_words(format, i18n.get_locale(), weekdays)}</Cell>
            <Cell label=move || t_string!(i18n, standing.quantity) numeric=true>{move || format.quantity_with_unit(quantity, unit)}</Cell>
            <Cell label=move || t_string!(i18n, standing.when)>{when}</Cell>
            <Cell>{keys} {ended}</Cell>
        </tr>
    }
}
