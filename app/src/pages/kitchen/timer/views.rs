//! What is seen of timers: on the card of a batch, and above the board for those whose card is not in sight.

#[cfg(feature = "hydrate")]
use super::bell;
use super::{Timer, Timers};
use crate::{
    components::*,
    format::{clock, use_format},
    i18n::*,
    pages::recipes::{stage_word, stage_words},
};
use contract::orders::OrderView;
use contract::recipes::BoardRecipe;
use domain::recipes::stage_sequence;
use domain::{OrderStatus, Stage};
use leptos::prelude::*;
use uuid::Uuid;

/// What a card offers where the recipe has no stages, in minutes.
const PRESETS: [i64; 5] = [5, 10, 15, 20, 30];

/// What is added when a batch needs a little more, in minutes.
const MORE: i64 = 3;

/// The most minutes that somebody may choose: a day.
const MOST_MINUTES: i64 = 1_440;

/// From so many seconds on, hours and minutes are shown, and no seconds.
const HOUR: i64 = 3_600;

const BELL: &str = "M6 16.500V11a6 6 0 0 1 12 0v5.500l1.500 2h-15zM10 21h4";
const STRIKE: &str = "M4 3.500l16 17";

/// A bell. Not among the icons: those are a part of what every page loads.
#[component]
fn Drawing(strike: &'static str) -> impl IntoView {
    view! {
        <svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">
            <path d=BELL />
            <path d=strike />
        </svg>
    }
}

/// The key that mutes the bell, the bell itself, the keys that stop it for batches that are not in sight, and the sheet that asks how
/// many minutes.
pub(in crate::pages::kitchen) fn sound_key(timers: Timers) -> AnyView {
    #[cfg(feature = "hydrate")]
    bell::hang(timers);
    let i18n = use_i18n();
    let press = move |_| {
        timers.is_muted.update(|muted| *muted = !*muted);
        #[cfg(feature = "hydrate")]
        {
            bell::open();
            bell::keep(timers);
        }
    };
    let label = move || {
        if timers.is_muted.get() {
            t_string!(i18n, kitchen.sound_off)
        } else {
            t_string!(i18n, kitchen.sound_on)
        }
    };
    let away = Memo::new(move |_| {
        let now = timers.now.get();
        let is_in_sight = |order: &Uuid| {
            timers.board.with(|board| {
                let mut open = board.iter().filter(|(_, status, _)| {
                    matches!(status, OrderStatus::Pending | OrderStatus::InProgress)
                });
                open.any(|(id, ..)| id == order)
            })
        };
        timers.ends.with(|ends| {
            ends.iter()
                .filter(|(order, timer)| timer.is_due(now) && !is_in_sight(order))
                .map(|(order, timer)| (*order, timer.clone()))
                .collect::<Vec<_>>()
        })
    });
    let rings = move || {
        away.try_get()
            .unwrap_or_default()
            .into_iter()
            .map(|(order, timer)| view! { <Ringing timers order timer is_away=true /> })
            .collect_view()
    };
    view! {
        <button
            type="button"
            class="button icon-button button-large"
            aria-pressed=move || timers.is_muted.get().to_string()
            aria-label=label
            title=label
            on:click=press
        >
            {move || {
                let strike = if timers.is_muted.get() { STRIKE } else { "" };
                view! { <Drawing strike /> }
            }}
        </button>
        {rings}
        <MinutesSheet timers />
    }
    .into_any()
}

/// "How many minutes?"
#[component]
fn MinutesSheet(timers: Timers) -> impl IntoView {
    let i18n = use_i18n();
    let minutes = RwSignal::new(PRESETS.first().copied());
    let title = move || {
        let asked = timers.asked.get();
        asked.map(|(_, timer)| timer.product).unwrap_or_default()
    };
    let chosen = move || {
        let minutes = minutes.get();
        minutes.filter(|minutes| (1..=MOST_MINUTES).contains(minutes))
    };
    let set = move |()| {
        let (Some(minutes), Some((order, timer))) = (untrack(chosen), timers.asked.get_untracked())
        else {
            return;
        };
        timers.set(order, &timer, None, minutes);
        timers.asks.set(false);
    };
    let words = move || {
        let minutes = chosen().unwrap_or_default().to_string();
        t_string!(i18n, kitchen.timer_set, minutes = minutes)
    };
    view! {
        <Dialog open=timers.asks title sheet=true>
            <div class="finish">
                <QuantityInput
                    name="timer_minutes"
                    label=move || t_string!(i18n, kitchen.timer_how_long)
                    value=minutes
                    min=1
                    max=MOST_MINUTES
                    large=true
                />
                <Button kind=ButtonKind::Primary large=true disabled=Signal::derive(move || chosen().is_none()) on_press=set>
                    {words}
                </Button>
            </div>
        </Dialog>
    }
}

/// The timer of a batch: to be set, running, or ringing. On a batch that waits it is offered where its recipe has stages.
pub(in crate::pages::kitchen) fn card_timer(timers: Timers, order: &OrderView) -> AnyView {
    let id = order.id;
    let stages = timers.recipes.try_with_value(|recipes| {
        let own = |recipe: &&BoardRecipe| recipe.product_id == Some(order.product_id);
        let recipe = recipes.iter().find(own)?;
        let steps = stage_sequence(&recipe.stages, recipe.oven_minutes);
        Some((steps, !recipe.stages.is_empty()))
    });
    let (steps, has_stages) = stages.flatten().unwrap_or_default();
    let has_presets = !has_stages;
    let is_offered = has_stages || order.status == OrderStatus::InProgress;
    let unset = StoredValue::new(Timer::of(order, steps));
    let own = Memo::new(move |_| timers.ends.with(|ends| ends.get(&id).cloned()));
    // The card may have gone in the moment in which its timer ends.
    let running = move || own.try_get().flatten();
    let is_due = Memo::new(move |_| running().is_some_and(|timer| timer.is_due(timers.now.get())));
    (move || match (running(), is_due.try_get().unwrap_or(false)) {
        (Some(timer), false) => view! { <Running timers order=id timer /> }.into_any(),
        (Some(timer), true) => view! { <Ringing timers order=id timer is_away=false /> }.into_any(),
        (None, _) => unset
            .try_get_value()
            .filter(|_| is_offered)
            .map(|timer| view! { <Unset timers order=id timer has_presets /> })
            .into_any(),
    })
    .into_any()
}

/// What a timer can be set for: the stages of the recipe, or minutes.
#[component]
fn Unset(timers: Timers, order: Uuid, timer: Timer, has_presets: bool) -> impl IntoView {
    let i18n = use_i18n();
    let steps = timer.steps.clone();
    let timer = StoredValue::new(timer);
    let set = move |stage: Option<Stage>, minutes: i64| {
        if let Some(timer) = timer.try_get_value() {
            timers.set(order, &timer, stage, minutes);
        }
    };
    let stages = steps
        .into_iter()
        .map(|step| {
            view! {
                <button
                    type="button"
                    class="timer-preset timer-stage"
                    on:click=move |_| set(Some(step.stage), i64::from(step.minutes))
                >
                    {move || stage_words(i18n.get_locale(), step)}
                </button>
            }
        })
        .collect_view();
    let presets = PRESETS
        .into_iter()
        .filter(|_| has_presets)
        .map(|minutes| {
            view! {
                <button type="button" class="timer-preset" on:click=move |_| set(None, minutes)>
                    {move || t_string!(i18n, kitchen.timer_minutes, minutes = minutes.to_string())}
                </button>
            }
        })
        .collect_view();
    let ask = move |_| {
        if let Some(timer) = timer.try_get_value() {
            timers.ask(order, timer);
        }
    };
    view! {
        <div class="timer" role="group" aria-label=move || t_string!(i18n, kitchen.timer)>
            {stages}
            {presets}
            <button type="button" class="timer-preset" on:click=ask>
                {move || t_string!(i18n, kitchen.timer_other)}
            </button>
        </div>
    }
}

#[component]
fn Running(timers: Timers, order: Uuid, timer: Timer) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (end, stage) = (timer.end, timer.stage);
    let left = move || {
        // The second that has begun counts as one: a timer of five minutes starts at 5:00.
        let left = ((end - timers.now.get() + 999) / 1_000).max(0);
        let Some(stage) = stage else {
            return t_string!(i18n, kitchen.timer_left, time = clock(left));
        };
        let time = if left < HOUR {
            clock(left)
        } else {
            format.duration(left / 60 * 60)
        };
        let word = stage_word(i18n.get_locale(), stage);
        t_string!(i18n, kitchen.timer_stage_left, stage = word, time = time)
    };
    view! {
        <div class="timer timer-runs">
            <p class="timer-left">
                <Drawing strike="" />
                {left}
            </p>
            <IconButton
                icon=Icon::Close
                kind=ButtonKind::Quiet
                label=move || t_string!(i18n, kitchen.timer_cancel)
                on_press=move |()| timers.stop(order)
            />
        </div>
    }
}

/// A timer whose time is up: which batch, which stage, and the next stage where there is one.
#[component]
fn Ringing(timers: Timers, order: Uuid, timer: Timer, is_away: bool) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let (product, number, stage, next) = (
        timer.product.clone(),
        timer.number,
        timer.stage,
        timer.next(),
    );
    let name = move || match number {
        Some(number) => format!("{product} #{}", format.number(number)),
        None => product.clone(),
    };
    let due = move || match stage {
        Some(stage) => {
            let word = stage_word(i18n.get_locale(), stage);
            t_string!(i18n, kitchen.timer_stage_due, stage = word)
        }
        None => t_string!(i18n, kitchen.timer_due).to_owned(),
    };
    let timer = StoredValue::new(timer);
    let set = move |stage: Option<Stage>, minutes: i64| {
        if let Some(timer) = timer.try_get_value() {
            timers.set(order, &timer, stage, minutes);
        }
    };
    let stop = match next {
        Some(_) => ButtonKind::Secondary,
        None => ButtonKind::Primary,
    };
    view! {
        <div class="timer timer-due" class:timer-away=is_away role="alert">
            <p class="timer-of">{name}</p>
            <p class="timer-left">
                <Drawing strike="" />
                {due}
            </p>
            {next
                .map(|step| {
                    view! {
                        <Button
                            large=true
                            kind=ButtonKind::Primary
                            on_press=move |()| set(Some(step.stage), i64::from(step.minutes))
                        >
                            {move || stage_words(i18n.get_locale(), step)}
                        </Button>
                    }
                })}
            <Button large=true kind=stop on_press=move |()| timers.stop(order)>
                {move || t_string!(i18n, kitchen.timer_stop)}
            </Button>
            {(!is_away)
                .then(|| {
                    view! {
                        <Button large=true on_press=move |()| set(stage, MORE)>
                            {move || t_string!(i18n, kitchen.timer_more, minutes = MORE.to_string())}
                        </Button>
                    }
                })}
        </div>
    }
}
