//! One product for several shops: a total, a proposal of how to split it, and what the person makes of that.

use super::batch_form::{Batch, BatchForm, InTrays, Sending};
use crate::{
    components::*,
    format::use_format,
    i18n::*,
    refusals::told,
    server_fns::standing_orders::{create_orders, read_split_weights},
};
use contract::catalog::ProductView;
use contract::orders::{CreateOrders, CreatedOrders, ReadSplitWeights, StoreQuantity};
use contract::session::StoreOption;
use domain::split::split;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{NavigateOptions, hooks::use_navigate};
use uuid::Uuid;

/// Where what is typed is kept.
const DRAFT: &str = "orders-many";

/// A shop on the form.
#[derive(Clone)]
struct Shop {
    store: StoreOption,
    is_chosen: RwSignal<bool>,
    quantity: RwSignal<Option<i64>>,
}

/// What is typed; lives outside of what is loaded. Product, day and note are those of the form for one shop.
#[derive(Clone, Copy)]
pub(super) struct Many {
    shops: StoredValue<Vec<Shop>>,
    batch: Batch,
    total: RwSignal<Option<i64>>,
    /// Once there is a proposal: whether it follows a forecast.
    by_forecast: RwSignal<Option<bool>>,
    splitting: RwSignal<bool>,
    sending: Sending,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Many {
    pub(super) fn new(stores: Vec<StoreOption>, batch: Batch) -> Self {
        let shop = |store| Shop {
            store,
            is_chosen: RwSignal::new(false),
            quantity: RwSignal::new(None),
        };
        Self {
            shops: StoredValue::new(stores.into_iter().map(shop).collect()),
            batch,
            total: RwSignal::new(None),
            by_forecast: RwSignal::new(None),
            splitting: RwSignal::new(false),
            sending: Sending::new(),
            toasts: use_toasts(),
            i18n: use_i18n(),
        }
    }

    /// Chosen shops, as they are now.
    fn chosen(self) -> Vec<Shop> {
        let mut shops = self.shops.get_value();
        shops.retain(|shop| shop.is_chosen.get_untracked());
        shops
    }

    /// Fills in a proposal: by what the shops will probably sell, in trays of so many.
    fn propose(self, tray: i64) {
        if self.splitting.get_untracked() {
            return;
        }
        let i18n = self.i18n;
        let wanted = (
            self.batch.product.get_untracked().parse::<Uuid>(),
            self.batch.date.get_untracked(),
            self.total.get_untracked().filter(|total| *total > 0),
        );
        let (Ok(product_id), Some(production_date), Some(total)) = wanted else {
            self.toasts
                .failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        let chosen = self.chosen();
        if chosen.is_empty() {
            self.toasts.failed(t_string!(i18n, standing.refused_stores));
            return;
        }
        self.splitting.set(true);
        spawn_local(async move {
            let wanted = ReadSplitWeights {
                product_id,
                production_date,
            };
            let answer = read_split_weights(wanted).await;
            // The page may be gone by now.
            self.splitting.try_set(false);
            match answer {
                Ok(known) => {
                    let weight = |shop: &Shop| {
                        let mut weights = known.weights.iter();
                        weights
                            .find(|weight| weight.store_id == shop.store.id)
                            .map_or(0, |weight| weight.mean_milli)
                    };
                    let weights: Vec<i64> = chosen.iter().map(weight).collect();
                    for (shop, part) in chosen.iter().zip(split(total, tray, &weights)) {
                        shop.quantity.try_set(Some(part));
                    }
                    let by_forecast = weights.iter().any(|weight| *weight > 0);
                    self.by_forecast.try_set(Some(by_forecast));
                }
                Err(error) => self
                    .toasts
                    .failed(told(i18n.get_locale_untracked(), &error)),
            }
        });
    }

    /// The command for what is on the form; shops that get nothing are left out. Nothing where something is missing.
    fn command(self) -> Option<CreateOrders> {
        let chosen = self.chosen();
        let lines = chosen.iter().filter_map(|shop| {
            let quantity = shop.quantity.get_untracked().filter(|part| *part > 0)?;
            Some(StoreQuantity {
                store_id: shop.store.id,
                quantity,
            })
        });
        let lines: Vec<StoreQuantity> = lines.collect();
        if lines.is_empty() {
            return None;
        }
        Some(CreateOrders {
            product_id: self.batch.product.get_untracked().parse().ok()?,
            production_date: self.batch.date.get_untracked()?,
            lines,
            note: self.batch.note(),
            command_id: self.sending.command_id(),
        })
    }
}

/// The form for several shops.
#[component]
pub(super) fn ManyForm(many: Many, products: Vec<ProductView>) -> impl IntoView {
    let (i18n, navigate) = (many.i18n, use_navigate());
    let (batch, sending) = (many.batch, many.sending);
    let tray = batch.tray(&products);
    let send = move || {
        let navigate = navigate.clone();
        let (product, date) = (batch.product.get_untracked(), batch.date.get_untracked());
        let done = move |made: CreatedOrders, is_here: bool| {
            let number = made.orders.len();
            many.toasts
                .done(t_string!(i18n, standing.planned_count, number = number));
            if let (true, Some(date)) = (is_here, date) {
                let list = format!("/orders?product={product}&from={date}&until={date}");
                navigate(&list, NavigateOptions::default());
            }
        };
        sending.send(DRAFT, || many.command().map(create_orders), done);
    };
    view! {
        <BatchForm batch sending draft=DRAFT products plan=move || t_string!(i18n, standing.plan_all) on_send=send>
            <Chosen many />
            <InTrays name="total" label=move || t_string!(i18n, standing.total) value=many.total tray error=sending.wrong("total") />
            <Button busy=many.splitting on_press=move |()| many.propose(tray.get_untracked())>{move || t_string!(i18n, standing.split)}</Button>
            <Parts many tray />
        </BatchForm>
    }
}

/// Which shops.
#[component]
fn Chosen(many: Many) -> impl IntoView {
    let i18n = many.i18n;
    let switches = many
        .shops
        .get_value()
        .into_iter()
        .map(|shop| {
            view! { <Switch name=format!("store-{}", shop.store.code) label=shop.store.name value=shop.is_chosen /> }
        })
        .collect_view();
    view! {
        <fieldset class="choices several">
            <legend class="field-label">{move || t_string!(i18n, standing.stores)}</legend>
            {switches}
        </fieldset>
    }
}

/// How much each of them gets, to be changed, and what that is in all.
#[component]
fn Parts(many: Many, tray: Memo<i64>) -> impl IntoView {
    let (i18n, format) = (many.i18n, use_format());
    let part = move |shop: Shop| {
        let code = shop.store.code.clone();
        let (is_chosen, quantity) = (shop.is_chosen, shop.quantity);
        let name = shop.store.name;
        move || {
            let (code, name) = (code.clone(), name.clone());
            is_chosen.get().then(move || {
                view! {
                    <QuantityInput
                        name=format!("part-{code}")
                        label=move || t_string!(i18n, standing.part_for, store = name.clone())
                        value=quantity
                        step=tray.get()
                    />
                }
            })
        }
    };
    let parts = many.shops.get_value().into_iter().map(part).collect_view();
    let sum = move || {
        many.shops.with_value(|shops| {
            let chosen = shops.iter().filter(|shop| shop.is_chosen.get());
            chosen.filter_map(|shop| shop.quantity.get()).sum::<i64>()
        })
    };
    let basis = move || {
        many.by_forecast.get().map(|by_forecast| {
            let words = move || {
                if by_forecast {
                    t_string!(i18n, standing.by_forecast)
                } else {
                    t_string!(i18n, standing.equally)
                }
            };
            view! { <p class="field-note" role="status">{words}</p> }
        })
    };
    let in_all = move || {
        let total = format.number(many.total.get().unwrap_or(0));
        t_string!(
            i18n,
            standing.sum,
            sum = format.number(sum()),
            total = total
        )
    };
    view! {
        <fieldset class="choices">
            <legend class="field-label">{move || t_string!(i18n, standing.parts)}</legend>
            {basis}
            {parts}
            <p class="split-sum">{in_all}</p>
        </fieldset>
    }
}
