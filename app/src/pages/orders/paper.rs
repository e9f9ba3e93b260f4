//! What the pages for paper share: the day and the shop that their address names, and the key that prints.

use crate::{
    components::*,
    format::use_format,
    i18n::*,
    session::{use_current_user, use_stores},
};
use chrono::NaiveDate;
use contract::dispatch::StoreToChoose;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use uuid::Uuid;

/// What the address asks for: today where it names no day, every shop where it names none.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub date: Memo<NaiveDate>,
    pub shop: Memo<Option<Uuid>>,
}

impl Asked {
    /// Only for pages behind [`crate::routes::guarded`].
    pub(super) fn of_address() -> Self {
        let query = use_query_map();
        let today = use_current_user().today;
        Self {
            date: Memo::new(move |_| {
                query
                    .with(|query| query.get("date"))
                    .and_then(|text| text.parse::<NaiveDate>().ok())
                    .unwrap_or(today)
            }),
            shop: Memo::new(move |_| {
                query
                    .with(|query| query.get("shop"))
                    .and_then(|text| text.parse::<Uuid>().ok())
            }),
        }
    }

    /// The address of another page about the same day and shop.
    pub(super) fn at(self, path: &str) -> String {
        let date = self.date.get();
        match self.shop.get() {
            Some(shop) => format!("{path}?date={date}&shop={shop}"),
            None => format!("{path}?date={date}"),
        }
    }
}

/// Day and shop to choose from. They stand in the address, so that a list can be sent to somebody.
#[component]
pub(super) fn PaperFilters(
    /// The page's own address.
    action: &'static str,
    asked: Asked,
) -> impl IntoView {
    let i18n = use_i18n();
    let shops = use_stores()
        .into_iter()
        .map(|store| {
            let id = store.id;
            view! {
                <option value=id.to_string() selected=move || asked.shop.get() == Some(id)>
                    {store.name}
                </option>
            }
        })
        .collect_view();
    view! {
        <form class="filters no-print" method="get" action=action>
            <Field for_id="paper-date" label=move || t_string!(i18n, orders.date)>
                <input
                    class="input input-date"
                    id="paper-date"
                    name="date"
                    type="date"
                    aria-describedby="paper-date-note"
                    value=move || asked.date.get().to_string()
                />
            </Field>
            <Field for_id="paper-shop" label=move || t_string!(i18n, common.store)>
                <select class="input select" id="paper-shop" name="shop" aria-describedby="paper-shop-note">
                    <option value="">{move || t_string!(i18n, common.all)}</option>
                    {shops}
                </select>
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
        </form>
    }
}

/// The shops that have batches on a day with too many of them for one page.
#[component]
pub(super) fn ChooseShop(
    /// The page's own address.
    action: &'static str,
    date: NaiveDate,
    shops: Vec<StoreToChoose>,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let count = shops.len();
    let rows = shops
        .into_iter()
        .map(|shop| {
            let address = format!("{action}?date={date}&shop={}", shop.store_id);
            let (batches, unfinished) = (i64::from(shop.batches), i64::from(shop.unfinished));
            view! {
                <li>
                    <a href=address>{format!("{} · {}", shop.store_code, shop.store_name)}</a>
                    <span>
                        {move || t_string!(i18n, dispatch.batches)} ": " {move || format.number(batches)} " · "
                        {move || t_string!(i18n, dispatch.open_batches)} ": " {move || format.number(unfinished)}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <div class="stack no-print">
            <Notice>
                <p>{move || t_string!(i18n, dispatch.choose_text, count = format.number(i64::try_from(count).unwrap_or(i64::MAX)))}</p>
            </Notice>
            <ul class="shop-choices" aria-label=move || t_string!(i18n, dispatch.choose_title)>
                {rows}
            </ul>
        </div>
    }
}

/// The key that prints the page.
#[component]
pub(super) fn PrintKey() -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <Button kind=ButtonKind::Primary on_press=Callback::new(|()| print())>
            {move || t_string!(i18n, dispatch.print)}
        </Button>
    }
}

fn print() {
    #[cfg(feature = "hydrate")]
    // A browser that may not print says so itself.
    let _ = window().print();
}
