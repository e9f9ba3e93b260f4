//! What stands on the board.

use super::{Acts, Part, about, part};
use crate::{
    components::*,
    device_queue::{About, Command},
    format::use_format,
    i18n::*,
    pages::plan::{PartsLine, WhyReasons},
};
use chrono::{DateTime, Utc};
use contract::orders::{CompleteOrder, OrderView, ProductTotal, RecallOrder, StartOrder};
use contract::suggestions::{AcceptSuggestion, SuggestionView};
use domain::{OrderStatus, Unit};
use leptos::{either::Either, prelude::*};
use uuid::Uuid;

/// A column of the board.
#[component]
pub(super) fn Lane(
    #[prop(into)] title: TextProp,
    count: usize,
    children: Children,
) -> impl IntoView {
    let format = use_format();
    view! {
        <section class="lane">
            <h2 class="lane-title">
                {move || title.get()}
                <span class="lane-count">{move || format.number(i64::try_from(count).unwrap_or(i64::MAX))}</span>
            </h2>
            <div class="lane-cards">{children()}</div>
        </section>
    }
}

/// All of the day, per product: what the oven still has to give.
#[component]
pub(super) fn Totals(totals: Vec<ProductTotal>) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let rows = totals
        .into_iter()
        .map(|total| {
            let open = total.pending + total.in_progress;
            let all = open + total.produced;
            view! {
                <li class="total" data-done=(open == 0 && total.suggested == 0).to_string()>
                    <span class="total-name">{total.product_name}</span>
                    <b class="total-open">{move || format.quantity(open, total.unit)}</b>
                    <span class="total-rest">
                        {move || {
                            t_string!(
                                i18n, kitchen.total_rest, produced = format.quantity(total.produced, total.unit), all = format
                                .quantity(all, total.unit)
                            )
                        }}
                    </span>
                </li>
            }
        })
        .collect_view();
    view! {
        <section class="totals" aria-label=move || t_string!(i18n, kitchen.totals)>
            <ul tabindex="0">{rows}</ul>
        </section>
    }
}

#[component]
fn CardHead(
    #[prop(into)] product: String,
    #[prop(into)] store: String,
    #[prop(into)] quantity: TextProp,
    is_waiting: bool,
) -> impl IntoView {
    let i18n = use_i18n();
    view! {
        <div class="batch-head">
            <h3 class="batch-name">{product}</h3>
            <p class="batch-store">{store}</p>
        </div>
        <p class="batch-quantity">{move || quantity.get()}</p>
        {is_waiting.then(|| view! { <StatusPill tone=Tone::Attention icon=Icon::Clock text=move || t_string!(i18n, kitchen.waiting) /> })}
    }
}

/// A number that the system proposes.
#[component]
pub(super) fn SuggestionCard(
    suggestion: SuggestionView,
    is_waiting: bool,
    acts: Acts,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (planned, unit, id) = (suggestion.planned(), suggestion.unit, suggestion.id);
    let told = About {
        product: suggestion.product_name.clone(),
        store: suggestion.store_name.clone(),
        quantity: Some(planned),
        unit,
    };
    let accept = move |()| {
        let accept = Command::Accept(AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: id,
            quantity: Some(planned),
        });
        acts.push.run((accept, told.clone()));
    };
    view! {
        <article class="batch batch-suggested">
            <CardHead
                product=suggestion.product_name.clone()
                store=suggestion.store_name.clone()
                quantity=move || format.quantity(planned, unit)
                is_waiting
            />
            <PartsLine parts=suggestion.parts() unit />
            <WhyReasons suggestion=suggestion.clone() />
            {(acts.may_decide && !is_waiting)
                .then(|| {
                    view! {
                        <Button icon=Icon::Check large=true on_press=accept>
                            {move || t_string!(i18n, kitchen.accept, quantity = format.quantity(planned, unit))}
                        </Button>
                    }
                })}
        </article>
    }
}

/// A batch: to start, in the oven, or done.
#[component]
pub(super) fn OrderCard(
    order: OrderView,
    now: DateTime<Utc>,
    is_waiting: bool,
    /// Ingredients that are not there, and how much of each.
    missing: Vec<(String, i64, Unit)>,
    acts: Acts,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let lacks = !missing.is_empty();
    let names = move || {
        let lines = missing
            .iter()
            .map(|(name, n, unit)| format!("{name} {}", format.quantity(*n, *unit)));
        lines.collect::<Vec<_>>().join(", ")
    };
    let (unit, shown) = (
        order.unit,
        order.produced_quantity.unwrap_or(order.planned_quantity),
    );
    let state = order.status.as_str();
    let number = order.number;
    // What is done comes out in parts no more.
    let parts = order
        .produced_quantity
        .map_or_else(|| order.parts.clone(), |_| Vec::new());
    view! {
        <article class="batch" data-status=state>
            <CardHead
                product=order.product_name.clone()
                store=order.store_name.clone()
                quantity=move || format.quantity(shown, unit)
                is_waiting
            />
            <PartsLine parts unit />
            <p class="batch-number">"#" {move || format.number(number)}</p>
            {order.note.clone().map(|note| view! { <p class="batch-note">{note}</p> })}
            {lacks.then(|| view! { <StatusPill tone=Tone::Danger text=move || t_string!(i18n, kitchen.missing, names = names()) /> })}
            {match order.status {
                OrderStatus::Pending => Either::Left(view! { <StartKeys order acts /> }),
                OrderStatus::InProgress => Either::Right(Either::Left(view! { <OvenKeys order now acts /> })),
                _ => Either::Right(Either::Right(view! { <DoneKeys order now acts /> })),
            }}
        </article>
    }
}

#[component]
fn StartKeys(order: OrderView, acts: Acts) -> impl IntoView {
    let i18n = use_i18n();
    let start = move |()| {
        let start = Command::Start(StartOrder {
            command_id: Uuid::now_v7(),
            order_id: order.id,
        });
        acts.push
            .run((start, about(&order, order.planned_quantity)));
    };
    acts.may_start.then(|| {
        view! {
            <Button kind=ButtonKind::Primary icon=Icon::Kitchen large=true on_press=start>
                {move || t_string!(i18n, kitchen.start)}
            </Button>
        }
    })
}

#[component]
fn OvenKeys(order: OrderView, now: DateTime<Utc>, acts: Acts) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (id, planned, unit) = (order.id, order.planned_quantity, order.unit);
    let since = order.started_at.map(|at| (now - at).num_seconds().max(0));
    let told = about(&order, planned);
    let done = move |()| {
        let complete = Command::Complete(CompleteOrder {
            command_id: Uuid::now_v7(),
            order_id: id,
            produced_quantity: planned,
            lost_quantity: 0,
        });
        acts.push.run((complete, told.clone()));
    };
    let (product, date) = (order.product_name.clone(), order.production_date);
    let other = move |()| acts.other.run(order.clone());
    let timers = acts.timers;
    view! {
        {since
            .map(|since| {
                view! {
                    <p class="batch-time">
                        <Glyph icon=Icon::Clock />
                        {move || t_string!(i18n, kitchen.in_oven, time = format.duration((since + acts.elapsed.try_get().unwrap_or(0)) / 60 * 60))}
                    </p>
                }
            })}
        <Later part=move || part(Part::Timer(timers, id, product, date)) />
        {acts
            .may_complete
            .then(|| {
                view! {
                    <div class="batch-keys">
                        <Button kind=ButtonKind::Primary icon=Icon::Check large=true on_press=done>
                            {move || t_string!(i18n, kitchen.finish, quantity = format.quantity(planned, unit))}
                        </Button>
                        <Button large=true on_press=other>
                            {move || t_string!(i18n, kitchen.other_quantity)}
                        </Button>
                    </div>
                }
            })}
    }
}

#[component]
fn DoneKeys(order: OrderView, now: DateTime<Utc>, acts: Acts) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, lost) = (order.unit, order.lost_quantity.unwrap_or(0));
    let left = order.recall_until.map(|until| (until - now).num_seconds());
    let recallable = move || left.is_some_and(|left| left > acts.elapsed.try_get().unwrap_or(0));
    let at = order.completed_at;
    let order = StoredValue::new(order);
    let recall = move |()| {
        let (id, told) = order.with_value(|order| {
            let quantity = order.produced_quantity.unwrap_or(order.planned_quantity);
            (order.id, about(order, quantity))
        });
        let recall = Command::Recall(RecallOrder {
            command_id: Uuid::now_v7(),
            order_id: id,
        });
        acts.push.run((recall, told));
    };
    view! {
        <p class="batch-time">
            <Glyph icon=Icon::Check />
            {move || at.map(|at| t_string!(i18n, kitchen.done_at, time = format.instant_time(at)))}
            {(lost > 0).then(|| view! { <span>{move || t_string!(i18n, kitchen.lost_count, quantity = format.quantity(lost, unit))}</span> })}
        </p>
        {move || {
            (acts.may_complete && recallable())
                .then(|| {
                    view! {
                        <Button kind=ButtonKind::Quiet icon=Icon::Undo large=true on_press=recall>
                            {move || t_string!(i18n, kitchen.recall)}
                        </Button>
                    }
                })
        }}
    }
}
