//! Which days a batch must feed.

use crate::ReplenishmentPolicy;
use chrono::{Days, NaiveDate};

/// Days that an order of goods that keep should last, shelf life permitting.
const KEEPING_DAYS: i32 = 7;

/// A day without baking is bridged for at most a week.
const LOOK_AHEAD: u64 = 7;

/// The days that a batch must feed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cover {
    /// First day on which the batch can be sold: production date plus lead time.
    pub available_on: NaiveDate,
    /// Days until the next batch can be there.
    pub until_next: u32,
    /// Days that the batch must feed, never more than the shelf life.
    pub days: u32,
}

impl Cover {
    /// The covered days, ascending.
    pub fn dates(&self, days: u32) -> impl Iterator<Item = NaiveDate> + use<> {
        self.available_on.iter_days().take(days as usize)
    }
}

/// Which days a batch made on `production_date` must feed; `None` where nothing is baked that day.
///
/// Fresh goods last until the next batch arrives, or until they spoil; goods that keep are made for a week, or until
/// they spoil. The shelf life is counted from the day on which the batch is there.
#[must_use]
pub fn cover(
    policy: ReplenishmentPolicy,
    production_date: NaiveDate,
    lead_time_days: i32,
    shelf_life_days: i32,
    bakes_on: impl Fn(NaiveDate) -> bool,
) -> Option<Cover> {
    if !bakes_on(production_date) {
        return None;
    }
    let lead = u64::try_from(lead_time_days.max(0)).unwrap_or(0);
    let shelf_life = shelf_life_days.max(1);
    let next = (1..=LOOK_AHEAD)
        .find(|d| bakes_on(production_date + Days::new(*d)))
        .unwrap_or(LOOK_AHEAD);
    let until_next = i32::try_from(next).unwrap_or(1);
    let wanted = match policy {
        ReplenishmentPolicy::Newsvendor => until_next,
        ReplenishmentPolicy::ReorderPoint => KEEPING_DAYS.max(until_next),
    };
    Some(Cover {
        available_on: production_date + Days::new(lead),
        until_next: until_next.min(shelf_life).unsigned_abs(),
        days: wanted.min(shelf_life).unsigned_abs(),
    })
}

/// How long a shelf lasts at expected demand, in tenths of a day, at most as long as `daily_milli` reaches; `None`
/// where nothing is expected to be asked for. `daily_milli` is the demand per day from today, in thousandths.
#[must_use]
pub fn cover_days_x10(on_hand: i64, daily_milli: &[i64]) -> Option<i64> {
    if daily_milli.iter().all(|mean| *mean <= 0) {
        return None;
    }
    let mut left = on_hand.max(0).saturating_mul(1_000);
    for (day, mean) in daily_milli.iter().enumerate() {
        if *mean > left {
            return Some(day as i64 * 10 + left.saturating_mul(10) / mean);
        }
        left -= (*mean).max(0);
    }
    Some(daily_milli.len() as i64 * 10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{Datelike, Weekday};

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    #[test]
    fn fresh_goods_last_until_the_next_baking_day() {
        let closed_on_sunday = |d: NaiveDate| d.weekday() != Weekday::Sun;
        let friday = day("2026-11-20");
        let plain = cover(
            ReplenishmentPolicy::Newsvendor,
            friday,
            0,
            3,
            closed_on_sunday,
        )
        .expect("baked");
        assert_eq!((plain.available_on, plain.days), (friday, 1));
        let saturday = cover(
            ReplenishmentPolicy::Newsvendor,
            day("2026-11-21"),
            0,
            3,
            closed_on_sunday,
        )
        .expect("baked");
        assert_eq!((saturday.until_next, saturday.days), (2, 2));
        let spoils = cover(
            ReplenishmentPolicy::Newsvendor,
            day("2026-11-21"),
            0,
            1,
            closed_on_sunday,
        )
        .expect("baked");
        assert_eq!(spoils.days, 1);
        assert_eq!(
            cover(
                ReplenishmentPolicy::Newsvendor,
                day("2026-11-22"),
                0,
                3,
                closed_on_sunday
            ),
            None
        );
    }

    #[test]
    fn days_of_cover_walk_along_the_forecast() {
        assert_eq!(cover_days_x10(25, &[10_000, 10_000, 10_000]), Some(25));
        assert_eq!(cover_days_x10(25, &[10_000, 0, 10_000, 10_000]), Some(35));
        assert_eq!(cover_days_x10(0, &[10_000]), Some(0));
        assert_eq!(cover_days_x10(-4, &[10_000]), Some(0));
        assert_eq!(cover_days_x10(500, &[10_000; 14]), Some(140));
        assert_eq!(cover_days_x10(5, &[0; 14]), None);
    }

    #[test]
    fn goods_that_keep_are_made_for_a_week_and_lead_time_moves_the_window() {
        let c = cover(
            ReplenishmentPolicy::ReorderPoint,
            day("2026-11-20"),
            2,
            30,
            |_| true,
        )
        .expect("baked");
        assert_eq!(
            (c.available_on, c.until_next, c.days),
            (day("2026-11-22"), 1, 7)
        );
        assert_eq!(c.dates(c.days).last(), Some(day("2026-11-28")));
        let short = cover(
            ReplenishmentPolicy::ReorderPoint,
            day("2026-11-20"),
            0,
            4,
            |_| true,
        )
        .expect("baked");
        assert_eq!(short.days, 4);
    }
}
