//! Tests of `lots`.

use super::*;
use chrono::Days;
use proptest::prelude::*;

fn day(offset: u64) -> NaiveDate {
    NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date") + Days::new(offset)
}

fn lot(n: u128, on: u64, best_before: u64, quantity: i64) -> Arrival {
    Arrival {
        lot_id: Uuid::from_u128(n),
        day: day(on),
        best_before: day(best_before),
        quantity,
    }
}

fn quantities(ages: &Ages) -> Vec<(u64, i64)> {
    let rests = ages.rests.iter();
    rests
        .map(|r| {
            let offset = (r.best_before - day(0)).num_days();
            (u64::try_from(offset).expect("not before"), r.quantity)
        })
        .collect()
}

#[test]
fn the_first_to_expire_is_sold_first() {
    let flow = |arrived, sold| DayFlow {
        arrived,
        sold,
        ..DayFlow::default()
    };
    let flows = [(day(0), flow(20, 4)), (day(1), flow(10, 8))];
    let arrivals = [lot(1, 0, 5, 20), lot(2, 1, 2, 10)];
    let shelf = ages(0, day(0), 3, &arrivals, &flows);
    assert_eq!(quantities(&shelf), [(2, 2), (5, 16)]);
    assert_eq!(shelf.next_best_before(day(3)), Some(day(5)));
}

#[test]
fn expired_goods_are_thrown_away_and_sold_only_where_nothing_else_was_there() {
    let arrived = DayFlow {
        arrived: 10,
        sold: 4,
        ..DayFlow::default()
    };
    let arrivals = [lot(1, 0, 0, 10), lot(2, 1, 1, 10)];
    let flows = [(day(0), arrived), (day(1), arrived)];
    let shelf = ages(0, day(0), 1, &arrivals, &flows);
    assert_eq!(quantities(&shelf), [(0, 6), (1, 6)]);
    assert_eq!((shelf.expired(day(1)), shelf.good(day(1))), (6, 6));
    // More is sold than is known to be good: it was of what there was, and the rest is owed.
    let many = DayFlow {
        arrived: 5,
        sold: 13,
        ..DayFlow::default()
    };
    let baked = DayFlow {
        arrived: 5,
        ..DayFlow::default()
    };
    let arrivals = [lot(1, 0, 0, 10), lot(2, 1, 1, 5), lot(3, 2, 2, 5)];
    let flows = [(day(0), arrived), (day(1), many), (day(2), baked)];
    let short = ages(0, day(0), 1, &arrivals, &flows[..2]);
    assert_eq!((short.rests.len(), short.deficit), (0, 2));
    assert_eq!(short.sold_expired, 6);
    let next = ages(0, day(0), 1, &arrivals, &flows);
    assert_eq!(quantities(&next), [(2, 3)]);
    // A count leaves exactly what was counted.
    let counted = DayFlow {
        corrected: -3,
        ..DayFlow::default()
    };
    let flows = [flows[0], flows[1], flows[2], (day(3), counted)];
    let empty = ages(0, day(0), 1, &arrivals, &flows);
    assert_eq!((empty.rests.len(), empty.deficit), (0, 0));
}

#[test]
fn what_is_taken_off_by_hand_is_of_what_is_good_and_no_more_of_it_expires() {
    let baked = |taken| DayFlow {
        arrived: 5,
        sold: taken,
        ..DayFlow::default()
    };
    let arrivals = [lot(1, 0, 0, 5), lot(2, 1, 1, 5)];
    let after = |taken| {
        ages(
            0,
            day(0),
            1,
            &arrivals,
            &[(day(0), baked(0)), (day(1), baked(taken))],
        )
    };
    let enough = after(5);
    assert_eq!((enough.expired(day(1)), enough.good(day(1))), (5, 0));
    assert_eq!(enough.sold_expired, 0);
    assert_eq!(after(6).sold_expired, 1);
    // What a count misses may have been of any age, and what is thrown away is the oldest.
    for gone in [
        DayFlow {
            arrived: 5,
            corrected: -8,
            ..DayFlow::default()
        },
        DayFlow {
            arrived: 5,
            removed: 8,
            ..DayFlow::default()
        },
    ] {
        let left = ages(
            0,
            day(0),
            1,
            &arrivals,
            &[(day(0), baked(0)), (day(1), gone)],
        );
        assert_eq!((left.on_hand(), left.sold_expired), (2, 0));
    }
    // Taken off a day later than it was good: of the five of the first day none are left for it.
    let late = ages(
        0,
        day(0),
        1,
        &arrivals[..1],
        &[
            (day(0), baked(3)),
            (
                day(1),
                DayFlow {
                    sold: 3,
                    ..DayFlow::default()
                },
            ),
        ],
    );
    assert_eq!((late.sold_expired, late.deficit), (2, 1));
}

#[test]
fn milk_that_is_delivered_and_used_every_day_never_grows_old() {
    let flow = DayFlow {
        arrived: 10,
        sold: 9,
        ..DayFlow::default()
    };
    let flows: Vec<_> = (0..30).map(|n| (day(n), flow)).collect();
    // Of a milk that keeps for four days what came first was used first: nothing is left of the first weeks.
    let shelf = ages(0, day(0), 4, &[], &flows[..20]);
    assert_eq!((shelf.on_hand(), shelf.expired(day(19))), (20, 0));
    let shelf = ages(0, day(0), 4, &[], &flows);
    assert_eq!((shelf.on_hand(), shelf.good(day(29))), (30, 30));
}

#[test]
fn nobody_reads_ten_years_of_salt() {
    assert_eq!(days_to_read(1), 8);
    assert_eq!(days_to_read(180), 187);
    assert_eq!(days_to_read(3_650), MOST_DAYS_READ);
}

#[test]
fn goods_of_unknown_origin_are_as_old_as_the_day_they_were_found() {
    let found = DayFlow {
        corrected: 3,
        ..DayFlow::default()
    };
    let shelf = ages(8, day(4), 2, &[], &[(day(5), found)]);
    // Eight from before, made on day 3 and good until 4; three of day 5, good until 6.
    assert_eq!(quantities(&shelf), [(4, 8), (6, 3)]);
    assert_eq!(shelf.expired(day(5)), 8);
    // A count that misses goods takes the oldest.
    let missing = DayFlow {
        corrected: -9,
        ..DayFlow::default()
    };
    let shelf = ages(8, day(4), 2, &[], &[(day(5), found), (day(6), missing)]);
    assert_eq!(quantities(&shelf), [(6, 2)]);
}

#[test]
fn a_shelf_below_zero_is_made_up_for_by_what_comes() {
    let arrived = DayFlow {
        arrived: 10,
        ..DayFlow::default()
    };
    let shelf = ages(-4, day(0), 1, &[lot(1, 0, 0, 10)], &[(day(0), arrived)]);
    assert_eq!((quantities(&shelf), shelf.deficit), (vec![(0, 6)], 0));
}

#[test]
fn what_comes_back_lies_there_of_unknown_origin_and_goes_before_what_is_old() {
    let day_of = |removed| DayFlow {
        arrived: 6,
        sold: 4,
        removed,
        ..DayFlow::default()
    };
    let of = |removed| {
        let flows = [(day(1), day_of(removed))];
        quantities(&ages(5, day(1), 1, &[lot(1, 1, 3, 6)], &flows))
    };
    // Brought back and thrown away: as if it had never come.
    assert_eq!(of(0), [(0, 5), (3, 2)]);
    // One of two was put back on sale; the other way round, something old was thrown away as well.
    assert_eq!(of(-1), [(0, 5), (1, 1), (3, 2)]);
    assert_eq!(of(1), [(0, 4), (3, 2)]);
}

/// One piece after the other, as somebody would say who marks each with its date: the reference.
#[derive(Default)]
struct Pieces {
    there: Vec<NaiveDate>,
    owed: i64,
    sold_expired: i64,
}

impl Pieces {
    fn put(&mut self, best_before: NaiveDate, pieces: i64) {
        for _ in 0..pieces {
            if self.owed > 0 {
                self.owed -= 1;
            } else {
                self.there.push(best_before);
            }
        }
    }

    fn take(&mut self, pieces: i64, good_on: Option<NaiveDate>) {
        for _ in 0..pieces {
            let those = self.there.iter().enumerate();
            let first = those
                .min_by_key(|(_, date)| (good_on.is_some_and(|day| **date < day), **date))
                .map(|(at, _)| at);
            match first {
                Some(at) => {
                    let date = self.there.swap_remove(at);
                    self.sold_expired += i64::from(good_on.is_some_and(|day| date < day));
                }
                None => self.owed += 1,
            }
        }
    }
}

fn any_day() -> impl Strategy<Value = (DayFlow, i64, u64)> {
    (
        0..12_i64,
        0..15_i64,
        -3..6_i64,
        -5..6_i64,
        0..12_i64,
        0..4_u64,
    )
        .prop_map(|(arrived, sold, removed, corrected, batch, life)| {
            let flow = DayFlow {
                arrived,
                sold,
                removed,
                corrected,
            };
            (flow, batch, life)
        })
}

proptest! {
    #[test]
    fn it_is_what_marking_every_piece_would_give(
        before in -5..10_i64,
        shelf_life in 1..4_i32,
        days in prop::collection::vec(any_day(), 0..8),
    ) {
        let first = day(1);
        let mut reference = Pieces::default();
        if before >= 0 {
            reference.put(crate::orders::best_before(day(0), shelf_life), before);
        } else {
            reference.owed = -before;
        }
        let (mut arrivals, mut flows) = (Vec::new(), Vec::new());
        for (at, (flow, batch, life)) in days.iter().enumerate() {
            let today = first + Days::new(at as u64);
            let good_until = today + Days::new(*life);
            arrivals.push(Arrival { lot_id: Uuid::from_u128(at as u128), day: today, best_before: good_until, quantity: *batch });
            flows.push((today, *flow));
            let of_batch = (*batch).min(flow.arrived);
            reference.put(good_until, of_batch);
            let unknown = crate::orders::best_before(today, shelf_life);
            reference.put(unknown, flow.arrived - of_batch + flow.corrected.max(0));
            reference.take(flow.sold, Some(today));
            reference.take(flow.removed, None);
            reference.put(unknown, -flow.removed);
            reference.take((-flow.corrected).max(0), None);
        }
        let shelf = ages(before, first, shelf_life, &arrivals, &flows);
        let sum: i64 = before + flows.iter().map(|(_, f)| f.change()).sum::<i64>();
        prop_assert_eq!(shelf.on_hand(), sum);
        prop_assert!(shelf.deficit >= 0 && shelf.rests.iter().all(|r| r.quantity > 0));
        prop_assert!(shelf.rests.is_sorted_by_key(|r| r.best_before));
        prop_assert_eq!(shelf.deficit, reference.owed);
        prop_assert_eq!(shelf.sold_expired, reference.sold_expired);
        prop_assert!(shelf.deficit == 0 || shelf.rests.is_empty());
        for offset in 0..14 {
            let on = day(offset);
            let marked = reference.there.iter().filter(|date| **date < on).count();
            prop_assert_eq!(shelf.expired(on), i64::try_from(marked).unwrap_or(i64::MAX));
            prop_assert_eq!(shelf.good(on) + shelf.expired(on), shelf.on_hand());
        }
    }
}
