//! Rules of the stock ledger: an append-only list of signed facts, of which the level is the sum.

use chrono::{DateTime, Utc};
use uuid::Uuid;

/// A posted count of one product in one store: at `counted_at` there were so many, whatever the ledger said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountMark {
    pub count_id: Uuid,
    pub counted_at: DateTime<Utc>,
}

/// A fact about to enter the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fact {
    pub occurred_at: DateTime<Utc>,
    /// Signed, in base units.
    pub quantity: i64,
    /// The count whose own correction this is, if it is one.
    pub of_count: Option<Uuid>,
}

/// The difference that a count writes: what was counted less what the ledger says at that moment.
#[must_use]
pub const fn count_difference(counted: i64, ledger_at_count: i64) -> i64 {
    counted - ledger_at_count
}

/// Corrections that keep later counts true when facts arrive that happened before them.
///
/// A fact that happened at or before a count changes that count's difference, not the shelf: the first count at or
/// after the fact is topped up by the opposite quantity, so that the ledger's sum after the count is unchanged and
/// further counts need nothing. A count's own correction looks only at strictly later counts.
///
/// `counts` must be ascending by `counted_at`, all of one store x product. Returns `(count_id, counted_at, quantity)`
/// in count order, without zeros.
#[must_use]
pub fn count_top_ups(counts: &[CountMark], facts: &[Fact]) -> Vec<(Uuid, DateTime<Utc>, i64)> {
    debug_assert!(counts.is_sorted_by_key(|c| c.counted_at));
    let mut sums = vec![0_i64; counts.len()];
    for fact in facts {
        let first = match fact.of_count {
            None => counts.partition_point(|c| c.counted_at < fact.occurred_at),
            Some(_) => counts.partition_point(|c| c.counted_at <= fact.occurred_at),
        };
        if let Some(sum) = sums.get_mut(first) {
            *sum -= fact.quantity;
        }
    }
    counts
        .iter()
        .zip(sums)
        .filter(|(_, sum)| *sum != 0)
        .map(|(c, sum)| (c.count_id, c.counted_at, sum))
        .collect()
}

/// Why a movement is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StockRuleError {
    /// Waste, donation and transfers cannot take what is not there.
    #[error("only {on_hand} on hand, {asked} asked for")]
    ExceedsOnHand { on_hand: i64, asked: i64 },
    /// Zero, negative or absurd.
    #[error("quantity must be between 1 and {max}")]
    QuantityOutOfRange { max: i64 },
    /// What expired leaves as waste or as a donation, never as a correction.
    #[error("{expired} of the {asked} have expired: book them as waste or as a donation")]
    TakesExpired { expired: i64, asked: i64 },
}

/// Largest quantity that a single fact may carry, in base units: a thousand tonnes in grams. What can be delivered can be counted, moved
/// and thrown away.
pub const MAX_QUANTITY: i64 = 1_000_000_000;

/// Refuses quantities that nobody means.
///
/// # Errors
/// [`StockRuleError::QuantityOutOfRange`] outside `1..=MAX_QUANTITY`.
pub const fn check_quantity(quantity: i64) -> Result<(), StockRuleError> {
    if quantity < 1 || quantity > MAX_QUANTITY {
        return Err(StockRuleError::QuantityOutOfRange { max: MAX_QUANTITY });
    }
    Ok(())
}

/// Whether so much may be taken away (waste, donation, transfer out).
///
/// # Errors
/// [`StockRuleError`] when the quantity is out of range or exceeds what is on hand.
pub const fn check_removal(on_hand: i64, asked: i64) -> Result<(), StockRuleError> {
    if let Err(e) = check_quantity(asked) {
        return Err(e);
    }
    if asked > on_hand {
        return Err(StockRuleError::ExceedsOnHand { on_hand, asked });
    }
    Ok(())
}

/// Whether a correction may take so much off: none of it may be of goods that had expired by then. `sold_expired` is what
/// [`crate::lots::Ages::sold_expired`] says without the correction and with it, so that what was sold or counted since is seen too.
///
/// # Errors
/// [`StockRuleError::TakesExpired`].
pub const fn check_good((without, with): (i64, i64), asked: i64) -> Result<(), StockRuleError> {
    if with > without {
        return Err(StockRuleError::TakesExpired {
            expired: with - without,
            asked,
        });
    }
    Ok(())
}

/// How long after it happened a booking made by hand can still be written down, in days.
pub const LATE_BOOKING_DAYS: i64 = 7;

/// What the ledger has of a shelf at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    pub at: DateTime<Utc>,
    /// Signed sum, in base units.
    pub quantity: i64,
    /// Corrections of counts, apart from what else happened at that moment: a count comes after it.
    pub is_count: bool,
}

/// The least that lay on a shelf from a moment on: how much can be taken away as of that moment, so that no sale and no batch since was of
/// goods that were gone by then. `steps` is what the ledger has at and after the moment, ascending; `now` is on hand.
///
/// A count at or after the moment was taken without those goods and stands: what lay there since it was taken is not touched.
#[must_use]
pub fn least_since(
    now: i64,
    at: DateTime<Utc>,
    first_count: Option<DateTime<Utc>>,
    steps: &[Step],
) -> i64 {
    debug_assert!(steps.is_sorted_by_key(|step| step.at));
    let stands = |step: &Step| {
        first_count.is_some_and(|count| step.at > count || (step.at == count && step.is_count))
    };
    let undone = steps.iter().filter(|step| step.at > at || stands(step));
    let mut there = now - undone.map(|step| step.quantity).sum::<i64>();
    let mut least = there;
    let mut steps = steps
        .iter()
        .filter(|step| step.at > at && !stands(step))
        .peekable();
    while let Some(step) = steps.next() {
        there += step.quantity;
        // What happens at the same moment happens together.
        if steps.peek().is_none_or(|next| next.at != step.at) {
            least = least.min(there);
        }
    }
    least
}

/// How long a booking made by hand can be taken back by a reversing movement, in hours.
pub const REVERSAL_HOURS: i64 = 24;

/// Whether a movement may be undone by a reversing one: bookings made by hand, while they are fresh.
/// Sales go back through their import or a return, production through a recall, counts through a new count.
#[must_use]
pub fn is_reversible(
    kind: crate::MovementKind,
    recorded_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> bool {
    use crate::MovementKind as K;
    matches!(kind, K::Waste | K::Donation | K::Adjustment)
        && now <= recorded_at + chrono::TimeDelta::hours(REVERSAL_HOURS)
}

#[cfg(test)]
mod tests;
