//! The stores of the organization: where they are, when they are open, who bakes for them.

use super::store_form::StoreForm;
use crate::{
    components::*,
    fetched::Fetched,
    format::{Format, use_format},
    i18n::*,
    pages::ingredients::Desk,
    server_fns::catalog::read_catalog,
};
use chrono::{NaiveTime, TimeDelta};
use contract::catalog::{CategoryView, StoreView};
use domain::StoreKind;
use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

/// The page's sheet and what it is about; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Desks {
    form: Desk,
    subject: RwSignal<Option<StoreView>>,
    /// Every store, to choose kitchens from.
    known: RwSignal<Vec<StoreView>>,
}

/// A minute of the day on the clock: 1,500 is 01:00 of the next day.
pub(super) fn clock(format: Format, minute: i32) -> String {
    format.time(NaiveTime::MIN + TimeDelta::minutes(i64::from(minute)))
}

/// Case does not matter to whoever searches.
pub(super) fn holds(text: &str, search: &str) -> bool {
    text.to_lowercase().contains(&search.trim().to_lowercase())
}

/// Every store.
#[component]
pub fn StoresPage() -> impl IntoView {
    let i18n = use_i18n();
    let catalog = Fetched::new(|| (), |()| read_catalog());
    let reload = Callback::new(move |()| catalog.refetch());
    let desks = Desks {
        form: Desk::new(reload),
        subject: RwSignal::new(None),
        known: RwSignal::new(Vec::new()),
    };
    let add = move |()| {
        desks.subject.set(None);
        desks.form.show();
    };
    view! {
        <PageHeader title=move || t_string!(i18n, assortment.stores_title) lead=move || t_string!(i18n, assortment.stores_lead)>
            <Button kind=ButtonKind::Primary icon=Icon::Plus on_press=add>
                {move || t_string!(i18n, assortment.store_add)}
            </Button>
        </PageHeader>
        <Search />
        <Loaded
            resource=catalog
            children=move |(stores, _): (Vec<StoreView>, Vec<CategoryView>)| {
                desks.known.set(stores.clone());
                view! { <Stores stores desks /> }
            }
        />
        <Later part=move || draw_sheet(desks) />
    }
}

#[lazy(stores_later)]
fn draw_sheet(desks: Desks) -> AnyView {
    view! { <StoreForm desk=desks.form subject=desks.subject known=desks.known /> }.into_any()
}

#[component]
fn Search() -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let typed = query.with_untracked(|query| query.get("search").unwrap_or_default());
    view! {
        <form class="filters" method="get" action="/stores">
            <Field for_id="store-search" label=move || t_string!(i18n, common.search)>
                <input
                    class="input"
                    id="store-search"
                    name="search"
                    type="search"
                    autocomplete="off"
                    aria-describedby="store-search-note"
                    value=typed
                />
            </Field>
            <Button submit=true icon=Icon::Search>{move || t_string!(i18n, orders.filter)}</Button>
        </form>
    }
}

#[component]
fn Stores(stores: Vec<StoreView>, desks: Desks) -> impl IntoView {
    let i18n = use_i18n();
    let query = use_query_map();
    let kitchens: Vec<StoreView> = stores.clone();
    let list = move || {
        let search = query.with(|query| query.get("search").unwrap_or_default());
        let found: Vec<StoreView> = stores
            .iter()
            .filter(|store| {
                [&store.code, &store.name, &store.city]
                    .into_iter()
                    .any(|text| holds(text, &search))
            })
            .cloned()
            .collect();
        if found.is_empty() {
            return view! {
                <EmptyState icon=Icon::Search title=move || t_string!(i18n, assortment.none) text=move || t_string!(i18n, assortment.none_text) />
            }
            .into_any();
        }
        let columns = vec![
            Column::text(move || t_string!(i18n, assortment.store)),
            Column::text(move || t_string!(i18n, assortment.city)),
            Column::text(move || t_string!(i18n, assortment.hours)),
            Column::text(move || t_string!(i18n, assortment.kitchen)),
            Column::text(move || t_string!(i18n, users.state)),
            Column::text(""),
        ];
        let rows = found
            .into_iter()
            .map(|store| {
                let kitchen = kitchens
                    .iter()
                    .find(|other| Some(other.id) == store.kitchen_store_id)
                    .map(|kitchen| kitchen.name.clone());
                view! { <Row store kitchen desks /> }
            })
            .collect_view();
        view! { <Table caption=move || t_string!(i18n, assortment.stores_title) columns>{rows}</Table> }
            .into_any()
    };
    list.into_any()
}

#[component]
fn Row(store: StoreView, kitchen: Option<String>, desks: Desks) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (opens, closes) = (store.opens_at_minute, store.closes_at_minute);
    let active = store.active;
    let is_kitchen = store.kind == StoreKind::CentralKitchen;
    let (code, name, city) = (store.code.clone(), store.name.clone(), store.city.clone());
    let edit = move |()| {
        desks.subject.set(Some(store.clone()));
        desks.form.show();
    };
    view! {
        <tr>
            <Cell lead=true>
                <strong>{name}</strong>
                <br />
                <span class="muted">{code}</span>
            </Cell>
            <Cell label=move || t_string!(i18n, assortment.city)>{city}</Cell>
            <Cell label=move || {
                t_string!(i18n, assortment.hours)
            }>{move || format!("{}–{}", clock(format, opens), clock(format, closes))}</Cell>
            <Cell label=move || {
                t_string!(i18n, assortment.kitchen)
            }>
                {move || match (&kitchen, is_kitchen) {
                    (Some(kitchen), _) => kitchen.clone(),
                    (None, true) => t_string!(i18n, assortment.central).to_owned(),
                    (None, false) => t_string!(i18n, assortment.bakes_itself).to_owned(),
                }}
            </Cell>
            <Cell label=move || t_string!(i18n, users.state)>
                <StatusPill
                    tone=if active { Tone::Fine } else { Tone::Neutral }
                    text=move || if active { t_string!(i18n, assortment.open) } else { t_string!(i18n, assortment.closed) }
                />
            </Cell>
            <Cell>
                <div class="row-actions">
                    <Button kind=ButtonKind::Quiet on_press=edit>{move || t_string!(i18n, users.edit)}</Button>
                </div>
            </Cell>
        </tr>
    }
}
