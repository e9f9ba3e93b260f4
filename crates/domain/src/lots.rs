//! Which batch the goods on a shelf belong to. The ledger knows how much is there; what left is taken first-expired-first-out.
//!
//! Nothing of this is stored: it follows from the batches that arrived and from the sums of each trading day, so facts that
//! arrive late change it as they change the ledger, and it always adds up to on hand.

use chrono::NaiveDate;
use uuid::Uuid;

/// A batch that came to a shelf.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Arrival {
    pub lot_id: Uuid,
    /// Trading day on which it came.
    pub day: NaiveDate,
    /// Last trading day on which it can be sold.
    pub best_before: NaiveDate,
    /// Base units.
    pub quantity: i64,
}

/// Sums of what happened to a shelf on one trading day, in base units, as the ledger has them. Reversed bookings count where the booking stood.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DayFlow {
    /// Production, deliveries and transfers that came in, whether or not a batch explains them.
    pub arrived: i64,
    /// Sales, what batches used, and transfers that went out: what is good goes first. Where more went than was known to be
    /// good, it was of what there was. Positive = went.
    pub sold: i64,
    /// Waste and donations, of which the oldest go first, whether they are still good or not; less what customers brought back, as that is
    /// thrown away before anything else. Positive = went.
    pub removed: i64,
    /// Openings, corrections and differences of counts, signed.
    pub corrected: i64,
}

impl DayFlow {
    /// By how much on hand changed.
    #[must_use]
    pub const fn change(&self) -> i64 {
        self.arrived - self.sold - self.removed + self.corrected
    }
}

/// What is left of a batch, or of goods that no batch explains.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rest {
    /// `None`: goods of unknown origin, such as opening stock, returns and what a count found.
    pub lot_id: Option<Uuid>,
    pub arrived: NaiveDate,
    pub best_before: NaiveDate,
    /// Base units, more than zero.
    pub quantity: i64,
}

/// A shelf by age.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ages {
    /// First to expire first.
    pub rests: Vec<Rest>,
    /// Base units that left although none were known to be there; what comes next makes up for them. Above zero only where nothing rests.
    pub deficit: i64,
}

impl Ages {
    /// On hand: never anything but the sum of the ledger.
    #[must_use]
    pub fn on_hand(&self) -> i64 {
        self.rests.iter().map(|rest| rest.quantity).sum::<i64>() - self.deficit
    }

    /// Base units that can no longer be sold on a day: they can leave as waste or donation only.
    #[must_use]
    pub fn expired(&self, day: NaiveDate) -> i64 {
        self.of(|rest| rest.best_before < day)
    }

    /// Base units that can be sold on a day; below zero where more was sold than was known to be there.
    #[must_use]
    pub fn good(&self, day: NaiveDate) -> i64 {
        self.of(|rest| rest.best_before >= day) - self.deficit
    }

    /// The next best-before date among what can be sold on a day.
    #[must_use]
    pub fn next_best_before(&self, day: NaiveDate) -> Option<NaiveDate> {
        let good = |rest: &&Rest| rest.best_before >= day;
        self.rests.iter().find(good).map(|rest| rest.best_before)
    }

    fn of(&self, which: impl Fn(&Rest) -> bool) -> i64 {
        let those = self.rests.iter().filter(|rest| which(rest));
        those.map(|rest| rest.quantity).sum()
    }

    fn add(&mut self, mut rest: Rest) {
        let made_up = rest.quantity.min(self.deficit);
        self.deficit -= made_up;
        rest.quantity -= made_up;
        if rest.quantity > 0 {
            let key = |r: &Rest| (r.best_before, r.arrived);
            let place = self.rests.partition_point(|r| key(r) <= key(&rest));
            self.rests.insert(place, rest);
        }
    }

    /// Takes the first to expire, of those that are good on a day before those that are not; what is not there becomes a deficit.
    fn take(&mut self, wanted: i64, good_on: NaiveDate) {
        let left = self.take_where(wanted, |rest| rest.best_before >= good_on);
        self.remove(left);
    }

    /// Takes the first to expire, good or not.
    fn remove(&mut self, wanted: i64) {
        let left = self.take_where(wanted, |_| true);
        self.deficit += left;
    }

    fn take_where(&mut self, mut wanted: i64, which: impl Fn(&Rest) -> bool) -> i64 {
        for rest in self.rests.iter_mut().filter(|rest| which(rest)) {
            let taken = rest.quantity.min(wanted);
            rest.quantity -= taken;
            wanted -= taken;
        }
        self.rests.retain(|rest| rest.quantity > 0);
        wanted
    }
}

/// Nothing is read further back than this, however long it keeps: what is older counts as that old. Salt keeps for ten years, and what a
/// kitchen used of it since is too much to add up every time.
const MOST_DAYS_READ: u64 = 400;

/// How far back a shelf must be read: what came before has expired, and a week to notice that.
#[must_use]
pub fn days_to_read(shelf_life_days: i32) -> u64 {
    let keeps = u64::try_from(shelf_life_days.max(1)).unwrap_or(1);
    (keeps + 7).min(MOST_DAYS_READ)
}

/// A shelf by age, from what was there before the first day that is told, the batches since and each day's sums.
///
/// Goods that no batch explains are taken as made on the trading day on which they were found, those from before as made on the
/// day before the first. On a day goods come first, then they are sold, then thrown away.
#[must_use]
pub fn ages(
    before: i64,
    first: NaiveDate,
    shelf_life_days: i32,
    arrivals: &[Arrival],
    flows: &[(NaiveDate, DayFlow)],
) -> Ages {
    debug_assert!(flows.is_sorted_by(|a, b| a.0 < b.0));
    let mut shelf = Ages::default();
    let unknown = |day: NaiveDate, quantity: i64| Rest {
        lot_id: None,
        arrived: day,
        best_before: crate::orders::best_before(day, shelf_life_days),
        quantity,
    };
    if before >= 0 {
        let day = first.pred_opt().unwrap_or(first);
        shelf.add(unknown(day, before));
    } else {
        shelf.deficit = -before;
    }
    for (day, flow) in flows {
        let mut unexplained = flow.arrived;
        for lot in arrivals.iter().filter(|lot| lot.day == *day) {
            // A batch cannot have brought more than the ledger says came in.
            let quantity = lot.quantity.min(unexplained).max(0);
            unexplained -= quantity;
            shelf.add(Rest {
                lot_id: Some(lot.lot_id),
                arrived: *day,
                best_before: lot.best_before,
                quantity,
            });
        }
        let found = unexplained.max(0) + flow.corrected.max(0) + (-flow.sold).max(0);
        shelf.add(unknown(*day, found));
        shelf.take(flow.sold.max(0), *day);
        if flow.removed >= 0 {
            shelf.remove(flow.removed);
        } else {
            // More was brought back than thrown away that day: it lies there again, of unknown origin.
            shelf.add(unknown(*day, -flow.removed));
        }
        shelf.remove((-flow.corrected).max(0) + (-unexplained).max(0));
    }
    shelf
}

#[cfg(test)]
mod tests {
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
        let next = ages(0, day(0), 1, &arrivals, &flows);
        assert_eq!(quantities(&next), [(2, 3)]);
        // A count leaves exactly what was counted.
        let counted = DayFlow {
            corrected: -3,
            ..DayFlow::default()
        };
        let flows = [flows[0], flows[1], flows[2], (day(3), counted)];
        assert_eq!(ages(0, day(0), 1, &arrivals, &flows), Ages::default());
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
                        self.there.swap_remove(at);
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
            prop_assert!(shelf.deficit == 0 || shelf.rests.is_empty());
            for offset in 0..14 {
                let on = day(offset);
                let marked = reference.there.iter().filter(|date| **date < on).count();
                prop_assert_eq!(shelf.expired(on), i64::try_from(marked).unwrap_or(i64::MAX));
                prop_assert_eq!(shelf.good(on) + shelf.expired(on), shelf.on_hand());
            }
        }
    }
}
