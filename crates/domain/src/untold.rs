//! A trading day of which no ticket is in: when will a shelf be empty, if people come as they usually do?
//!
//! Tills that send at night leave the shelf on the screen as it was in the morning, or as it was last counted. What is asked for from
//! then until closing is the share of the day's forecast that usually comes in those hours; the shelf is empty when as much has come as
//! was there:
//!
//! ```text
//! left of the day after minute s:  D * (1 - F(s))        F(m): share of the day's purchases by minute m
//! empty at the first minute m with m50(D) * (F(m) - F(s)) >= available
//! ```
//!
//! `F` is straight within each part of the day ([`crate::day_parts`]): what is bought in the morning is bought evenly over it.

use crate::day_parts::PARTS;
use crate::outlook::{Risk, Spread, missing, sell_out_risk};

/// Lines of tickets below which a shop's earlier days say nothing of when its customers come; as many as a shelf leans on.
pub const LEAST_LINES: i64 = 150;

/// Before this share of a usual day has come, in ten-thousandths, there may simply be no ticket yet: whoever sells later today tells then.
const EARLY_BP: i64 = 1_000;

/// The usual course of a shop's day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Course {
    /// Local minutes at which the parts begin, and closing.
    bounds: [i64; PARTS + 1],
    /// Share of the day's purchases that have come by then, from 0 to 1.
    reached: [f64; PARTS + 1],
}

impl Course {
    /// From the shares of the parts of a day; what falls into hours at which the shop is closed is left out. `None` where the shop does not
    /// close after it opens, or where nothing is left.
    #[must_use]
    pub fn new(
        shares: [f64; PARTS],
        (opens, closes): (i64, i64),
        (midday, afternoon): (i64, i64),
    ) -> Option<Self> {
        if closes <= opens {
            return None;
        }
        let midday = midday.clamp(opens, closes);
        let bounds = [opens, midday, afternoon.clamp(midday, closes), closes];
        let mut reached = [0.0; PARTS + 1];
        for (part, share) in shares.into_iter().enumerate() {
            let is_open = bounds[part + 1] > bounds[part];
            let share = if is_open { share.max(0.0) } else { 0.0 };
            reached[part + 1] = reached[part] + share;
        }
        let all = reached[PARTS];
        (all > 0.0).then(|| Self {
            bounds,
            reached: reached.map(|share| share / all),
        })
    }

    /// Share of the day's purchases that have come by a local minute, 0 before opening and 1 after closing.
    #[must_use]
    pub fn share_by(&self, minute: i64) -> f64 {
        let minute = minute.clamp(self.bounds[0], self.bounds[PARTS]);
        for part in 0..PARTS {
            let (from, until) = (self.bounds[part], self.bounds[part + 1]);
            if minute < until {
                let within = (minute - from) as f64 / (until - from) as f64;
                return self.reached[part] + (self.reached[part + 1] - self.reached[part]) * within;
            }
        }
        1.0
    }

    /// The first whole minute by which a share of the day's purchases has come; `None` where that is after closing.
    #[must_use]
    pub fn minute_of(&self, share: f64) -> Option<i64> {
        let (opens, closes) = (self.bounds[0], self.bounds[PARTS]);
        // Within a day there are few enough minutes, and rounding is that of the share itself.
        (opens..=closes).find(|minute| self.share_by(*minute) >= share - 1e-9)
    }

    /// Whether so much of a usual day has passed that a shop that sells all day would have sold something.
    #[must_use]
    pub fn is_late(&self, minute: i64) -> bool {
        self.share_by(minute) * 10_000.0 >= EARLY_BP as f64
    }
}

/// What becomes of a shelf by closing time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Projected {
    pub risk: Risk,
    /// Base units that are missing when it goes well (quantile 0.9).
    pub missing: i64,
    /// Local minute at which the shelf is empty on a middling day; `None` where something is left then.
    pub empty_at: Option<i64>,
}

/// What becomes of a shelf with `available` base units (there at the minute `since`, and on their way), on a day of this forecast.
#[must_use]
pub fn project(day: Spread, available: i64, course: &Course, since: i64) -> Projected {
    let gone = course.share_by(since);
    let left = day.scaled(1.0 - gone);
    let empty_at = if day.median > 0 && available.saturating_mul(1_000) < left.median {
        course.minute_of(gone + available.max(0) as f64 * 1_000.0 / day.median as f64)
    } else {
        None
    };
    Projected {
        risk: sell_out_risk(available, left),
        missing: missing(available, left),
        empty_at,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: Spread = Spread {
        low: 80_000,
        median: 100_000,
        high: 120_000,
        mean: 100_000,
    };

    /// Open from seven to nine; half by eleven, a quarter until three, a quarter after it.
    fn usual() -> Course {
        Course::new([0.5, 0.25, 0.25], (420, 1_260), (660, 900)).expect("a course")
    }

    #[test]
    fn a_day_passes_as_its_customers_come() {
        let course = usual();
        assert!(course.share_by(0).abs() < 1e-12);
        assert!((course.share_by(540) - 0.25).abs() < 1e-12);
        assert!((course.share_by(660) - 0.5).abs() < 1e-12);
        assert!((course.share_by(900) - 0.75).abs() < 1e-12);
        assert!((course.share_by(2_000) - 1.0).abs() < 1e-12);
        assert_eq!(course.minute_of(0.5), Some(660));
        assert_eq!(course.minute_of(0.0), Some(420));
        assert_eq!(course.minute_of(1.0), Some(1_260));
        assert_eq!(course.minute_of(1.01), None);
        // Three quarters of an hour after opening there may be no ticket yet, an hour after it there should be.
        assert!(!course.is_late(465) && course.is_late(480));
    }

    #[test]
    fn hours_at_which_the_shop_is_closed_take_no_part() {
        // Until two in the afternoon: what leans on other shops after three is nobody's.
        let course = Course::new([0.5, 0.25, 0.25], (420, 840), (660, 900)).expect("a course");
        assert!((course.share_by(660) - 2.0 / 3.0).abs() < 1e-12);
        assert!((course.share_by(840) - 1.0).abs() < 1e-12);
        let late = Course::new([0.5, 0.25, 0.25], (960, 1_260), (660, 900)).expect("a course");
        assert!((late.share_by(1_110) - 0.5).abs() < 1e-12);
        assert_eq!(Course::new([0.5, 0.25, 0.25], (0, 0), (660, 900)), None);
        assert_eq!(Course::new([0.0; 3], (420, 1_260), (660, 900)), None);
        assert_eq!(Course::new([1.0, 0.0, 0.0], (960, 1_260), (660, 900)), None);
    }

    #[test]
    fn a_shelf_of_the_morning_lasts_as_long_as_people_usually_take() {
        let course = usual();
        let short = project(DAY, 75, &course, 420);
        assert_eq!((short.risk, short.missing), (Risk::Likely, 45));
        // Three quarters of the day's customers have come by three.
        assert_eq!(short.empty_at, Some(900));
        let enough = project(DAY, 120, &course, 420);
        assert_eq!((enough.risk, enough.empty_at), (Risk::None, None));
        assert_eq!(project(DAY, 0, &course, 420).empty_at, Some(420));
        assert_eq!(project(DAY, 110, &course, 420).risk, Risk::Possible);
    }

    #[test]
    fn what_was_counted_at_noon_has_only_the_rest_of_the_day_before_it() {
        let course = usual();
        // The same thirty: of the morning too few, at three enough for the quarter that still comes.
        assert_eq!(project(DAY, 30, &course, 420).risk, Risk::Likely);
        let counted = project(DAY, 30, &course, 900);
        assert_eq!((counted.risk, counted.empty_at), (Risk::None, None));
        let few = project(DAY, 10, &course, 900);
        assert_eq!((few.risk, few.missing), (Risk::Likely, 20));
        // Ten of the hundred are a tenth of the day: two fifths of the hours from three to nine.
        assert_eq!(few.empty_at, Some(1_044));
        assert_eq!(project(DAY, 0, &course, 1_260).risk, Risk::None);
    }

    proptest! {
        #[test]
        fn a_course_never_goes_back(
            shares in prop::array::uniform3(0.0..1.0_f64), opens in 0..1_000_i64, hours in 1..600_i64,
            midday in 1..1_438_i64, more in 1..600_i64, at in 0..1_500_i64,
        ) {
            if let Some(course) = Course::new(shares, (opens, opens + hours), (midday, midday + more)) {
                let (now, then) = (course.share_by(at), course.share_by(at + 5));
                prop_assert!((0.0..=1.0 + 1e-9).contains(&now) && now <= then + 1e-9);
                prop_assert!((course.share_by(opens + hours) - 1.0).abs() < 1e-9);
                let reached = course.minute_of(now);
                prop_assert!(reached.is_some_and(|minute| minute <= at.max(opens)));
            }
        }

        #[test]
        fn it_runs_empty_before_closing_exactly_where_that_is_likely(
            available in 0..200_i64, since in 300..1_300_i64, median in 1_000..150_000_i64, more in 0..50_000_i64,
        ) {
            let course = usual();
            let day = Spread { low: 0, median, high: median + more, mean: median };
            let told = project(day, available, &course, since);
            prop_assert_eq!(told.risk == Risk::Likely, told.empty_at.is_some());
            if let Some(minute) = told.empty_at {
                prop_assert!((420..=1_260).contains(&minute));
            }
            let better = project(day, available + 10, &course, since);
            prop_assert!(better.risk <= told.risk && better.missing <= told.missing);
            let later = project(day, available, &course, since + 60);
            prop_assert!(later.risk <= told.risk);
        }
    }
}
