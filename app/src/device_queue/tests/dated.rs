//! When batches came out that wait: as of the press, said once, and in the same words ever after.

use super::{apply, complete, entry, now, refused, start, waste};
use crate::device_queue::aside::{Way, again_as_of, baked_by, ways};
use crate::device_queue::book::{Verdict, again, judged, lacks_moment, timed};
use crate::device_queue::command::{Command, Entry, Rebake};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contract::orders::CompleteOrder;
use contract::{AppError, ErrorCode, FieldError};
use domain::batches::MAX_DAYS_LATE;
use uuid::Uuid;

fn said(entry: &Entry) -> Option<DateTime<Utc>> {
    match &entry.command {
        Command::Complete(batch) => batch.completed_at,
        Command::Rebake(batch) => batch.completed_at,
        Command::Waste(waste) => waste.pressed_at,
        _ => None,
    }
}

/// As it is sent when the server's clock shows so much more than the press, from a device whose clock is right.
fn sent_after(entry: Entry, late: TimeDelta) -> Entry {
    assert!(lacks_moment(&entry));
    timed(entry, TimeDelta::zero(), now() + late)
}

fn rebake() -> Entry {
    entry(Command::Rebake(Rebake {
        command_id: Uuid::from_u128(1),
        store_id: Uuid::from_u128(900),
        product_id: Uuid::from_u128(901),
        production_date: NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date"),
        produced_quantity: 84,
        lost_quantity: 0,
        loss_reason: None,
        completed_at: None,
    }))
}

#[test]
fn a_batch_came_out_when_it_was_pressed() {
    for batch in [complete(1, 7, 84), rebake(), waste(1)] {
        // Sent at once it says so too: what the first try says is repeated, and it may find no answer for hours.
        for late in [
            TimeDelta::zero(),
            TimeDelta::seconds(20),
            TimeDelta::hours(1),
        ] {
            let sent = sent_after(batch.clone(), late);
            assert_eq!((said(&sent), sent.is_timed), (Some(now()), true));
        }
        // A clock that is three hours ahead.
        let ahead = TimeDelta::hours(3);
        let pressed = Entry {
            pressed_at: now() + ahead,
            ..batch
        };
        let late = timed(pressed, ahead, now() + TimeDelta::hours(1));
        assert_eq!(said(&late), Some(now()));
    }
}

#[test]
fn what_the_first_try_said_is_said_again_however_long_nobody_answers() {
    // The server's clock answered, and then the session had ended.
    let tried = sent_after(complete(1, 7, 84), TimeDelta::seconds(1));
    assert!(!lacks_moment(&tried));
    let error = AppError::new(ErrorCode::Forbidden, "No.");
    let mut entries = vec![tried.clone()];
    let verdict = Verdict::Refused {
        error,
        standing: None,
    };
    let changes = judged(&entries, Uuid::from_u128(1), verdict);
    apply(&mut entries, changes);
    let changes = again(&entries, Uuid::from_u128(1));
    apply(&mut entries, changes);
    assert_eq!(entries, [tried]);
}

#[test]
fn nothing_comes_out_of_an_order_before_there_is_one() {
    let made = now() - TimeDelta::hours(2);
    let millis = u64::try_from(made.timestamp_millis()).expect("after 1970");
    let order = uuid::Builder::from_unix_timestamp_millis(millis, &[7; 10]).into_uuid();
    let batch = |pressed_at| Entry {
        pressed_at,
        ..complete(1, order.as_u128(), 84)
    };
    let sent = |pressed_at| said(&timed(batch(pressed_at), TimeDelta::zero(), now()));
    let hour = now() - TimeDelta::hours(1);
    assert_eq!(sent(hour), Some(hour));
    // A tablet without a battery began in 1970, and its clock was put right before it sent anything.
    let first = DateTime::from_timestamp(60, 0).expect("an instant");
    assert_eq!(sent(first), Some(now()));
    assert_eq!(sent(made - TimeDelta::hours(3)), Some(now()));
}

#[test]
fn the_moment_is_said_once_and_never_of_what_was_on_its_way() {
    for late in [TimeDelta::seconds(5), TimeDelta::hours(1)] {
        assert!(!lacks_moment(&sent_after(complete(1, 7, 84), late)));
    }
    let mut tried = complete(1, 7, 84);
    tried.is_tried = true;
    assert!(!lacks_moment(&tried) && !lacks_moment(&start(1, 7)));
    assert!(lacks_moment(&waste(1)));

    // As a version wrote it that sent batches without a moment.
    let mut text = serde_json::to_value(complete(1, 7, 84)).expect("a value");
    let fields = text.as_object_mut().expect("fields");
    assert!(fields.remove("may_be_dated").is_some());
    let text = serde_json::to_vec(&text).expect("text");
    let before: Entry = serde_json::from_slice(&text).expect("an entry");
    assert!(!lacks_moment(&before));
}

#[test]
fn what_a_person_said_stays() {
    let hours = TimeDelta::hours;
    let batch = |command: CompleteOrder| {
        entry(Command::Complete(CompleteOrder {
            command_id: Uuid::from_u128(1),
            order_id: Uuid::from_u128(7),
            produced_quantity: 84,
            ..command
        }))
    };
    let at = Some(now() - hours(2));
    let named = batch(CompleteOrder {
        completed_at: at,
        ..CompleteOrder::default()
    });
    assert_eq!(said(&sent_after(named, hours(1))), at);
    let local = now().naive_utc();
    let on_the_wall = batch(CompleteOrder {
        completed_local: Some(local),
        ..CompleteOrder::default()
    });
    assert!(!lacks_moment(&on_the_wall));
}

#[test]
fn what_is_older_than_the_server_takes_is_as_old_as_it_takes() {
    let server = now() + TimeDelta::days(30);
    let late = timed(complete(1, 7, 84), TimeDelta::zero(), server);
    let at = said(&late).expect("a moment");
    assert!(at > server - TimeDelta::days(MAX_DAYS_LATE));
    assert!(at < server - TimeDelta::days(MAX_DAYS_LATE - 1));

    // It waited once more after that: then it is booked under another id, again as of the press.
    let mut error = AppError::new(ErrorCode::Invalid, "No.");
    error.fields.push(FieldError {
        field: "completed_at".into(),
        reason: "too_long_ago".into(),
        message: "No.".into(),
    });
    let mut entries = vec![late];
    let verdict = Verdict::Refused {
        error,
        standing: None,
    };
    let changes = judged(&entries, Uuid::from_u128(1), verdict);
    apply(&mut entries, changes);
    let found = ways(&entries, server);
    assert!(matches!(&found[..], [Way::More(more), Way::Discard] if more.produced_quantity == 84));
}

#[test]
fn what_is_booked_after_a_question_came_out_when_it_was_pressed() {
    let mut entries = vec![start(1, 7), complete(2, 7, 84)];
    entries[1].pressed_at = now() + TimeDelta::minutes(30);
    let changes = judged(&entries, Uuid::from_u128(1), refused());
    apply(&mut entries, changes);
    // The start was refused, and the batch never sent.
    let batch = baked_by(&entries).expect("a batch");
    assert_eq!(batch.id(), Uuid::from_u128(2));
    let anew = again_as_of(batch, rebake().command);
    assert!(anew.is_waiting());
    let sent = sent_after(anew, TimeDelta::hours(9));
    assert_eq!(said(&sent), Some(now() + TimeDelta::minutes(30)));
    assert_eq!(baked_by(&entries[..1]), None);
}
