use super::aside::{Way, ways};
use super::book::{
    Change, Verdict, again, ahead, apply, by_whom, done_at, judged, may_succeed_later, next,
    questions, replaced, taken_back,
};
use super::command::{About, Aside, Command, Entry, Standing};
use super::rest::Rest;
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use contract::counts::EnterCounts;
use contract::orders::{CancelOrder, CompleteOrder, RecallOrder, StartOrder};
use contract::stock::RemoveStock;
use contract::{AppError, ErrorCode};
use domain::{MovementKind, OrderStatus, StockReason, Unit};
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
fn what_another_version_wrote_beside_the_database_hides_nothing_and_stays() {
    let mine = |entry: &Entry| serde_json::to_string(entry).expect("text");
    let theirs = r#"{"command":{"bake_twice":{"command_id":1}},"about":"Barra"}"#;
    let text = format!("[{},{theirs},{}]", mine(&start(1, 7)), mine(&waste(3)));
    let mut rest = Rest::of(&text);
    let ids_of = |rest: &Rest| ids(&rest.entries().cloned().collect::<Vec<_>>());
    assert_eq!((ids_of(&rest), rest.unread()), (vec![1, 3], 1));

    // Sent, changed and added around it.
    let mut tried = waste(3);
    tried.is_tried = true;
    let changes = vec![
        Change::Remove(Uuid::from_u128(1)),
        Change::Update(tried.clone()),
        Change::Update(waste(9)),
        Change::Add(complete(4, 7, 84)),
        Change::Add(complete(4, 7, 85)),
    ];
    rest.apply(changes);
    assert_eq!((ids_of(&rest), rest.unread()), (vec![3, 4], 1));
    assert_eq!(rest.entries().next(), Some(&tried));
    let again = Rest::of(&serde_json::to_string(&rest).expect("text"));
    assert_eq!(again, rest);

    // When all that is read was sent, what is not read is still there as it was.
    let ids = [3, 4].map(|id| Change::Remove(Uuid::from_u128(id)));
    rest.apply(ids.to_vec());
    assert_eq!((rest.entries().count(), rest.is_empty()), (0, false));
    let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).expect("a value");
    let written = serde_json::to_string(&rest).expect("text");
    assert_eq!(value(&written), value(&format!("[{theirs}]")));
}

#[test]
fn text_that_is_no_list_is_kept_too() {
    assert!(Rest::default().is_empty() && Rest::of("[]").is_empty());
    for text in [r#"{"version":2,"entries":[]}"#, "[{\"command\":", "7"] {
        let mut rest = Rest::of(text);
        rest.apply(vec![Change::Add(waste(1))]);
        assert_eq!((rest.entries().count(), rest.unread()), (1, 1), "{text}");
        let again = Rest::of(&serde_json::to_string(&rest).expect("text"));
        assert_eq!(again, rest, "{text}");
    }
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
fn what_is_sent_late_was_done_when_it_was_pressed() {
    let (server, seconds) = (now(), TimeDelta::seconds);
    assert_eq!(done_at(server - seconds(20), seconds(0), server), None);
    assert_eq!(
        done_at(server - seconds(3_600), seconds(0), server),
        Some(server - seconds(3_600))
    );
    // A clock that is three hours ahead, asked at once and after an hour; what is off by seconds stays.
    let ahead = seconds(3 * 3_600);
    assert_eq!(done_at(server + ahead, ahead, server), None);
    assert_eq!(
        done_at(server + ahead - seconds(3_600), ahead, server),
        Some(server - seconds(3_600))
    );
    assert_eq!(
        done_at(server - seconds(3_600), seconds(-20), server),
        Some(server - seconds(3_600))
    );
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
