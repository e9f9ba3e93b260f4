//! What a missed sale costs against what a left-over costs.

use serde::{Deserialize, Serialize};

/// Lowest and highest ratio that eleven quantiles can still answer.
const RATIO_RANGE: (f64, f64) = (0.02, 0.98);

/// Largest share of missed sales that may be taken to buy something else instead, in basis points.
pub const MAX_SUBSTITUTION_SHARE_BP: i32 = 9_000;

/// How the ratio came about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RatioCase {
    /// From price, unit cost and salvage value.
    Costs,
    /// Price or unit cost is not known: the service level stands in.
    ServiceLevel,
    /// Somebody chose the service level, whatever the costs say.
    Chosen,
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

/// The ratio that a service level in basis points stands for.
#[must_use]
pub fn chosen_ratio(service_level_bp: i32) -> Ratio {
    Ratio {
        value: bounded(f64::from(service_level_bp) / 10_000.0),
        case: RatioCase::Chosen,
    }
}

fn bounded(value: f64) -> f64 {
    value.clamp(RATIO_RANGE.0, RATIO_RANGE.1)
}

/// Share of a missed sale's margin that is lost, where `substitution_share_bp` of the missed sales buy something else.
#[must_use]
pub fn lost_share(substitution_share_bp: i32) -> f64 {
    let share = substitution_share_bp.clamp(0, MAX_SUBSTITUTION_SHARE_BP);
    f64::from(10_000 - share) / 10_000.0
}

/// The newsvendor's critical ratio `under / (under + over)` with `under = (price - unit cost) * (1 - substitution share)` and
/// `over = unit cost - salvage` per unit (Arrow, Harris and Marschak 1951; Snyder and Shen, section 4.3).
///
/// Whoever finds nothing left buys a substitute with the probability of the substitution share, and what the substitute earns is not
/// lost (Parlar and Goyal 1984; Netessine and Rudi 2003). The substitute is taken to earn the same margin and to be there: a share
/// close to one would bake nothing, so it ends at nine tenths.
///
/// Money in minor units per base unit; `service_level_bp` stands in where price or cost is unknown; shares in basis points.
#[must_use]
pub fn critical_ratio(
    price_minor: i64,
    unit_cost_minor: i64,
    salvage_minor: i64,
    service_level_bp: i32,
    substitution_share_bp: i32,
) -> Ratio {
    if price_minor <= 0 || unit_cost_minor <= 0 {
        return Ratio {
            value: bounded(f64::from(service_level_bp) / 10_000.0),
            case: RatioCase::ServiceLevel,
        };
    }
    let margin = price_minor.saturating_sub(unit_cost_minor);
    let over = unit_cost_minor.saturating_sub(salvage_minor.max(0));
    if margin <= 0 {
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
    let under = margin as f64 * lost_share(substitution_share_bp);
    Ratio {
        value: bounded(under / (under + over as f64)),
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
        let ratio = critical_ratio(300, 100, 20, 9_000, 0);
        assert!((ratio.value - 2.0 / 2.8).abs() < 1e-12);
        assert_eq!(ratio.case, RatioCase::Costs);
    }

    #[test]
    fn odd_costs_have_named_answers() {
        assert_eq!(
            critical_ratio(0, 0, 0, 9_000, 0),
            Ratio {
                value: 0.9,
                case: RatioCase::ServiceLevel
            }
        );
        assert_eq!(critical_ratio(100, 0, 0, 9_999, 0).value, 0.98);
        assert_eq!(
            critical_ratio(100, 120, 0, 9_000, 0),
            Ratio {
                value: 0.5,
                case: RatioCase::NoMargin
            }
        );
        assert_eq!(
            critical_ratio(300, 100, 100, 9_000, 0),
            Ratio {
                value: 0.98,
                case: RatioCase::NothingLost
            }
        );
        assert_eq!(
            critical_ratio(300, 100, -50, 9_000, 0).value,
            critical_ratio(300, 100, 0, 9_000, 0).value
        );
    }

    #[test]
    fn a_substitute_takes_its_share_off_the_margin() {
        // Half of those who miss it buy something else: 1.00 / 1.80.
        let ratio = critical_ratio(300, 100, 20, 9_000, 5_000);
        assert!((ratio.value - 1.0 / 1.8).abs() < 1e-12);
        assert_eq!(ratio.case, RatioCase::Costs);
        // Never more than nine tenths, and nobody is taken to buy less than nothing.
        let most = critical_ratio(300, 100, 20, 9_000, 9_000);
        assert_eq!(critical_ratio(300, 100, 20, 9_000, 10_000), most);
        let none = critical_ratio(300, 100, 20, 9_000, 0);
        assert_eq!(critical_ratio(300, 100, 20, 9_000, -1), none);
    }

    #[test]
    fn a_chosen_level_is_answered_within_what_quantiles_can_say() {
        assert_eq!(chosen_ratio(8_000).value, 0.8);
        assert_eq!(chosen_ratio(9_990).value, 0.98);
        assert_eq!(chosen_ratio(8_000).case, RatioCase::Chosen);
    }

    proptest! {
        #[test]
        fn ratios_stay_answerable(price in -10..i64::MAX, cost in -10..i64::MAX, salvage in i64::MIN..i64::MAX, level in 0..10_000_i32, share in -10..11_000_i32) {
            let ratio = critical_ratio(price, cost, salvage, level, share).value;
            prop_assert!((0.02..=0.98).contains(&ratio));
        }

        #[test]
        fn a_higher_share_of_substitutes_never_raises_the_ratio(
            price in 0..100_000_i64, cost in 0..100_000_i64, salvage in 0..100_000_i64, share in 0..9_000_i32, more in 0..9_000_i32,
        ) {
            let little = critical_ratio(price, cost, salvage, 9_000, share);
            let much = critical_ratio(price, cost, salvage, 9_000, share.saturating_add(more));
            prop_assert!(much.value <= little.value);
            prop_assert_eq!(much.case, little.case);
        }
    }
}
