//! Goods to another shop, or a request for some: which shop, which products, how many.

use super::words;
use crate::{
    components::*,
    device,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::{levels_of, units::in_unit},
    routes::guarded,
    server_fns::transfers::{create_transfer, list_transfer_places},
    session::use_session,
    store_choice::use_chosen_store,
};
use contract::AppError;
use contract::session::StoreOption;
use contract::stock::{LevelView, StockLevels};
use contract::transfers::{CreateTransfer, TransferQuantity};
use domain::Permission;
use domain::stock::MAX_QUANTITY;
use leptos::{prelude::*, task::spawn_local};
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The form for a transfer: `?way=send` or `?way=ask`.
#[component]
pub fn NewTransferPage() -> impl IntoView {
    guarded(Permission::StockTransfer, || view! { <NewTransfer /> })
}

/// Shelves of the chosen store, and the other places.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Shown {
    levels: StockLevels,
    places: Vec<StoreOption>,
}

async fn load(store_id: Option<Uuid>) -> Result<Shown, AppError> {
    Ok(Shown {
        levels: levels_of(store_id).await?,
        places: list_transfer_places().await?,
    })
}

/// What was typed, as this device keeps it for one shop and one way: a reload or an empty battery takes nothing.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
struct Kept {
    other: String,
    quantities: BTreeMap<Uuid, i64>,
    note: String,
    /// What was sent and not answered: it is sent again as it was before anything else is.
    unanswered: Option<CreateTransfer>,
}

#[derive(Clone, Copy)]
struct Typed {
    key: Signal<String>,
    other: RwSignal<String>,
    quantities: RwSignal<BTreeMap<Uuid, i64>>,
    product: RwSignal<Option<LevelView>>,
    quantity: RwSignal<Option<i64>>,
    note: RwSignal<String>,
    unanswered: RwSignal<Option<CreateTransfer>>,
    /// What the products are called.
    names: StoredValue<BTreeMap<Uuid, String>>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
}

impl Typed {
    fn kept(self) -> Kept {
        Kept {
            other: self.other.get(),
            quantities: self.quantities.get(),
            note: self.note.get(),
            unanswered: self.unanswered.get(),
        }
    }

    fn show(self, kept: Kept) {
        self.other.set(kept.other);
        self.quantities.set(kept.quantities);
        self.note.set(kept.note);
        self.unanswered.set(kept.unanswered);
        self.product.set(None);
        self.quantity.set(None);
        self.refusal.set(None);
    }

    /// Writes down what is typed, before anything of it is sent.
    fn keep(self) {
        let (key, kept) = untrack(|| (self.key.get(), self.kept()));
        if kept == Kept::default() {
            device::remove(&key);
        } else {
            // A browser that keeps nothing still has it on the screen.
            let _ = device::write(&key, &kept);
        }
    }
}

#[component]
fn NewTransfer() -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let navigate = use_navigate();
    let store = use_chosen_store();
    let query = use_query_map();
    let asks = move || query.with(|query| query.get("way").is_some_and(|way| way == "ask"));
    let shown = Fetched::new(move || store.get().map(|store| store.id), load);
    let person = use_session().map(|session| session.user.user_id);
    let key = Signal::derive(move || {
        let person = person.unwrap_or_default();
        let way = if asks() { "ask" } else { "send" };
        let store = store.get().map(|store| store.id).unwrap_or_default();
        format!("hornada_transfer_{way}_{store}_{person}")
    });
    let typed = Typed {
        key,
        other: RwSignal::new(String::new()),
        quantities: RwSignal::new(BTreeMap::new()),
        product: RwSignal::new(None),
        quantity: RwSignal::new(None),
        note: RwSignal::new(String::new()),
        unanswered: RwSignal::new(None),
        names: StoredValue::new(BTreeMap::new()),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
    };
    // The device is asked once the page is drawn, and again for another shop, which has other goods.
    Effect::new(move |_| typed.show(device::read(&key.get()).unwrap_or_default()));
    Effect::new(move |before: Option<Kept>| {
        let now = typed.kept();
        if before.is_some_and(|before| before != now) {
            typed.keep();
        }
        now
    });
    let send = Callback::new(move |()| {
        let (Some(store), Ok(other)) = (
            store.get_untracked(),
            typed.other.get_untracked().parse::<Uuid>(),
        ) else {
            typed
                .refusal
                .set(Some(t_string!(i18n, transfers.choose_shop).to_owned()));
            return;
        };
        if typed.busy.get_untracked() {
            return;
        }
        let send_now = !untrack(asks);
        let (from_store_id, to_store_id) = if send_now {
            (store.id, other)
        } else {
            (other, store.id)
        };
        let lines = typed.quantities.with_untracked(|quantities| {
            let lines = quantities.iter();
            lines
                .map(|(product_id, quantity)| TransferQuantity {
                    product_id: *product_id,
                    quantity: *quantity,
                })
                .collect()
        });
        let command = CreateTransfer {
            command_id: Uuid::now_v7(),
            from_store_id,
            to_store_id,
            lines,
            send_now,
            note: Some(typed.note.get_untracked()).filter(|note| !note.trim().is_empty()),
        };
        let command = typed.unanswered.get_untracked().unwrap_or(command);
        typed.unanswered.set(Some(command.clone()));
        typed.keep();
        typed.busy.set(true);
        let (key, navigate) = (typed.key.get_untracked(), navigate.clone());
        spawn_local(async move {
            let answer = create_transfer(command).await;
            // Meanwhile somebody may have chosen another shop, or left the page: what was sent lies under its own key.
            let is_shown = typed.key.try_get_untracked().is_some_and(|now| now == key);
            typed.busy.try_set(false);
            let locale = i18n.get_locale_untracked();
            match answer {
                Ok(transfer) => {
                    if is_shown {
                        typed.show(Kept::default());
                    }
                    device::remove(&key);
                    toasts.done(words::done(locale, &transfer));
                    if is_shown {
                        navigate("/stock/transfers", NavigateOptions::default());
                    }
                }
                Err(error) => {
                    let may_have_happened = words::is_open(&error);
                    if is_shown {
                        if !may_have_happened {
                            typed.unanswered.set(None);
                        }
                        let name_of =
                            |id: Uuid| typed.names.with_value(|names| names.get(&id).cloned());
                        let words = words::refused(locale, &error, name_of);
                        typed.refusal.set(Some(words));
                    } else if !may_have_happened && let Some(kept) = device::read::<Kept>(&key) {
                        let kept = Kept {
                            unanswered: None,
                            ..kept
                        };
                        let _ = device::write(&key, &kept);
                    }
                }
            }
        });
    });
    let is_open = move || typed.unanswered.with(Option::is_some);
    view! {
        <PageHeader
            title=move || if asks() { t_string!(i18n, transfers.ask) } else { t_string!(i18n, transfers.send) }
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || if asks() { t_string!(i18n, transfers.ask_lead) } else { t_string!(i18n, transfers.send_lead) }
        >
            <ButtonLink href="/stock/transfers" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, transfers.title)}</ButtonLink>
        </PageHeader>
        <div class="waste">
            // One place in the grid, whatever is drawn there. What was sent and not answered is not changed.
            <div inert=is_open>
                <Loaded
                    resource=shown
                    waiting=Waiting::Cards
                    children=move |shown: Shown| view! { <Tiles shown typed asks=asks() /> }
                />
            </div>
            <Entry typed send asks=Signal::derive(asks) />
        </div>
    }
}

/// Products to choose: where goods are sent what can be sold, where they are asked for all that the shop carries.
#[component]
fn Tiles(shown: Shown, typed: Typed, asks: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let here = shown.levels.store_id;
    let mut options = vec![Choice::new("", move || {
        t_string!(i18n, transfers.choose_shop)
    })];
    options.extend(
        shown
            .places
            .into_iter()
            .filter(|place| place.id != here)
            .map(|place| Choice::new(place.id.to_string(), place.name)),
    );
    let names = shown.levels.levels.iter();
    let names = names.map(|level| (level.product_id, level.product_name.clone()));
    typed.names.set_value(names.collect());
    let tiles = shown
        .levels
        .levels
        .into_iter()
        .filter(|level| asks || level.on_hand - level.expired > 0)
        .map(|level| {
            let (id, unit, name) = (level.product_id, level.unit, level.product_name.clone());
            let there = level.on_hand - level.expired;
            let chosen = move || typed.quantities.with(|quantities| quantities.get(&id).copied());
            view! {
                <button
                    type="button"
                    class="tile"
                    aria-pressed=move || chosen().is_some().to_string()
                    on:click=move |_| {
                        typed.refusal.set(None);
                        typed.quantity.set(chosen());
                        typed.product.set(Some(level.clone()));
                    }
                >
                    <span class="tile-name">{name}</span>
                    <span class="tile-count">
                        {move || chosen().map_or_else(|| "–".to_owned(), |quantity| format.quantity(quantity, unit))}
                    </span>
                    <span class="tile-note">{move || t_string!(i18n, transfers.there, quantity = format.quantity(there, unit))}</span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="transfer-goods">
            <Select name="other" label=move || t_string!(i18n, transfers.other_shop) value=typed.other options />
            <div class="tiles" role="group" aria-label=move || t_string!(i18n, stock.product)>{tiles}</div>
        </div>
    }
}

#[component]
fn Entry(typed: Typed, send: Callback<()>, asks: Signal<bool>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let title = move || {
        let name = typed
            .product
            .with(|product| product.as_ref().map(|product| product.product_name.clone()));
        name.unwrap_or_else(|| t_string!(i18n, stock.choose_product).to_owned())
    };
    let keep = move |()| {
        let Some(product) = typed.product.get_untracked() else {
            return;
        };
        let quantity = typed
            .quantity
            .get_untracked()
            .filter(|quantity| *quantity > 0);
        typed.quantities.update(|quantities| match quantity {
            Some(quantity) => {
                quantities.insert(product.product_id, quantity);
            }
            None => {
                quantities.remove(&product.product_id);
            }
        });
        typed.product.set(None);
        typed.quantity.set(None);
    };
    let count = move || {
        typed
            .quantities
            .with(|q| i64::try_from(q.len()).unwrap_or(i64::MAX))
    };
    let none = Signal::derive(move || count() == 0);
    let no_product = Signal::derive(move || typed.product.with(Option::is_none));
    let refusal = Signal::derive(move || typed.refusal.get());
    let unit_words = move || {
        let unit = typed
            .product
            .with(|product| product.as_ref().map(|product| product.unit));
        let quantity = typed.quantity.get();
        unit.map_or_else(String::new, |unit| {
            in_unit(i18n.get_locale(), format, quantity, unit)
        })
    };
    let is_open = move || typed.unanswered.with(Option::is_some);
    let discard = move |()| {
        typed.show(Kept::default());
        typed.keep();
    };
    view! {
        <Card title class="waste-entry">
            {move || (is_open() && !typed.busy.get()).then(|| view! { <Notice tone=Tone::Attention><p>{move || t_string!(i18n, transfers.unanswered)}</p></Notice> })}
            <div class="form" inert=is_open>
            <QuantityInput
                name="quantity"
                label=move || t_string!(i18n, stock.quantity)
                hint=unit_words
                value=typed.quantity
                max=MAX_QUANTITY
                error=refusal
            />
            <Keypad value=typed.quantity max=MAX_QUANTITY />
            <Button icon=Icon::Check large=true disabled=no_product on_press=keep>{move || t_string!(i18n, stock.keep_count)}</Button>
            <TextInput name="note" label=move || t_string!(i18n, orders.note) value=typed.note optional=true />
            </div>
            <Button kind=ButtonKind::Primary large=true busy=typed.busy disabled=none on_press=send>
                {move || {
                    let count = format.number(count());
                    if asks.get() {
                        t_string!(i18n, transfers.ask_for, count = count)
                    } else {
                        t_string!(i18n, transfers.send_count, count = count)
                    }
                }}
            </Button>
            {move || {
                let is_something = count() > 0 && !typed.busy.get();
                is_something
                    .then(|| view! { <Button kind=ButtonKind::Quiet on_press=discard>{move || t_string!(i18n, transfers.discard)}</Button> })
            }}
        </Card>
    }
}
