//! The first stock of a store: a number for each product, typed or pasted, looked over, and booked once.

mod later;
mod paste;
mod review;

use self::later::{Part, draw_opening};
use super::when::Moment;
use crate::{
    components::*,
    device,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::units::in_unit,
    refusals::{beside, told},
    routes::guarded,
    server_fns::stock::{post_opening, read_opening},
    session::use_session,
    store_choice::use_chosen_store,
};
use contract::stock::{CountedProduct, OpeningProduct, OpeningSheet, PostOpening};
use contract::{AppError, ErrorCode};
use domain::Permission;
use domain::stock::MAX_QUANTITY;
use leptos::{prelude::*, task::spawn_local};
use std::collections::BTreeMap;
use uuid::Uuid;

/// The form for the first stock of the chosen store.
#[component]
pub fn OpeningPage() -> impl IntoView {
    guarded(Permission::StockAdjust, || view! { <OpeningStock /> })
}

async fn load(store_id: Option<Uuid>) -> Result<OpeningSheet, AppError> {
    match store_id {
        Some(id) => read_opening(id).await,
        None => Err(AppError::new(
            ErrorCode::NotFound,
            "There is no store to show.",
        )),
    }
}

/// What is typed, chosen and known; lives outside of what is loaded. Copy.
#[derive(Clone, Copy)]
struct Opening {
    /// Where this device keeps what was typed for this store.
    key: Signal<String>,
    store: Signal<Option<Uuid>>,
    products: RwSignal<Vec<OpeningProduct>>,
    quantities: RwSignal<BTreeMap<Uuid, i64>>,
    /// Words to look for in names and codes.
    wanted: RwSignal<String>,
    product: RwSignal<Option<OpeningProduct>>,
    typed: RwSignal<Option<i64>>,
    moment: Moment,
    review_open: RwSignal<bool>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    /// Why the moment was refused.
    wrong_moment: RwSignal<Option<String>>,
    /// What was sent last: the same again is the same command.
    sent: StoredValue<Option<PostOpening>>,
    refetch: Callback<()>,
}

impl Opening {
    fn count(self) -> i64 {
        self.quantities
            .with(|quantities| i64::try_from(quantities.len()).unwrap_or(i64::MAX))
    }

    /// What can be booked: of a product that moved meanwhile, or that the shop gave up, the number stays unsaid.
    fn lines(self) -> Vec<CountedProduct> {
        self.products.with(|products| {
            self.quantities.with(|quantities| {
                let open = products.iter().filter(|product| !product.has_history);
                open.filter_map(|product| {
                    Some(CountedProduct {
                        product_id: product.product_id,
                        counted: *quantities.get(&product.product_id)?,
                    })
                })
                .collect()
            })
        })
    }

    /// What is to be booked, under the id under which the very same was sent before.
    fn command(self) -> Option<PostOpening> {
        let lines = untrack(|| self.lines());
        if lines.is_empty() {
            return None;
        }
        let command = PostOpening {
            command_id: Uuid::now_v7(),
            store_id: self.store.get_untracked()?,
            opened_at: None,
            at: self.moment.chosen(),
            lines,
        };
        let before = self.sent.get_value().filter(|sent| {
            (sent.store_id, sent.at) == (command.store_id, command.at)
                && sent.lines == command.lines
        });
        Some(before.unwrap_or(command))
    }

    /// Forgets what was typed: it is booked, or another store is shown.
    fn show(self, quantities: BTreeMap<Uuid, i64>) {
        self.quantities.set(quantities);
        self.product.set(None);
        self.typed.set(None);
        self.refusal.set(None);
        self.wrong_moment.set(None);
        self.review_open.set(false);
    }
}

#[component]
fn OpeningStock() -> impl IntoView {
    let (i18n, toasts) = (use_i18n(), use_toasts());
    let store = use_chosen_store();
    let sheet = Fetched::new(move || store.get().map(|store| store.id), load);
    let person = use_session().map(|session| session.user.user_id);
    let store_id = Signal::derive(move || store.get().map(|store| store.id));
    let opening = Opening {
        key: Signal::derive(move || {
            let (person, store) = (
                person.unwrap_or_default(),
                store_id.get().unwrap_or_default(),
            );
            format!("hornada_opening_{store}_{person}")
        }),
        store: store_id,
        products: RwSignal::new(Vec::new()),
        quantities: RwSignal::new(BTreeMap::new()),
        wanted: RwSignal::new(String::new()),
        product: RwSignal::new(None),
        typed: RwSignal::new(None),
        moment: Moment::new(),
        review_open: RwSignal::new(false),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        wrong_moment: RwSignal::new(None),
        sent: StoredValue::new(None),
        refetch: Callback::new(move |()| sheet.refetch()),
    };
    // The device is asked once the page is drawn, and again for another shop, which has other goods.
    Effect::new(move |_| opening.show(device::read(&opening.key.get()).unwrap_or_default()));
    Effect::new(move |before: Option<BTreeMap<Uuid, i64>>| {
        let now = opening.quantities.get();
        if before.is_some_and(|before| before != now) {
            let key = opening.key.get_untracked();
            if now.is_empty() {
                device::remove(&key);
            } else {
                // A browser that keeps nothing still has it on the screen.
                let _ = device::write(&key, &now);
            }
        }
        now
    });
    let send = Callback::new(move |()| {
        let Some(command) = opening.command().filter(|_| !opening.busy.get_untracked()) else {
            return;
        };
        opening.sent.set_value(Some(command.clone()));
        opening.busy.set(true);
        let key = opening.key.get_untracked();
        spawn_local(async move {
            let answer = post_opening(command).await;
            let _ = opening.busy.try_set(false);
            // Meanwhile somebody may have chosen another shop, or left the page: what was sent lies under its own key.
            let is_shown = opening
                .key
                .try_get_untracked()
                .is_some_and(|now| now == key);
            let locale = i18n.get_locale_untracked();
            match answer {
                Ok(_) => {
                    device::remove(&key);
                    toasts.done(td_string!(locale, stock.opening_posted));
                    if is_shown {
                        opening.show(BTreeMap::new());
                        opening.moment.reset();
                        opening.refetch.run(());
                    }
                }
                Err(error) if is_shown => {
                    // Somebody sold, counted or opened some of it meanwhile: the list says of which.
                    if error.reason == "stock.already_open" {
                        opening.refetch.run(());
                    }
                    let beside = beside(locale, &error, "at");
                    opening
                        .refusal
                        .set(beside.is_none().then(|| told(locale, &error)));
                    opening.wrong_moment.set(beside);
                }
                Err(error) => toasts.failed(told(locale, &error)),
            }
        });
    });
    view! {
        <PageHeader
            title=move || t_string!(i18n, stock.opening)
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || t_string!(i18n, stock.opening_lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
        </PageHeader>
        <div class="waste">
            // One place in the grid, whatever is drawn there.
            <div class="opening-goods">
                <TextInput
                    name="find"
                    kind="search"
                    label=move || t_string!(i18n, stock.opening_find)
                    placeholder=move || t_string!(i18n, stock.find_product_hint)
                    value=opening.wanted
                />
                <Loaded
                    resource=sheet
                    waiting=Waiting::Cards
                    children=move |sheet: OpeningSheet| {
                        opening.products.set(sheet.products.clone());
                        view! { <Tiles sheet opening /> }
                    }
                />
                <Later part=move || draw_opening(Part::Paste, opening) />
            </div>
            <Entry opening />
        </div>
        <Later part=move || draw_opening(Part::Review(send), opening) />
    }
}

/// The products of which nothing moved yet.
#[component]
fn Tiles(sheet: OpeningSheet, opening: Opening) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (moved, open): (Vec<OpeningProduct>, Vec<OpeningProduct>) = sheet
        .products
        .into_iter()
        .partition(|product| product.has_history);
    let moved = i64::try_from(moved.len()).unwrap_or(i64::MAX);
    let moved = (moved > 0).then(|| {
        view! {
            <p class="fact-reason">
                {move || t_string!(i18n, stock.opening_moved, count = format.number(moved))}
                " "
                <a href="/stock/count">{move || t_string!(i18n, stock.opening_count_them)}</a>
            </p>
        }
    });
    if open.is_empty() {
        return view! {
            <EmptyState icon=Icon::Check title=move || t_string!(i18n, stock.opening_done_title) text=move || t_string!(i18n, stock.opening_done_text) />
            {moved}
        }
        .into_any();
    }
    let tiles = open
        .into_iter()
        .map(|product| {
            let (id, unit, name) = (product.product_id, product.unit, product.product_name.clone());
            let words = format!("{} {}", product.product_name, product.sku).to_lowercase();
            let hidden = move || {
                let wanted = opening.wanted.get().trim().to_lowercase();
                !wanted.is_empty() && !words.contains(&wanted)
            };
            let typed = move || opening.quantities.with(|quantities| quantities.get(&id).copied());
            view! {
                <button
                    type="button"
                    class="tile"
                    hidden=hidden
                    aria-pressed=move || typed().is_some().to_string()
                    on:click=move |_| {
                        opening.refusal.set(None);
                        opening.typed.set(typed());
                        opening.product.set(Some(product.clone()));
                    }
                >
                    <span class="tile-name">{name}</span>
                    <span class="tile-count">
                        {move || typed().map_or_else(|| "–".to_owned(), |quantity| format.quantity(quantity, unit))}
                    </span>
                </button>
            }
        })
        .collect_view();
    view! {
        <div class="tiles" role="group" aria-label=move || t_string!(i18n, stock.product)>{tiles}</div>
        {moved}
    }
    .into_any()
}

/// The keys for what is there of the chosen product, and the way on.
#[component]
fn Entry(opening: Opening) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let title = move || {
        let name = opening
            .product
            .with(|product| product.as_ref().map(|product| product.product_name.clone()));
        name.unwrap_or_else(|| t_string!(i18n, stock.choose_product).to_owned())
    };
    let keep = move |()| {
        let Some(product) = opening.product.get_untracked() else {
            return;
        };
        let typed = opening.typed.get_untracked();
        opening.quantities.update(|quantities| match typed {
            Some(quantity) => {
                quantities.insert(product.product_id, quantity);
            }
            None => {
                quantities.remove(&product.product_id);
            }
        });
        opening.product.set(None);
        opening.typed.set(None);
    };
    let unit_words = move || {
        let unit = opening
            .product
            .with(|product| product.as_ref().map(|product| product.unit));
        let typed = opening.typed.get();
        unit.map_or_else(String::new, |unit| {
            in_unit(i18n.get_locale(), format, typed, unit)
        })
    };
    let none = Signal::derive(move || opening.count() == 0);
    let no_product = Signal::derive(move || opening.product.with(Option::is_none));
    view! {
        <Card title class="waste-entry">
            <QuantityInput name="quantity" label=move || t_string!(i18n, stock.there_are) hint=unit_words value=opening.typed max=MAX_QUANTITY />
            <Keypad value=opening.typed max=MAX_QUANTITY />
            <Button icon=Icon::Check large=true disabled=no_product on_press=keep>{move || t_string!(i18n, stock.keep_count)}</Button>
            <Button kind=ButtonKind::Primary large=true disabled=none on_press=move |()| opening.review_open.set(true)>
                {move || t_string!(i18n, stock.opening_review, count = format.number(opening.count()))}
            </Button>
        </Card>
    }
}
