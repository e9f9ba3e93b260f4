//! The kitchen's board: what is suggested, waiting, in the oven and done, with keys for hands in flour.

mod awake;
mod cards;
mod finish;
mod overlay;
mod reasons;
mod recipe;
mod timer;
mod totals;

use self::{
    cards::{Lane, OrderCard, SuggestionCard},
    finish::{FinishDialog, Finishing},
    overlay::overlay,
    reasons::{ReasonSheet, Refusing},
    recipe::{Reading, RecipeSheet},
    timer::Timers,
    totals::Totals,
};
use crate::{
    components::*,
    device,
    device_queue::{About, Command, use_device_queue},
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::plan::why,
    routes::guarded,
    server_fns::orders::read_board,
    session::{may, use_current_user, use_stores},
};
use chrono::{Days, NaiveDate};
use contract::orders::{BoardView, OrderView, ProductTotal, ReadBoard};
use contract::suggestions::SuggestionView;
use domain::{OrderStatus, Permission};
use leptos::prelude::*;
use leptos_router::{
    NavigateOptions,
    hooks::{use_navigate, use_query_map},
};
use std::time::Duration;

/// Days further from today are nobody's: the address was typed wrong.
const MOST_DAYS: i64 = 3_660;

/// How often the time in the oven is written anew, in seconds.
const TICK_SECONDS: i64 = 20;

/// A card that was pressed leaves as soon as the device has written down why, and the next one moves under the finger. So soon after
/// it the same press, or one on another batch, is the second half of a double press, and not meant. In milliseconds.
const SETTLE: u16 = 400;

/// The board, for those who bake.
#[component]
pub fn KitchenPage() -> impl IntoView {
    guarded(Permission::OrdersRead, || view! { <Board /> })
}

/// A command with what it is about.
type Deed = (Command, About);

/// What a command about a batch is about, for people.
fn about(order: &OrderView, quantity: i64) -> About {
    About {
        product: order.product_name.clone(),
        store: order.store_name.clone(),
        quantity: Some(quantity),
        unit: order.unit,
    }
}

/// What a press on the board does.
#[derive(Clone, Copy)]
pub(super) struct Acts {
    /// Keeps and sends a command.
    pub push: Callback<Deed>,
    /// Opens the sheet for another quantity.
    pub other: Callback<OrderView>,
    /// Opens the recipe of a batch.
    pub recipe: Callback<OrderView>,
    /// Asks why a suggestion is dismissed; `None` where the person may not.
    pub dismiss: Option<Callback<SuggestionView>>,
    /// Asks why a batch is given up; `None` where the person may not.
    pub cancel: Option<Callback<OrderView>>,
    /// Seconds since the board was loaded.
    pub elapsed: Signal<i64>,
    timers: Timers,
    pub may_decide: bool,
    pub may_start: bool,
    pub may_complete: bool,
}

#[component]
fn Board() -> impl IntoView {
    let today = use_current_user().today;
    let query = use_query_map();
    let date = Memo::new(move |_| {
        query
            .with(|query| query.get("date"))
            .and_then(|text| text.parse::<NaiveDate>().ok())
            // No calendar has a day before its first.
            .filter(|date| (*date - today).num_days().abs() < MOST_DAYS)
            .unwrap_or(today)
    });
    let shop = Memo::new(move |_| {
        query
            .with(|query| query.get("shop"))
            .and_then(|text| text.parse::<uuid::Uuid>().ok())
    });
    let board = Fetched::new(
        move || (date.get(), shop.get()),
        |(date, store_id)| read_board(ReadBoard { date, store_id }),
    );
    let queue = use_device_queue();
    // Recipes and ingredients say what batches lack; whoever may not read them hears nothing of them.
    use_live(&["orders", "suggestions", "recipes"], move |_| {
        board.refetch();
    });
    awake::stay_awake();

    let ticks = RwSignal::new(0_i64);
    Effect::new(move |_| {
        let every = Duration::from_secs(TICK_SECONDS.unsigned_abs());
        if let Ok(handle) =
            set_interval_with_handle(move || ticks.update(|ticks| *ticks += TICK_SECONDS), every)
        {
            on_cleanup(move || handle.clear());
        }
    });
    let (finishing, reading, refusing) = (Finishing::new(), Reading::new(), Refusing::new());
    let pressed = StoredValue::new(None);
    let timers = Timers::new();
    let totals = RwSignal::new(Vec::new());
    let push = Callback::new(move |(command, about): Deed| {
        let (subject, kind) = (command.subject(), std::mem::discriminant(&command));
        let is_again = pressed
            .get_value()
            .is_some_and(|(last, same)| last != subject || same == kind);
        if is_again || timers.moved_within(SETTLE.into()) {
            return;
        }
        pressed.set_value(Some((subject, kind)));
        set_timeout(
            move || {
                // The page may have gone meanwhile.
                let _ = pressed.try_set_value(None);
            },
            Duration::from_millis(SETTLE.into()),
        );
        queue.push(command, about);
    });
    view! {
        <div class="kitchen">
            <Head date=date.into() shop=shop.into() timers />
            <div class="totals-place">
                <Later part=move || part(Part::Totals(totals)) />
            </div>
            <Loaded
                resource=board
                waiting=Waiting::Cards
                children=move |mut board: BoardView| {
                    let loaded_at = ticks.get_untracked();
                    let device_now = device::now();
                    // What the device kept is as old as it is: time went on in the oven.
                    if let Some(kept_at) = untrack(|| queue.kept_at()) {
                        board.now += device_now - kept_at;
                    }
                    // The board of all shops, as it is now.
                    let is_whole = shop.try_get_untracked() == Some(None) && untrack(|| queue.kept_at()).is_none();
                    // After the old board is gone, which would be drawn once more.
                    Effect::new(move |_| set_timeout(move || queue.is_loaded(), Duration::ZERO));
                    let board = StoredValue::new(board);
                    let read = move |order| {
                        // Pressed on a board that has just made way for a newer one it opens nothing.
                        if let Some(board) = board.try_get_value() {
                            reading.open(order, board);
                        }
                    };
                    let dismiss = move |suggestion: SuggestionView| refusing.dismiss(&suggestion);
                    let cancel = move |order: OrderView| refusing.cancel(&order);
                    let acts = Acts {
                        push,
                        other: Callback::new(move |order| finishing.open(order)),
                        recipe: Callback::new(read),
                        dismiss: may(Permission::SuggestionsDecide).then(|| Callback::new(dismiss)),
                        cancel: may(Permission::OrdersCancel).then(|| Callback::new(cancel)),
                        elapsed: Signal::derive(move || ticks.get() - loaded_at),
                        timers,
                        may_decide: may(Permission::SuggestionsDecide) && may(Permission::OrdersCreate),
                        may_start: may(Permission::OrdersStart),
                        may_complete: may(Permission::OrdersComplete),
                    };
                    move || {
                        // A board that has made way for a newer one may hear of a change once more.
                        let board = board.try_get_value()?;
                        let mut shown = queue.with_ahead(|answered, kept| overlay(board, answered, kept, device_now));
                        timers.set_known(&shown.board, is_whole.then_some(shown.board.date));
                        totals.set(std::mem::take(&mut shown.board.totals));
                        Some(view! { <Lanes shown acts /> })
                    }
                }
            />
            <Later part=move || part(Part::Finish(finishing, push)) />
            <Later part=move || part(Part::Sheets(reading, refusing, push)) />
        </div>
    }
}

/// What of the board comes later. One function for all of it: each would be named in what every page loads.
enum Part {
    Finish(Finishing, Callback<Deed>),
    Sheets(Reading, Refusing, Callback<Deed>),
    Sound(Timers),
    Totals(RwSignal<Vec<ProductTotal>>),
    Timer(Timers, Box<OrderView>),
    Why(Box<SuggestionView>),
}

#[lazy(kitchen_later)]
fn part(part: Part) -> AnyView {
    match part {
        Part::Finish(finishing, push) => view! { <FinishDialog finishing push /> }.into_any(),
        Part::Sheets(reading, refusing, push) => view! {
            <RecipeSheet reading />
            <ReasonSheet refusing push />
        }
        .into_any(),
        Part::Why(suggestion) => why(*suggestion),
        Part::Sound(timers) => timer::sound_key(timers),
        Part::Totals(totals) => view! { <Totals totals /> }.into_any(),
        Part::Timer(timers, order) => timer::card_timer(timers, &order),
    }
}

#[component]
fn Head(
    date: Signal<NaiveDate>,
    shop: Signal<Option<uuid::Uuid>>,
    timers: Timers,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let day = move |days: i64| {
        let date = date.get();
        let other = if days < 0 {
            date - Days::new(1)
        } else {
            date + Days::new(1)
        };
        address(other, shop.get())
    };
    view! {
        <header class="kitchen-head">
            <div class="kitchen-words">
                <p class="over">{move || format.date_long(date.get())}</p>
                <h1>{move || t_string!(i18n, kitchen.title)}</h1>
            </div>
            <leptos_meta::Title text=move || t_string!(i18n, kitchen.title) />
            <ShopChoice date shop />
            <nav class="kitchen-days" aria-label=move || t_string!(i18n, kitchen.days)>
                <a class="button button-large" href=move || day(-1) aria-label=move || t_string!(i18n, kitchen.day_before)>
                    <Glyph icon=Icon::ChevronLeft />
                </a>
                <span class="kitchen-day">{move || format.day(date.get())}</span>
                <a class="button button-large" href=move || day(1) aria-label=move || t_string!(i18n, kitchen.day_after)>
                    <Glyph icon=Icon::ChevronRight />
                </a>
            </nav>
            <Later part=move || part(Part::Sound(timers)) />
            <IconButton
                icon=Icon::Expand
                large=true
                label=move || t_string!(i18n, kitchen.full_screen)
                on_press=move |()| awake::toggle_full_screen()
            />
        </header>
    }
}

/// By insertion: a day's batches are few, and the library's sorting is two kilobytes of every kitchen's first load.
fn latest_first(orders: Vec<OrderView>) -> Vec<OrderView> {
    let mut sorted: Vec<OrderView> = Vec::with_capacity(orders.len());
    for order in orders {
        let place = sorted.partition_point(|other| other.completed_at >= order.completed_at);
        sorted.insert(place, order);
    }
    sorted
}

/// Where the board of a day stands, of one shop or of all.
fn address(date: NaiveDate, shop: Option<uuid::Uuid>) -> String {
    shop.map_or_else(
        || format!("/kitchen?date={date}"),
        |shop| format!("/kitchen?date={date}&shop={shop}"),
    )
}

/// One oven may bake for several shops: all of them, or one at a time.
#[component]
fn ShopChoice(date: Signal<NaiveDate>, shop: Signal<Option<uuid::Uuid>>) -> impl IntoView {
    let i18n = use_i18n();
    let stores = use_stores();
    let navigate = use_navigate();
    (stores.len() > 1).then(|| {
        let options = stores
            .into_iter()
            .map(|store| {
                view! {
                    <option value=store.id.to_string() selected=move || shop.get() == Some(store.id)>
                        {store.name}
                    </option>
                }
            })
            .collect_view();
        let choose = move |chosen: String| {
            navigate(&address(date.get_untracked(), chosen.parse().ok()), NavigateOptions::default());
        };
        view! {
            <select
                class="input select kitchen-shop"
                aria-label=move || t_string!(i18n, common.store)
                prop:value=move || shop.get().map(|id| id.to_string()).unwrap_or_default()
                on:change:target=move |event| choose(event.target().value())
            >
                <option value="" selected=move || shop.get().is_none()>
                    {move || t_string!(i18n, kitchen.all_shops)}
                </option>
                {options}
            </select>
        }
    })
}

#[component]
fn Lanes(shown: overlay::Shown, acts: Acts) -> impl IntoView {
    let i18n = use_i18n();
    let overlay::Shown { board, waiting } = shown;
    let now = board.now;
    let of = |status: OrderStatus| -> Vec<OrderView> {
        board
            .orders
            .iter()
            .filter(|o| o.status == status)
            .cloned()
            .collect()
    };
    let (pending, baking, done) = (
        of(OrderStatus::Pending),
        of(OrderStatus::InProgress),
        of(OrderStatus::Completed),
    );
    let done = latest_first(done);
    let baked = board.recipes.iter().filter_map(|recipe| recipe.product_id);
    let with_recipe: Vec<uuid::Uuid> = baked.collect();
    let (shortages, fresh) = (board.shortages, board.fresh);
    let cards = move |orders: Vec<OrderView>, waiting: &[uuid::Uuid]| {
        orders
            .into_iter()
            .map(|order| {
                let is_waiting = waiting.contains(&order.id);
                let of_it = shortages.iter().filter(|short| short.order_id == order.id);
                let missing = of_it
                    .map(|s| (s.ingredient_name.clone(), s.missing, s.unit))
                    .collect();
                let has_recipe = with_recipe.contains(&order.product_id);
                let last = fresh
                    .iter()
                    .rfind(|batch| batch.order_id == order.id)
                    .cloned();
                view! { <OrderCard order now is_waiting missing has_recipe last acts /> }
            })
            .collect_view()
    };
    let suggested = board.suggestions.len();
    let idle = board.suggestions.is_empty() && board.orders.is_empty();
    let suggestions = board
        .suggestions
        .into_iter()
        .map(|suggestion| {
            let is_waiting = waiting.contains(&suggestion.id);
            view! { <SuggestionCard suggestion is_waiting acts /> }
        })
        .collect_view();
    let counts = (pending.len(), baking.len(), done.len());
    let (pending, baking, done) = (
        cards(pending, &waiting),
        cards(baking, &waiting),
        cards(done, &waiting),
    );
    let lanes = view! {
        <div class="lanes">
            <Lane title=move || t_string!(i18n, kitchen.suggested) count=suggested>{suggestions}</Lane>
            <Lane title=move || t_string!(i18n, kitchen.pending) count=counts.0>{pending}</Lane>
            <Lane title=move || t_string!(i18n, kitchen.in_progress) count=counts.1>{baking}</Lane>
            <Lane title=move || t_string!(i18n, kitchen.done) count=counts.2>{done}</Lane>
        </div>
    };
    if idle {
        view! {
            <EmptyState
                icon=Icon::Kitchen
                title=move || t_string!(i18n, kitchen.empty_title)
                text=move || t_string!(i18n, kitchen.empty_text)
            >
                <ButtonLink href="/orders/new" large=true>{move || t_string!(i18n, orders.new_batch)}</ButtonLink>
            </EmptyState>
        }
        .into_any()
    } else {
        lanes.into_any()
    }
}
