//! What was set aside: when there is nothing to ask, and what can be done where there is.

use super::{apply, complete, entry, now, refused, start, waste};
use crate::device_queue::aside::{Way, ways};
use crate::device_queue::book::{judged, next};
use crate::device_queue::command::{Aside, Command, Entry, Standing};
use chrono::{NaiveDate, TimeDelta};
use contract::counts::EnterCounts;
use contract::orders::{CancelOrder, CompleteOrder, RecallOrder};
use contract::{AppError, ErrorCode};
use domain::OrderStatus;
use uuid::Uuid;

fn standing(status: OrderStatus, produced: Option<i64>) -> Standing {
    Standing {
        status,
        produced,
        lost: produced.map(|_| 0),
        recall_until: produced.map(|_| now() + TimeDelta::minutes(5)),
        cancel_reason: None,
        store_id: Uuid::from_u128(900),
        product_id: Uuid::from_u128(901),
        production_date: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
        by: Some("Ana".into()),
        at: Some(now()),
        completions: Vec::new(),
        last: produced,
    }
}

/// The last of an order, from whoever knew so much of it.
fn finish(id: u128, order: u128, produced: i64, before: i64) -> Entry {
    entry(Command::Complete(CompleteOrder {
        command_id: Uuid::from_u128(id),
        order_id: Uuid::from_u128(order),
        produced_quantity: produced,
        baked_before: Some(before),
        ..CompleteOrder::default()
    }))
}

#[test]
fn that_somebody_else_did_the_same_is_no_conflict() {
    let (start, complete) = (start(1, 7).command, complete(2, 7, 84).command);
    let recall = Command::Recall(RecallOrder {
        command_id: Uuid::from_u128(3),
        order_id: Uuid::from_u128(7),
        completion: None,
    });
    let completed = |produced| standing(OrderStatus::Completed, Some(produced));
    let baking = standing(OrderStatus::InProgress, None);
    assert!(baking.satisfies(&start) && completed(80).satisfies(&start));
    assert!(completed(84).satisfies(&complete) && !completed(80).satisfies(&complete));
    assert!(baking.satisfies(&recall) && !completed(84).satisfies(&recall));
    let cancelled = standing(OrderStatus::Cancelled, None);
    assert!(
        [&start, &complete, &recall]
            .into_iter()
            .all(|c| !cancelled.satisfies(c))
    );
}

#[test]
fn giving_a_batch_up_waits_for_its_turn_and_is_moot_where_somebody_else_did() {
    let cancel = |id, order| {
        entry(Command::Cancel(CancelOrder {
            command_id: Uuid::from_u128(id),
            order_id: Uuid::from_u128(order),
            reason: "Falta harina".into(),
        }))
    };
    let given_up = standing(OrderStatus::Cancelled, None);
    let done = standing(OrderStatus::Completed, Some(84));
    let command = cancel(2, 7).command;
    assert!(given_up.satisfies(&command) && !done.satisfies(&command));

    // With the start that was refused before it; a batch that is done stays so.
    let mut entries = vec![start(1, 7), cancel(2, 7), cancel(3, 8)];
    let changes = judged(&entries, Uuid::from_u128(1), refused());
    apply(&mut entries, changes);
    assert_eq!(next(&entries).map(Entry::id), Some(Uuid::from_u128(3)));
    let conflict = AppError::new(ErrorCode::Conflict, "No.");
    let group = set_aside(vec![cancel(2, 7)], conflict, Some(done));
    assert_eq!(ways(&group, now()), [Way::KeepTheirs]);
}

fn set_aside(mut entries: Vec<Entry>, error: AppError, standing: Option<Standing>) -> Vec<Entry> {
    for entry in &mut entries {
        entry.aside = Some(Aside {
            error: error.clone(),
            standing: standing.clone(),
            because_of: None,
        });
    }
    entries
}

#[test]
fn a_part_is_taken_back_by_its_command_and_never_taken_for_what_somebody_else_did() {
    let part = Command::Complete(CompleteOrder {
        command_id: Uuid::from_u128(2),
        order_id: Uuid::from_u128(7),
        produced_quantity: 42,
        more_follows: true,
        ..CompleteOrder::default()
    });
    let recall = Command::Recall(RecallOrder {
        command_id: Uuid::from_u128(3),
        order_id: Uuid::from_u128(7),
        completion: Some(Uuid::from_u128(2)),
    });
    assert!(!standing(OrderStatus::Completed, Some(42)).satisfies(&part));
    let stands = Standing {
        completions: vec![Uuid::from_u128(2)],
        ..standing(OrderStatus::InProgress, Some(42))
    };
    assert!(!stands.satisfies(&recall));
    assert!(standing(OrderStatus::InProgress, Some(20)).satisfies(&recall));

    // What came out here in two parts while another tablet finished it is one question, and its answer one batch.
    let theirs = Some(standing(OrderStatus::Completed, Some(80)));
    let conflict = AppError::new(ErrorCode::Conflict, "No.");
    let group = set_aside(vec![entry(part), complete(4, 7, 40)], conflict, theirs);
    let found = ways(&group, now());
    assert!(
        matches!(&found[1], Way::Mine(mine) if mine.produced_quantity == 82 && !mine.more_follows)
    );
}

#[test]
fn what_was_taken_back_here_did_not_come_out() {
    let back = |id, completion: Option<u128>| {
        entry(Command::Recall(RecallOrder {
            command_id: Uuid::from_u128(id),
            order_id: Uuid::from_u128(7),
            completion: completion.map(Uuid::from_u128),
        }))
    };
    let conflict = AppError::new(ErrorCode::Conflict, "No.");
    let cancelled = Some(standing(OrderStatus::Cancelled, None));
    for completion in [Some(2), None] {
        let done = vec![
            start(1, 7),
            complete(2, 7, 84),
            back(3, completion),
            complete(4, 7, 80),
        ];
        let group = set_aside(done, conflict.clone(), cancelled.clone());
        let found = ways(&group, now());
        assert!(matches!(&found[1], Way::Anew(anew) if anew.produced_quantity == 80));
    }
    let nothing = vec![start(1, 7), complete(2, 7, 84), back(3, Some(2))];
    let group = set_aside(nothing, conflict, cancelled);
    assert_eq!(ways(&group, now()), [Way::KeepTheirs]);
}

#[test]
fn a_finished_order_makes_room_for_what_came_out_here_only_where_one_batch_is_in_its_place() {
    let conflict = AppError::new(ErrorCode::Conflict, "No.");
    let theirs = |last| Standing {
        completions: vec![Uuid::from_u128(20), Uuid::from_u128(21)],
        last: Some(last),
        ..standing(OrderStatus::Completed, Some(82))
    };
    let ways_of = |mine: Entry, last| {
        let group = set_aside(vec![mine], conflict.clone(), Some(theirs(last)));
        ways(&group, now()).len()
    };
    // Nothing was known here, and two batches are there: one would stand beside what is booked.
    assert_eq!(ways_of(finish(1, 7, 80, 0), 40), 1);
    // The first of them is a part that was known here.
    assert_eq!(ways_of(finish(1, 7, 44, 42), 40), 2);
    // A version before this one did not say.
    assert_eq!(ways_of(complete(1, 7, 80), 40), 1);
    assert_eq!(ways_of(finish(1, 7, 80, 0), 82), 2);

    // Two tablets that finish the same rest agree.
    let done = standing(OrderStatus::Completed, Some(84));
    assert!(done.satisfies(&finish(1, 7, 42, 42).command));
    assert!(!done.satisfies(&finish(1, 7, 84, 42).command));
    assert!(!done.satisfies(&finish(1, 7, 42, 0).command));
}

#[test]
fn what_came_out_meanwhile_is_in_the_number_or_beside_it() {
    let stale = AppError {
        reason: "order.stale".into(),
        ..AppError::new(ErrorCode::Conflict, "No.")
    };
    let partly = Some(standing(OrderStatus::InProgress, Some(42)));
    let quantities = |mine: Entry| -> Vec<Option<i64>> {
        let group = set_aside(vec![mine], stale.clone(), partly.clone());
        let ways = ways(&group, now()).into_iter();
        let quantity = |way| match way {
            Way::More(more) => Some(more.produced_quantity),
            _ => None,
        };
        ways.map(quantity).collect()
    };
    assert_eq!(quantities(finish(1, 7, 84, 0)), [Some(42), Some(84), None]);
    assert_eq!(quantities(finish(1, 7, 30, 0)), [Some(30), None]);
    // Something was taken back meanwhile: there is nothing to leave out.
    assert_eq!(quantities(finish(1, 7, 30, 60)), [Some(30), None]);
}

#[test]
fn what_can_be_done_follows_from_what_stands() {
    let conflict = AppError::new(ErrorCode::Conflict, "No.");
    let theirs = Some(standing(OrderStatus::Completed, Some(80)));
    let group = set_aside(vec![complete(1, 7, 84)], conflict.clone(), theirs.clone());
    let found = ways(&group, now());
    assert_eq!(found[0], Way::KeepTheirs);
    assert!(matches!(&found[1], Way::Mine(mine) if mine.produced_quantity == 84));
    // Once it cannot be taken back any more, nothing is offered that the server would refuse.
    assert_eq!(ways(&group, now() + TimeDelta::hours(1)), [Way::KeepTheirs]);

    let cancelled = Some(standing(OrderStatus::Cancelled, None));
    let group = set_aside(
        vec![start(1, 7), complete(2, 7, 84)],
        conflict.clone(),
        cancelled.clone(),
    );
    let found = ways(&group, now());
    assert!(matches!(&found[1], Way::Anew(anew) if anew.produced_quantity == 84));
    let only_started = set_aside(vec![start(1, 7)], conflict.clone(), cancelled);
    assert_eq!(ways(&only_started, now()), [Way::KeepTheirs]);

    let of_field = |field: &str| {
        let mut error = AppError::new(ErrorCode::Invalid, "No.");
        error.fields.push(contract::FieldError {
            field: field.into(),
            reason: "in_the_future".into(),
            message: "No.".into(),
        });
        error
    };
    let group = set_aside(vec![waste(1)], of_field("quantity"), None);
    assert!(matches!(
        ways(&group, now())[..],
        [Way::Quantity(_), Way::Discard]
    ));
    let count = entry(Command::Enter(EnterCounts {
        command_id: Uuid::from_u128(1),
        store_id: Uuid::from_u128(900),
        counted_at: Some(now()),
        lines: Vec::new(),
    }));
    let group = set_aside(vec![count], of_field("counted_at"), None);
    assert!(matches!(
        ways(&group, now())[..],
        [Way::CountedNow(_), Way::Discard]
    ));
    let group = set_aside(
        vec![waste(1)],
        AppError::new(ErrorCode::Forbidden, "No."),
        None,
    );
    assert_eq!(ways(&group, now()), [Way::Again, Way::Discard]);
}
