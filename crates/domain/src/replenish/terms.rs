//! On which terms a shelf is filled: those of its product, and what somebody chose for this shelf instead.

use super::newsvendor::{
    MAX_SUBSTITUTION_SHARE_BP, Ratio, RatioCase, chosen_ratio, critical_ratio,
};
use super::plan::service_share;
use crate::stock::MAX_QUANTITY;
use crate::{RatioBy, ReplenishmentPolicy};
use serde::{Deserialize, Serialize};

/// Lowest and highest service level that somebody may choose, in basis points.
pub const SERVICE_LEVEL_RANGE_BP: (i32, i32) = (500, 9_990);

/// Highest salvage value that somebody may choose, in minor units per base unit.
pub const MAX_SALVAGE_MINOR: i64 = 100_000_000;

/// The terms on which a shelf is filled. Shares and levels in basis points, money in minor units per base unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Terms {
    pub policy: ReplenishmentPolicy,
    /// From what the ratio of fresh goods is found.
    pub ratio_by: RatioBy,
    /// Share of days on which it should not run out.
    pub service_level_bp: i32,
    /// What an unsold unit still brings.
    pub salvage_minor: i64,
    /// Share of missed sales that buy something else instead.
    pub substitution_share_bp: i32,
}

/// What somebody chose for a shelf. What is not chosen is as the product has it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct ShelfChoice {
    #[serde(default)]
    pub policy: Option<ReplenishmentPolicy>,
    #[serde(default)]
    pub ratio_by: Option<RatioBy>,
    #[cfg_attr(feature = "openapi", schema(minimum = 500, maximum = 9990))]
    #[serde(default)]
    pub service_level_bp: Option<i32>,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 100000000))]
    #[serde(default)]
    pub salvage_minor: Option<i64>,
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 9000))]
    #[serde(default)]
    pub substitution_share_bp: Option<i32>,
}

/// The levels of a shelf with goods that keep, in base units. What is not set is computed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(deny_unknown_fields)]
pub struct Levels {
    /// Stock at or below which more is made.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    #[serde(default)]
    pub reorder_point: Option<i64>,
    /// Stock that is then filled up to.
    #[cfg_attr(feature = "openapi", schema(minimum = 0, maximum = 1000000000))]
    #[serde(default)]
    pub order_up_to: Option<i64>,
}

/// Why a choice cannot be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChoiceError {
    /// Of the service level.
    #[error("the service level lies between {} and {} basis points", SERVICE_LEVEL_RANGE_BP.0, SERVICE_LEVEL_RANGE_BP.1)]
    ServiceLevel,
    /// Of the salvage value.
    #[error("the salvage value lies between 0 and {MAX_SALVAGE_MINOR}")]
    Salvage,
    /// Of the share of substitutes.
    #[error("the share of substitutes lies between 0 and {MAX_SUBSTITUTION_SHARE_BP} basis points")]
    SubstitutionShare,
    /// Of the reorder point.
    #[error("the reorder point lies between 0 and {MAX_QUANTITY}")]
    ReorderPoint,
    /// Of the level that is filled up to.
    #[error("the level to fill up to lies between the reorder point and {MAX_QUANTITY}")]
    OrderUpTo,
}

impl ShelfChoice {
    /// Whether nothing is chosen.
    #[must_use]
    pub fn is_none(&self) -> bool {
        *self == Self::default()
    }

    /// Whether somebody can mean it.
    ///
    /// # Errors
    /// A number out of its range.
    pub fn check(&self) -> Result<(), ChoiceError> {
        let (lowest, highest) = SERVICE_LEVEL_RANGE_BP;
        if self
            .service_level_bp
            .is_some_and(|level| !(lowest..=highest).contains(&level))
        {
            return Err(ChoiceError::ServiceLevel);
        }
        if self
            .salvage_minor
            .is_some_and(|salvage| !(0..=MAX_SALVAGE_MINOR).contains(&salvage))
        {
            return Err(ChoiceError::Salvage);
        }
        if self
            .substitution_share_bp
            .is_some_and(|share| !(0..=MAX_SUBSTITUTION_SHARE_BP).contains(&share))
        {
            return Err(ChoiceError::SubstitutionShare);
        }
        Ok(())
    }
}

impl Levels {
    /// Whether somebody can mean them.
    ///
    /// # Errors
    /// A level out of its range, or filling up to less than the reorder point.
    pub fn check(&self) -> Result<(), ChoiceError> {
        let possible = |level: i64| (0..=MAX_QUANTITY).contains(&level);
        if self.reorder_point.is_some_and(|point| !possible(point)) {
            return Err(ChoiceError::ReorderPoint);
        }
        let lowest = self.reorder_point.unwrap_or(0);
        if self
            .order_up_to
            .is_some_and(|level| !possible(level) || level < lowest)
        {
            return Err(ChoiceError::OrderUpTo);
        }
        Ok(())
    }
}

impl Terms {
    /// The terms with what somebody chose in their place.
    #[must_use]
    pub fn with(self, choice: ShelfChoice) -> Self {
        Self {
            policy: choice.policy.unwrap_or(self.policy),
            ratio_by: choice.ratio_by.unwrap_or(self.ratio_by),
            service_level_bp: choice.service_level_bp.unwrap_or(self.service_level_bp),
            salvage_minor: choice.salvage_minor.unwrap_or(self.salvage_minor),
            substitution_share_bp: choice
                .substitution_share_bp
                .unwrap_or(self.substitution_share_bp),
        }
    }

    /// The share of days on which demand should be met in full, of goods with this price and unit cost. Goods that keep go by their
    /// service level, as [`super::plan()`] does.
    #[must_use]
    pub fn ratio(&self, price_minor: i64, unit_cost_minor: i64) -> Ratio {
        match (self.policy, self.ratio_by) {
            (ReplenishmentPolicy::Newsvendor, RatioBy::Costs) => critical_ratio(
                price_minor,
                unit_cost_minor,
                self.salvage_minor,
                self.service_level_bp,
                self.substitution_share_bp,
            ),
            (ReplenishmentPolicy::Newsvendor, RatioBy::ServiceLevel) => {
                chosen_ratio(self.service_level_bp)
            }
            (ReplenishmentPolicy::ReorderPoint, _) => Ratio {
                value: service_share(self.service_level_bp),
                case: RatioCase::ServiceLevel,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const OF_PRODUCT: Terms = Terms {
        policy: ReplenishmentPolicy::Newsvendor,
        ratio_by: RatioBy::Costs,
        service_level_bp: 9_500,
        salvage_minor: 20,
        substitution_share_bp: 0,
    };

    #[test]
    fn what_is_not_chosen_is_as_the_product_has_it() {
        assert_eq!(OF_PRODUCT.with(ShelfChoice::default()), OF_PRODUCT);
        let choice = ShelfChoice {
            salvage_minor: Some(0),
            ..ShelfChoice::default()
        };
        let terms = OF_PRODUCT.with(choice);
        assert_eq!(
            terms,
            Terms {
                salvage_minor: 0,
                ..OF_PRODUCT
            }
        );
        assert!(!choice.is_none() && ShelfChoice::default().is_none());
    }

    #[test]
    fn the_ratio_follows_the_costs_or_the_chosen_level() {
        let by_costs = OF_PRODUCT.ratio(300, 100);
        assert!((by_costs.value - 2.0 / 2.8).abs() < 1e-12);
        let choice = ShelfChoice {
            ratio_by: Some(RatioBy::ServiceLevel),
            service_level_bp: Some(9_800),
            ..ShelfChoice::default()
        };
        let chosen = OF_PRODUCT.with(choice).ratio(300, 100);
        assert_eq!((chosen.value, chosen.case), (0.98, RatioCase::Chosen));
        let shared = Terms {
            substitution_share_bp: 5_000,
            ..OF_PRODUCT
        };
        assert!((shared.ratio(300, 100).value - 1.0 / 1.8).abs() < 1e-12);
    }

    #[test]
    fn goods_that_keep_go_by_what_is_planned_for() {
        let keeps = |level: i32| {
            let terms = Terms {
                policy: ReplenishmentPolicy::ReorderPoint,
                service_level_bp: level,
                ..OF_PRODUCT
            };
            let ratio = terms.ratio(300, 100);
            assert_eq!(ratio.case, RatioCase::ServiceLevel);
            ratio.value
        };
        assert_eq!((keeps(9_950), keeps(9_900)), (0.995, 0.99));
        // Less than every second day is not planned for, and all days are not either.
        assert_eq!((keeps(500), keeps(9_995)), (0.5, 0.999));
    }

    #[test]
    fn absurd_choices_are_refused() {
        let choice = ShelfChoice::default();
        for level in [-1, 0, 499, 9_991, i32::MAX] {
            let choice = ShelfChoice {
                service_level_bp: Some(level),
                ..choice
            };
            assert_eq!(choice.check(), Err(ChoiceError::ServiceLevel), "{level}");
        }
        for share in [-1, 9_001, i32::MAX] {
            let choice = ShelfChoice {
                substitution_share_bp: Some(share),
                ..choice
            };
            assert_eq!(
                choice.check(),
                Err(ChoiceError::SubstitutionShare),
                "{share}"
            );
        }
        for salvage in [-1, i64::MAX] {
            let choice = ShelfChoice {
                salvage_minor: Some(salvage),
                ..choice
            };
            assert_eq!(choice.check(), Err(ChoiceError::Salvage), "{salvage}");
        }
        let levels = |reorder_point, order_up_to| Levels {
            reorder_point,
            order_up_to,
        };
        assert_eq!(
            levels(Some(-1), None).check(),
            Err(ChoiceError::ReorderPoint)
        );
        assert_eq!(
            levels(Some(10), Some(9)).check(),
            Err(ChoiceError::OrderUpTo)
        );
        assert_eq!(levels(None, Some(-1)).check(), Err(ChoiceError::OrderUpTo));
        assert_eq!(levels(Some(10), Some(10)).check(), Ok(()));
        assert_eq!(Levels::default().check(), Ok(()));
    }

    proptest! {
        #[test]
        fn a_choice_that_may_be_gives_a_ratio_that_can_be_answered(
            level in 500..=9_990_i32, share in 0..=9_000_i32, salvage in 0..1_000_i64, price in 0..1_000_i64, cost in 0..1_000_i64,
            by_costs in any::<bool>(),
        ) {
            let choice = ShelfChoice {
                policy: None,
                ratio_by: Some(if by_costs { RatioBy::Costs } else { RatioBy::ServiceLevel }),
                service_level_bp: Some(level),
                salvage_minor: Some(salvage),
                substitution_share_bp: Some(share),
            };
            prop_assert!(choice.check().is_ok());
            let ratio = OF_PRODUCT.with(choice).ratio(price, cost).value;
            prop_assert!((0.02..=0.98).contains(&ratio));
        }
    }
}
