//! What a missed sale costs against what a left-over costs.

use serde::{Deserialize, Serialize};

/// Lowest and highest ratio that eleven quantiles can still answer.
const RATIO_RANGE: (f64, f64) = (0.02, 0.98);

/// How the ratio came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RatioCase {
    /// From price, unit cost and salvage value.
    Costs,
    /// Price or unit cost is not known: the product's service level stands in.
    ServiceLevel,
    /// The unit costs as much as it sells for: half the days are planned to sell out, and the costs should be looked at.
    NoMargin,
    /// What is left brings back its cost: as good as never sold out.
    NothingLost,
}

/// The share of days on which demand should be met in full.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Ratio {
    pub value: f64,
    pub case: RatioCase,
}

/// The newsvendor's critical ratio `under / (under + over)` with `under = price - unit cost` and
/// `over = unit cost - salvage` per unit (Arrow, Harris and Marschak 1951; Snyder and Shen, section 4.3).
///
/// All in minor units of money per base unit; `service_level_bp` in basis points stands in where costs are unknown.
#[must_use]
pub fn critical_ratio(
    price_minor: i64,
    unit_cost_minor: i64,
    salvage_minor: i64,
    service_level_bp: i32,
) -> Ratio {
    let bounded = |value: f64| value.clamp(RATIO_RANGE.0, RATIO_RANGE.1);
    if price_minor <= 0 || unit_cost_minor <= 0 {
        return Ratio {
            value: bounded(f64::from(service_level_bp) / 10_000.0),
            case: RatioCase::ServiceLevel,
        };
    }
    let under = price_minor.saturating_sub(unit_cost_minor);
    let over = unit_cost_minor.saturating_sub(salvage_minor.max(0));
    if under <= 0 {
        return Ratio {
            value: 0.5,
            case: RatioCase::NoMargin,
        };
    }
    if over <= 0 {
        return Ratio {
            value: RATIO_RANGE.1,
            case: RatioCase::NothingLost,
        };
    }
    Ratio {
        value: bounded(under as f64 / (under as f64 + over as f64)),
        case: RatioCase::Costs,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_ratio_weighs_margin_against_loss() {
        // Sells at 3.00, costs 1.00, brings 0.20 the day after: 2.00 / 2.80.
        let ratio = critical_ratio(300, 100, 20, 9_000);
        assert!((ratio.value - 2.0 / 2.8).abs() < 1e-12);
        assert_eq!(ratio.case, RatioCase::Costs);
    }

    #[test]
    fn odd_costs_have_named_answers() {
        assert_eq!(
            critical_ratio(0, 0, 0, 9_000),
            Ratio {
                value: 0.9,
                case: RatioCase::ServiceLevel
            }
        );
        assert_eq!(critical_ratio(100, 0, 0, 9_999).value, 0.98);
        assert_eq!(
            critical_ratio(100, 120, 0, 9_000),
            Ratio {
                value: 0.5,
                case: RatioCase::NoMargin
            }
        );
        assert_eq!(
            critical_ratio(300, 100, 100, 9_000),
            Ratio {
                value: 0.98,
                case: RatioCase::NothingLost
            }
        );
        assert_eq!(
            critical_ratio(300, 100, -50, 9_000).value,
            critical_ratio(300, 100, 0, 9_000).value
        );
    }

    proptest! {
        #[test]
        fn ratios_stay_answerable(price in -10..i64::MAX, cost in -10..i64::MAX, salvage in i64::MIN..i64::MAX, level in 0..10_000_i32) {
            let ratio = critical_ratio(price, cost, salvage, level).value;
            prop_assert!((0.02..=0.98).contains(&ratio));
        }
    }
}
