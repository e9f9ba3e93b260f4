//! What a kitchen can bake and mix: trays by the hour, dough by the mixer.
//!
//! An oven that bakes `r` trays an hour from minute `s` on has baked `r * (m - s) / 60` of them by minute `m`. What is due first is
//! baked first (earliest deadline first, which is late only where every other order would be late too): a plan fits if and only if, at
//! every deadline, the trays that are due until then are no more than the oven has baked.

use std::collections::BTreeMap;

/// Minutes of an hour.
const HOUR: i64 = 60;

/// The largest number of trays, and of minutes from midnight, that is counted with: beyond it everything is too much.
const MOST: i64 = 1_000_000_000;

/// Trays that must be out of the oven at a minute of the kitchen's day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Due {
    /// Minutes after the kitchen's midnight; past 1440 the day after, below 0 the day before.
    pub minute: i64,
    pub trays: i64,
}

/// How a plan stands at one of its deadlines.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deadline {
    pub minute: i64,
    /// Due until then, those of earlier deadlines among them.
    pub trays: i64,
    /// What the oven bakes until then.
    pub capacity: i64,
    /// When the last of them is out.
    pub done_minute: i64,
}

impl Deadline {
    /// Trays that are not out in time; 0 where all are.
    #[must_use]
    pub fn too_many(&self) -> i64 {
        (self.trays - self.capacity).max(0)
    }

    /// Minutes by which the last tray is late; 0 where it is not.
    #[must_use]
    pub fn late_minutes(&self) -> i64 {
        (self.done_minute - self.minute).max(0)
    }

    /// Trays due against what the oven bakes, in basis points; beyond a hundred times too much it stays at that.
    #[must_use]
    pub fn load_bp(&self) -> i64 {
        if self.trays == 0 {
            return 0;
        }
        (self.trays * 10_000 / self.capacity.max(1)).min(1_000_000)
    }
}

/// Every deadline of a plan, the earliest first. Nothing due is no deadline.
#[must_use]
pub fn deadlines(due: &[Due], trays_per_hour: i64, from_minute: i64) -> Vec<Deadline> {
    let rate = trays_per_hour.clamp(1, MOST);
    let from = from_minute.clamp(-MOST, MOST);
    let mut by_minute: BTreeMap<i64, i64> = BTreeMap::new();
    for due in due.iter().filter(|due| due.trays > 0) {
        let trays = by_minute.entry(due.minute.clamp(-MOST, MOST)).or_insert(0);
        *trays = trays.saturating_add(due.trays).min(MOST);
    }
    let mut trays = 0_i64;
    by_minute
        .into_iter()
        .map(|(minute, due)| {
            trays = trays.saturating_add(due).min(MOST);
            // Upwards: a tray that is in the oven for a part of a minute is out when the minute is over.
            let needed = (trays * HOUR + rate - 1) / rate;
            Deadline {
                minute,
                trays,
                capacity: (minute - from).max(0).saturating_mul(rate) / HOUR,
                done_minute: from + needed,
            }
        })
        .collect()
}

/// The deadline that is missed most: by minutes, then by trays; `None` where the plan fits.
#[must_use]
pub fn worst(deadlines: &[Deadline]) -> Option<Deadline> {
    let missed = deadlines.iter().filter(|deadline| deadline.too_many() > 0);
    missed
        .max_by_key(|deadline| {
            (
                deadline.late_minutes(),
                deadline.too_many(),
                std::cmp::Reverse(deadline.minute),
            )
        })
        .copied()
}

/// Trays for a quantity, the last one perhaps not full.
#[must_use]
pub fn trays_of(quantity: i64, tray: i64) -> i64 {
    let tray = tray.max(1);
    quantity.max(0) / tray + i64::from(quantity.max(0) % tray > 0)
}

/// A dough in the mixer: as few mixes as hold it, all alike to a gram.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixes {
    pub count: i64,
    /// Grams of each.
    pub grams: i64,
    /// So many of them, the first ones, hold a gram more, so that together they are the dough.
    pub with_one_more: i64,
}

/// Splits `total_grams` of dough for a mixer of `capacity` grams; without a capacity it is one mix, without dough none.
#[must_use]
pub fn mixes(total_grams: i64, capacity: Option<i64>) -> Mixes {
    let total = total_grams.max(0);
    if total == 0 {
        return Mixes {
            count: 0,
            grams: 0,
            with_one_more: 0,
        };
    }
    let count = capacity.map_or(1, |capacity| trays_of(total, capacity));
    Mixes {
        count,
        grams: total / count,
        with_one_more: total % count,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn due(minute: i64, trays: i64) -> Due {
        Due { minute, trays }
    }

    #[test]
    fn what_is_due_first_is_baked_first() {
        // 30 trays an hour from four in the morning: 90 by seven.
        let plan = [due(660, 60), due(420, 60), due(420, 20)];
        let found = deadlines(&plan, 30, 240);
        assert_eq!(
            found,
            [
                Deadline {
                    minute: 420,
                    trays: 80,
                    capacity: 90,
                    done_minute: 400
                },
                Deadline {
                    minute: 660,
                    trays: 140,
                    capacity: 210,
                    done_minute: 520
                },
            ]
        );
        assert_eq!(found[0].load_bp(), 8_888);
        assert_eq!(worst(&found), None);
    }

    #[test]
    fn what_does_not_fit_says_by_how_much_and_how_late() {
        let found = deadlines(&[due(420, 114), due(660, 1)], 30, 240);
        let worst = worst(&found).expect("too much");
        assert_eq!((worst.minute, worst.too_many()), (420, 24));
        // 114 trays at 30 an hour are 228 minutes: until 7:48.
        assert_eq!((worst.done_minute, worst.late_minutes()), (468, 48));
        assert_eq!(found[1].too_many(), 0);
    }

    #[test]
    fn an_oven_that_is_hot_too_late_bakes_nothing_in_time() {
        let found = deadlines(&[due(420, 1)], 60, 420);
        assert_eq!((found[0].capacity, found[0].too_many()), (0, 1));
        assert_eq!(found[0].late_minutes(), 1);
        assert_eq!(found[0].load_bp(), 10_000);
        assert!(deadlines(&[due(420, 0), due(420, -4)], 60, 240).is_empty());
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let found = deadlines(
            &[due(i64::MAX, i64::MAX), due(i64::MIN, i64::MAX)],
            1,
            i64::MAX,
        );
        assert!(worst(&found).is_some());
        assert!(found.iter().all(|d| d.load_bp() <= 1_000_000));
    }

    #[test]
    fn a_dough_is_split_into_equal_mixes() {
        let split = |total, capacity| {
            let mixes = mixes(total, capacity);
            (mixes.count, mixes.grams, mixes.with_one_more)
        };
        assert_eq!(split(200_000, Some(80_000)), (3, 66_666, 2));
        assert_eq!(split(160_000, Some(80_000)), (2, 80_000, 0));
        assert_eq!(split(160_001, Some(80_000)), (3, 53_333, 2));
        assert_eq!(split(5_000, Some(80_000)), (1, 5_000, 0));
        assert_eq!(split(200_000, None), (1, 200_000, 0));
        assert_eq!(split(0, Some(80_000)), (0, 0, 0));
        assert_eq!(split(-7, None), (0, 0, 0));
    }

    #[test]
    fn the_last_tray_counts_also_when_it_is_not_full() {
        assert_eq!(
            [
                trays_of(24, 12),
                trays_of(25, 12),
                trays_of(-3, 12),
                trays_of(3, 0)
            ],
            [2, 3, 0, 3]
        );
    }

    proptest! {
        /// Tray by tray in the order of their deadlines: the plan fits exactly where none comes out too late.
        #[test]
        fn a_plan_fits_if_no_tray_is_late(
            plan in prop::collection::vec((0_i64..1_440, 0_i64..40), 0..12), rate in 1_i64..200, from in 0_i64..600,
        ) {
            let plan: Vec<Due> = plan.into_iter().map(|(minute, trays)| due(minute, trays)).collect();
            let mut trays: Vec<i64> = plan
                .iter()
                .flat_map(|due| vec![due.minute; usize::try_from(due.trays).expect("few")])
                .collect();
            trays.sort_unstable();
            // In sixtieths of a minute times the rate, so that nothing is rounded.
            let is_late = |(place, minute): (usize, &i64)| {
                let out = i64::try_from(place).expect("few") + 1;
                out * 60 > (minute - from).max(0) * rate
            };
            let fits = !trays.iter().enumerate().any(is_late);
            let found = deadlines(&plan, rate, from);
            prop_assert_eq!(worst(&found).is_none(), fits);
            prop_assert_eq!(found.last().map_or(0, |d| d.trays), i64::try_from(trays.len()).expect("few"));
            for deadline in &found {
                prop_assert_eq!(deadline.too_many() > 0, deadline.trays > deadline.capacity);
                prop_assert_eq!(deadline.late_minutes() > 0, deadline.too_many() > 0);
            }
        }

        #[test]
        fn mixes_hold_the_dough_and_fit_the_mixer(total in 1_i64..10_000_000, capacity in 1_000_i64..500_000) {
            let mixes = mixes(total, Some(capacity));
            prop_assert_eq!(mixes.count * mixes.grams + mixes.with_one_more, total);
            prop_assert!(mixes.with_one_more < mixes.count);
            prop_assert!(mixes.grams + i64::from(mixes.with_one_more > 0) <= capacity);
            // One mix fewer would not hold it.
            prop_assert!((mixes.count - 1) * capacity < total);
        }
    }
}
