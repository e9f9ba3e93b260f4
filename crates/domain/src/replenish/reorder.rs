//! At which stock somebody is told that more is needed.

use crate::ReplenishmentPolicy;

/// The reorder point that a shelf is watched by, in base units: the one that a person set, whatever the policy; else the one that was
/// computed with its suggestions, where its goods keep. `None` where there is none, or where nothing is expected to be asked for: an
/// empty shelf of what nobody wants lacks nothing.
#[must_use]
pub fn watched_point(
    typed: Option<i64>,
    policy: ReplenishmentPolicy,
    computed: Option<i64>,
) -> Option<i64> {
    let computed = match policy {
        ReplenishmentPolicy::ReorderPoint => computed.filter(|point| *point > 0),
        ReplenishmentPolicy::Newsvendor => None,
    };
    typed.or(computed)
}

/// An ingredient in a kitchen, in base units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct IngredientStock {
    /// On the shelf and not expired.
    pub good: i64,
    /// Of it held back for batches in the oven, or promised to other stores.
    pub reserved: i64,
    /// On the road to the kitchen.
    pub coming: i64,
}

impl IngredientStock {
    /// What is free, with what is on its way.
    #[must_use]
    pub const fn position(self) -> i64 {
        self.good - self.reserved + self.coming
    }

    /// Whether so much should be told to whoever buys: it is at or below the point, and something is needed at all.
    #[must_use]
    pub const fn is_low(self, point: i64) -> bool {
        point > 0 && self.position() <= point
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_a_person_set_wins_over_what_was_computed() {
        use ReplenishmentPolicy::{Newsvendor, ReorderPoint};
        assert_eq!(watched_point(Some(10), ReorderPoint, Some(26)), Some(10));
        assert_eq!(watched_point(Some(0), ReorderPoint, Some(26)), Some(0));
        assert_eq!(watched_point(None, ReorderPoint, Some(26)), Some(26));
        // Fresh goods are baked every day: only a person wants to be told of them.
        assert_eq!(watched_point(Some(10), Newsvendor, None), Some(10));
        assert_eq!(watched_point(None, Newsvendor, Some(26)), None);
        assert_eq!(watched_point(None, ReorderPoint, Some(0)), None);
        assert_eq!(watched_point(None, ReorderPoint, None), None);
    }

    #[test]
    fn what_is_spoken_for_is_not_there_and_what_is_on_the_road_is() {
        let flour = IngredientStock {
            good: 5_000,
            reserved: 3_000,
            coming: 0,
        };
        assert_eq!(flour.position(), 2_000);
        assert!(flour.is_low(2_000) && !flour.is_low(1_999));
        let coming = IngredientStock {
            coming: 25_000,
            ..flour
        };
        assert!(!coming.is_low(2_000));
        // Nobody needs any.
        assert!(!flour.is_low(0));
    }

    proptest! {
        #[test]
        fn more_of_it_never_opens_an_alert(
            good in -1_000..1_000_i64, reserved in 0..1_000_i64, coming in 0..1_000_i64, more in 0..1_000_i64, point in 0..1_000_i64,
        ) {
            let now = IngredientStock { good, reserved, coming };
            for then in [IngredientStock { good: good + more, ..now }, IngredientStock { coming: coming + more, ..now }] {
                prop_assert!(now.is_low(point) || !then.is_low(point));
            }
        }
    }
}
