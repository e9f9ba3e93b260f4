//! Waste and donations: which product, how many, why. One screen, big keys, a way back.

use super::{
    levels::levels_of,
    when::{Moment, When},
    words,
};
use crate::{
    components::*,
    device_queue::{About, Command, Heard, use_device_queue},
    fetched::Fetched,
    format::use_format,
    i18n::*,
    pages::units::in_unit,
    refusals::{beside, told},
    routes::guarded,
    store_choice::use_chosen_store,
};
use contract::stock::{LevelView, RemoveStock, StockLevels};
use domain::stock::MAX_QUANTITY;
use domain::{MovementKind, Permission, StockReason};
use leptos::prelude::*;
use uuid::Uuid;

/// Reasons for waste, in the order in which they happen; then those for a donation.
const WASTE: &[StockReason] = &[
    StockReason::NotSold,
    StockReason::Expired,
    StockReason::Damaged,
    StockReason::BakingError,
    StockReason::StaffMeal,
    StockReason::Sampling,
    StockReason::Theft,
    StockReason::Unknown,
];
const DONATION: &[StockReason] = &[StockReason::GivenAway, StockReason::NotSold];

/// The form for waste.
#[component]
pub fn WastePage() -> impl IntoView {
    guarded(Permission::StockWaste, || view! { <Waste /> })
}

#[derive(Clone, Copy)]
struct Typed {
    product: RwSignal<Option<LevelView>>,
    quantity: RwSignal<Option<i64>>,
    kind: RwSignal<String>,
    reason: RwSignal<String>,
    moment: Moment,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
    /// Why the moment was refused.
    wrong_moment: RwSignal<Option<String>>,
}

#[component]
fn Waste() -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let store = use_chosen_store();
    let levels = Fetched::new(move || store.get().map(|store| store.id), levels_of);
    use_live(&["stock"], move |events| {
        let here = store.get_untracked().map(|store| store.id);
        let is_here = |id: Option<Uuid>| id.is_none() || id == here;
        if events.is_empty() || events.iter().any(|event| is_here(event.store_id)) {
            levels.refetch();
        }
    });
    let typed = Typed {
        product: RwSignal::new(None),
        quantity: RwSignal::new(None),
        kind: RwSignal::new(MovementKind::Waste.as_str().to_owned()),
        reason: RwSignal::new(StockReason::NotSold.as_str().to_owned()),
        moment: Moment::new(),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
        wrong_moment: RwSignal::new(None),
    };
    let queue = use_device_queue();
    let send = Callback::new(move |()| {
        let (Some(product), Some(quantity), Some(store)) = (
            typed.product.get_untracked(),
            typed.quantity.get_untracked(),
            store.get_untracked(),
        ) else {
            return;
        };
        let (Ok(kind), Ok(reason)) = (
            typed.kind.get_untracked().parse(),
            typed.reason.get_untracked().parse(),
        ) else {
            return;
        };
        if typed.busy.get_untracked() {
            return;
        }
        typed.busy.set(true);
        let command_id = Uuid::now_v7();
        let command = RemoveStock {
            command_id,
            store_id: store.id,
            product_id: product.product_id,
            kind,
            quantity,
            reason,
            note: None,
            at: typed.moment.chosen(),
            pressed_at: None,
        };
        let about = About {
            product: product.product_name.clone(),
            store: store.name,
            quantity: Some(quantity),
            unit: product.unit,
        };
        let hear = move |heard| {
            typed.busy.set(false);
            typed.refusal.set(None);
            typed.wrong_moment.set(None);
            if let Heard::Refused(error) = heard {
                let locale = i18n.get_locale_untracked();
                return match beside(locale, &error, "at") {
                    Some(words) => typed.wrong_moment.set(Some(words)),
                    None => typed.refusal.set(Some(told(locale, &error))),
                };
            }
            let words = untrack(|| {
                t_string!(
                    i18n,
                    stock.wasted,
                    quantity = format.quantity(quantity, product.unit),
                    product = product.product_name.clone()
                )
            });
            let words = if matches!(heard, Heard::Kept) {
                format!("{words}. {}", untrack(|| t_string!(i18n, queue.kept)))
            } else {
                words
            };
            toasts.done_with_undo(words, move || queue.take_back(command_id));
            typed.product.set(None);
            typed.quantity.set(None);
            typed.moment.reset();
        };
        queue.push_and_hear(Command::Waste(command), about, Callback::new(hear));
    });
    view! {
        <PageHeader
            title=move || t_string!(i18n, stock.waste)
            over=move || store.get().map(|store| store.name).unwrap_or_default()
            lead=move || t_string!(i18n, stock.waste_lead)
        >
            <ButtonLink href="/stock" kind=ButtonKind::Quiet icon=Icon::ChevronLeft>{move || t_string!(i18n, stock.back)}</ButtonLink>
        </PageHeader>
        <div class="waste">
            // One place in the grid, whatever is drawn there.
            <div>
                <Loaded resource=levels waiting=Waiting::Cards children=move |levels: StockLevels| view! { <Tiles levels typed /> } />
            </div>
            <Entry typed send />
        </div>
    }
}

/// What is there to throw away: what expired first, then the most.
#[component]
fn Tiles(levels: StockLevels, typed: Typed) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (queue, store_id) = (use_device_queue(), levels.store_id);
    let is_alive = StoredValue::new(());
    // What was taken out here is gone from the shelf, whether the server knows it yet or not.
    let taken = move |product_id: Uuid| {
        queue.with_ahead(|_, kept| {
            kept.iter()
                .filter(|entry| entry.is_waiting() && !entry.is_unwanted)
                .filter_map(|entry| match &entry.command {
                    Command::Waste(waste) => Some(waste),
                    _ => None,
                })
                .filter(|waste| (waste.store_id, waste.product_id) == (store_id, product_id))
                .map(|waste| waste.quantity)
                .sum::<i64>()
        })
    };
    let mut there: Vec<LevelView> = levels
        .levels
        .into_iter()
        .filter(|level| level.on_hand > 0)
        .collect();
    there.sort_by_key(|level| std::cmp::Reverse((level.expired, level.on_hand)));
    if there.is_empty() {
        return view! {
            <EmptyState icon=Icon::Bin title=move || t_string!(i18n, stock.nothing_title) text=move || t_string!(i18n, stock.nothing_text) />
        }
        .into_any();
    }
    let tiles = there
        .into_iter()
        .map(|level| {
            let (id, on_hand, expired, unit, name) = (
                level.product_id,
                level.on_hand,
                level.expired.min(level.on_hand),
                level.unit,
                level.product_name.clone(),
            );
            let chosen = move || {
                typed.product.with(|product| {
                    product
                        .as_ref()
                        .is_some_and(|product| product.product_id == id)
                })
            };
            view! {
                <button
                    type="button"
                    class="tile"
                    aria-pressed=move || chosen().to_string()
                    on:click=move |_| {
                        typed.refusal.set(None);
                        // What expired goes whole, and everybody knows why.
                        typed.quantity.set((expired > 0).then_some(expired));
                        if expired > 0 && typed.kind.get_untracked() == MovementKind::Waste.as_str() {
                            typed.reason.set(StockReason::Expired.as_str().to_owned());
                        }
                        typed.product.set(Some(level.clone()));
                    }
                >
                    <span class="tile-name">{name}</span>
                    <span class="tile-count">
                        {move || {
                            let there = (on_hand - taken(id)).max(0);
                            // Tiles that have made way for newer ones may hear of the queue once more.
                            is_alive.try_get_value().map_or_else(String::new, |()| format.quantity(there, unit))
                        }}
                    </span>
                    {(expired > 0)
                        .then(|| {
                            view! {
                                <span class="tile-note tile-expired">
                                    {move || t_string!(i18n, stock.tile_expired, quantity = format.quantity(expired, unit))}
                                </span>
                            }
                        })}
                </button>
            }
        })
        .collect_view();
    view! { <div class="tiles" role="group" aria-label=move || t_string!(i18n, stock.product)>{tiles}</div> }.into_any()
}

#[component]
fn Entry(typed: Typed, send: Callback<()>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let name = move || {
        typed
            .product
            .with(|product| product.as_ref().map(|product| product.product_name.clone()))
    };
    let title = move || name().unwrap_or_else(|| t_string!(i18n, stock.choose_product).to_owned());
    let kinds = vec![
        Choice::new(MovementKind::Waste.as_str(), move || {
            t_string!(i18n, stock.kind_waste)
        }),
        Choice::new(MovementKind::Donation.as_str(), move || {
            t_string!(i18n, stock.kind_donation)
        }),
    ];
    let to_first_reason = move |kind: String| {
        let first = if kind == MovementKind::Donation.as_str() {
            DONATION
        } else {
            WASTE
        };
        typed.reason.set(first[0].as_str().to_owned());
    };
    let reasons = Signal::derive(move || {
        let list = if typed.kind.get() == MovementKind::Donation.as_str() {
            DONATION
        } else {
            WASTE
        };
        list.iter()
            .map(|reason| {
                let reason = *reason;
                Choice::new(reason.as_str(), move || {
                    words::reason(i18n.get_locale(), reason)
                })
            })
            .collect::<Vec<_>>()
    });
    let not_ready = Signal::derive(move || {
        typed.product.with(Option::is_none)
            || typed.quantity.get().unwrap_or(0) <= 0
            || typed.moment.is_missing()
    });
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
    view! {
        <Card title class="waste-entry">
            <Segmented
                name="kind"
                label=move || t_string!(i18n, stock.what)
                quiet_label=true
                value=typed.kind
                options=kinds
                on_change=Callback::new(to_first_reason)
            />
            <QuantityInput
                name="quantity"
                label=move || t_string!(i18n, stock.quantity)
                hint=unit_words
                value=typed.quantity
                min=1
                max=MAX_QUANTITY
                error=refusal
            />
            <Keypad value=typed.quantity max=MAX_QUANTITY />
            <Select name="reason" label=move || t_string!(i18n, stock.reason) value=typed.reason options=reasons />
            <When moment=typed.moment error=typed.wrong_moment />
            <Button kind=ButtonKind::Primary icon=Icon::Bin large=true busy=typed.busy disabled=not_ready on_press=send>
                {move || {
                    let unit = typed.product.with(|product| product.as_ref().map_or(domain::Unit::Piece, |product| product.unit));
                    t_string!(i18n, stock.waste_it, quantity = format.quantity(typed.quantity.get().unwrap_or(0), unit))
                }}
            </Button>
        </Card>
    }
}
