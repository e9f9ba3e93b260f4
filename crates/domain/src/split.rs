//! One quantity for several stores: who gets how much of it.

use std::cmp::Reverse;

/// A weight above this counts as this: more than any shop sells of anything in a day, in thousandths.
const LARGEST_WEIGHT: i64 = 1 << 40;

/// Parts of `total` in proportion to `weights`, one for each weight and in their order; together they are exactly `total`.
///
/// Whole trays of `tray` base units are given by the method of largest remainders; what is left and fills no tray goes to whoever then
/// lacks most. Of equals the first is served first, so the answer is always the same. Without any weight above zero all count alike. A
/// total below one gives nothing to anybody.
#[must_use]
pub fn split(total: i64, tray: i64, weights: &[i64]) -> Vec<i64> {
    let mut parts = vec![0_i64; weights.len()];
    if total < 1 || weights.is_empty() {
        return parts;
    }
    let tray = tray.max(1);
    let mut weights: Vec<i128> = weights
        .iter()
        .map(|weight| i128::from((*weight).clamp(0, LARGEST_WEIGHT)))
        .collect();
    if weights.iter().all(|weight| *weight == 0) {
        weights.fill(1);
    }
    let sum: i128 = weights.iter().sum();
    let trays = total / tray;
    let claim = |at: usize| i128::from(trays) * weights[at];
    for (at, part) in parts.iter_mut().enumerate() {
        // Never more than all trays, which fit.
        *part = i64::try_from(claim(at) / sum).unwrap_or(trays);
    }
    let mut by_remainder: Vec<usize> = (0..weights.len()).collect();
    by_remainder.sort_by_key(|at| (Reverse(claim(*at) % sum), *at));
    let left = usize::try_from(trays - parts.iter().sum::<i64>()).unwrap_or(0);
    for at in by_remainder.into_iter().take(left) {
        parts[at] += 1;
    }
    for part in &mut parts {
        *part *= tray;
    }
    let lacks = |at: usize| i128::from(total) * weights[at] - i128::from(parts[at]) * sum;
    let neediest = (0..weights.len()).max_by_key(|at| (lacks(*at), Reverse(*at)));
    if let Some(at) = neediest {
        parts[at] += total % tray;
    }
    parts
}

#[cfg(test)]
mod tests {
    use super::split;
    use proptest::prelude::*;

    #[test]
    fn whole_trays_go_where_they_are_sold() {
        assert_eq!(split(120, 12, &[50_000, 30_000, 20_000]), [60, 36, 24]);
        // 10 trays at 1 : 1 : 1 are 3 each, and the first one more.
        assert_eq!(split(120, 12, &[7, 7, 7]), [48, 36, 36]);
        // 5, 3.33 and 1.67 trays.
        assert_eq!(split(120, 12, &[3, 2, 1]), [60, 36, 24]);
    }

    #[test]
    fn what_fills_no_tray_goes_to_who_lacks_most() {
        assert_eq!(split(30, 12, &[1, 1]), [18, 12]);
        assert_eq!(split(7, 12, &[1, 3]), [0, 7]);
        assert_eq!(split(5, 1, &[1, 1, 1]), [2, 2, 1]);
    }

    #[test]
    fn without_weights_all_count_alike() {
        assert_eq!(split(48, 12, &[0, -5]), [24, 24]);
        assert_eq!(split(48, 12, &[]), [] as [i64; 0]);
        assert_eq!(split(0, 12, &[1, 2]), [0, 0]);
        assert_eq!(split(-3, 12, &[1, 2]), [0, 0]);
        // A tray of nothing is a tray of one.
        assert_eq!(split(3, 0, &[1, 2]), [1, 2]);
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let parts = split(i64::MAX, 1, &[i64::MAX; 200]);
        assert_eq!(
            parts.iter().map(|p| i128::from(*p)).sum::<i128>(),
            i128::from(i64::MAX)
        );
    }

    proptest! {
        /// Nothing is lost and nothing invented, at most one part is no whole number of trays, and whoever sells more gets no less.
        #[test]
        fn the_parts_are_the_total(
            total in 0_i64..10_000_000,
            tray in 1_i64..200,
            weights in prop::collection::vec(-10_i64..2_000_000, 1..40),
        ) {
            let parts = split(total, tray, &weights);
            prop_assert_eq!(parts.len(), weights.len());
            prop_assert_eq!(parts.iter().sum::<i64>(), total);
            prop_assert!(parts.iter().all(|part| *part >= 0));
            prop_assert!(parts.iter().filter(|part| **part % tray != 0).count() <= 1);
            for (part, weight) in parts.iter().zip(&weights) {
                for (other, less) in parts.iter().zip(&weights) {
                    if weight > less && *weight > 0 {
                        prop_assert!(part >= other);
                    }
                }
            }
            prop_assert_eq!(split(total, tray, &weights), parts);
        }
    }
}
