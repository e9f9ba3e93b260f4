//! The board as it will be once the waiting commands are sent: what a press changes is seen at once.

use crate::device_queue::{Command, Entry};
use chrono::{DateTime, TimeDelta, Utc};
use contract::orders::{
    BoardView, CompleteOrder, FreshBatch, OrderView, ProductTotal, RecallOrder,
};
use domain::{OrderStatus, batches::MAX_DAYS_LATE};
use uuid::Uuid;

/// A board with the waiting commands laid over it.
#[derive(Clone, Debug)]
pub(super) struct Shown {
    pub board: BoardView,
    /// Orders and suggestions that a waiting command is about.
    pub waiting: Vec<Uuid>,
}

/// Lays over the server's board what was answered after it was loaded, and what waits to be sent. A command that the board
/// already knows changes nothing. `loaded_at` is the device's clock at the board's `now`: what was pressed then happened then.
pub(super) fn overlay(
    mut board: BoardView,
    answered: &[Entry],
    kept: &[Entry],
    loaded_at: DateTime<Utc>,
) -> Shown {
    let waiting = || kept.iter().filter(|entry| entry.is_waiting());
    let booked = answered.iter().map(|entry| (entry, false));
    for (entry, waits) in booked.chain(waiting().map(|entry| (entry, true))) {
        let at = board.now + (entry.pressed_at - loaded_at);
        match &entry.command {
            Command::Start(c) => start(&mut board, c.order_id, at),
            Command::Complete(c) => complete(&mut board, c, at, waits),
            Command::Recall(c) => recall(&mut board, c),
            Command::Cancel(c) => cancel(&mut board, c.order_id),
            Command::Dismiss(c) => dismiss(&mut board, c.suggestion_id),
            // An accepted suggestion stays in sight, marked; its order appears with the server's answer.
            _ => {}
        }
    }
    Shown {
        board,
        waiting: waiting()
            .filter_map(|entry| entry.command.subject())
            .collect(),
    }
}

/// Changes an order that is in one of these states, and what the day's totals say of it.
fn change(
    board: &mut BoardView,
    id: Uuid,
    from: &[OrderStatus],
    with: impl FnOnce(&mut OrderView),
) {
    let found = |o: &&mut OrderView| o.id == id && from.contains(&o.status);
    let Some(order) = board.orders.iter_mut().find(found) else {
        return;
    };
    let of_it = |total: &&mut ProductTotal| total.product_id == order.product_id;
    let Some(total) = board.totals.iter_mut().find(of_it) else {
        return;
    };
    total.count(order, -1);
    with(order);
    total.count(order, 1);
}

fn start(board: &mut BoardView, id: Uuid, at: DateTime<Utc>) {
    change(board, id, &[OrderStatus::Pending], |order| {
        order.status = OrderStatus::InProgress;
        order.started_at = Some(at);
    });
}

fn complete(board: &mut BoardView, command: &CompleteOrder, at: DateTime<Utc>, waits: bool) {
    // What is not written down yet can be taken back for as long as it waits: the time for that begins once it is.
    let recorded_at = if waits {
        at + TimeDelta::days(MAX_DAYS_LATE)
    } else {
        at
    };
    let id = Some(command.command_id);
    // A part leaves the order in the oven: only its command tells that the board knows it.
    if board.fresh.iter().any(|batch| batch.command_id == id) {
        return;
    }
    let mut is_done = false;
    change(
        board,
        command.order_id,
        &[OrderStatus::InProgress],
        |order| {
            is_done = true;
            let sum = |so_far: Option<i64>, more: i64| Some(so_far.unwrap_or(0) + more);
            order.produced_quantity = sum(order.produced_quantity, command.produced_quantity);
            order.lost_quantity = sum(order.lost_quantity, command.lost_quantity);
            if !command.more_follows {
                order.status = OrderStatus::Completed;
                order.completed_at = Some(command.completed_at.unwrap_or(at));
                order.recall_until = Some(domain::orders::recall_until(recorded_at));
            }
        },
    );
    if is_done {
        board.fresh.push(FreshBatch {
            order_id: command.order_id,
            produced_quantity: command.produced_quantity,
            lost_quantity: command.lost_quantity,
            recorded_at,
            command_id: id,
        });
    }
}

fn recall(board: &mut BoardView, command: &RecallOrder) {
    let last = board
        .fresh
        .iter()
        .rposition(|batch| batch.order_id == command.order_id);
    let last = last.filter(|place| {
        command.completion.is_none() || board.fresh[*place].command_id == command.completion
    });
    let from: &[OrderStatus] = match (command.completion, last) {
        (None, _) => &[OrderStatus::Completed],
        (Some(_), Some(_)) => &[OrderStatus::Completed, OrderStatus::InProgress],
        // Taken back already, as far as the board knows.
        (Some(_), None) => return,
    };
    let batch = last.map(|place| board.fresh[place].clone());
    let mut is_done = false;
    change(board, command.order_id, from, |order| {
        is_done = true;
        let left = |so_far: Option<i64>, gone: Option<i64>| {
            Some(so_far.unwrap_or(0) - gone?).filter(|left| *left > 0)
        };
        order.status = OrderStatus::InProgress;
        let (produced, lost) = (
            left(
                order.produced_quantity,
                batch.as_ref().map(|b| b.produced_quantity),
            ),
            left(order.lost_quantity, batch.as_ref().map(|b| b.lost_quantity)),
        );
        let is_partly = produced.is_some() || lost.is_some();
        order.produced_quantity = is_partly.then(|| produced.unwrap_or(0));
        order.lost_quantity = is_partly.then(|| lost.unwrap_or(0));
        order.completed_at = None;
        order.recall_until = None;
    });
    if let Some(place) = last.filter(|_| is_done) {
        board.fresh.remove(place);
    }
}

fn cancel(board: &mut BoardView, id: Uuid) {
    let is_it = |order: &OrderView| {
        let is_open = matches!(order.status, OrderStatus::Pending | OrderStatus::InProgress);
        // One of which a part is out can only be finished.
        order.id == id && is_open && order.produced_quantity.is_none()
    };
    let Some(place) = board.orders.iter().position(is_it) else {
        return;
    };
    let order = board.orders.remove(place);
    settle(board, order.product_id, |total| match order.status {
        OrderStatus::Pending => total.pending -= order.planned_quantity,
        _ => total.in_progress -= order.planned_quantity,
    });
}

fn dismiss(board: &mut BoardView, id: Uuid) {
    let Some(place) = board.suggestions.iter().position(|s| s.id == id) else {
        return;
    };
    let suggestion = board.suggestions.remove(place);
    settle(board, suggestion.product_id, |total| {
        total.suggested -= suggestion.planned();
    });
}

/// Changes the totals of a product; where nothing is left of them the board has none.
fn settle(board: &mut BoardView, product_id: Uuid, change: impl Fn(&mut ProductTotal)) {
    let mut totals = board.totals.iter_mut();
    if let Some(total) = totals.find(|total| total.product_id == product_id) {
        change(total);
    }
    let open = |total: &ProductTotal| total.suggested + total.pending + total.in_progress;
    board
        .totals
        .retain(|total| open(total) + total.produced + total.lost > 0);
}

#[cfg(test)]
mod tests;
