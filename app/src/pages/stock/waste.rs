//! Waste and donations: which product, how many, why. One screen, big keys, a way back.

use super::{levels::levels_of, words};
use crate::{
    components::*,
    fetched::Fetched,
    format::use_format,
    i18n::*,
    refusals::told,
    routes::guarded,
    server_fns::stock::{remove_stock, reverse_movement},
    store_choice::use_chosen_store,
};
use contract::ErrorCode;
use contract::stock::{LevelView, RemoveStock, ReverseMovement, StockLevels};
use domain::{MovementKind, Permission, StockReason};
use leptos::{prelude::*, task::spawn_local};
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
    command_id: StoredValue<Option<Uuid>>,
    busy: RwSignal<bool>,
    refusal: RwSignal<Option<String>>,
}

#[component]
fn Waste() -> impl IntoView {
    let (i18n, format, toasts) = (use_i18n(), use_format(), use_toasts());
    let store = use_chosen_store();
    let levels = Fetched::new(move || store.get().map(|store| store.id), levels_of);
    use_live(&["stock"], move |_| levels.refetch());
    let typed = Typed {
        product: RwSignal::new(None),
        quantity: RwSignal::new(None),
        kind: RwSignal::new(MovementKind::Waste.as_str().to_owned()),
        reason: RwSignal::new(StockReason::NotSold.as_str().to_owned()),
        command_id: StoredValue::new(None),
        busy: RwSignal::new(false),
        refusal: RwSignal::new(None),
    };
    let undo = move |movement_id: Uuid| {
        let command_id = Uuid::now_v7();
        spawn_local(async move {
            match reverse_movement(ReverseMovement {
                command_id,
                movement_id,
                note: None,
            })
            .await
            {
                Ok(_) => toasts.done(t_string!(i18n, stock.reversed)),
                Err(error) => toasts.failed(told(i18n.get_locale_untracked(), &error)),
            }
            levels.refetch();
        });
    };
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
        let command_id = typed.command_id.get_value().unwrap_or_else(Uuid::now_v7);
        typed.command_id.set_value(Some(command_id));
        typed.busy.set(true);
        let command = RemoveStock {
            command_id,
            store_id: store.id,
            product_id: product.product_id,
            kind,
            quantity,
            reason,
            note: None,
        };
        spawn_local(async move {
            let answer = remove_stock(command).await;
            typed.busy.set(false);
            if answer
                .as_ref()
                .err()
                .is_none_or(|error| error.code != ErrorCode::Network)
            {
                typed.command_id.set_value(None);
            }
            match answer {
                Ok(change) => {
                    let words = t_string!(
                        i18n,
                        stock.wasted,
                        quantity = format.quantity(quantity, product.unit),
                        product = product.product_name.clone()
                    );
                    toasts.done_with_undo(words, move || undo(change.movement_id));
                    typed.product.set(None);
                    typed.quantity.set(None);
                    typed.refusal.set(None);
                    levels.refetch();
                }
                Err(error) => typed
                    .refusal
                    .set(Some(told(i18n.get_locale_untracked(), &error))),
            }
        });
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
                    <span class="tile-count">{move || format.quantity(on_hand, unit)}</span>
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
        typed.product.with(Option::is_none) || typed.quantity.get().unwrap_or(0) <= 0
    });
    let refusal = Signal::derive(move || typed.refusal.get());
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
            <QuantityInput name="quantity" label=move || t_string!(i18n, stock.quantity) value=typed.quantity min=1 error=refusal />
            <Keypad value=typed.quantity />
            <Select name="reason" label=move || t_string!(i18n, stock.reason) value=typed.reason options=reasons />
            <Button kind=ButtonKind::Primary icon=Icon::Bin large=true busy=typed.busy disabled=not_ready on_press=send>
                {move || {
                    let unit = typed.product.with(|product| product.as_ref().map_or(domain::Unit::Piece, |product| product.unit));
                    t_string!(i18n, stock.waste_it, quantity = format.quantity(typed.quantity.get().unwrap_or(0), unit))
                }}
            </Button>
        </Card>
    }
}
