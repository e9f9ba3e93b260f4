//! What stands on the board.

use super::{
    Acts, Part, about, part,
    reasons::{CancelKey, DismissKey, proposed},
    recipe::RecipeKey,
};
use crate::{
    components::*,
    device_queue::Command,
    format::use_format,
    i18n::*,
    pages::plan::{PartsLine, WhyQuestion},
};
use chrono::{DateTime, Utc};
use contract::orders::{CompleteOrder, FreshBatch, OrderView, RecallOrder, StartOrder};
use contract::suggestions::{AcceptSuggestion, SuggestionView};
use domain::{OrderStatus, Unit, orders::recall_until};
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
    let told = proposed(&suggestion);
    let reasons = Box::new(suggestion.clone());
    let accept = move |()| {
        let accept = Command::Accept(AcceptSuggestion {
            command_id: Uuid::now_v7(),
            suggestion_id: id,
            quantity: Some(planned),
            production_date: None,
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
            <WhyQuestion quantity=suggestion.quantity unit>
                <Later part=move || part(Part::Why(reasons)) />
            </WhyQuestion>
            {(acts.may_decide && !is_waiting)
                .then(|| {
                    view! {
                        <Button icon=Icon::Check large=true on_press=accept>
                            {move || t_string!(i18n, kitchen.accept, quantity = format.quantity(planned, unit))}
                        </Button>
                    }
                })}
            {(!is_waiting).then(|| view! { <DismissKey suggestion acts /> })}
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
    has_recipe: bool,
    /// What came out of it last, if it can still be taken back.
    last: Option<FreshBatch>,
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
    let (unit, planned, baked) = (order.unit, order.planned_quantity, order.produced_quantity);
    let is_done = order.status == OrderStatus::Completed;
    let shown = baked.filter(|_| is_done).unwrap_or(planned);
    let so_far = baked.filter(|_| !is_done);
    let state = order.status.as_str();
    let number = order.number;
    let is_open = matches!(order.status, OrderStatus::Pending | OrderStatus::InProgress);
    let more = is_open.then(|| order.clone());
    let timed = is_open.then(|| Box::new(order.clone()));
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
            {so_far
                .map(|produced| {
                    view! {
                        <p class="batch-so-far">
                            {move || {
                                t_string!(
                                    i18n, kitchen.total_rest, produced = format.quantity(produced, unit), all = format.quantity(planned, unit)
                                )
                            }}
                        </p>
                    }
                })}
            {order.note.clone().map(|note| view! { <p class="batch-note">{note}</p> })}
            {lacks.then(|| view! { <StatusPill tone=Tone::Danger text=move || t_string!(i18n, kitchen.missing, names = names()) /> })}
            {timed.map(|order| view! { <Later part=move || part(Part::Timer(acts.timers, order)) /> })}
            {match order.status {
                OrderStatus::Pending => Either::Left(view! { <StartKeys order acts /> }),
                OrderStatus::InProgress => Either::Right(Either::Left(view! { <OvenKeys order now last acts /> })),
                _ => Either::Right(Either::Right(view! { <DoneKeys order now last acts /> })),
            }}
            {more.map(|order| view! { <MoreKeys order has_recipe acts /> })}
        </article>
    }
}

/// What is less often done with a batch that is not finished.
#[component]
fn MoreKeys(order: OrderView, has_recipe: bool, acts: Acts) -> impl IntoView {
    let of_recipe = has_recipe.then(|| order.clone());
    // One of which a part is out can only be finished.
    let is_whole = order.produced_quantity.is_none();
    (has_recipe || (is_whole && acts.cancel.is_some())).then(|| {
        view! {
            <div class="batch-more">
                {of_recipe.map(|order| view! { <RecipeKey order acts /> })}
                {is_whole.then(|| view! { <CancelKey order acts /> })}
            </div>
        }
    })
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
fn OvenKeys(
    order: OrderView,
    now: DateTime<Utc>,
    last: Option<FreshBatch>,
    acts: Acts,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    // What is not out yet; nothing where as many came out as were planned, and then nothing more comes.
    let (id, rest, unit) = (order.id, order.rest(), order.unit);
    let since = order.started_at.map(|at| (now - at).num_seconds().max(0));
    let (told, baked_before) = (about(&order, rest), Some(order.altogether()));
    let (kept, until) = (order.clone(), last.as_ref().map(|last| last.recorded_at));
    let done = move |()| {
        let complete = Command::Complete(CompleteOrder {
            command_id: Uuid::now_v7(),
            order_id: id,
            produced_quantity: rest,
            baked_before,
            ..CompleteOrder::default()
        });
        acts.push.run((complete, told.clone()));
    };
    let other = move |()| acts.other.run(order.clone());
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
        {acts
            .may_complete
            .then(|| {
                view! {
                    <div class="batch-keys">
                        <Button kind=ButtonKind::Primary icon=Icon::Check large=true on_press=done>
                            {move || {
                                if rest > 0 {
                                    t_string!(i18n, kitchen.finish, quantity = format.quantity(rest, unit))
                                } else {
                                    t_string!(i18n, kitchen.nothing_more).to_owned()
                                }
                            }}
                        </Button>
                        <Button large=true on_press=other>
                            {move || t_string!(i18n, kitchen.other_quantity)}
                        </Button>
                    </div>
                }
            })}
        <RecallKey order=kept until=until.map(recall_until) now last acts />
    }
}

#[component]
fn DoneKeys(
    order: OrderView,
    now: DateTime<Utc>,
    last: Option<FreshBatch>,
    acts: Acts,
) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (unit, lost) = (order.unit, order.lost_quantity.unwrap_or(0));
    let (at, until) = (order.completed_at, order.recall_until);
    view! {
        <p class="batch-time">
            <Glyph icon=Icon::Check />
            {move || at.map(|at| t_string!(i18n, kitchen.done_at, time = format.instant_time(at)))}
            {(lost > 0).then(|| view! { <span>{move || t_string!(i18n, kitchen.lost_count, quantity = format.quantity(lost, unit))}</span> })}
        </p>
        <RecallKey order until now last acts />
    }
}

/// Takes the last batch of an order back, for as long as that is possible.
#[component]
fn RecallKey(
    order: OrderView,
    until: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
    last: Option<FreshBatch>,
    acts: Acts,
) -> impl IntoView {
    let i18n = use_i18n();
    let left = until.map(|until| (until - now).num_seconds());
    let recallable = move || left.is_some_and(|left| left > acts.elapsed.try_get().unwrap_or(0));
    let kept = StoredValue::new((order, last));
    let recall = move |()| {
        let (recall, told) = kept.with_value(|(order, last)| {
            let quantity = last.as_ref().map(|last| last.produced_quantity);
            let quantity = quantity.or(order.produced_quantity);
            let recall = RecallOrder {
                command_id: Uuid::now_v7(),
                order_id: order.id,
                completion: last.as_ref().and_then(|last| last.command_id),
            };
            (
                recall,
                about(order, quantity.unwrap_or(order.planned_quantity)),
            )
        });
        acts.push.run((Command::Recall(recall), told));
    };
    view! {
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
