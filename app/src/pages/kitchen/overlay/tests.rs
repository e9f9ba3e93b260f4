use super::*;
use crate::device_queue::{About, Aside};
use chrono::NaiveDate;
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

#[test]
fn what_waits_can_be_taken_back_until_it_is_written_down() {
    let pressed = now() + TimeDelta::minutes(3);
    let until = |answered: &[Entry], kept: &[Entry]| {
        let shown = overlay(board(), answered, kept, now()).board;
        let order = &shown.orders[0];
        let recorded = shown.fresh[0].recorded_at;
        assert_eq!(
            order.recall_until,
            Some(domain::orders::recall_until(recorded))
        );
        (order.completed_at, recorded)
    };
    let booked = until(&[start(), complete(84, 0)], &[]);
    assert_eq!(booked, (Some(pressed), pressed));
    let (at, recorded) = until(&[start()], &[complete(84, 0)]);
    assert_eq!(at, Some(pressed));
    assert!(recorded > pressed + TimeDelta::hours(24));
    // As it says itself, by the server's clock, once it does.
    let mut said = complete(84, 0);
    if let Command::Complete(batch) = &mut said.command {
        batch.completed_at = Some(now() + TimeDelta::minutes(1));
    }
    let (at, _) = until(&[start()], &[said]);
    assert_eq!(at, Some(now() + TimeDelta::minutes(1)));
}
