//! A batch planned by hand.

use super::batch_form::{Batch, BatchForm, InTrays, Sending};
use super::many::{Many, ManyForm};
use crate::{
    components::*,
    fetched::Fetched,
    i18n::*,
    routes::guarded,
    server_fns::orders::{create_order, list_order_products},
    session::{use_current_user, use_stores},
    store_choice::use_chosen_store,
};
use contract::catalog::ProductView;
use contract::orders::{CreateOrder, OrderView};
use domain::Permission;
use leptos::prelude::*;
use leptos_router::{NavigateOptions, hooks::use_navigate};

/// The form for a new order.
#[component]
pub fn NewOrderPage() -> impl IntoView {
    guarded(Permission::OrdersCreate, || view! { <NewOrder /> })
}

/// What is typed; lives outside of what is loaded.
#[derive(Clone, Copy)]
struct Typed {
    batch: Batch,
    store: RwSignal<String>,
    quantity: RwSignal<Option<i64>>,
    sending: Sending,
}

/// Where what is typed is kept.
const DRAFT: &str = "order";

#[component]
fn NewOrder() -> impl IntoView {
    let i18n = use_i18n();
    let chosen = use_chosen_store();
    let batch = Batch::new(use_current_user().today);
    let typed = Typed {
        batch,
        store: RwSignal::new(
            chosen
                .get_untracked()
                .map(|store| store.id.to_string())
                .unwrap_or_default(),
        ),
        quantity: RwSignal::new(None),
        sending: Sending::new(),
    };
    let many = Many::new(use_stores(), batch);
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
    let mut products = products;
    products.retain(|product| product.active);
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
    let (batch, sending) = (typed.batch, typed.sending);
    let stores: Vec<Choice> = use_stores()
        .into_iter()
        .map(|store| Choice::new(store.id.to_string(), store.name))
        .collect();
    let tray = batch.tray(&products);
    let command = move || {
        Some(CreateOrder {
            store_id: typed.store.get_untracked().parse().ok()?,
            product_id: batch.product.get_untracked().parse().ok()?,
            production_date: batch.date.get_untracked()?,
            planned_quantity: typed.quantity.get_untracked()?,
            note: batch.note(),
            command_id: sending.command_id(),
        })
    };
    let send = move || {
        let navigate = navigate.clone();
        let done = move |order: OrderView, is_here: bool| {
            toasts.done(t_string!(i18n, orders.created, number = order.number));
            if is_here {
                navigate(&format!("/orders/{}", order.id), NavigateOptions::default());
            }
        };
        sending.send(DRAFT, || command().map(create_order), done);
    };
    let first = view! {
        <Select name="store" label=move || t_string!(i18n, orders.destination) value=typed.store options=stores />
    };
    view! {
        <BatchForm
            batch
            sending
            draft=DRAFT
            products
            first=first.into_any()
            plan=move || t_string!(i18n, orders.plan_it)
            on_send=send
        >
            <InTrays
                name="quantity"
                label=move || t_string!(i18n, orders.planned)
                value=typed.quantity
                tray
                error=sending.wrong("planned_quantity")
            />
        </BatchForm>
    }
}
