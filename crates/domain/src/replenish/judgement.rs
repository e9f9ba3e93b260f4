//! What a number cost on days that are over, so that a person's can be set against the system's.

use super::hindsight::Margins;
use super::newsvendor::MAX_SUBSTITUTION_SHARE_BP;

/// What was wanted on a day, in base units: what was sold, with the estimate of what more would have been sold where it sold out.
/// Nothing where it sold out and nobody can tell.
#[must_use]
pub fn wanted(sold: i64, sold_out: bool, lost: Option<i64>) -> Option<i64> {
    let wanted = if sold_out {
        sold.saturating_add(lost?.max(0))
    } else {
        sold
    };
    Some(wanted.max(0))
}

impl Margins {
    /// The newsvendor's cost of having had `there` where `demand` was wanted, in minor units (Arrow, Harris and Marschak 1951; Snyder
    /// and Shen, section 4.3): `over * max(there - demand, 0) + under * max(demand - there, 0)` with `over = unit cost - salvage` and
    /// `under = (price - unit cost) * (1 - substitution share)`, neither below zero, rounded to the nearest unit. The same costs as
    /// those from which [`super::critical_ratio`] finds the quantity. Quantities in base units.
    #[must_use]
    pub fn cost(&self, there: i64, demand: i64) -> i64 {
        const WHOLE: i128 = 10_000;
        let over =
            (i128::from(self.unit_cost_minor) - i128::from(self.salvage_minor.max(0))).max(0);
        let under = (i128::from(self.price_minor) - i128::from(self.unit_cost_minor)).max(0);
        let substitutes = self
            .substitution_share_bp
            .clamp(0, MAX_SUBSTITUTION_SHARE_BP);
        let difference = i128::from(there) - i128::from(demand);
        let cost = if difference >= 0 {
            difference.saturating_mul(over)
        } else {
            let missed = (-difference).saturating_mul(under);
            let lost = missed.saturating_mul(WHOLE - i128::from(substitutes));
            lost.saturating_add(WHOLE / 2) / WHOLE
        };
        i64::try_from(cost).unwrap_or(i64::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MARGINS: Margins = Margins {
        price_minor: 200,
        unit_cost_minor: 80,
        salvage_minor: 10,
        substitution_share_bp: 0,
    };

    #[test]
    fn what_is_left_costs_its_loss_and_what_is_missed_its_margin() {
        assert_eq!(MARGINS.cost(108, 100), 8 * 70);
        assert_eq!(MARGINS.cost(90, 100), 10 * 120);
        assert_eq!(MARGINS.cost(100, 100), 0);
        let shared = Margins {
            substitution_share_bp: 2_500,
            ..MARGINS
        };
        assert_eq!(shared.cost(90, 100), 900);
        // A third of a unit's margin is not lost in the sum.
        let odd = Margins {
            price_minor: 81,
            substitution_share_bp: 3_333,
            ..MARGINS
        };
        assert_eq!((odd.cost(99, 100), odd.cost(97, 100)), (1, 2));
    }

    #[test]
    fn odd_costs_cost_nothing_rather_than_bring_something() {
        let no_margin = Margins {
            price_minor: 60,
            ..MARGINS
        };
        assert_eq!(no_margin.cost(0, 100), 0);
        let nothing_lost = Margins {
            salvage_minor: 90,
            ..MARGINS
        };
        assert_eq!(nothing_lost.cost(100, 0), 0);
        assert_eq!(MARGINS.cost(i64::MAX, 0), i64::MAX);
        assert_eq!(MARGINS.cost(0, i64::MAX), i64::MAX);
    }

    #[test]
    fn a_day_that_sold_out_counts_with_its_estimate_or_not_at_all() {
        assert_eq!(wanted(90, false, None), Some(90));
        assert_eq!(wanted(90, false, Some(20)), Some(90));
        assert_eq!(wanted(90, true, Some(20)), Some(110));
        assert_eq!(wanted(90, true, Some(-3)), Some(90));
        assert_eq!(wanted(90, true, None), None);
        // More came back than was sold.
        assert_eq!(wanted(-4, false, None), Some(0));
    }

    fn margins() -> impl Strategy<Value = Margins> {
        (0..1_000_i64, 0..1_000_i64, 0..1_000_i64, 0..=9_000_i32).prop_map(
            |(price_minor, unit_cost_minor, salvage_minor, substitution_share_bp)| Margins {
                price_minor,
                unit_cost_minor,
                salvage_minor,
                substitution_share_bp,
            },
        )
    }

    proptest! {
        #[test]
        fn it_is_the_sum_over_the_units(margins in margins(), there in 0..300_i64, demand in 0..300_i64) {
            let over = (margins.unit_cost_minor - margins.salvage_minor).max(0);
            let under = (margins.price_minor - margins.unit_cost_minor).max(0);
            let lost = i64::from(10_000 - margins.substitution_share_bp);
            let mut parts = 0;
            for unit in 0..there.max(demand) {
                parts += match (unit < there, unit < demand) {
                    (true, false) => over * 10_000,
                    (false, true) => under * lost,
                    _ => 0,
                };
            }
            prop_assert_eq!(margins.cost(there, demand), (parts + 5_000) / 10_000);
        }

        #[test]
        fn equal_quantities_differ_by_nothing_and_none_is_better_than_what_was_wanted(
            margins in margins(), there in 0..i64::MAX, demand in 0..i64::MAX,
        ) {
            prop_assert_eq!(margins.cost(there, demand) - margins.cost(there, demand), 0);
            prop_assert_eq!(margins.cost(demand, demand), 0);
            prop_assert!(margins.cost(there, demand) >= 0);
        }

        #[test]
        fn nearer_to_what_was_wanted_never_costs_more(
            margins in margins(), demand in 0..10_000_i64, near in 0..5_000_i64, more in 0..5_000_i64,
        ) {
            prop_assert!(margins.cost(demand + near, demand) <= margins.cost(demand + near + more, demand));
            prop_assert!(margins.cost(demand - near, demand) <= margins.cost(demand - near - more, demand));
        }
    }
}
