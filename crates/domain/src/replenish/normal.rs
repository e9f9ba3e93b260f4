//! The normal distribution, and the newsvendor under it.

use std::f64::consts::{PI, SQRT_2};

/// Density of the standard normal distribution.
#[must_use]
pub fn density(x: f64) -> f64 {
    (-0.5 * x * x).exp() / (2.0 * PI).sqrt()
}

/// Distribution function of the standard normal distribution, absolute error below 1e-14.
///
/// Source: G. West, "Better approximations to cumulative normal functions", Wilmott Magazine 2005, after J. Hart,
/// "Computer Approximations", algorithm 5666.
#[must_use]
pub fn cumulative(x: f64) -> f64 {
    let z = x.abs();
    if z > 37.0 {
        return if x > 0.0 { 1.0 } else { 0.0 };
    }
    let e = (-0.5 * z * z).exp();
    let tail = if z < 10.0 / SQRT_2 {
        let over = horner(
            z,
            &[
                220.206_867_912_376,
                221.213_596_169_931,
                112.079_291_497_871,
                33.912_866_078_383,
                6.373_962_203_531_65,
                0.700_383_064_443_688,
                3.526_249_659_989_11e-2,
            ],
        );
        let under = horner(
            z,
            &[
                440.413_735_824_752,
                793.826_512_519_948,
                637.333_633_378_831,
                296.564_248_779_674,
                86.780_732_202_946_1,
                16.064_177_579_207,
                1.755_667_163_182_64,
                8.838_834_764_831_84e-2,
            ],
        );
        e * over / under
    } else {
        let fraction = z + 1.0 / (z + 2.0 / (z + 3.0 / (z + 4.0 / (z + 0.65))));
        e / fraction / (2.0 * PI).sqrt()
    };
    if x > 0.0 { 1.0 - tail } else { tail }
}

/// Inverse of [`cumulative`], relative error about 1e-16; infinite at 0 and 1, not a number outside.
///
/// Source: M. J. Wichura, "Algorithm AS 241: The Percentage Points of the Normal Distribution", Applied Statistics 37
/// (1988), routine PPND16.
#[must_use]
pub fn inverse(p: f64) -> f64 {
    if p.is_nan() || !(0.0..=1.0).contains(&p) {
        return f64::NAN;
    }
    if p == 0.0 {
        return f64::NEG_INFINITY;
    }
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let q = p - 0.5;
    if q.abs() <= 0.425 {
        let r = 0.180_625 - q * q;
        return q * horner(r, &CENTRE_OVER) / horner(r, &CENTRE_UNDER);
    }
    let r = (-(if q < 0.0 { p } else { 1.0 - p }).ln()).sqrt();
    let x = if r <= 5.0 {
        horner(r - 1.6, &MIDDLE_OVER) / horner(r - 1.6, &MIDDLE_UNDER)
    } else {
        horner(r - 5.0, &FAR_OVER) / horner(r - 5.0, &FAR_UNDER)
    };
    if q < 0.0 { -x } else { x }
}

/// Polynomial with ascending coefficients.
fn horner(x: f64, coefficients: &[f64]) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

const CENTRE_OVER: [f64; 8] = [
    3.387_132_872_796_366_5,
    1.331_416_678_917_843_8e2,
    1.971_590_950_306_551_3e3,
    1.373_169_376_550_946e4,
    4.592_195_393_154_987e4,
    6.726_577_092_700_87e4,
    3.343_057_558_358_813e4,
    2.509_080_928_730_122_7e3,
];
const CENTRE_UNDER: [f64; 8] = [
    1.0,
    4.231_333_070_160_091e1,
    6.871_870_074_920_579e2,
    5.394_196_021_424_751e3,
    2.121_379_430_158_659_7e4,
    3.930_789_580_009_271e4,
    2.872_908_573_572_194_3e4,
    5.226_495_278_852_854e3,
];
const MIDDLE_OVER: [f64; 8] = [
    1.423_437_110_749_683_5,
    4.630_337_846_156_546,
    5.769_497_221_460_691,
    3.647_848_324_763_204_5,
    1.270_458_252_452_368_4,
    2.417_807_251_774_506e-1,
    2.272_384_498_926_918_4e-2,
    7.745_450_142_783_414e-4,
];
const MIDDLE_UNDER: [f64; 8] = [
    1.0,
    2.053_191_626_637_759,
    1.676_384_830_183_803_8,
    6.897_673_349_851e-1,
    1.481_039_764_274_800_8e-1,
    1.519_866_656_361_645_7e-2,
    5.475_938_084_995_345e-4,
    1.050_750_071_644_416_9e-9,
];
const FAR_OVER: [f64; 8] = [
    6.657_904_643_501_103,
    5.463_784_911_164_114,
    1.784_826_539_917_291_3,
    2.965_605_718_285_048_7e-1,
    2.653_218_952_657_612_4e-2,
    1.242_660_947_388_078_4e-3,
    2.711_555_568_743_487_6e-5,
    2.010_334_399_292_288_1e-7,
];
const FAR_UNDER: [f64; 8] = [
    1.0,
    5.998_322_065_558_88e-1,
    1.369_298_809_227_358e-1,
    1.487_536_129_085_061_5e-2,
    7.868_691_311_456_133e-4,
    1.846_318_317_510_054_8e-5,
    1.421_511_758_316_446e-7,
    2.044_263_103_389_939_8e-15,
];

/// Best level under normal demand, and its expected cost per period: holding cost `over` per unit left,
/// penalty `under` per unit missed. `S = mean + sd * z(under / (under + over))`, `cost = (over + under) * density(z) * sd`
/// (Snyder and Shen, "Fundamentals of Supply Chain Theory", section 4.3.2).
#[must_use]
pub fn newsvendor_normal(over: f64, under: f64, mean: f64, sd: f64) -> (f64, f64) {
    let z = inverse(under / (under + over));
    (mean + sd * z, (over + under) * density(z) * sd)
}

/// Expected cost per period of any level under normal demand, same source: `over * E[left] + under * E[missed]` with
/// `E[missed] = sd * (density(z) - z * (1 - cumulative(z)))`.
#[must_use]
pub fn expected_cost_normal(over: f64, under: f64, mean: f64, sd: f64, level: f64) -> f64 {
    let z = (level - mean) / sd;
    let missed = sd * (density(z) - z * (1.0 - cumulative(z)));
    over * (level - mean + missed) + under * missed
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Reference values of Python's `statistics.NormalDist`.
    #[test]
    fn known_points_of_the_normal_distribution_are_met() {
        for (p, x) in [
            (0.5, 0.0),
            (0.9, 1.281_551_565_544_600_4),
            (0.975, 1.959_963_984_540_054),
            (0.001, -3.090_232_306_167_813_5),
            (1e-12, -7.034_483_825_301_131),
        ] {
            assert!(
                (inverse(p) - x).abs() < 1e-12,
                "{p}: {} against {x}",
                inverse(p)
            );
            assert!(
                (cumulative(x) - p).abs() < 1e-13,
                "{x}: {} against {p}",
                cumulative(x)
            );
        }
        assert_eq!(inverse(0.0), f64::NEG_INFINITY);
        assert_eq!(inverse(1.0), f64::INFINITY);
        assert!(inverse(1.5).is_nan() && inverse(f64::NAN).is_nan());
    }

    /// Worked example of stockpyl: holding 2, penalty 18, demand N(120, 10).
    #[test]
    fn the_worked_example_of_stockpyl_is_reproduced() {
        let (level, cost) = newsvendor_normal(2.0, 18.0, 120.0, 10.0);
        assert!((level - 132.815_515_655_446).abs() < 1e-9, "{level}");
        assert!((cost - 35.099_666_386_497_35).abs() < 1e-9, "{cost}");
        assert!((expected_cost_normal(2.0, 18.0, 120.0, 10.0, level) - cost).abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn the_inverse_undoes_the_distribution_function(p in 1e-9..1.0_f64) {
            let back = cumulative(inverse(p));
            prop_assert!((back - p).abs() < 1e-12, "{} {}", p, back);
        }

        #[test]
        fn no_level_costs_less_than_the_best_one(over in 0.1..20.0_f64, under in 0.1..20.0_f64, sd in 0.5..50.0_f64, shift in -3.0..3.0_f64) {
            let (level, cost) = newsvendor_normal(over, under, 100.0, sd);
            prop_assert!(expected_cost_normal(over, under, 100.0, sd, level + shift * sd) >= cost - 1e-9);
        }
    }
}
