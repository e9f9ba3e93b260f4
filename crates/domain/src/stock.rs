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
}

/// Largest quantity that a single fact may carry, in base units (ten million pieces, or ten tonnes in grams).
pub const MAX_QUANTITY: i64 = 10_000_000;

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
