//! A batch planned by hand.

use super::many::{Many, ManyForm};
use crate::{
    components::*,
    drafts,
    fetched::Fetched,
    i18n::*,
    refusals::{beside, told},
    routes::guarded,
    server_fns::orders::{create_order, list_order_products},
    session::{use_current_user, use_stores},
    store_choice::use_chosen_store,
};
use contract::catalog::ProductView;
use contract::orders::CreateOrder;
use contract::{AppError, ErrorCode};
use domain::Permission;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use uuid::Uuid;

/// The form for a new order.
#[component]
pub fn NewOrderPage() -> impl IntoView {
    guarded(Permission::OrdersCreate, || view! { <NewOrder /> })
}

/// What is typed; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Typed {
    store: RwSignal<String>,
    product: RwSignal<String>,
    date: RwSignal<Option<chrono::NaiveDate>>,
    quantity: RwSignal<Option<i64>>,
    note: RwSignal<String>,
    /// Of the batch on the form, until the server has answered: pressing twice plans once.
    command_id: StoredValue<Option<Uuid>>,
    refusal: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
}

/// Where what is typed is kept.
const DRAFT: &str = "order";

#[component]
fn NewOrder() -> impl IntoView {
    let i18n = use_i18n();
    let chosen = use_chosen_store();
    let typed = Typed {
        store: RwSignal::new(
            chosen
                .get_untracked()
                .map(|store| store.id.to_string())
                .unwrap_or_default(),
        ),
        product: RwSignal::new(String::new()),
        date: RwSignal::new(Some(use_current_user().today)),
        quantity: RwSignal::new(None),
        note: RwSignal::new(String::new()),
        command_id: StoredValue::new(None),
        refusal: RwSignal::new(None),
        busy: RwSignal::new(false),
    };
    let many = Many::new(use_stores(), typed.product, typed.date, typed.note);
    let way = RwSignal::new(String::from("single"));
    let products = Fetched::new(|| (), |()| list_order_products());
    view! {
        <PageHeader title=move || t_string!(i18n, orders.new_batch) lead=move || t_string!(i18n, orders.new_lead)>
            <ButtonLink href="/orders" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, orders.back_to_list)}</ButtonLink>
        </PageHeader>
        <Loaded resource=products let:products>
            <Ways way typed many products />
        </Loaded>
    }
}

/// For one shop, or for several at once where there are several.
#[component]
fn Ways(
    way: RwSignal<String>,
    typed: Typed,
    many: Many,
    products: Vec<ProductView>,
) -> impl IntoView {
    let i18n = use_i18n();
    let choices = vec![
        Choice::new("single", move || t_string!(i18n, standing.single_shop)),
        Choice::new("several", move || t_string!(i18n, standing.several_shops)),
    ];
    let ways = (use_stores().len() > 1).then(|| {
        view! { <Segmented name="way" label=move || t_string!(i18n, standing.for_whom) value=way options=choices quiet_label=true /> }
    });
    let form = move || {
        let products = products.clone();
        if way.with(|way| way == "several") {
            view! { <ManyForm many products /> }.into_any()
        } else {
            view! { <Form typed products /> }.into_any()
        }
    };
    view! {
        {ways}
        {form}
    }
}

#[component]
fn Form(typed: Typed, products: Vec<ProductView>) -> impl IntoView {
    let (i18n, toasts, navigate) = (use_i18n(), use_toasts(), use_navigate());
    let stores: Vec<Choice> = use_stores()
        .into_iter()
        .map(|store| Choice::new(store.id.to_string(), store.name))
        .collect();
    let active: Vec<ProductView> = products
        .into_iter()
        .filter(|product| product.active)
        .collect();
    let mut options = vec![Choice::new("", move || {
        t_string!(i18n, orders.choose_product)
    })];
    options.extend(
        active
            .iter()
            .map(|product| Choice::new(product.id.to_string(), product.name.clone())),
    );
    let trays: std::collections::HashMap<String, i64> = active
        .iter()
        .map(|product| (product.id.to_string(), product.tray_size.max(1)))
        .collect();
    let tray = Memo::new(move |_| typed.product.with(|id| trays.get(id).copied()).unwrap_or(1));
    let wrong = move |field: &'static str| {
        Signal::derive(move || {
            typed.refusal.with(|error| {
                error
                    .as_ref()
                    .and_then(|error| beside(i18n.get_locale(), error, field))
            })
        })
    };
    let ready = move || {
        let command = CreateOrder {
            command_id: typed.command_id.get_value().unwrap_or_else(Uuid::now_v7),
            store_id: typed.store.get_untracked().parse().ok()?,
            product_id: typed.product.get_untracked().parse().ok()?,
            production_date: typed.date.get_untracked()?,
            planned_quantity: typed.quantity.get_untracked()?,
            note: Some(typed.note.get_untracked()).filter(|note| !note.trim().is_empty()),
        };
        typed.command_id.set_value(Some(command.command_id));
        Some(command)
    };
    let send = move || {
        if typed.busy.get_untracked() {
            return;
        }
        let Some(command) = ready() else {
            toasts.failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        typed.busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            let answer = create_order(command).await;
            typed.busy.set(false);
            if answer
                .as_ref()
                .err()
                .is_none_or(|error| error.code != ErrorCode::Network)
            {
                typed.command_id.set_value(None);
            }
            match answer {
                Ok(order) => {
                    drafts::saved(DRAFT);
                    toasts.done(t_string!(i18n, orders.created, number = order.number));
                    navigate(&format!("/orders/{}", order.id), NavigateOptions::default());
                }
                Err(error) => {
                    toasts.failed(told(i18n.get_locale_untracked(), &error));
                    typed.refusal.set(Some(error));
                }
            }
        });
    };
    view! {
        <form
            class="form order-form"
            data-draft=DRAFT
            on:submit=move |event| {
                event.prevent_default();
                send();
            }
        >
            <Select name="store" label=move || t_string!(i18n, orders.destination) value=typed.store options=stores />
            <Select name="product" label=move || t_string!(i18n, orders.product) value=typed.product options=options />
            <DateField name="date" label=move || t_string!(i18n, orders.date) value=typed.date error=wrong("production_date") />
            {move || {
                let step = tray.get();
                view! {
                    <QuantityInput
                        name="quantity"
                        label=move || t_string!(i18n, orders.planned)
                        hint=move || { if step > 1 { t_string!(i18n, orders.tray_of, tray = step) } else { String::new() } }
                        value=typed.quantity
                        step
                        min=1
                        error=wrong("planned_quantity")
                    />
                }
            }}
            <TextArea name="note" label=move || t_string!(i18n, orders.note) value=typed.note optional=true error=wrong("note") />
            <Button kind=ButtonKind::Primary submit=true busy=typed.busy>{move || t_string!(i18n, orders.plan_it)}</Button>
        </form>
    }
}
