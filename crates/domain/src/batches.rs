//! Rules of what comes out of the oven: an order may come out in several parts, each of them a batch with a lot of its own.

use crate::LossReason;
use crate::orders::{MAX_QUANTITY, OrderRuleError};
use chrono::{DateTime, TimeDelta, Utc};

/// How far back somebody may say that a batch came out, in days.
pub const MAX_DAYS_LATE: i64 = 7;

/// What came out of the oven, in base units: of one batch, or of all batches of an order that nobody took back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Baked {
    pub produced: i64,
    pub lost: i64,
}

impl Baked {
    /// All of these batches together; nothing where there is none.
    #[must_use]
    pub fn sum(batches: impl IntoIterator<Item = Self>) -> Option<Self> {
        batches.into_iter().reduce(|sum, batch| Self {
            produced: sum.produced.saturating_add(batch.produced),
            lost: sum.lost.saturating_add(batch.lost),
        })
    }

    /// What went into the oven for it.
    #[must_use]
    pub const fn altogether(self) -> i64 {
        self.produced.saturating_add(self.lost)
    }

    /// What is still expected of so many planned ones: what came out is there, what was lost comes no more.
    #[must_use]
    pub const fn rest_of(self, planned: i64) -> i64 {
        let rest = planned.saturating_sub(self.altogether());
        if rest < 0 { 0 } else { rest }
    }
}

/// Refuses batches that cannot be: produced is free (less, equal or more than planned), lost too, but something must have gone
/// into the oven. Only the last batch of an order of which something came out before may be empty: nothing more came.
///
/// `before`: all earlier batches of the order together, `None` where there is none.
///
/// # Errors
/// [`OrderRuleError::OutcomeOutOfRange`], also where all batches together are more than anybody means.
pub fn check_batch(
    batch: Baked,
    more_follows: bool,
    before: Option<Baked>,
) -> Result<(), OrderRuleError> {
    let in_range = |quantity: i64| (0..=MAX_QUANTITY).contains(&quantity);
    let sum = before.unwrap_or_default();
    let is_empty = batch.altogether() == 0;
    let may_be_empty = !more_follows && before.is_some();
    if !in_range(batch.produced)
        || !in_range(batch.lost)
        || !in_range(sum.produced.saturating_add(batch.produced))
        || !in_range(sum.lost.saturating_add(batch.lost))
        || (is_empty && !may_be_empty)
    {
        Err(OrderRuleError::OutcomeOutOfRange)
    } else {
        Ok(())
    }
}

/// The reason that is kept with a batch: none where nothing was lost, and [`LossReason::Unknown`] where nobody said.
#[must_use]
pub fn loss_reason(lost: i64, said: Option<LossReason>) -> Option<LossReason> {
    (lost > 0).then(|| said.unwrap_or(LossReason::Unknown))
}

/// Whether a last batch is named by somebody who knew all that came out before: its quantity is often what was left, and would count
/// twice what another tablet has taken out meanwhile. A part is what it is, whatever came out before it.
///
/// `seen`: what had come out before as far as that person knew, produced and lost together; nothing is compared where nobody says.
#[must_use]
pub fn knows_the_rest(seen: Option<i64>, more_follows: bool, before: Option<Baked>) -> bool {
    more_follows || seen.is_none_or(|seen| seen == before.unwrap_or_default().altogether())
}

/// Refuses to give an order up of which something came out.
///
/// # Errors
/// [`OrderRuleError::PartlyBaked`].
pub const fn check_cancel(baked: Option<Baked>) -> Result<(), OrderRuleError> {
    match baked {
        Some(_) => Err(OrderRuleError::PartlyBaked),
        None => Ok(()),
    }
}

/// Refuses moments too long ago for a batch. The start does not bind it: whoever writes down afterwards what was baked starts
/// and finishes the order after the bread is out.
///
/// # Errors
/// [`OrderRuleError::TooLongAgo`].
pub fn check_came_out(at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), OrderRuleError> {
    if at < now - TimeDelta::days(MAX_DAYS_LATE) {
        Err(OrderRuleError::TooLongAgo)
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::OrderStatus;
    use crate::orders::{OrderMove, next_status};
    use proptest::prelude::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("a valid instant")
    }

    #[test]
    fn a_burnt_batch_completes_but_an_unbaked_one_does_not() {
        let alone = |produced, lost| check_batch(Baked { produced, lost }, false, None);
        assert_eq!(alone(0, 84), Ok(()));
        assert_eq!(alone(120, 0), Ok(()));
        for (produced, lost) in [(0, 0), (-1, 5), (5, -1), (i64::MAX, i64::MAX)] {
            assert_eq!(
                alone(produced, lost),
                Err(OrderRuleError::OutcomeOutOfRange)
            );
        }
    }

    #[test]
    fn only_the_last_batch_may_be_empty_and_only_after_another() {
        let nothing = Baked::default();
        let some = Some(Baked {
            produced: 42,
            lost: 0,
        });
        assert_eq!(check_batch(nothing, false, some), Ok(()));
        assert_eq!(
            check_batch(nothing, true, some),
            Err(OrderRuleError::OutcomeOutOfRange)
        );
        let more = Baked {
            produced: MAX_QUANTITY,
            lost: 0,
        };
        assert_eq!(
            check_batch(more, false, some),
            Err(OrderRuleError::OutcomeOutOfRange)
        );
        assert_eq!(check_cancel(None), Ok(()));
        assert_eq!(check_cancel(some), Err(OrderRuleError::PartlyBaked));
    }

    #[test]
    fn a_loss_has_a_reason_and_no_loss_has_none() {
        assert_eq!(loss_reason(0, Some(LossReason::Burnt)), None);
        assert_eq!(loss_reason(3, None), Some(LossReason::Unknown));
        assert_eq!(
            loss_reason(3, Some(LossReason::Dropped)),
            Some(LossReason::Dropped)
        );
    }

    #[test]
    fn who_ends_an_order_knows_what_came_out_of_it() {
        let some = Some(Baked {
            produced: 40,
            lost: 2,
        });
        assert!(knows_the_rest(Some(42), false, some) && knows_the_rest(Some(0), false, None));
        assert!(!knows_the_rest(Some(0), false, some) && !knows_the_rest(Some(42), false, None));
        // A part is a part; and who says nothing is believed.
        assert!(knows_the_rest(Some(0), true, some) && knows_the_rest(None, false, some));
    }

    #[test]
    fn a_batch_came_out_within_the_last_days() {
        let days = |days: i64| at(days * 24 * 60);
        assert_eq!(check_came_out(days(0), days(MAX_DAYS_LATE)), Ok(()));
        assert_eq!(
            check_came_out(at(-1), days(MAX_DAYS_LATE)),
            Err(OrderRuleError::TooLongAgo)
        );
    }

    proptest! {
        /// Whatever is tried in whatever order: cancelled is final and never reached with something baked, completed is reached
        /// from in progress only, and the sums are always those of the batches that nobody took back.
        #[test]
        fn any_sequence_of_moves_keeps_the_books_right(
            moves in prop::collection::vec((0..6_usize, 0..60_i64, 0..4_i64), 0..60),
        ) {
            let mut status = OrderStatus::Pending;
            // Every batch with whether it was taken back, and the sums as an order keeps them.
            let mut batches: Vec<(Baked, bool)> = Vec::new();
            let mut kept: Option<Baked> = None;
            for (index, produced, lost) in moves {
                let wanted = OrderMove::ALL[index];
                let Ok(next) = next_status(status, wanted) else { continue };
                prop_assert_ne!(status, OrderStatus::Cancelled);
                match wanted {
                    OrderMove::Part | OrderMove::Complete => {
                        let batch = Baked { produced, lost };
                        if check_batch(batch, wanted == OrderMove::Part, kept).is_err() {
                            continue;
                        }
                        batches.push((batch, false));
                        kept = Baked::sum(kept.into_iter().chain([batch]));
                    }
                    OrderMove::Recall => {
                        let Some(last) = batches.iter_mut().rfind(|(_, back)| !*back) else { continue };
                        last.1 = true;
                        let standing = batches.iter().filter(|(_, back)| !*back);
                        kept = Baked::sum(standing.map(|(batch, _)| *batch));
                    }
                    OrderMove::Cancel if check_cancel(kept).is_err() => continue,
                    _ => {}
                }
                status = next;
                let standing: Vec<Baked> =
                    batches.iter().filter(|(_, back)| !*back).map(|(batch, _)| *batch).collect();
                let sum = |of: fn(&Baked) -> i64| standing.iter().map(of).sum::<i64>();
                prop_assert_eq!(kept.is_some(), !standing.is_empty());
                let kept = kept.unwrap_or_default();
                prop_assert_eq!(kept.produced, sum(|batch| batch.produced));
                prop_assert_eq!(kept.lost, sum(|batch| batch.lost));
                if matches!(status, OrderStatus::Pending | OrderStatus::Cancelled) {
                    prop_assert!(standing.is_empty());
                }
                if status == OrderStatus::Completed {
                    prop_assert!(!standing.is_empty());
                }
            }
        }

        /// What is expected and what came out are never less than what was planned, and nothing is expected below zero.
        #[test]
        fn the_rest_is_what_is_missing(planned in 1..1_000_i64, produced in 0..1_500_i64, lost in 0..1_500_i64) {
            let baked = Baked { produced, lost };
            let rest = baked.rest_of(planned);
            prop_assert!(rest >= 0);
            prop_assert_eq!(rest + baked.altogether(), planned.max(baked.altogether()));
        }
    }
}
