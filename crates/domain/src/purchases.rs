//! Rules of purchases: ordered from a supplier, received at once or in parts, closed short, cancelled.

use crate::PurchaseStatus;
use crate::stock::MAX_QUANTITY;
use chrono::{Days, NaiveDate};

/// Ingredients of one purchase.
pub const MAX_LINES: usize = 200;

/// How far ahead a delivery may be expected, in days.
pub const MAX_DAYS_AHEAD: u64 = 365;

/// Why a purchase is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PurchaseRuleError {
    /// Everything came, or somebody closed or cancelled it.
    #[error("a purchase that is {status} cannot do this")]
    Over { status: PurchaseStatus },
    /// No line, too many, or an ingredient twice.
    #[error("a purchase has 1 to {MAX_LINES} ingredients, each once")]
    Lines,
    /// An ingredient that was not ordered.
    #[error("this ingredient is not part of the purchase")]
    ForeignLine,
    /// Negative or absurd.
    #[error("quantities are whole, not negative and at most {MAX_QUANTITY}")]
    QuantityOutOfRange,
    /// Nothing came, and nothing came before.
    #[error("nothing was received; a purchase of which nothing comes is cancelled")]
    NothingReceived,
    /// More than was ordered, or less and no more is expected, and nobody says why.
    #[error("another quantity than was ordered needs a reason")]
    ReasonMissing,
    /// Before the order, or absurdly late.
    #[error("a delivery is expected within {MAX_DAYS_AHEAD} days from today")]
    ExpectedOutOfRange,
    /// Expired when it came, or keeps longer than the ingredient does.
    #[error("best before is between {first} and {last}, as long as the ingredient keeps")]
    BestBeforeOutOfRange { first: NaiveDate, last: NaiveDate },
}

/// Whether something of it is still expected.
#[must_use]
pub const fn is_open(status: PurchaseStatus) -> bool {
    matches!(
        status,
        PurchaseStatus::Open | PurchaseStatus::PartlyReceived
    )
}

/// What is still on order of a line, in base units: what was ordered less what came, never below zero; nothing of what is over.
#[must_use]
pub fn outstanding(status: PurchaseStatus, ordered: i64, received: i64) -> i64 {
    if is_open(status) {
        ordered.saturating_sub(received).max(0)
    } else {
        0
    }
}

/// The day on which a delivery should come: that of the order and as many as the supplier takes.
#[must_use]
pub fn expected_on(ordered_on: NaiveDate, lead_time_days: i32) -> NaiveDate {
    let days = u64::try_from(lead_time_days).unwrap_or(0);
    ordered_on
        .checked_add_days(Days::new(days))
        .unwrap_or(ordered_on)
}

/// A day that somebody says, instead of the one that follows from the supplier.
///
/// # Errors
/// [`PurchaseRuleError::ExpectedOutOfRange`].
pub fn check_expected(today: NaiveDate, expected: NaiveDate) -> Result<(), PurchaseRuleError> {
    let last = today
        .checked_add_days(Days::new(MAX_DAYS_AHEAD))
        .unwrap_or(NaiveDate::MAX);
    if (today..=last).contains(&expected) {
        Ok(())
    } else {
        Err(PurchaseRuleError::ExpectedOutOfRange)
    }
}

/// Whether the day on which it should have come has passed. It still counts as on order: only a person knows that it will not come.
#[must_use]
pub fn is_late(status: PurchaseStatus, expected_on: NaiveDate, today: NaiveDate) -> bool {
    is_open(status) && expected_on < today
}

/// What is best before a day cannot have expired when it comes, and keeps no longer than its ingredient: older goods are read no further back.
///
/// # Errors
/// [`PurchaseRuleError::BestBeforeOutOfRange`].
pub fn check_best_before(
    today: NaiveDate,
    shelf_life_days: i32,
    best_before: NaiveDate,
) -> Result<(), PurchaseRuleError> {
    let last = crate::orders::best_before(today, shelf_life_days);
    if (today..=last).contains(&best_before) {
        Ok(())
    } else {
        Err(PurchaseRuleError::BestBeforeOutOfRange { first: today, last })
    }
}

/// What a pack of `now` base units costs where one of `then` costs `price_minor`, in minor units, rounded to the nearest: an ingredient
/// may be bought in other packs by the time that its purchase comes.
#[must_use]
pub fn price_of_pack(price_minor: i64, then: i64, now: i64) -> i64 {
    let (then, now) = (i128::from(then.max(1)), i128::from(now.max(1)));
    let price = (i128::from(price_minor) * now * 2 + then).div_euclid(then * 2);
    i64::try_from(price).unwrap_or(i64::MAX)
}

/// A line of a purchase, and what comes of it now. Base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Coming {
    pub ordered: i64,
    /// Before now.
    pub received: i64,
    pub came: i64,
}

impl Coming {
    /// Whether it differs from what was ordered and will stay so: more came, or less and no more is expected.
    #[must_use]
    pub fn differs(self, close_rest: bool) -> bool {
        let open = self.ordered.saturating_sub(self.received).max(0);
        self.came > open || (close_rest && self.came < open)
    }
}

/// Where a purchase stands after a delivery of `lines`, which are all of its lines. With `close_rest` no more of it is expected.
///
/// # Errors
/// [`PurchaseRuleError::Over`], [`PurchaseRuleError::QuantityOutOfRange`], [`PurchaseRuleError::NothingReceived`],
/// [`PurchaseRuleError::ReasonMissing`].
pub fn receive(
    status: PurchaseStatus,
    lines: &[Coming],
    close_rest: bool,
    has_reason: bool,
) -> Result<PurchaseStatus, PurchaseRuleError> {
    if !is_open(status) {
        return Err(PurchaseRuleError::Over { status });
    }
    if lines
        .iter()
        .any(|line| !(0..=MAX_QUANTITY).contains(&line.came))
    {
        return Err(PurchaseRuleError::QuantityOutOfRange);
    }
    let came = lines.iter().any(|line| line.came > 0);
    let came_before = lines.iter().any(|line| line.received > 0);
    let ends_it = close_rest && came_before;
    if !came && !ends_it {
        return Err(PurchaseRuleError::NothingReceived);
    }
    if !has_reason && lines.iter().any(|line| line.differs(close_rest)) {
        return Err(PurchaseRuleError::ReasonMissing);
    }
    let all = lines
        .iter()
        .all(|line| line.received.saturating_add(line.came) >= line.ordered);
    Ok(if all || close_rest {
        PurchaseStatus::Received
    } else {
        PurchaseStatus::PartlyReceived
    })
}

/// Where a purchase stands of which no more will come: what came before stays, and then it is received.
///
/// # Errors
/// [`PurchaseRuleError::Over`].
pub const fn cancel(status: PurchaseStatus) -> Result<PurchaseStatus, PurchaseRuleError> {
    match status {
        PurchaseStatus::Open => Ok(PurchaseStatus::Cancelled),
        PurchaseStatus::PartlyReceived => Ok(PurchaseStatus::Received),
        PurchaseStatus::Received | PurchaseStatus::Cancelled => {
            Err(PurchaseRuleError::Over { status })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PurchaseStatus as S;
    use proptest::prelude::*;

    fn day(offset: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date") + Days::new(offset)
    }

    fn line(ordered: i64, received: i64, came: i64) -> Coming {
        Coming {
            ordered,
            received,
            came,
        }
    }

    #[test]
    fn a_delivery_is_all_a_part_or_more() {
        let (all, part, more) = (line(50, 0, 50), line(50, 0, 20), line(50, 0, 60));
        assert_eq!(receive(S::Open, &[all], false, false), Ok(S::Received));
        assert_eq!(
            receive(S::Open, &[part], false, false),
            Ok(S::PartlyReceived)
        );
        assert_eq!(
            receive(S::Open, &[all, part], false, false),
            Ok(S::PartlyReceived)
        );
        let missing = Err(PurchaseRuleError::ReasonMissing);
        assert_eq!(receive(S::Open, &[more], false, false), missing);
        assert_eq!(receive(S::Open, &[more], false, true), Ok(S::Received));
        assert_eq!(receive(S::Open, &[part], true, false), missing);
        assert_eq!(receive(S::Open, &[part], true, true), Ok(S::Received));
        let rest = line(50, 20, 30);
        assert_eq!(
            receive(S::PartlyReceived, &[rest], false, false),
            Ok(S::Received)
        );
        // Nothing more comes of what came in part; of what never came nothing is received.
        let none = line(50, 20, 0);
        assert_eq!(
            receive(S::PartlyReceived, &[none], true, true),
            Ok(S::Received)
        );
        for (line, close) in [(none, false), (line(50, 0, 0), true)] {
            let refused = receive(S::Open, &[line], close, true);
            assert_eq!(refused, Err(PurchaseRuleError::NothingReceived));
        }
        for came in [-1, MAX_QUANTITY + 1] {
            let refused = receive(S::Open, &[line(50, 0, came)], false, true);
            assert_eq!(refused, Err(PurchaseRuleError::QuantityOutOfRange));
        }
        for status in [S::Received, S::Cancelled] {
            let over = PurchaseRuleError::Over { status };
            assert_eq!(receive(status, &[all], false, true), Err(over));
            assert_eq!(cancel(status), Err(over));
        }
        assert_eq!(cancel(S::Open), Ok(S::Cancelled));
        assert_eq!(cancel(S::PartlyReceived), Ok(S::Received));
    }

    #[test]
    fn a_price_follows_its_pack() {
        assert_eq!(price_of_pack(2_100, 25_000, 25_000), 2_100);
        assert_eq!(price_of_pack(2_100, 25_000, 10_000), 840);
        assert_eq!(price_of_pack(2_100, 10_000, 25_000), 5_250);
        // 66.67 and 33.33.
        assert_eq!(price_of_pack(100, 3, 2), 67);
        assert_eq!(price_of_pack(100, 3, 1), 33);
        assert_eq!(price_of_pack(0, 25_000, 10_000), 0);
        assert_eq!(price_of_pack(i64::MAX, 1, MAX_QUANTITY), i64::MAX);
    }

    #[test]
    fn days_follow_from_the_supplier_and_the_ingredient() {
        assert_eq!(expected_on(day(0), 3), day(3));
        assert_eq!(expected_on(day(0), -1), day(0));
        assert!(!is_late(S::Open, day(3), day(3)));
        assert!(is_late(S::PartlyReceived, day(3), day(4)));
        assert!(!is_late(S::Received, day(3), day(4)));
        assert_eq!(check_expected(day(0), day(0)), Ok(()));
        assert_eq!(check_expected(day(0), day(MAX_DAYS_AHEAD)), Ok(()));
        for absurd in [day(MAX_DAYS_AHEAD + 1), NaiveDate::MIN, NaiveDate::MAX] {
            assert_eq!(
                check_expected(day(0), absurd),
                Err(PurchaseRuleError::ExpectedOutOfRange)
            );
        }
        // Milk that keeps for four days: the day on which it comes is the first.
        for (best_before, good) in [(day(0), true), (day(3), true), (day(4), false)] {
            assert_eq!(check_best_before(day(0), 4, best_before).is_ok(), good);
        }
        assert!(check_best_before(day(1), 4, day(0)).is_err());
    }

    proptest! {
        /// However it comes in parts, what is outstanding and what came add up to what was ordered until all of it came; then nothing is.
        #[test]
        fn what_came_and_what_is_outstanding_add_up(ordered in 1..10_000_i64, parts in proptest::collection::vec(1..4_000_i64, 1..12)) {
            let (mut status, mut received) = (S::Open, 0);
            for came in parts {
                let coming = line(ordered, received, came);
                match receive(status, &[coming], false, true) {
                    Ok(next) => {
                        status = next;
                        received += came;
                    }
                    Err(error) => {
                        prop_assert_eq!(error, PurchaseRuleError::Over { status });
                        prop_assert!(received >= ordered);
                    }
                }
                let open = outstanding(status, ordered, received);
                prop_assert_eq!(open, (ordered - received).max(0));
                prop_assert_eq!(open == 0, status == S::Received);
            }
            prop_assert_eq!(outstanding(S::Cancelled, ordered, received), 0);
        }
    }
}
