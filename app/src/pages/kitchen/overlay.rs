//! The board as it will be once the waiting commands are sent: what a press changes is seen at once.

use crate::device_queue::{Command, Entry};
use chrono::{DateTime, Utc};
use contract::orders::{BoardView, OrderView, ProductTotal};
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
            Command::Complete(c) => complete(
                &mut board,
                c.order_id,
                (c.produced_quantity, c.lost_quantity),
                at,
            ),
            Command::Recall(c) => recall(&mut board, c.order_id),
            // A suggestion that waits stays in sight, marked; its order appears with the server's answer.
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

fn find(
    board: &mut BoardView,
    id: Uuid,
    status: OrderStatus,
) -> Option<(&mut OrderView, &mut ProductTotal)> {
    let order = board
        .orders
        .iter_mut()
        .find(|o| o.id == id && o.status == status)?;
    let total = board
        .totals
        .iter_mut()
        .find(|t| t.product_id == order.product_id)?;
    Some((order, total))
}

fn start(board: &mut BoardView, id: Uuid, at: DateTime<Utc>) {
    if let Some((order, total)) = find(board, id, OrderStatus::Pending) {
        order.status = OrderStatus::InProgress;
        order.started_at = Some(at);
        total.pending -= order.planned_quantity;
        total.in_progress += order.planned_quantity;
    }
}

fn complete(board: &mut BoardView, id: Uuid, (produced, lost): (i64, i64), at: DateTime<Utc>) {
    if let Some((order, total)) = find(board, id, OrderStatus::InProgress) {
        order.status = OrderStatus::Completed;
        order.produced_quantity = Some(produced);
        order.lost_quantity = Some(lost);
        order.completed_at = Some(at);
        order.recall_until = Some(domain::orders::recall_until(at));
        total.in_progress -= order.planned_quantity;
        total.produced += produced;
        total.lost += lost;
    }
}

fn recall(board: &mut BoardView, id: Uuid) {
    if let Some((order, total)) = find(board, id, OrderStatus::Completed) {
        order.status = OrderStatus::InProgress;
        total.in_progress += order.planned_quantity;
        total.produced -= order.produced_quantity.take().unwrap_or(0);
        total.lost -= order.lost_quantity.take().unwrap_or(0);
        order.completed_at = None;
        order.recall_until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device_queue::About;
    use chrono::{NaiveDate, TimeDelta};
    use contract::orders::{CompleteOrder, RecallOrder, StartOrder};
    use domain::{OrderSource, Unit};

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
            totals: vec![total],
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
        let recall = entry(Command::Recall(RecallOrder {
            command_id: Uuid::from_u128(12),
            order_id: Uuid::from_u128(1),
        }));
        let shown = overlay(board(), &[start()], &[complete(84, 0), recall], now());
        assert_eq!(shown.board.orders[0].status, OrderStatus::InProgress);
        let total = &shown.board.totals[0];
        assert_eq!((total.in_progress, total.produced), (84, 0));
    }

    #[test]
    fn a_command_that_the_board_knows_changes_nothing() {
        let known = overlay(board(), &[], &[start()], now()).board;
        let again = overlay(known.clone(), &[start()], &[], now());
        assert_eq!(again.board, known);
        assert!(again.waiting.is_empty());
    }
}
