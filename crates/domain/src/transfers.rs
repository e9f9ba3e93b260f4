//! Rules of transfers between stores: asked for, sent, on the road, received.

use crate::lots::Ages;
use crate::stock::MAX_QUANTITY;
use crate::{MovementKind, StockReason, TransferStatus};
use chrono::NaiveDate;

/// Products of one transfer: more than a van has shelves.
pub const MAX_LINES: usize = 500;

/// What people may do with a transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransferMove {
    /// The goods leave.
    Send,
    /// The goods are there, all of them, fewer or more.
    Receive,
    /// Nothing is sent after all, or the van comes back with everything.
    Cancel,
}

impl TransferMove {
    /// Every move.
    pub const ALL: [Self; 3] = [Self::Send, Self::Receive, Self::Cancel];
}

/// Why a transfer is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TransferRuleError {
    /// No such move leads out of this state.
    #[error("a transfer that is {from} cannot do this")]
    NoSuchMove {
        from: TransferStatus,
        wanted: TransferMove,
    },
    /// From a store to itself.
    #[error("goods are sent to another store")]
    SameStore,
    /// No line, too many, or a product twice.
    #[error("a transfer has 1 to {MAX_LINES} products, each once")]
    Lines,
    /// A product that is not part of the transfer.
    #[error("this product is not part of the transfer")]
    ForeignLine,
    /// Negative, absurd, or nothing at all.
    #[error("quantities are between 0 and {MAX_QUANTITY}, and not all 0")]
    QuantityOutOfRange,
    /// Expired goods leave as waste or donation only, and what is not there does not leave at all.
    #[error("only {good} can be sent, {asked} asked for")]
    ExceedsGood { good: i64, asked: i64 },
    /// What arrives is not what was sent, and nobody says why.
    #[error("another quantity than was sent needs a reason")]
    ReasonMissing,
}

/// The state after a move: `requested -> in_transit -> received`, `requested | in_transit -> cancelled`. Nothing else exists.
///
/// # Errors
/// [`TransferRuleError::NoSuchMove`].
pub const fn next_status(
    from: TransferStatus,
    wanted: TransferMove,
) -> Result<TransferStatus, TransferRuleError> {
    match (from, wanted) {
        (TransferStatus::Requested, TransferMove::Send) => Ok(TransferStatus::InTransit),
        (TransferStatus::InTransit, TransferMove::Receive) => Ok(TransferStatus::Received),
        (TransferStatus::Requested | TransferStatus::InTransit, TransferMove::Cancel) => {
            Ok(TransferStatus::Cancelled)
        }
        _ => Err(TransferRuleError::NoSuchMove { from, wanted }),
    }
}

/// Refuses quantities that nobody means: each between nothing and [`MAX_QUANTITY`], and something in all.
///
/// # Errors
/// [`TransferRuleError::Lines`], [`TransferRuleError::QuantityOutOfRange`].
pub fn check_quantities(
    quantities: impl IntoIterator<Item = i64>,
) -> Result<(), TransferRuleError> {
    let (mut lines, mut sum) = (0, 0_i64);
    for quantity in quantities {
        if !(0..=MAX_QUANTITY).contains(&quantity) {
            return Err(TransferRuleError::QuantityOutOfRange);
        }
        lines += 1;
        sum = sum.saturating_add(quantity);
    }
    if lines == 0 || lines > MAX_LINES {
        return Err(TransferRuleError::Lines);
    }
    if sum == 0 {
        return Err(TransferRuleError::QuantityOutOfRange);
    }
    Ok(())
}

/// What is received may be less or more than was sent, with a reason.
///
/// # Errors
/// [`TransferRuleError::QuantityOutOfRange`], [`TransferRuleError::ReasonMissing`].
pub const fn check_received(
    sent: i64,
    received: i64,
    reason: Option<StockReason>,
) -> Result<(), TransferRuleError> {
    if received < 0 || received > MAX_QUANTITY {
        return Err(TransferRuleError::QuantityOutOfRange);
    }
    if received != sent && reason.is_none() {
        return Err(TransferRuleError::ReasonMissing);
    }
    Ok(())
}

/// A part of what is sent: goods of one age.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Part {
    /// Trading day on which it came to the sender.
    pub made_on: NaiveDate,
    pub best_before: NaiveDate,
    /// Base units.
    pub quantity: i64,
}

/// Which goods leave: the first to expire of those that are good on the day.
///
/// # Errors
/// [`TransferRuleError::ExceedsGood`].
pub fn pick(ages: &Ages, day: NaiveDate, asked: i64) -> Result<Vec<Part>, TransferRuleError> {
    let good = ages.good(day);
    if asked > good {
        return Err(TransferRuleError::ExceedsGood { good, asked });
    }
    let mut wanted = asked;
    let mut parts = Vec::new();
    for rest in ages.rests.iter().filter(|rest| rest.best_before >= day) {
        let quantity = rest.quantity.min(wanted);
        if quantity > 0 {
            parts.push(Part {
                made_on: rest.arrived,
                best_before: rest.best_before,
                quantity,
            });
        }
        wanted -= quantity;
    }
    Ok(parts)
}

/// What is written down of a difference between sent and received: goods that broke or expired on the way are waste, everything else
/// corrects what the receiver has.
#[must_use]
pub const fn kind_of_difference(reason: StockReason, difference: i64) -> MovementKind {
    match reason {
        StockReason::Damaged | StockReason::Expired if difference < 0 => MovementKind::Waste,
        _ => MovementKind::Adjustment,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lots::{Arrival, DayFlow, ages};
    use chrono::Days;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn day(offset: u64) -> NaiveDate {
        NaiveDate::from_ymd_opt(2026, 11, 20).expect("a date") + Days::new(offset)
    }

    #[test]
    fn exactly_the_moves_of_the_domain_exist() {
        use TransferMove as M;
        use TransferStatus as S;
        let allowed = [
            (S::Requested, M::Send, S::InTransit),
            (S::Requested, M::Cancel, S::Cancelled),
            (S::InTransit, M::Receive, S::Received),
            (S::InTransit, M::Cancel, S::Cancelled),
        ];
        for from in S::ALL {
            for wanted in M::ALL {
                let expected = allowed.iter().find(|(f, m, _)| f == from && *m == wanted);
                match expected {
                    Some((_, _, to)) => assert_eq!(next_status(*from, wanted), Ok(*to)),
                    None => assert!(next_status(*from, wanted).is_err(), "{from} {wanted:?}"),
                }
            }
        }
    }

    #[test]
    fn quantities_and_reasons_are_asked_for() {
        assert_eq!(check_quantities([3, 0]), Ok(()));
        assert_eq!(check_quantities([]), Err(TransferRuleError::Lines));
        assert_eq!(
            check_quantities(vec![1; MAX_LINES + 1]),
            Err(TransferRuleError::Lines)
        );
        for absurd in [vec![0, 0], vec![-1, 5], vec![MAX_QUANTITY + 1]] {
            assert_eq!(
                check_quantities(absurd),
                Err(TransferRuleError::QuantityOutOfRange)
            );
        }
        assert_eq!(check_received(5, 5, None), Ok(()));
        assert_eq!(
            check_received(5, 3, None),
            Err(TransferRuleError::ReasonMissing)
        );
        assert_eq!(check_received(5, 7, Some(StockReason::Unknown)), Ok(()));
        let kind = kind_of_difference;
        assert_eq!(kind(StockReason::Damaged, -1), MovementKind::Waste);
        assert_eq!(kind(StockReason::Damaged, 1), MovementKind::Adjustment);
        assert_eq!(kind(StockReason::Correction, -1), MovementKind::Adjustment);
        assert_eq!(
            check_received(5, -1, None),
            Err(TransferRuleError::QuantityOutOfRange)
        );
    }

    #[test]
    fn expired_goods_stay_and_the_first_to_expire_leaves() {
        let lot = |n: u128, on: u64, until: u64, quantity: i64| Arrival {
            lot_id: Uuid::from_u128(n),
            day: day(on),
            best_before: day(until),
            quantity,
        };
        let flows: Vec<(NaiveDate, DayFlow)> = [(0, 8), (1, 5), (2, 5)]
            .map(|(on, arrived)| {
                (
                    day(on),
                    DayFlow {
                        arrived,
                        ..DayFlow::default()
                    },
                )
            })
            .into();
        let arrivals = [lot(1, 0, 0, 8), lot(2, 1, 4, 5), lot(3, 2, 3, 5)];
        let shelf = ages(0, day(0), 1, &arrivals, &flows);
        assert_eq!(
            pick(&shelf, day(2), 11),
            Err(TransferRuleError::ExceedsGood {
                good: 10,
                asked: 11
            })
        );
        let parts = pick(&shelf, day(2), 7).expect("there are ten");
        let short: Vec<(NaiveDate, i64)> =
            parts.iter().map(|p| (p.best_before, p.quantity)).collect();
        assert_eq!(short, [(day(3), 5), (day(4), 2)]);
    }

    proptest! {
        #[test]
        fn what_is_picked_is_what_was_asked_and_never_expired(
            lots in prop::collection::vec((0..5_u64, 0..6_u64, 1..20_i64), 0..6),
            asked in 0..60_i64,
            on in 4..8_u64,
        ) {
            let mut arrivals: Vec<Arrival> = Vec::new();
            let mut flows: std::collections::BTreeMap<NaiveDate, DayFlow> = std::collections::BTreeMap::new();
            for (n, (from, life, quantity)) in lots.iter().enumerate() {
                arrivals.push(Arrival { lot_id: Uuid::from_u128(n as u128), day: day(*from), best_before: day(from + life), quantity: *quantity });
                flows.entry(day(*from)).or_default().arrived += quantity;
            }
            let flows: Vec<(NaiveDate, DayFlow)> = flows.into_iter().collect();
            let shelf = ages(0, day(0), 1, &arrivals, &flows);
            match pick(&shelf, day(on), asked) {
                Ok(parts) => {
                    prop_assert_eq!(parts.iter().map(|p| p.quantity).sum::<i64>(), asked);
                    prop_assert!(parts.iter().all(|p| p.best_before >= day(on) && p.quantity > 0));
                }
                Err(error) => prop_assert_eq!(error, TransferRuleError::ExceedsGood { good: shelf.good(day(on)), asked }),
            }
        }
    }
}
