//! The board as it will be once the waiting commands are sent: what a press changes is seen at once.

use crate::device_queue::{Command, Entry};
use chrono::{DateTime, Utc};
use contract::orders::{
    BoardView, CompleteOrder, FreshBatch, OrderView, ProductTotal, RecallOrder,
};
use domain::OrderStatus;
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
    for entry in answered.iter().chain(waiting()) {
        let at = board.now + (entry.pressed_at - loaded_at);
        match &entry.command {
            Command::Start(c) => start(&mut board, c.order_id, at),
            Command::Complete(c) => complete(&mut board, c, at),
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

fn complete(board: &mut BoardView, command: &CompleteOrder, at: DateTime<Utc>) {
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
                order.completed_at = Some(at);
                order.recall_until = Some(domain::orders::recall_until(at));
            }
        },
    );
    if is_done {
        board.fresh.push(FreshBatch {
            order_id: command.order_id,
            produced_quantity: command.produced_quantity,
            lost_quantity: command.lost_quantity,
            recorded_at: at,
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
mod tests {
    use super::*;
    use crate::device_queue::{About, Aside};
    use chrono::{NaiveDate, TimeDelta};
    use contract::orders::{CancelOrder, StartOrder};
    use contract::suggestions::{DismissSuggestion, SuggestionView};
    use contract::{AppError, ErrorCode};
    use domain::replenish::{RatioCase, Reasons, Rounding};
    use domain::{ForecastSource, OrderSource, ReplenishmentPolicy, SuggestionStatus, Unit};

    fn now() -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
    }

    fn board() -> BoardView {
        let (order_id, product_id) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let date = NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date");
        let order = OrderView {
            id: order_id,
            number: 1,
            store_id: Uuid::nil(),
            store_code: "S01".into(),
            store_name: "Centro".into(),
            product_id,
            sku: "P1".into(),
            product_name: "Barra".into(),
            unit: Unit::Piece,
            tray_size: 12,
            production_date: date,
            planned_quantity: 84,
            produced_quantity: None,
            lost_quantity: None,
            status: OrderStatus::Pending,
            source: OrderSource::Manual,
            suggestion_id: None,
            parts: Vec::new(),
            version: 1,
            note: None,
            created_at: now(),
            started_at: None,
            completed_at: None,
            recall_until: None,
            cancelled_at: None,
            cancel_reason: None,
        };
        let total = ProductTotal {
            product_id,
            product_name: "Barra".into(),
            unit: Unit::Piece,
            suggested: 0,
            pending: 84,
            in_progress: 0,
            produced: 0,
            lost: 0,
        };
        BoardView {
            date,
            now: now(),
            suggestions: Vec::new(),
            orders: vec![order],
            shortages: Vec::new(),
            recipes: Vec::new(),
            totals: vec![total],
            fresh: Vec::new(),
        }
    }

    fn entry(command: Command) -> Entry {
        let about = About {
            product: "Barra".into(),
            store: "Centro".into(),
            quantity: Some(84),
            unit: Unit::Piece,
        };
        Entry {
            pressed_at: now() + TimeDelta::minutes(3),
            ..Entry::new(command, about)
        }
    }

    fn start() -> Entry {
        entry(Command::Start(StartOrder {
            command_id: Uuid::from_u128(10),
            order_id: Uuid::from_u128(1),
        }))
    }

    fn complete(produced: i64, lost: i64) -> Entry {
        entry(Command::Complete(CompleteOrder {
            command_id: Uuid::from_u128(11),
            order_id: Uuid::from_u128(1),
            produced_quantity: produced,
            lost_quantity: lost,
            ..CompleteOrder::default()
        }))
    }

    fn part(id: u128, produced: i64) -> Entry {
        entry(Command::Complete(CompleteOrder {
            command_id: Uuid::from_u128(id),
            order_id: Uuid::from_u128(1),
            produced_quantity: produced,
            more_follows: true,
            ..CompleteOrder::default()
        }))
    }

    fn recall(completion: Option<u128>) -> Entry {
        entry(Command::Recall(RecallOrder {
            command_id: Uuid::from_u128(12),
            order_id: Uuid::from_u128(1),
            completion: completion.map(Uuid::from_u128),
        }))
    }

    #[test]
    fn what_was_pressed_is_seen_before_it_is_sent() {
        let shown = overlay(board(), &[], &[start(), complete(80, 4)], now());
        assert_eq!(shown.board.orders[0].status, OrderStatus::Completed);
        let total = &shown.board.totals[0];
        assert_eq!(
            (total.pending, total.in_progress, total.produced, total.lost),
            (0, 0, 80, 4)
        );
        assert_eq!(shown.waiting.len(), 2);
        // As of the press, and not as of when the board was loaded.
        let pressed = Some(now() + TimeDelta::minutes(3));
        assert_eq!(shown.board.orders[0].started_at, pressed);
    }

    #[test]
    fn a_recall_puts_the_batch_back_into_the_oven() {
        let shown = overlay(board(), &[start()], &[complete(84, 0), recall(None)], now());
        assert_eq!(shown.board.orders[0].status, OrderStatus::InProgress);
        let total = &shown.board.totals[0];
        assert_eq!((total.in_progress, total.produced), (84, 0));
    }

    fn suggestion() -> SuggestionView {
        let order = board().orders.remove(0);
        SuggestionView {
            id: Uuid::from_u128(3),
            store_id: order.store_id,
            store_code: order.store_code,
            store_name: order.store_name,
            product_id: order.product_id,
            sku: order.sku,
            product_name: order.product_name,
            unit: order.unit,
            tray_size: order.tray_size,
            production_date: order.production_date,
            quantity: 24,
            adjusted_quantity: Some(36),
            status: SuggestionStatus::Open,
            reasons: Reasons {
                policy: ReplenishmentPolicy::Newsvendor,
                covers_from: order.production_date,
                covers_days: 1,
                source: ForecastSource::Model,
                overridden_days: 0,
                forecast_p10: 10,
                forecast_p50: 20,
                forecast_p90: 30,
                forecast_mean_milli: 20_000,
                on_hand: 0,
                usable_stock: 0,
                projected_waste: 0,
                pending: 0,
                ratio_bp: 7_500,
                ratio_case: RatioCase::Costs,
                reorder_point: None,
                target: 24,
                need: 24,
                tray: 12,
                rounding: Rounding::Exact,
                substitution_share_bp: 0,
                parts: Vec::new(),
                quantity: 24,
            },
            order_id: None,
            decided_at: None,
            dismiss_reason: None,
            computed_at: now(),
        }
    }

    fn cancel() -> Entry {
        entry(Command::Cancel(CancelOrder {
            command_id: Uuid::from_u128(13),
            order_id: Uuid::from_u128(1),
            reason: "Falta harina".into(),
        }))
    }

    #[test]
    fn what_is_given_up_or_dismissed_leaves_the_board_at_once_and_comes_back_when_it_is_refused() {
        let mut board = board();
        board.suggestions.push(suggestion());
        board.totals[0].suggested = 36;
        let dismiss = entry(Command::Dismiss(DismissSuggestion {
            command_id: Uuid::from_u128(14),
            suggestion_id: Uuid::from_u128(3),
            reason: "Sobra de ayer".into(),
        }));
        let shown = overlay(board.clone(), &[], std::slice::from_ref(&dismiss), now()).board;
        assert!(shown.suggestions.is_empty());
        assert_eq!(
            (shown.totals[0].suggested, shown.totals[0].pending),
            (0, 84)
        );
        // In the oven or not, and once only.
        for before in [vec![], vec![start()]] {
            let kept = [before, vec![dismiss.clone(), cancel(), cancel()]].concat();
            let shown = overlay(board.clone(), &[], &kept, now()).board;
            assert!(shown.orders.is_empty() && shown.totals.is_empty());
        }
        // What was baked meanwhile cannot be given up any more.
        let done = [start(), complete(84, 0), cancel()];
        assert_eq!(
            overlay(board.clone(), &[], &done, now()).board.orders.len(),
            1
        );
        let refused = [dismiss, cancel()].map(|entry| Entry {
            aside: Some(Aside {
                error: AppError::new(ErrorCode::Conflict, "No."),
                standing: None,
                because_of: None,
            }),
            ..entry
        });
        assert_eq!(overlay(board.clone(), &[], &refused, now()).board, board);
    }

    #[test]
    fn a_part_is_on_the_shelf_and_the_rest_in_the_oven() {
        let shown = overlay(board(), &[start()], &[part(21, 42)], now()).board;
        let order = &shown.orders[0];
        assert_eq!(
            (order.status, order.produced_quantity, order.rest()),
            (OrderStatus::InProgress, Some(42), 42)
        );
        let total = &shown.totals[0];
        assert_eq!((total.in_progress, total.produced), (42, 42));
        // A board that knows it says the same, and a second part is another one.
        assert_eq!(
            overlay(shown.clone(), &[part(21, 42)], &[], now()).board,
            shown
        );
        let both = overlay(shown.clone(), &[], &[part(22, 20)], now()).board;
        assert_eq!(both.totals[0].produced, 62);
        // Nothing more came.
        let done = overlay(shown.clone(), &[], &[complete(0, 0)], now()).board;
        assert_eq!(done.orders[0].status, OrderStatus::Completed);
        assert_eq!(
            (done.totals[0].in_progress, done.totals[0].produced),
            (0, 42)
        );
    }

    #[test]
    fn a_part_is_taken_back_alone_and_only_once() {
        let parts = [start(), part(21, 42), part(22, 20)];
        let baked = overlay(board(), &[], &parts, now()).board;
        let back = overlay(baked.clone(), &[], &[recall(Some(22))], now()).board;
        assert_eq!(back.orders[0].produced_quantity, Some(42));
        assert_eq!(back.totals[0].in_progress, 42);
        assert_eq!(
            overlay(back.clone(), &[recall(Some(22))], &[], now()).board,
            back
        );
        // Only the last one can go.
        assert_eq!(
            overlay(baked.clone(), &[], &[recall(Some(21))], now()).board,
            baked
        );
        let none = overlay(back, &[], &[recall(Some(21))], now()).board;
        assert_eq!(none.orders[0].produced_quantity, None);
    }

    #[test]
    fn a_command_that_the_board_knows_changes_nothing() {
        let known = overlay(board(), &[], &[start()], now()).board;
        let again = overlay(known.clone(), &[start()], &[], now());
        assert_eq!(again.board, known);
        assert!(again.waiting.is_empty());
    }
}
