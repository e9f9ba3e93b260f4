//! One product for several shops: a total, a proposal of how to split it, and what the person makes of that.

use crate::{
    components::*,
    drafts,
    format::use_format,
    i18n::*,
    refusals::{beside, told},
    server_fns::standing_orders::{create_orders, read_split_weights},
};
use contract::catalog::ProductView;
use contract::orders::{CreateOrders, ReadSplitWeights, StoreQuantity};
use contract::session::StoreOption;
use contract::{AppError, ErrorCode};
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
    product: RwSignal<String>,
    date: RwSignal<Option<chrono::NaiveDate>>,
    note: RwSignal<String>,
    total: RwSignal<Option<i64>>,
    /// Once there is a proposal: whether it follows a forecast.
    by_forecast: RwSignal<Option<bool>>,
    splitting: RwSignal<bool>,
    /// Of the batches on the form, until the server has answered: pressing twice plans once.
    command_id: StoredValue<Option<Uuid>>,
    refusal: RwSignal<Option<AppError>>,
    busy: RwSignal<bool>,
    toasts: Toasts,
    i18n: leptos_i18n::I18nContext<Locale>,
}

impl Many {
    pub(super) fn new(
        stores: Vec<StoreOption>,
        product: RwSignal<String>,
        date: RwSignal<Option<chrono::NaiveDate>>,
        note: RwSignal<String>,
    ) -> Self {
        let shop = |store| Shop {
            store,
            is_chosen: RwSignal::new(false),
            quantity: RwSignal::new(None),
        };
        Self {
            shops: StoredValue::new(stores.into_iter().map(shop).collect()),
            product,
            date,
            note,
            total: RwSignal::new(None),
            by_forecast: RwSignal::new(None),
            splitting: RwSignal::new(false),
            command_id: StoredValue::new(None),
            refusal: RwSignal::new(None),
            busy: RwSignal::new(false),
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
            self.product.get_untracked().parse::<Uuid>(),
            self.date.get_untracked(),
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
        let command = CreateOrders {
            command_id: self.command_id.get_value().unwrap_or_else(Uuid::now_v7),
            product_id: self.product.get_untracked().parse().ok()?,
            production_date: self.date.get_untracked()?,
            lines,
            note: Some(self.note.get_untracked()).filter(|note| !note.trim().is_empty()),
        };
        self.command_id.set_value(Some(command.command_id));
        Some(command)
    }

    fn wrong(self, field: &'static str) -> Signal<Option<String>> {
        Signal::derive(move || {
            self.refusal.with(|error| {
                error
                    .as_ref()
                    .and_then(|error| beside(self.i18n.get_locale(), error, field))
            })
        })
    }
}

/// The form for several shops.
#[component]
pub(super) fn ManyForm(many: Many, products: Vec<ProductView>) -> impl IntoView {
    let (i18n, navigate) = (many.i18n, use_navigate());
    let mut active = products;
    active.retain(|product| product.active);
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
    let tray = Memo::new(move |_| many.product.with(|id| trays.get(id).copied()).unwrap_or(1));
    let send = move || {
        if many.busy.get_untracked() {
            return;
        }
        let Some(command) = many.command() else {
            many.toasts
                .failed(t_string!(i18n, orders.refused_incomplete));
            return;
        };
        many.busy.set(true);
        let navigate = navigate.clone();
        spawn_local(async move {
            let (product, date) = (command.product_id, command.production_date);
            let answer = create_orders(command).await;
            let is_here = many.busy.try_set(false).is_none();
            let is_open = answer
                .as_ref()
                .err()
                .is_some_and(|error| error.code == ErrorCode::Network);
            if !is_open {
                let _ = many.command_id.try_set_value(None);
            }
            match answer {
                Ok(made) => {
                    drafts::saved(DRAFT);
                    let number = made.orders.len();
                    many.toasts
                        .done(t_string!(i18n, standing.planned_count, number = number));
                    if is_here {
                        let list = format!("/orders?product={product}&from={date}&until={date}");
                        navigate(&list, NavigateOptions::default());
                    }
                }
                Err(error) => {
                    many.toasts
                        .failed(told(i18n.get_locale_untracked(), &error));
                    many.refusal.try_set(Some(error));
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
            <Select name="product" label=move || t_string!(i18n, orders.product) value=many.product options=options />
            <DateField name="date" label=move || t_string!(i18n, orders.date) value=many.date error=many.wrong("production_date") />
            <Chosen many />
            {move || {
                let step = tray.get();
                view! {
                    <QuantityInput
                        name="total"
                        label=move || t_string!(i18n, standing.total)
                        hint=move || { if step > 1 { t_string!(i18n, orders.tray_of, tray = step) } else { String::new() } }
                        value=many.total
                        step
                        min=1
                    />
                }
            }}
            <Button busy=many.splitting on_press=move |()| many.propose(tray.get_untracked())>{move || t_string!(i18n, standing.split)}</Button>
            <Parts many tray />
            <TextArea name="note" label=move || t_string!(i18n, orders.note) value=many.note optional=true error=many.wrong("note") />
            <Button kind=ButtonKind::Primary submit=true busy=many.busy>{move || t_string!(i18n, standing.plan_all)}</Button>
        </form>
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
