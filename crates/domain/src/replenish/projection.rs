//! What will still be on the shelf when a batch arrives: leaving stock is taken first-expired-first-out, what spoils is lost.

use chrono::NaiveDate;

/// Goods that are there, or that will be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch {
    /// Base units.
    pub quantity: i64,
    /// From when it can be sold.
    pub from: NaiveDate,
    /// Last day on which it can be sold.
    pub last_day: NaiveDate,
    /// Not made yet.
    pub pending: bool,
}

/// Stock at the start of a day, in base units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Projection {
    /// Left of what is there now, and still good.
    pub usable: i64,
    /// Left of what pending orders bring until then.
    pub pending: i64,
    /// Spoilt until then, unsold: projected waste.
    pub spoilt: i64,
}

/// Runs the shelf forward from `today` to the start of `available_on`.
///
/// `demand` gives the expected demand of a day in thousandths of the base unit; for today it is what is still to come.
/// Batches that arrive on `available_on` count in full.
#[must_use]
pub fn project(
    batches: &[Batch],
    today: NaiveDate,
    available_on: NaiveDate,
    demand: impl Fn(NaiveDate) -> i64,
) -> Projection {
    let mut shelf: Vec<(Batch, i64)> = batches
        .iter()
        .map(|b| (*b, b.quantity.max(0).saturating_mul(1_000)))
        .collect();
    shelf.sort_by_key(|(b, _)| (b.last_day, b.from));
    let mut spoilt = 0;
    for day in today.iter_days().take_while(|d| *d < available_on) {
        let mut wanted = demand(day).max(0);
        for (batch, left) in shelf
            .iter_mut()
            .filter(|(b, _)| b.from <= day && b.last_day >= day)
        {
            let taken = wanted.min(*left);
            *left -= taken;
            wanted -= taken;
            if batch.last_day == day {
                spoilt += *left;
                *left = 0;
            }
        }
    }
    let mut end = Projection {
        spoilt: spoilt / 1_000,
        ..Projection::default()
    };
    for (batch, left) in shelf.iter().filter(|(b, _)| b.from <= available_on) {
        if batch.last_day < available_on {
            end.spoilt += left / 1_000;
        } else if batch.pending {
            end.pending += left / 1_000;
        } else {
            end.usable += left / 1_000;
        }
    }
    end
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::Days;
    use proptest::prelude::*;

    fn day(offset: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date") + Days::new(offset)
    }

    fn batch(quantity: i64, from: u64, last: u64, pending: bool) -> Batch {
        Batch {
            quantity,
            from: day(from),
            last_day: day(last),
            pending,
        }
    }

    #[test]
    fn yesterdays_bread_is_gone_this_morning() {
        let old = Batch {
            quantity: 12,
            from: day(0) - Days::new(1),
            last_day: day(0) - Days::new(1),
            pending: false,
        };
        assert_eq!(
            project(&[old], day(0), day(0), |_| 0),
            Projection {
                usable: 0,
                pending: 0,
                spoilt: 12
            }
        );
    }

    #[test]
    fn what_expires_first_leaves_first_and_the_rest_waits() {
        let batches = [batch(10, 0, 3, false), batch(6, 0, 1, false)];
        // 4 a day over two days: 6 of the older batch are sold with 2 of the younger.
        assert_eq!(
            project(&batches, day(0), day(2), |_| 4_000),
            Projection {
                usable: 8,
                pending: 0,
                spoilt: 0
            }
        );
        // 1 a day: of the older batch 4 spoil.
        assert_eq!(
            project(&batches, day(0), day(2), |_| 1_000),
            Projection {
                usable: 10,
                pending: 0,
                spoilt: 4
            }
        );
    }

    #[test]
    fn what_is_on_its_way_is_told_apart() {
        let batches = [
            batch(3, 0, 9, false),
            batch(20, 1, 9, true),
            batch(50, 5, 9, true),
        ];
        assert_eq!(
            project(&batches, day(0), day(1), |_| 2_000),
            Projection {
                usable: 1,
                pending: 20,
                spoilt: 0
            }
        );
        assert_eq!(
            project(&[batch(-7, 0, 9, false)], day(0), day(0), |_| 0),
            Projection::default()
        );
    }

    proptest! {
        #[test]
        fn nothing_appears_and_nothing_is_negative(
            quantities in prop::collection::vec((0..500_i64, 0..5_u64, 0..8_u64, any::<bool>()), 0..8),
            until in 0..7_u64,
            daily in 0..300_000_i64,
        ) {
            let batches: Vec<Batch> = quantities.iter().map(|(q, f, l, p)| batch(*q, *f, (*f).max(*l), *p)).collect();
            let end = project(&batches, day(0), day(until), |_| daily);
            let total: i64 = batches.iter().filter(|b| b.from <= day(until)).map(|b| b.quantity).sum();
            prop_assert!(end.usable >= 0 && end.pending >= 0 && end.spoilt >= 0);
            prop_assert!(end.usable + end.pending + end.spoilt <= total);
        }
    }
}
