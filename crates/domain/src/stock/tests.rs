//! Tests of `stock`.

use super::*;
use proptest::prelude::*;

fn at(minute: i64) -> DateTime<Utc> {
    DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("a valid instant")
}

/// What happens to a shelf, in the order in which we learn of it.
#[derive(Clone, Debug)]
enum Happening {
    Moved { minute: i64, quantity: i64 },
    Counted { minute: i64, counted: i64 },
}

/// A ledger as the services keep it: every fact is appended with the top-ups that follow from it.
#[derive(Default)]
struct Ledger {
    movements: Vec<(i64, i64)>,
    steps: Vec<Step>,
    counts: Vec<(i64, CountMark)>,
}

impl Ledger {
    fn sum(&self) -> i64 {
        self.movements.iter().map(|(_, q)| q).sum()
    }

    fn at(&self, minute: i64) -> i64 {
        self.movements
            .iter()
            .filter(|(m, _)| *m <= minute)
            .map(|(_, q)| q)
            .sum()
    }

    fn post(&mut self, minute: i64, quantity: i64, of_count: Option<Uuid>) {
        let marks: Vec<CountMark> = self.counts.iter().map(|(_, mark)| *mark).collect();
        self.write(minute, quantity, of_count.is_some());
        for (id, _, top_up) in count_top_ups(
            &marks,
            &[Fact {
                occurred_at: at(minute),
                quantity,
                of_count,
            }],
        ) {
            let when = self
                .counts
                .iter()
                .find(|(_, mark)| mark.count_id == id)
                .map_or(0, |(m, _)| *m);
            self.write(when, top_up, true);
        }
    }

    fn write(&mut self, minute: i64, quantity: i64, is_count: bool) {
        self.movements.push((minute, quantity));
        self.steps.push(Step {
            at: at(minute),
            quantity,
            is_count,
        });
    }

    /// How much can be taken away as of a minute.
    fn least_since(&self, minute: i64) -> i64 {
        let mut steps: Vec<Step> = self
            .steps
            .iter()
            .filter(|step| step.at >= at(minute))
            .copied()
            .collect();
        steps.sort_by_key(|step| step.at);
        let mut counts = self.counts.iter().map(|(_, mark)| mark.counted_at);
        let first = counts.find(|counted_at| *counted_at >= at(minute));
        least_since(self.sum(), at(minute), first, &steps)
    }

    fn learn(&mut self, happening: &Happening) {
        match *happening {
            Happening::Moved { minute, quantity } => self.post(minute, quantity, None),
            Happening::Counted { minute, counted } => {
                let difference = count_difference(counted, self.at(minute));
                let mark = CountMark {
                    count_id: Uuid::from_u128(self.counts.len() as u128 + 1),
                    counted_at: at(minute),
                };
                let place = self.counts.partition_point(|(m, _)| *m <= minute);
                self.counts.insert(place, (minute, mark));
                self.post(minute, difference, Some(mark.count_id));
            }
        }
    }
}

/// What a person would say who saw everything in the order in which it happened: the last count, and every
/// movement strictly after it. Movements at the minute of a count are part of what was counted.
fn truth(happenings: &[Happening], until: i64) -> i64 {
    let mut sorted: Vec<(i64, u8, usize, i64)> = happenings
        .iter()
        .enumerate()
        .map(|(learned, h)| match *h {
            Happening::Moved { minute, quantity } => (minute, 0, learned, quantity),
            Happening::Counted { minute, counted } => (minute, 1, learned, counted),
        })
        .filter(|(minute, ..)| *minute <= until)
        .collect();
    sorted.sort_unstable();
    sorted.iter().fold(
        0,
        |shelf, (_, is_count, _, n)| if *is_count == 1 { *n } else { shelf + n },
    )
}

fn counted_at(happening: &Happening) -> Option<i64> {
    match happening {
        Happening::Counted { minute, .. } => Some(*minute),
        Happening::Moved { .. } => None,
    }
}

fn any_happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        3 => (0..60_i64, -40..40_i64).prop_map(|(minute, quantity)| Happening::Moved { minute, quantity }),
        1 => (0..60_i64, 0..60_i64).prop_map(|(minute, counted)| Happening::Counted { minute, counted }),
    ]
}

#[test]
fn history_uploaded_later_leaves_the_counted_shelf_as_it_is() {
    let mut ledger = Ledger::default();
    for happening in [
        Happening::Counted {
            minute: 50,
            counted: 12,
        },
        Happening::Moved {
            minute: 10,
            quantity: -300,
        },
        Happening::Moved {
            minute: 55,
            quantity: -2,
        },
    ] {
        ledger.learn(&happening);
    }
    assert_eq!(ledger.sum(), 10);
    assert_eq!(ledger.at(50), 12);
}

#[test]
fn removals_stop_at_what_is_there() {
    assert_eq!(check_removal(5, 5), Ok(()));
    assert_eq!(
        check_removal(5, 6),
        Err(StockRuleError::ExceedsOnHand {
            on_hand: 5,
            asked: 6
        })
    );
    assert_eq!(
        check_removal(-3, 1),
        Err(StockRuleError::ExceedsOnHand {
            on_hand: -3,
            asked: 1
        })
    );
    assert_eq!(
        check_removal(5, 0),
        Err(StockRuleError::QuantityOutOfRange { max: MAX_QUANTITY })
    );
}

#[test]
fn a_correction_takes_nothing_that_expired() {
    assert_eq!(check_good((0, 0), 5), Ok(()));
    // Four were sold although they had expired; that happened, and is nobody's correction.
    assert_eq!(check_good((4, 4), 5), Ok(()));
    assert_eq!(check_good((4, 2), 5), Ok(()));
    assert_eq!(
        check_good((4, 7), 5),
        Err(StockRuleError::TakesExpired {
            expired: 3,
            asked: 5
        })
    );
}

#[test]
fn what_is_taken_away_late_must_have_been_there_ever_since() {
    let step = |minute, quantity, is_count| Step {
        at: at(minute),
        quantity,
        is_count,
    };
    // Ten at first; eight are sold, then twenty are baked.
    let steps = [step(10, -8, false), step(20, 20, false)];
    assert_eq!(least_since(22, at(0), None, &steps), 2);
    assert_eq!(least_since(22, at(15), None, &steps[1..]), 2);
    assert_eq!(least_since(22, at(20), None, &steps[1..]), 22);
    // What comes and goes at one moment was there.
    let together = [step(10, -8, false), step(10, 20, false)];
    assert_eq!(least_since(22, at(0), None, &together), 10);
    // A count stands, whatever it found; what happened before it still has to have been possible.
    let counted = [step(10, -8, false), step(15, -2, true), step(18, -9, false)];
    assert_eq!(least_since(-9, at(0), Some(at(15)), &counted), 2);
    assert_eq!(least_since(-9, at(15), Some(at(15)), &counted[1..]), 2);
    assert_eq!(least_since(-9, at(16), None, &counted[2..]), -9);
}

#[test]
fn only_fresh_bookings_by_hand_are_reversible() {
    use crate::MovementKind as K;
    let last = at(REVERSAL_HOURS * 60);
    for kind in K::ALL {
        let by_hand = matches!(kind, K::Waste | K::Donation | K::Adjustment);
        assert_eq!(is_reversible(*kind, at(0), last), by_hand, "{kind}");
        assert!(!is_reversible(
            *kind,
            at(0),
            last + chrono::TimeDelta::seconds(1)
        ));
    }
}

proptest! {
    /// The shelf, now and at every count, is what somebody would say who saw all facts sorted by time.
    #[test]
    fn facts_out_of_order_end_as_if_seen_in_order(happenings in prop::collection::vec(any_happening(), 0..25)) {
        let mut ledger = Ledger::default();
        for (known, happening) in happenings.iter().enumerate() {
            ledger.learn(happening);
            prop_assert_eq!(ledger.sum(), truth(&happenings[..=known], i64::MAX));
        }
        for (minute, _) in &ledger.counts {
            prop_assert_eq!(ledger.at(*minute), truth(&happenings, *minute));
        }
    }

    /// Who takes something away as of an earlier minute is let through exactly where the shelf was never below zero for it until
    /// somebody counted it; and then what is there is what somebody would say who saw it all in order.
    #[test]
    fn what_is_taken_away_late_leaves_no_moment_below_zero(
        happenings in prop::collection::vec(any_happening(), 0..25),
        minute in 0..60_i64,
        asked in 1..60_i64,
    ) {
        let mut ledger = Ledger::default();
        for happening in &happenings {
            ledger.learn(happening);
        }
        let least = ledger.least_since(minute);
        let taken = Happening::Moved { minute, quantity: -asked };
        let mut with_it = happenings.clone();
        with_it.push(taken.clone());
        let counted = happenings.iter().filter_map(counted_at).filter(|at| *at >= minute);
        let until = counted.min().unwrap_or(60);
        // What lay there at the end of a minute, before anybody counted it.
        let before_count = |at: i64| {
            let seen: Vec<Happening> =
                with_it.iter().filter(|h| counted_at(h) != Some(at)).cloned().collect();
            truth(&seen, at)
        };
        let was_there = (minute..=until).all(|at| before_count(at) >= 0);
        prop_assert_eq!(check_removal(least, asked).is_ok(), was_there);
        if was_there {
            ledger.learn(&taken);
            prop_assert_eq!(ledger.sum(), truth(&with_it, i64::MAX));
        }
    }

    /// Several facts in one posting end like the same facts one by one.
    #[test]
    fn a_batch_tops_up_like_its_facts_one_by_one(
        counts in prop::collection::btree_set(0..60_i64, 0..6),
        facts in prop::collection::vec((0..60_i64, -40..40_i64), 0..20),
    ) {
        let marks: Vec<CountMark> =
            counts.iter().map(|m| CountMark { count_id: Uuid::from_u128(m.unsigned_abs().into()), counted_at: at(*m) }).collect();
        let facts: Vec<Fact> =
            facts.iter().map(|(m, q)| Fact { occurred_at: at(*m), quantity: *q, of_count: None }).collect();
        let together = count_top_ups(&marks, &facts);
        for mark in &marks {
            let apart: i64 = facts.iter().flat_map(|f| count_top_ups(&marks, &[*f])).filter(|(id, ..)| *id == mark.count_id).map(|(.., q)| q).sum();
            let at_once: i64 = together.iter().filter(|(id, ..)| *id == mark.count_id).map(|(.., q)| *q).sum();
            prop_assert_eq!(apart, at_once);
        }
        // What happened before the last count changes nothing after it.
        if let Some(last) = marks.last() {
            let before: i64 = facts.iter().filter(|f| f.occurred_at <= last.counted_at).map(|f| f.quantity).sum();
            let corrections: i64 = together.iter().map(|(.., q)| q).sum();
            prop_assert_eq!(before + corrections, 0);
        }
    }
}
