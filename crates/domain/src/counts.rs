//! Rules of counting a store together: several people and devices on one sheet, looked at before it changes the books.

use crate::CountSheetStatus;
use std::collections::{BTreeMap, BTreeSet};

/// Hours for which what somebody counted in a store is added to what they count there next: who splits a count stays below no limit.
pub const WEIGHED_HOURS: i64 = 24;

/// Lines of one sheet: more than any store has shelves.
pub const MAX_LINES: usize = 10_000;

/// What people may do with a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum SheetMove {
    /// A line is counted, chosen or cleared. A sheet that waits for approval is then no longer what was handed in.
    Enter,
    /// It is handed in, and somebody else has to agree.
    HandIn,
    /// It changes the books.
    Post,
    /// Whoever had to agree wants it counted again.
    SendBack,
    /// Nothing of it is booked.
    Drop,
}

impl SheetMove {
    /// Every move.
    pub const ALL: [Self; 5] = [
        Self::Enter,
        Self::HandIn,
        Self::Post,
        Self::SendBack,
        Self::Drop,
    ];
}

/// No such move leads out of this state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a count that is {from} cannot do this")]
pub struct NoSuchMove {
    pub from: CountSheetStatus,
    pub wanted: SheetMove,
}

/// The state after a move: `counting -> posted`, `counting -> waiting -> posted`, back from `waiting` to `counting`, and out of both to
/// `dropped`. Nothing else exists.
///
/// # Errors
/// [`NoSuchMove`].
pub const fn next_status(
    from: CountSheetStatus,
    wanted: SheetMove,
) -> Result<CountSheetStatus, NoSuchMove> {
    use CountSheetStatus as S;
    match (from, wanted) {
        (S::Counting | S::Waiting, SheetMove::Enter) | (S::Waiting, SheetMove::SendBack) => {
            Ok(S::Counting)
        }
        (S::Counting, SheetMove::HandIn) => Ok(S::Waiting),
        (S::Counting | S::Waiting, SheetMove::Post) => Ok(S::Posted),
        (S::Counting | S::Waiting, SheetMove::Drop) => Ok(S::Dropped),
        _ => Err(NoSuchMove { from, wanted }),
    }
}

/// What a difference is worth at cost, whichever way it goes, in minor units.
#[must_use]
pub const fn worth(difference: i64, unit_cost_minor: i64) -> i64 {
    difference.saturating_abs().saturating_mul(unit_cost_minor)
}

/// What differences of products are worth together at cost, in minor units. Differences of one product are added with their signs, as they
/// moved one shelf: three times five too few are fifteen too few, and who corrects their own slip has changed nothing. The money of
/// different products is added without signs.
#[must_use]
pub fn worth_together<P: Ord>(differences: impl IntoIterator<Item = (P, i64, i64)>) -> i64 {
    let mut by_product: BTreeMap<P, (i64, i64)> = BTreeMap::new();
    for (product, difference, unit_cost_minor) in differences {
        let (sum, cost) = by_product.entry(product).or_insert((0, unit_cost_minor));
        *sum = sum.saturating_add(difference);
        *cost = unit_cost_minor;
    }
    by_product.values().fold(0, |total: i64, (sum, cost)| {
        total.saturating_add(worth(*sum, *cost))
    })
}

/// Whether somebody may agree to a count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Approval {
    /// They may not: they lack the right, or counted themselves and somebody else could look.
    Refused,
    /// They did not count.
    Given,
    /// They counted, and nobody who did not has the right; or nobody has it at all.
    OwnForLackOfOthers,
}

/// Whether somebody with the right to approve may agree to a count: not where a number of theirs stands on it, unless nobody else could.
/// The organization's operator (`None`) counts nowhere.
#[must_use]
pub fn approval<P: Ord>(
    entered: &BTreeSet<P>,
    by: Option<&P>,
    somebody_else_could: bool,
) -> Approval {
    let is_own = by.is_some_and(|person| entered.contains(person));
    match (is_own, somebody_else_could) {
        (false, _) => Approval::Given,
        (true, true) => Approval::Refused,
        (true, false) => Approval::OwnForLackOfOthers,
    }
}

/// From which money on a count is looked at twice. `None` = never.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CountLimits {
    /// A single product whose difference is worth more is counted a second time.
    pub recount_minor: Option<i64>,
    /// A count whose differences, with what the same people found in the store within [`WEIGHED_HOURS`] and nobody approved, are worth
    /// more needs somebody's approval.
    pub approval_minor: Option<i64>,
}

impl CountLimits {
    /// Whether a product with such a difference is to be counted again.
    #[must_use]
    pub fn wants_recount(&self, worth: i64) -> bool {
        self.recount_minor.is_some_and(|limit| worth > limit)
    }

    /// Whether somebody has to agree to differences that are worth so much together. They are added without signs: a hundred too few of
    /// one product and a hundred too many of another are two mistakes.
    #[must_use]
    pub fn wants_approval(&self, worth: i64) -> bool {
        self.approval_minor.is_some_and(|limit| worth > limit)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use CountSheetStatus as S;
    use proptest::prelude::*;

    #[test]
    fn only_open_sheets_move_and_only_waiting_ones_go_back() {
        for from in S::ALL {
            for wanted in SheetMove::ALL {
                let to = next_status(*from, wanted);
                let is_open = matches!(from, S::Counting | S::Waiting);
                let expected = match wanted {
                    SheetMove::Enter if is_open => Some(S::Counting),
                    SheetMove::HandIn if *from == S::Counting => Some(S::Waiting),
                    SheetMove::Post if is_open => Some(S::Posted),
                    SheetMove::SendBack if *from == S::Waiting => Some(S::Counting),
                    SheetMove::Drop if is_open => Some(S::Dropped),
                    _ => None,
                };
                assert_eq!(to.ok(), expected, "{from:?} {wanted:?}");
            }
        }
    }

    #[test]
    fn differences_are_worth_the_same_both_ways_and_never_overflow() {
        assert_eq!(worth(-3, 80), 240);
        assert_eq!(worth(3, 80), 240);
        assert_eq!(worth(i64::MIN, 80), i64::MAX);
    }

    proptest! {
        #[test]
        fn a_count_in_parts_weighs_what_it_weighs_at_once(
            parts in proptest::collection::vec((0_u8..4, -1_000_i64..1_000), 0..20),
        ) {
            let mut at_once: BTreeMap<u8, i64> = BTreeMap::new();
            for (product, difference) in &parts {
                *at_once.entry(*product).or_insert(0) += difference;
            }
            let cost = |product: u8| i64::from(product) + 1;
            let in_parts = worth_together(parts.iter().map(|(p, d)| (*p, *d, cost(*p))));
            let expected: i64 = at_once.iter().map(|(p, d)| worth(*d, cost(*p))).sum();
            prop_assert_eq!(in_parts, expected);
        }
    }

    #[test]
    fn splitting_adds_up_and_a_correction_takes_back() {
        assert_eq!(worth_together([("a", -5, 80), ("a", -5, 80)]), 800);
        assert_eq!(worth_together([("a", -5, 80), ("b", 5, 80)]), 800);
        assert_eq!(worth_together([("a", -5, 80), ("a", 5, 80)]), 0);
        assert_eq!(
            worth_together([("a", i64::MIN, 80), ("b", 1, 80)]),
            i64::MAX
        );
    }

    #[test]
    fn nobody_agrees_to_their_own_numbers_while_somebody_else_could() {
        let entered = BTreeSet::from([1, 2]);
        assert_eq!(approval(&entered, Some(&1), true), Approval::Refused);
        assert_eq!(
            approval(&entered, Some(&1), false),
            Approval::OwnForLackOfOthers
        );
        for others in [true, false] {
            assert_eq!(approval(&entered, Some(&3), others), Approval::Given);
            assert_eq!(approval(&entered, None, others), Approval::Given);
        }
    }

    #[test]
    fn a_limit_is_still_allowed_and_none_allows_everything() {
        let limits = CountLimits {
            recount_minor: Some(1_000),
            approval_minor: Some(5_000),
        };
        assert!(!limits.wants_recount(1_000) && limits.wants_recount(1_001));
        assert!(!limits.wants_approval(5_000) && limits.wants_approval(5_001));
        let none = CountLimits::default();
        assert!(!none.wants_recount(i64::MAX) && !none.wants_approval(i64::MAX));
    }
}
