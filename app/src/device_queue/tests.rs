mod beside_the_database;
mod dated;
mod decisions;

use super::book::{
    Change, Verdict, again, ahead, apply, by_whom, done_at, judged, may_succeed_later, next,
    questions, replaced, taken_back,
};
use super::command::{About, Command, Entry};
use chrono::{DateTime, TimeDelta, Utc};
use contract::orders::{CompleteOrder, StartOrder};
use contract::stock::RemoveStock;
use contract::{AppError, ErrorCode};
use domain::{MovementKind, StockReason, Unit};
use proptest::prelude::*;
use std::collections::BTreeMap;
use uuid::Uuid;

fn now() -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000, 0).expect("an instant")
}

fn entry(command: Command) -> Entry {
    let about = About {
        product: "Barra".into(),
        store: "Centro".into(),
        quantity: Some(84),
        unit: Unit::Piece,
    };
    Entry {
        pressed_at: now(),
        ..Entry::new(command, about)
    }
}

fn start(id: u128, order: u128) -> Entry {
    entry(Command::Start(StartOrder {
        command_id: Uuid::from_u128(id),
        order_id: Uuid::from_u128(order),
    }))
}

fn complete(id: u128, order: u128, produced: i64) -> Entry {
    entry(Command::Complete(CompleteOrder {
        command_id: Uuid::from_u128(id),
        order_id: Uuid::from_u128(order),
        produced_quantity: produced,
        ..CompleteOrder::default()
    }))
}

fn waste(id: u128) -> Entry {
    entry(Command::Waste(RemoveStock {
        command_id: Uuid::from_u128(id),
        store_id: Uuid::from_u128(900),
        product_id: Uuid::from_u128(901),
        kind: MovementKind::Waste,
        quantity: 3,
        reason: StockReason::NotSold,
        note: None,
        at: None,
        pressed_at: None,
    }))
}

fn refused() -> Verdict {
    Verdict::Refused {
        error: AppError::new(ErrorCode::Conflict, "No."),
        standing: None,
    }
}

fn ids(entries: &[Entry]) -> Vec<u128> {
    entries.iter().map(|entry| entry.id().as_u128()).collect()
}

#[test]
fn what_waits_survives_being_written_and_read() {
    let mut entries = vec![start(1, 7), complete(2, 7, 84), waste(3)];
    let changes = judged(&entries, Uuid::from_u128(1), refused());
    apply(&mut entries, changes);
    let text = serde_json::to_string(&entries).expect("text");
    assert_eq!(
        serde_json::from_str::<Vec<Entry>>(&text).expect("entries"),
        entries
    );
}

#[test]
fn a_refused_command_takes_what_builds_on_it_aside_and_nothing_else() {
    let mut entries = vec![start(1, 7), start(2, 8), complete(3, 7, 84), waste(4)];
    let changes = judged(&entries, Uuid::from_u128(1), refused());
    apply(&mut entries, changes);
    let waiting: Vec<Entry> = entries.iter().filter(|e| e.is_waiting()).cloned().collect();
    assert_eq!(ids(&waiting), [2, 4]);
    assert_eq!(
        questions(&entries).map(Entry::id).collect::<Vec<_>>(),
        [Uuid::from_u128(1)]
    );
    // Tried again they go together, in their old order.
    let changes = again(&entries, Uuid::from_u128(1));
    apply(&mut entries, changes);
    assert_eq!(next(&entries).map(Entry::id), Some(Uuid::from_u128(1)));
    assert!(entries.iter().all(Entry::is_waiting));
}

#[test]
fn a_decision_taken_on_two_screens_is_taken_once() {
    let mut entries = vec![complete(1, 7, 84)];
    let changes = judged(&entries, Uuid::from_u128(1), refused());
    apply(&mut entries, changes);
    for new in [2, 3] {
        let changes = replaced(&entries, Uuid::from_u128(1), vec![waste(new)]);
        apply(&mut entries, changes);
    }
    assert_eq!(ids(&entries), [2]);
}

#[test]
fn what_was_on_its_way_is_reversed_and_not_forgotten() {
    let (waste, movement) = (waste(1), Uuid::from_u128(50));
    let id = waste.id();
    let mut entries = vec![waste];
    assert_eq!(taken_back(&entries, id), Some(Change::Remove(id)));

    entries[0].is_tried = true;
    let changes = taken_back(&entries, id).into_iter().collect();
    apply(&mut entries, changes);
    assert_eq!(next(&entries).map(Entry::id), Some(id));
    let refused = judged(&entries, id, refused());
    assert_eq!(refused, [Change::Remove(id)]);
    let changes = judged(&entries, id, Verdict::Done(Some(movement)));
    apply(&mut entries, changes);
    assert!(matches!(
        &entries[..],
        [Entry { command: Command::Reverse(reverse), .. }] if reverse.movement_id == movement
    ));
    assert_eq!(taken_back(&entries, id), None);
}

#[test]
fn a_clock_that_was_set_back_since_was_ahead_before() {
    let (minutes, hours) = (TimeDelta::minutes, TimeDelta::hours);
    let server = now() + minutes(10);
    // Three hours ahead, and still so.
    let done_at = now() + hours(3);
    let still = ahead(done_at, server + hours(3), server, Some(minutes(10)));
    assert_eq!(still, hours(3));
    let set_back = ahead(done_at, server, server, Some(minutes(10)));
    assert_eq!(set_back, hours(3));
    assert_eq!(ahead(done_at, server, server, None), TimeDelta::zero());
    // A device that slept for hours: its page's clock stood still, the moment is right.
    let slept = ahead(now(), now() + hours(8), now() + hours(8), Some(minutes(1)));
    assert_eq!(slept, TimeDelta::zero());
}

#[test]
fn what_is_sent_was_done_when_it_was_pressed() {
    let (server, seconds) = (now(), TimeDelta::seconds);
    for ago in [0, 20, 3_600].map(seconds) {
        assert_eq!(done_at(server - ago, seconds(0), server), server - ago);
        // A clock that is three hours ahead; what is off by seconds stays.
        let ahead = seconds(3 * 3_600);
        assert_eq!(done_at(server + ahead - ago, ahead, server), server - ago);
        assert_eq!(done_at(server - ago, seconds(-20), server), server - ago);
    }
    // Ahead by seconds, it says what the server takes; ahead by hours and put right since, what it cannot have meant.
    let (soon, later) = (server + seconds(20), server + seconds(7_200));
    assert_eq!(done_at(soon, seconds(20), server), soon);
    assert_eq!(done_at(later, seconds(0), server), server);
}

#[test]
fn only_failures_that_may_pass_are_tried_again() {
    let again = |code| may_succeed_later(&AppError::new(code, ""));
    assert!(
        again(ErrorCode::Network)
            && again(ErrorCode::Unavailable)
            && again(ErrorCode::Unauthenticated)
    );
    assert!(!again(ErrorCode::Conflict) && !again(ErrorCode::Invalid));
    assert!(!again(ErrorCode::NotFound) && !again(ErrorCode::Forbidden));
}

#[test]
fn what_may_have_been_done_is_sent_again_under_its_id() {
    use crate::refusals::may_be_done;
    let open = |code| may_be_done(&AppError::new(code, ""));
    // A proxy whose server was killed after it had written answers with a page of its own.
    assert!(open(ErrorCode::Network) && open(ErrorCode::Internal) && open(ErrorCode::Unavailable));
    assert!(open(ErrorCode::Outdated) && open(ErrorCode::Unauthenticated));
    assert!(!open(ErrorCode::Conflict) && !open(ErrorCode::Invalid) && !open(ErrorCode::Forbidden));
}

#[test]
fn a_proxy_without_its_server_is_no_fault_of_the_command() {
    let fault = |request_id: &str| {
        let mut error = AppError::new(ErrorCode::Internal, "No.");
        error.request_id = request_id.into();
        by_whom(error).code
    };
    assert_eq!(fault(""), ErrorCode::Network);
    assert_eq!(fault("r-1"), ErrorCode::Internal);
    let refused = by_whom(AppError::new(ErrorCode::Conflict, "No."));
    assert_eq!(refused.code, ErrorCode::Conflict);
}

/// What happens to a queue.
#[derive(Clone, Debug)]
enum Event {
    Give {
        order: u128,
    },
    Answer,
    Refuse,
    NoAnswer,
    /// The oldest question is answered with another try.
    TryAgain,
    Discard,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let event = prop_oneof![
        4 => (0_u128..4).prop_map(|order| Event::Give { order }),
        4 => Just(Event::Answer),
        2 => Just(Event::Refuse),
        2 => Just(Event::NoAnswer),
        1 => Just(Event::TryAgain),
        1 => Just(Event::Discard),
    ];
    prop::collection::vec(event, 0..80)
}

proptest! {
    /// Whatever the network and the server do: each command leaves the queue once, by an answer or by a decision, or is still
    /// there; as long as nobody tries anything again they are booked in the order in which they were given; and nothing is sent
    /// that had been built on a refused command before somebody decided about that one.
    #[test]
    fn each_command_leaves_once_and_in_order(events in events()) {
        let mut entries: Vec<Entry> = Vec::new();
        let (mut given, mut booked, mut discarded) = (Vec::new(), Vec::new(), Vec::new());
        let mut held: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
        let (mut is_in_order, mut was_tried_again) = (true, false);
        for event in events {
            let sent = next(&entries).cloned();
            let question = questions(&entries).next().map(Entry::id);
            let changes = match (event, sent, question) {
                (Event::Give { order }, _, _) => {
                    let id = given.len() as u128 + 1;
                    let new = if order == 0 { waste(id) } else { start(id, 100 + order) };
                    given.push(new.clone());
                    vec![Change::Add(new)]
                }
                (Event::Answer, Some(sent), _) => {
                    prop_assert!(held.values().flatten().all(|id| *id != sent.id()));
                    is_in_order &= booked.last().is_none_or(|last| *last < sent.id());
                    booked.push(sent.id());
                    judged(&entries, sent.id(), Verdict::Done(None))
                }
                (Event::Refuse, Some(sent), _) => {
                    let subject = sent.command.subject();
                    let built = entries
                        .iter()
                        .filter(|e| subject.is_some() && e.command.subject() == subject && e.is_waiting())
                        .map(Entry::id);
                    held.insert(sent.id(), built.collect());
                    judged(&entries, sent.id(), refused())
                }
                (Event::TryAgain, _, Some(id)) => {
                    held.remove(&id);
                    was_tried_again = true;
                    again(&entries, id)
                }
                (Event::Discard, _, Some(id)) => {
                    held.remove(&id);
                    let changes = replaced(&entries, id, Vec::new());
                    for change in &changes {
                        if let Change::Remove(id) = change {
                            discarded.push(*id);
                        }
                    }
                    changes
                }
                _ => Vec::new(),
            };
            apply(&mut entries, changes);
            // No consequence outlives its cause: nobody could decide about it.
            for aside in entries.iter().filter(|entry| !entry.is_waiting()) {
                let cause = aside.aside.as_ref().and_then(|aside| aside.because_of);
                prop_assert!(cause.is_none_or(|cause| entries.iter().any(|entry| entry.id() == cause)));
            }
        }
        prop_assert!(is_in_order || was_tried_again);
        let mut seen: BTreeMap<Uuid, usize> = BTreeMap::new();
        for id in entries.iter().map(Entry::id).chain(booked.iter().copied()).chain(discarded) {
            *seen.entry(id).or_default() += 1;
        }
        prop_assert_eq!(seen.len(), given.len());
        prop_assert!(seen.values().all(|count| *count == 1));
    }
}
