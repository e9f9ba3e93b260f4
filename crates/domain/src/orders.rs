//! Rules of production orders: which moves exist, and what each of them needs.

use crate::OrderStatus;
use crate::batches::MAX_DAYS_LATE;
use chrono::{DateTime, TimeDelta, Utc};

/// How long after its completion an order can be taken back, in minutes.
pub const RECALL_MINUTES: i64 = 15;

/// Longest reason for a cancellation, in characters.
pub const MAX_REASON: usize = 200;

/// Longest note on an order, in characters.
pub const MAX_NOTE: usize = 500;

/// Largest quantity that an order may plan or bring, in base units: ten million pieces.
pub const MAX_QUANTITY: i64 = 10_000_000;

/// How far ahead an order may be planned, in days.
pub const MAX_DAYS_AHEAD: i64 = 366;

/// What a person may do with an order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OrderMove {
    /// Change planned quantity, date or note.
    Edit,
    Start,
    /// Take a part out of the oven; the rest follows.
    Part,
    /// Take the last part out, or everything at once.
    Complete,
    /// Take the last batch back, whether it was the last part or not. An order of which nothing came out has none.
    Recall,
    Cancel,
}

impl OrderMove {
    /// Every move.
    pub const ALL: [Self; 6] = [
        Self::Edit,
        Self::Start,
        Self::Part,
        Self::Complete,
        Self::Recall,
        Self::Cancel,
    ];
}

/// Why a move is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum OrderRuleError {
    /// No such move leads out of this state.
    #[error("an order that is {from} cannot do this")]
    NoSuchMove {
        from: OrderStatus,
        wanted: OrderMove,
    },
    /// A cancellation must say why.
    #[error("a cancellation needs a reason")]
    ReasonMissing,
    /// Longer than anybody reads.
    #[error("at most {max} characters")]
    TextTooLong { max: usize },
    /// The few minutes for taking a completion back are over.
    #[error("a completion can be taken back for {RECALL_MINUTES} minutes only, until {until}")]
    RecallWindowOver { until: DateTime<Utc> },
    /// Planned quantities are positive.
    #[error("the planned quantity must be between 1 and {MAX_QUANTITY}")]
    PlannedOutOfRange,
    /// Produced and lost quantities are not negative, and not both zero.
    #[error(
        "produced and lost must be between 0 and {MAX_QUANTITY} and not both 0; cancel an order that was not baked"
    )]
    OutcomeOutOfRange,
    /// What came out is on the shelves and cannot be given up.
    #[error(
        "a part of this order came out of the oven already; finish it instead, or take that part back first"
    )]
    PartlyBaked,
    /// Longer ago than anybody writes down.
    #[error("this moment is more than {MAX_DAYS_LATE} days ago")]
    TooLongAgo,
}

/// The state after a move.
///
/// `pending -> in_progress -> completed`, `pending | in_progress -> cancelled`, and a completion goes back to
/// `in_progress`. Editing keeps `pending`; a part that comes out, and one that is taken back, keep `in_progress`. Nothing
/// else exists. Of what is baked already, [`crate::batches`] knows more.
///
/// # Errors
/// [`OrderRuleError::NoSuchMove`].
pub const fn next_status(
    from: OrderStatus,
    wanted: OrderMove,
) -> Result<OrderStatus, OrderRuleError> {
    match (from, wanted) {
        (OrderStatus::Pending, OrderMove::Edit) => Ok(OrderStatus::Pending),
        (OrderStatus::Pending, OrderMove::Start)
        | (OrderStatus::InProgress, OrderMove::Part)
        | (OrderStatus::Completed | OrderStatus::InProgress, OrderMove::Recall) => {
            Ok(OrderStatus::InProgress)
        }
        (OrderStatus::InProgress, OrderMove::Complete) => Ok(OrderStatus::Completed),
        (OrderStatus::Pending | OrderStatus::InProgress, OrderMove::Cancel) => {
            Ok(OrderStatus::Cancelled)
        }
        _ => Err(OrderRuleError::NoSuchMove { from, wanted }),
    }
}

/// The last moment at which a completion can be taken back.
#[must_use]
pub fn recall_until(completed_at: DateTime<Utc>) -> DateTime<Utc> {
    completed_at + TimeDelta::minutes(RECALL_MINUTES)
}

/// Whether a completion can still be taken back.
///
/// # Errors
/// [`OrderRuleError::RecallWindowOver`].
pub fn check_recall(completed_at: DateTime<Utc>, now: DateTime<Utc>) -> Result<(), OrderRuleError> {
    let until = recall_until(completed_at);
    if now > until {
        Err(OrderRuleError::RecallWindowOver { until })
    } else {
        Ok(())
    }
}

/// Refuses planned quantities that nobody means.
///
/// # Errors
/// [`OrderRuleError::PlannedOutOfRange`].
pub const fn check_planned(quantity: i64) -> Result<(), OrderRuleError> {
    if quantity < 1 || quantity > MAX_QUANTITY {
        Err(OrderRuleError::PlannedOutOfRange)
    } else {
        Ok(())
    }
}

/// The reason as it is stored: trimmed, present, of readable length.
///
/// # Errors
/// [`OrderRuleError::ReasonMissing`], [`OrderRuleError::TextTooLong`].
pub fn check_reason(reason: &str) -> Result<&str, OrderRuleError> {
    let reason = reason.trim();
    if reason.is_empty() {
        return Err(OrderRuleError::ReasonMissing);
    }
    if reason.chars().count() > MAX_REASON {
        return Err(OrderRuleError::TextTooLong { max: MAX_REASON });
    }
    Ok(reason)
}

/// The note as it is stored: trimmed, `None` where nothing was written.
///
/// # Errors
/// [`OrderRuleError::TextTooLong`].
pub fn check_note(note: Option<&str>) -> Result<Option<&str>, OrderRuleError> {
    match note.map(str::trim) {
        None | Some("") => Ok(None),
        Some(text) if text.chars().count() > MAX_NOTE => {
            Err(OrderRuleError::TextTooLong { max: MAX_NOTE })
        }
        Some(text) => Ok(Some(text)),
    }
}

/// The last day on which a batch may be sold: a shelf life of one day ends on the day of baking.
#[must_use]
pub fn best_before(produced_on: chrono::NaiveDate, shelf_life_days: i32) -> chrono::NaiveDate {
    let days = u64::try_from(shelf_life_days.max(1) - 1).unwrap_or(0);
    produced_on
        .checked_add_days(chrono::Days::new(days))
        .unwrap_or(produced_on)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(1_800_000_000 + minute * 60, 0).expect("a valid instant")
    }

    #[test]
    fn exactly_the_moves_of_the_domain_exist() {
        use OrderMove as M;
        use OrderStatus as S;
        let allowed = [
            (S::Pending, M::Edit, S::Pending),
            (S::Pending, M::Start, S::InProgress),
            (S::Pending, M::Cancel, S::Cancelled),
            (S::InProgress, M::Part, S::InProgress),
            (S::InProgress, M::Complete, S::Completed),
            (S::InProgress, M::Cancel, S::Cancelled),
            (S::Completed, M::Recall, S::InProgress),
            (S::InProgress, M::Recall, S::InProgress),
        ];
        for from in S::ALL {
            for wanted in M::ALL {
                let expected = allowed
                    .iter()
                    .find(|(f, m, _)| f == from && *m == wanted)
                    .map(|(_, _, to)| *to);
                match expected {
                    Some(to) => assert_eq!(next_status(*from, wanted), Ok(to)),
                    None => assert_eq!(
                        next_status(*from, wanted),
                        Err(OrderRuleError::NoSuchMove {
                            from: *from,
                            wanted
                        })
                    ),
                }
            }
        }
    }

    #[test]
    fn a_completion_is_recalled_until_the_last_second_of_the_window() {
        assert_eq!(check_recall(at(0), at(RECALL_MINUTES)), Ok(()));
        let late = at(RECALL_MINUTES) + TimeDelta::seconds(1);
        assert_eq!(
            check_recall(at(0), late),
            Err(OrderRuleError::RecallWindowOver {
                until: at(RECALL_MINUTES)
            })
        );
    }

    #[test]
    fn reasons_are_trimmed_and_required() {
        assert_eq!(check_reason("  oven broke "), Ok("oven broke"));
        assert_eq!(check_reason("   "), Err(OrderRuleError::ReasonMissing));
        assert_eq!(
            check_reason(&"x".repeat(201)),
            Err(OrderRuleError::TextTooLong { max: 200 })
        );
        assert_eq!(check_note(Some("  ")), Ok(None));
    }

    #[test]
    fn a_shelf_life_of_one_day_ends_on_the_day_of_baking() {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 2, 28).expect("a date");
        assert_eq!(best_before(day, 1), day);
        assert_eq!(best_before(day, 0), day);
        assert_eq!(best_before(day, 3).to_string(), "2026-03-02");
    }
}
