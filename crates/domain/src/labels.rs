//! What stands on the label of a batch.

use crate::Unit;
use chrono::NaiveDate;

/// The number of a lot as it is printed: `L260310-42`. The `L` is the one that Directive 2011/91/EU asks for, then the day on which
/// it was produced and the number of its production order, which no other order of the organization has. What came out of the same
/// order later says which part it is: `L260310-42-2`. Parts count from 1, and the number of one that was taken back is not given again.
///
/// It follows from facts that never change once the batch is finished, so it is not stored, and a label that is printed again says
/// the same.
#[must_use]
pub fn lot_number(produced_on: NaiveDate, order_number: i64, part: i32) -> String {
    let day = produced_on.format("%y%m%d");
    if part > 1 {
        format!("L{day}-{order_number}-{part}")
    } else {
        format!("L{day}-{order_number}")
    }
}

/// Grams of a quantity in base units, for the order of ingredients on a label: a millilitre counts as a gram, as nobody keeps
/// densities. `None` for pieces, whose weight nobody keeps either.
#[must_use]
pub fn grams(quantity: f64, unit: Unit) -> Option<f64> {
    match unit {
        Unit::Gram | Unit::Millilitre => Some(quantity),
        Unit::Piece => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lot_is_told_by_its_day_and_its_order() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 10).expect("a day");
        assert_eq!(lot_number(day, 42, 1), "L260310-42");
        assert_eq!(lot_number(day, 42, 2), "L260310-42-2");
        assert_ne!(lot_number(day, 42, 1), lot_number(day, 43, 1));
        assert_ne!(
            lot_number(day, 42, 1),
            lot_number(day.succ_opt().expect("tomorrow"), 42, 1)
        );
    }

    #[test]
    fn what_is_counted_has_no_weight() {
        assert_eq!(grams(2.5, Unit::Gram), Some(2.5));
        assert_eq!(grams(2.5, Unit::Millilitre), Some(2.5));
        assert_eq!(grams(2.5, Unit::Piece), None);
    }
}
