//! Rules of standing orders: the same quantity on the same days of the week.

use chrono::{Datelike, NaiveDate};

/// Every day of the week: bit 0 is Monday, bit 6 is Sunday.
pub const EVERY_DAY: i32 = 0b111_1111;

/// A standing order with a last day runs at most this long, in days: ten years.
pub const MAX_DAYS: i64 = 3_660;

/// Why a standing order is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StandingRuleError {
    /// No day of the week, or bits that stand for none.
    #[error("choose at least one day of the week")]
    NoWeekday,
    /// It would end before it begins, or go on for longer than anybody plans.
    #[error("the last day must not lie before the first, nor more than {MAX_DAYS} days after it")]
    WrongEnd,
}

/// Refuses days of the week that are none.
///
/// # Errors
/// [`StandingRuleError::NoWeekday`].
pub const fn check_weekdays(weekdays: i32) -> Result<(), StandingRuleError> {
    if weekdays < 1 || weekdays > EVERY_DAY {
        Err(StandingRuleError::NoWeekday)
    } else {
        Ok(())
    }
}

/// Refuses a last day that makes no sense; without one it goes on until somebody ends it.
///
/// # Errors
/// [`StandingRuleError::WrongEnd`].
pub fn check_days(
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
) -> Result<(), StandingRuleError> {
    match valid_until {
        Some(until) if !(0..=MAX_DAYS).contains(&(until - valid_from).num_days()) => {
            Err(StandingRuleError::WrongEnd)
        }
        _ => Ok(()),
    }
}

/// Whether the day of the week is one of these (bit 0 is Monday).
#[must_use]
pub fn is_on(weekdays: i32, date: NaiveDate) -> bool {
    (weekdays >> date.weekday().num_days_from_monday()) & 1 == 1
}

/// Whether something is to be baked on the day; both ends are included.
#[must_use]
pub fn is_due(
    weekdays: i32,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    date: NaiveDate,
) -> bool {
    is_on(weekdays, date) && date >= valid_from && valid_until.is_none_or(|until| date <= until)
}

/// On which days a standing order makes an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Schedule {
    /// Bit 0 is Monday, bit 6 is Sunday.
    pub weekdays: i32,
    pub valid_from: NaiveDate,
    /// Last day, included.
    pub valid_until: Option<NaiveDate>,
}

/// The first day, from `since` on, on which both make an order.
#[must_use]
pub fn first_common_day(one: Schedule, other: Schedule, since: NaiveDate) -> Option<NaiveDate> {
    let from = one.valid_from.max(other.valid_from).max(since);
    let is_due_of = |schedule: Schedule, date| {
        is_due(
            schedule.weekdays,
            schedule.valid_from,
            schedule.valid_until,
            date,
        )
    };
    // Days of the week repeat after a week.
    from.iter_days()
        .take(7)
        .find(|date| is_due_of(one, *date) && is_due_of(other, *date))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A day of a week that begins on Monday, 2 March 2026.
    fn day(number: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 3, 1 + number).expect("a date")
    }

    #[test]
    fn it_is_due_on_its_weekdays_from_its_first_to_its_last_day() {
        let weekend = 0b110_0000;
        assert!(!is_due(weekend, day(1), None, day(5)));
        assert!(is_due(weekend, day(1), None, day(6)));
        assert!(is_due(weekend, day(6), Some(day(7)), day(7)));
        assert!(!is_due(weekend, day(7), None, day(6)));
        assert!(!is_due(weekend, day(1), Some(day(6)), day(7)));
    }

    #[test]
    fn days_of_the_week_are_one_to_seven_of_them() {
        for weekdays in [0, -1, EVERY_DAY + 1, i32::MIN, i32::MAX] {
            assert_eq!(check_weekdays(weekdays), Err(StandingRuleError::NoWeekday));
        }
        for weekdays in 1..=EVERY_DAY {
            assert_eq!(check_weekdays(weekdays), Ok(()));
        }
    }

    #[test]
    fn it_does_not_end_before_it_begins() {
        assert_eq!(check_days(day(3), None), Ok(()));
        assert_eq!(check_days(day(3), Some(day(3))), Ok(()));
        let wrong = Err(StandingRuleError::WrongEnd);
        assert_eq!(check_days(day(3), Some(day(2))), wrong);
        assert_eq!(check_days(day(3), Some(NaiveDate::MAX)), wrong);
        assert_eq!(check_days(NaiveDate::MAX, Some(NaiveDate::MIN)), wrong);
    }

    #[test]
    fn two_meet_on_a_day_that_both_have() {
        let schedule = |weekdays, from, until: Option<u32>| Schedule {
            weekdays,
            valid_from: day(from),
            valid_until: until.map(day),
        };
        let weekend = schedule(0b110_0000, 1, None);
        let always = schedule(EVERY_DAY, 3, None);
        assert_eq!(first_common_day(weekend, always, day(1)), Some(day(6)));
        assert_eq!(first_common_day(weekend, always, day(7)), Some(day(7)));
        let weekdays = schedule(0b001_1111, 1, None);
        assert_eq!(first_common_day(weekend, weekdays, day(1)), None);
        // The dates meet, and none of them is a Saturday or Sunday.
        let early = schedule(EVERY_DAY, 1, Some(5));
        assert_eq!(first_common_day(weekend, early, day(1)), None);
        let over = schedule(EVERY_DAY, 1, Some(6));
        assert_eq!(first_common_day(weekend, over, day(7)), None);
    }

    proptest! {
        /// Whatever the day, nothing earlier is common, and the order of the two does not matter.
        #[test]
        fn the_first_common_day_is_the_first(
            one in (1_i32..=EVERY_DAY, 1_u32..20, proptest::option::of(1_u32..20)),
            other in (1_i32..=EVERY_DAY, 1_u32..20, proptest::option::of(1_u32..20)),
        ) {
            let schedule = |(weekdays, from, until): (i32, u32, Option<u32>)| Schedule {
                weekdays,
                valid_from: day(from),
                valid_until: until.map(day),
            };
            let (one, other) = (schedule(one), schedule(other));
            let due = |s: Schedule, date| is_due(s.weekdays, s.valid_from, s.valid_until, date);
            let expected = day(1).iter_days().take(30).find(|d| due(one, *d) && due(other, *d));
            prop_assert_eq!(first_common_day(one, other, day(1)), expected);
            prop_assert_eq!(first_common_day(other, one, day(1)), expected);
        }

        /// In any seven days it is due as often as it has days of the week.
        #[test]
        fn a_week_has_each_day_once(weekdays in 1_i32..=EVERY_DAY, start in 0_u64..5_000) {
            let first = day(1) + chrono::Days::new(start);
            let due = first.iter_days().take(7).filter(|date| is_due(weekdays, day(1), None, *date));
            prop_assert_eq!(due.count() as u32, weekdays.count_ones());
        }
    }
}
