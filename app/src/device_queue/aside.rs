//! What was set aside, as questions: what was done here, what stands instead, and what can be done about it.

use super::book;
use super::command::{Command, Entry, Rebake, Standing};
use super::{DeviceQueue, Wish, list};
use crate::{components::*, device, format::*, i18n::*, refusals::told};
use chrono::{DateTime, Utc};
use contract::counts::EnterCounts;
use contract::orders::{CompleteOrder, RecallOrder};
use contract::stock::RemoveStock;
use domain::OrderStatus;
use leptos::prelude::*;
use uuid::Uuid;

/// What a person can decide about a refused command.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Way {
    /// What stands stays, and what was done here is forgotten.
    KeepTheirs,
    /// Takes the other completion back and completes with the quantity of here.
    Mine(CompleteOrder),
    /// Books so much beside what came out meanwhile.
    More(CompleteOrder),
    /// Books what was baked for a cancelled order as an order of its own.
    Anew(Rebake),
    /// Writes off another quantity.
    Quantity(RemoveStock),
    /// Posts the count as taken now.
    CountedNow(EnterCounts),
    /// Sends the same once more.
    Again,
    /// Forgets it.
    Discard,
}

/// The ways out for a refused command and those that hang on it, the one that loses nothing first where there is one.
pub(super) fn ways(group: &[Entry], now: DateTime<Utc>) -> Vec<Way> {
    let Some((entry, aside)) = group
        .first()
        .and_then(|entry| Some((entry, entry.aside.as_ref()?)))
    else {
        return Vec::new();
    };
    let mine = baked_here(group);
    let standing = aside.standing.as_ref();
    match (&entry.command, standing.map(|standing| standing.status)) {
        (_, Some(OrderStatus::Completed)) => {
            let can_go = |standing: &Standing| {
                standing.recall_until.is_some_and(|until| until > now)
                    && is_one(standing, baked_before(group))
            };
            let can_go = standing.is_some_and(can_go);
            let mine = mine.filter(|_| can_go).map(Way::Mine);
            [Way::KeepTheirs].into_iter().chain(mine).collect()
        }
        // More came out than was known here: what was named here may hold it, or come on top of it.
        (_, Some(OrderStatus::InProgress)) if aside.error.reason == "order.stale" => {
            let seen = baked_before(group).unwrap_or(0);
            let meanwhile = standing.map_or(0, |standing| standing.altogether() - seen);
            let rest = mine.clone().map(|mine| CompleteOrder {
                produced_quantity: mine.produced_quantity - meanwhile,
                ..mine
            });
            let rest = rest.filter(|rest| meanwhile > 0 && rest.produced_quantity > 0);
            let more = rest.into_iter().chain(mine).map(Way::More);
            more.chain([Way::KeepTheirs]).collect()
        }
        (_, Some(OrderStatus::Cancelled)) => {
            let anew = mine.zip(standing).map(|(mine, standing)| {
                Way::Anew(Rebake {
                    command_id: Uuid::now_v7(),
                    store_id: standing.store_id,
                    product_id: standing.product_id,
                    production_date: standing.production_date,
                    produced_quantity: mine.produced_quantity,
                    lost_quantity: mine.lost_quantity,
                    loss_reason: mine.loss_reason,
                    completed_at: mine.completed_at,
                })
            });
            [Way::KeepTheirs].into_iter().chain(anew).collect()
        }
        (Command::Accept(_) | Command::Dismiss(_), _)
            if aside.error.reason == "suggestion.decided" =>
        {
            vec![Way::KeepTheirs]
        }
        (Command::Waste(waste), _) if aside.error.field("quantity").is_some() => {
            vec![Way::Quantity(waste.clone()), Way::Discard]
        }
        (Command::Enter(count), _) if aside.error.field("counted_at").is_some() => {
            vec![Way::CountedNow(count.clone()), Way::Discard]
        }
        // Too long ago by the time it arrived: as one more try it says a moment that is taken.
        (Command::Complete(_), _) if aside.error.field("completed_at").is_some() => {
            let more = mine.into_iter().map(Way::More);
            more.chain([Way::Discard]).collect()
        }
        _ => vec![Way::Again, Way::Discard],
    }
}

/// The press that says when what came out here did: that of its last batch that was not taken back.
pub(super) fn baked_by(group: &[Entry]) -> Option<&Entry> {
    let last = baked_here(group)?.command_id;
    group.iter().find(|entry| entry.id() == last)
}

/// All that came out here and was set aside, as one batch: part by part it would be asked about again. What was taken back here as
/// well did not come out.
fn baked_here(group: &[Entry]) -> Option<CompleteOrder> {
    let mut standing: Vec<&CompleteOrder> = Vec::new();
    for entry in group {
        match &entry.command {
            Command::Complete(complete) => standing.push(complete),
            Command::Recall(recall) => match recall.completion {
                Some(completion) => standing.retain(|batch| batch.command_id != completion),
                None => {
                    standing.pop();
                }
            },
            _ => {}
        }
    }
    let standing = standing.into_iter().cloned();
    standing.reduce(|sum, batch| CompleteOrder {
        produced_quantity: sum.produced_quantity + batch.produced_quantity,
        lost_quantity: sum.lost_quantity + batch.lost_quantity,
        loss_reason: batch.loss_reason.or(sum.loss_reason),
        ..batch
    })
}

/// What had come out of the order before anything of the group did, as far as was known here.
fn baked_before(group: &[Entry]) -> Option<i64> {
    group.iter().find_map(|entry| match &entry.command {
        Command::Complete(complete) => complete.baked_before,
        _ => None,
    })
}

/// Whether what others took out since is one batch, so that taking the last one back makes room for what came out here. Of several the
/// others would stand beside it, and count twice.
fn is_one(standing: &Standing, before: Option<i64>) -> bool {
    match (before, standing.last) {
        (Some(before), Some(last)) => standing.altogether() - last == before,
        _ => standing.completions.len() < 2,
    }
}

/// The list, one question after the other.
#[component]
pub(super) fn AsideDialog(queue: DeviceQueue) -> impl IntoView {
    let i18n = use_i18n();
    let ids = Memo::new(move |_| {
        queue.entries.with(|entries| {
            book::questions(list(entries))
                .map(Entry::id)
                .collect::<Vec<Uuid>>()
        })
    });
    // The last answer closes the list.
    Effect::new(move |before: Option<bool>| {
        let is_empty = ids.with(Vec::is_empty);
        if is_empty && before == Some(false) {
            queue.list_open.set(false);
        }
        is_empty
    });
    view! {
        <Dialog open=queue.list_open sheet=true title=move || t_string!(i18n, queue.aside_title)>
            <p class="lead">{move || t_string!(i18n, queue.aside_lead)}</p>
            <div class="asides">
                <For each=move || ids.get() key=|id| *id let:id>
                    <Question queue id />
                </For>
            </div>
        </Dialog>
    }
}

#[component]
fn Question(queue: DeviceQueue, id: Uuid) -> impl IntoView {
    let (i18n, format) = (use_i18n(), use_format());
    let group: Vec<Entry> = queue
        .entries
        .with_untracked(|entries| book::together(list(entries), id).cloned().collect());
    let first = group.first().cloned()?;
    let ways = ways(&group, device::now());
    let batch = baked_by(&group).unwrap_or(&first).clone();
    let about = first.about.clone();
    let title = move || match (about.product.is_empty(), about.store.is_empty()) {
        (true, true) => t_string!(i18n, queue.something).to_owned(),
        (true, false) => about.store.clone(),
        (false, true) => about.product.clone(),
        (false, false) => format!("{} · {}", about.product, about.store),
    };
    let done = group
        .into_iter()
        .map(|entry| view! { <li>{move || deed(i18n.get_locale(), format, &entry)}</li> })
        .collect_view();
    let quantity = RwSignal::new(first.about.quantity);
    let asks_quantity = ways.iter().any(|way| matches!(way, Way::Quantity(_)));
    let entry = first.clone();
    let keys = ways
        .into_iter()
        .enumerate()
        .map(|(place, way)| {
            let kind = if place == 0 { ButtonKind::Primary } else { ButtonKind::Secondary };
            let (words, decision) = (way.clone(), way);
            let (entry, batch) = (entry.clone(), batch.clone());
            view! {
                <Button kind large=true on_press=move |()| decide(queue, (&entry, &batch), &decision, quantity.get_untracked())>
                    {move || label(i18n.get_locale(), format, &words, quantity.get())}
                </Button>
            }
        })
        .collect_view();
    Some(view! {
        <article class="aside">
            <h3>{title}</h3>
            <p class="aside-label">{move || t_string!(i18n, queue.done_here)}</p>
            <ul class="aside-done">{done}</ul>
            <p class="aside-label">{move || t_string!(i18n, queue.stands)}</p>
            <p>{move || stands(i18n.get_locale(), format, &first)}</p>
            {asks_quantity
                .then(|| {
                    view! {
                        <QuantityInput name="aside-quantity" label=move || t_string!(i18n, stock.quantity) value=quantity min=1 large=true />
                    }
                })}
            <div class="aside-keys">{keys}</div>
        </article>
    })
}

/// What was done here, in a sentence.
fn deed(locale: Locale, format: Format, entry: &Entry) -> String {
    let time = format.instant_time(entry.pressed_at);
    let amount = |quantity: i64| format.quantity(quantity, entry.about.unit);
    match &entry.command {
        Command::Accept(c) => {
            let quantity = c.quantity.or(entry.about.quantity).map(amount);
            td_string!(
                locale,
                queue.did_accept,
                quantity = quantity.unwrap_or_default(),
                time = time
            )
        }
        Command::Dismiss(_) => td_string!(locale, queue.did_dismiss, time = time),
        Command::Start(_) => td_string!(locale, queue.did_start, time = time),
        Command::Complete(c) if c.more_follows => td_string!(
            locale,
            queue.did_part,
            quantity = amount(c.produced_quantity),
            lost = amount(c.lost_quantity),
            time = time
        ),
        Command::Complete(c) => td_string!(
            locale,
            queue.did_complete,
            quantity = amount(c.produced_quantity),
            lost = amount(c.lost_quantity),
            time = time
        ),
        Command::Rebake(c) => td_string!(
            locale,
            queue.did_complete,
            quantity = amount(c.produced_quantity),
            lost = amount(c.lost_quantity),
            time = time
        ),
        Command::Recall(_) => td_string!(locale, queue.did_recall, time = time),
        Command::Cancel(c) => td_string!(
            locale,
            queue.did_cancel,
            time = time,
            reason = c.reason.clone()
        ),
        Command::Waste(c) => {
            td_string!(
                locale,
                queue.did_waste,
                quantity = amount(c.quantity),
                time = time
            )
        }
        Command::Reverse(_) => td_string!(locale, queue.did_reverse, time = time),
        Command::Enter(_) => {
            let quantity = entry.about.quantity.map(amount).unwrap_or_default();
            td_string!(locale, queue.did_count, quantity = quantity, time = time)
        }
    }
}

/// What stands instead: how the order is, or why the server refused.
fn stands(locale: Locale, format: Format, entry: &Entry) -> String {
    let Some(aside) = &entry.aside else {
        return String::new();
    };
    let Some(standing) = &aside.standing else {
        return told(locale, &aside.error);
    };
    let unit = entry.about.unit;
    let who = standing.by.clone().unwrap_or_default();
    let time = standing
        .at
        .map(|at| format.instant_time(at))
        .unwrap_or_default();
    match standing.status {
        OrderStatus::Completed => td_string!(
            locale,
            queue.stands_completed,
            quantity = format.quantity(standing.produced.unwrap_or(0), unit),
            lost = format.quantity(standing.lost.unwrap_or(0), unit),
            who = who,
            time = time
        ),
        OrderStatus::Cancelled => td_string!(
            locale,
            queue.stands_cancelled,
            who = who,
            time = time,
            reason = standing.cancel_reason.clone().unwrap_or_default()
        ),
        OrderStatus::Pending => td_string!(locale, queue.stands_pending, who = who, time = time),
        OrderStatus::InProgress => match standing.produced {
            Some(produced) => td_string!(
                locale,
                queue.stands_partly,
                quantity = format.quantity(produced, unit),
                who = who,
                time = time
            ),
            None => td_string!(locale, queue.stands_in_progress, who = who, time = time),
        },
    }
}

fn label(locale: Locale, format: Format, way: &Way, quantity: Option<i64>) -> String {
    match way {
        Way::KeepTheirs => td_string!(locale, queue.keep_theirs).to_owned(),
        Way::Mine(c) => td_string!(
            locale,
            queue.record_mine,
            quantity = format.number(c.produced_quantity)
        ),
        Way::More(c) => td_string!(
            locale,
            queue.record_more,
            quantity = format.number(c.produced_quantity)
        ),
        Way::Anew(c) => td_string!(
            locale,
            queue.record_anew,
            quantity = format.number(c.produced_quantity)
        ),
        Way::Quantity(_) => td_string!(
            locale,
            queue.write_off,
            quantity = format.number(quantity.unwrap_or(0))
        ),
        Way::CountedNow(_) => td_string!(locale, queue.counted_now).to_owned(),
        Way::Again => td_string!(locale, common.retry).to_owned(),
        Way::Discard => td_string!(locale, queue.discard).to_owned(),
    }
}

/// The same as a command of its own: whoever decided knows what came out before.
fn anew(complete: &CompleteOrder) -> Command {
    Command::Complete(CompleteOrder {
        command_id: Uuid::now_v7(),
        baked_before: None,
        ..complete.clone()
    })
}

/// A command of its own id for what came out by a press before: it came out then, and not when somebody decided about it.
pub(super) fn again_as_of(batch: &Entry, command: Command) -> Entry {
    Entry {
        command,
        aside: None,
        is_timed: false,
        may_be_dated: true,
        is_tried: false,
        ..batch.clone()
    }
}

/// `batch`: the press by which came out what is booked anew.
fn decide(queue: DeviceQueue, (entry, batch): (&Entry, &Entry), way: &Way, quantity: Option<i64>) {
    let id = entry.id();
    let same = |command: Command| Entry {
        command,
        aside: None,
        is_timed: true,
        is_tried: false,
        ..entry.clone()
    };
    let baked = |command: Command| again_as_of(batch, command);
    let with = match way {
        Way::Again => return queue.wish(Wish::Again(id)),
        Way::KeepTheirs | Way::Discard => Vec::new(),
        Way::Mine(mine) => {
            // The one that was looked at, and not what somebody put in its place since.
            let standing = entry.aside.as_ref().and_then(|a| a.standing.as_ref());
            let recall = Command::Recall(RecallOrder {
                command_id: Uuid::now_v7(),
                order_id: mine.order_id,
                completion: standing.and_then(|standing| standing.completions.last().copied()),
            });
            vec![same(recall), baked(anew(mine))]
        }
        Way::More(more) => vec![baked(anew(more))],
        Way::Anew(rebake) => vec![baked(Command::Rebake(rebake.clone()))],
        Way::Quantity(waste) => {
            let Some(quantity) = quantity.filter(|quantity| *quantity > 0) else {
                return;
            };
            let mut again = same(Command::Waste(RemoveStock {
                command_id: Uuid::now_v7(),
                quantity,
                ..waste.clone()
            }));
            again.about.quantity = Some(quantity);
            vec![again]
        }
        Way::CountedNow(count) => vec![same(Command::Enter(EnterCounts {
            command_id: Uuid::now_v7(),
            counted_at: None,
            ..count.clone()
        }))],
    };
    queue.wish(Wish::Replace(id, with));
}
