//! Parts of a shop's day: what of a batch is wanted in the morning, at midday and in the afternoon.
//!
//! Goods that are baked for the same day's sale are better baked in parts: what is sold in the afternoon can be fresh in the
//! afternoon. When in the day a shelf is bought from is learned from the lines of its tickets. Few lines say little, so every shelf
//! leans on its category in the shop, that on the category in the chain, and that on the whole chain, each with `L` =
//! [`LEAN_LINES`] pseudo lines spread as the broader group says:
//!
//! ```text
//! share(k) = (n(k) + L * broader(k)) / (n + L)        n(k): lines of part k, n: all lines
//! ```
//!
//! This is the mean of a multinomial share whose prior is a Dirichlet distribution around the broader group, worth `L` lines. A group
//! with as many lines as `L` believes itself half; one with none is the broader group.
//!
//! The broader group may be open when this shop is not: a part in which the shop is closed by its hours, and of which the shelf has no
//! line of its own, gets nothing, and the others its share in proportion.

use crate::split::split;
use serde::{Deserialize, Serialize};

/// Parts of a day.
pub const PARTS: usize = 3;

/// Pseudo lines of the broader group; as many as the search for sold-out days leans on.
pub const LEAN_LINES: f64 = 150.0;

/// The whole of a batch, in basis points.
const WHOLE_BP: i32 = 10_000;

/// A part of a shop's day, between opening and closing. When midday and the afternoon begin is the organization's setting.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum DayPart {
    Morning,
    Midday,
    Afternoon,
}

impl DayPart {
    /// In the order of the day.
    pub const ALL: [Self; PARTS] = [Self::Morning, Self::Midday, Self::Afternoon];
}

/// What of a batch is for one part of the day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct PartQuantity {
    pub part: DayPart,
    /// Share of the batch by which it was split, in basis points. The shares of a batch are 10,000 together.
    pub share_bp: i32,
    /// Base units.
    pub quantity: i64,
}

/// Shares of a day's parts, learned from the lines of tickets in each part: groups from the broadest to the narrowest, each within the
/// one before. `None` where nothing was sold at all. See the top of this file for the formula.
#[must_use]
pub fn shares(groups: &[[i64; PARTS]]) -> Option<[f64; PARTS]> {
    let mut known: Option<[f64; PARTS]> = None;
    for group in groups {
        let lines = group.map(|lines| lines.max(0) as f64);
        let all: f64 = lines.iter().sum();
        known = match known {
            Some(broader) => Some(std::array::from_fn(|part| {
                (lines[part] + LEAN_LINES * broader[part]) / (all + LEAN_LINES)
            })),
            None if all > 0.0 => Some(lines.map(|lines| lines / all)),
            None => None,
        };
    }
    known
}

/// Shares of a batch in basis points, from those of a day and from which share of the batch is for its first day (0 to 1). Parts are
/// parts of the first day: what feeds later days comes with the first part in which anything is sold.
#[must_use]
pub fn of_batch(day: [f64; PARTS], first_day: f64) -> [i32; PARTS] {
    let first_day = if first_day.is_finite() {
        first_day.clamp(0.0, 1.0)
    } else {
        1.0
    };
    let mut weights = day.map(|share| share.max(0.0) * first_day);
    let first = day.iter().position(|share| *share > 0.0).unwrap_or(0);
    weights[first] += 1.0 - first_day;
    let weights = weights.map(|weight| (weight * 1e9).round() as i64);
    let split = split(i64::from(WHOLE_BP), 1, &weights);
    std::array::from_fn(|part| i32::try_from(split[part]).unwrap_or(0))
}

/// A quantity over the parts of a day, in whole trays of `tray` base units and in proportion to `shares`; together exactly `quantity`.
///
/// A part whose claim is less than a tray joins the one before it. The trays are then given by largest remainders, of equals the
/// earlier part first. What fills no tray comes with the first part in which anything is sold, which gets at least one tray: shelves
/// are not empty when the shop opens. A quantity below one gives nothing to any part.
#[must_use]
pub fn split_parts(quantity: i64, tray: i64, shares: [i64; PARTS]) -> [i64; PARTS] {
    let mut parts = [0_i64; PARTS];
    if quantity < 1 {
        return parts;
    }
    let tray = tray.max(1);
    let mut shares = shares.map(|share| i128::from(share.max(0)));
    let first = shares.iter().position(|share| *share > 0).unwrap_or(0);
    if shares[first] == 0 {
        shares[first] = 1;
    }
    let whole: i128 = shares.iter().sum();
    for part in (first + 1..PARTS).rev() {
        if i128::from(quantity) * shares[part] < i128::from(tray) * whole {
            let before = (first..part).rev().find(|part| shares[*part] > 0);
            shares[before.unwrap_or(first)] += shares[part];
            shares[part] = 0;
        }
    }
    let trays = quantity / tray;
    let starved = trays > 0 && i128::from(trays) * shares[first] < whole;
    if starved {
        parts[first] = 1;
        shares[first] = 0;
    }
    let left = trays - parts[first];
    for (part, given) in by_largest_remainder(left, shares).into_iter().enumerate() {
        parts[part] += given;
    }
    let mut parts = parts.map(|trays| trays * tray);
    parts[first] += quantity % tray;
    parts
}

/// Whole trays in proportion to weights, of equals the earlier first; nothing where all weights are nothing.
fn by_largest_remainder(trays: i64, weights: [i128; PARTS]) -> [i64; PARTS] {
    let whole: i128 = weights.iter().sum();
    if whole == 0 || trays < 1 {
        return [0; PARTS];
    }
    let claims = weights.map(|weight| weight * i128::from(trays));
    // Never more than all trays, which fit.
    let mut given = claims.map(|claim| i64::try_from(claim / whole).unwrap_or(trays));
    let mut order: [usize; PARTS] = std::array::from_fn(|part| part);
    order.sort_by_key(|part| (std::cmp::Reverse(claims[*part] % whole), *part));
    let left = usize::try_from(trays - given.iter().sum::<i64>()).unwrap_or(0);
    for part in order.into_iter().take(left) {
        given[part] += 1;
    }
    given
}

/// In which parts of its day a shop is open, all in local minutes. A shop that does not close after it opens is open in all of them.
#[must_use]
pub const fn open_parts(opens: i32, closes: i32, midday: i32, afternoon: i32) -> [bool; PARTS] {
    if closes <= opens {
        return [true; PARTS];
    }
    [
        opens < midday,
        opens < afternoon && closes > midday,
        closes > afternoon,
    ]
}

/// Shares of a day without the parts in which nobody can buy; what they had goes to the others in proportion. A shelf with few tickets
/// leans on shops that are open at other hours. Unchanged where nothing would be left.
#[must_use]
pub fn while_open(day: [f64; PARTS], open: [bool; PARTS]) -> [f64; PARTS] {
    let kept: [f64; PARTS] =
        std::array::from_fn(|part| if open[part] { day[part].max(0.0) } else { 0.0 });
    let all: f64 = kept.iter().sum();
    if all > 0.0 {
        kept.map(|share| share / all)
    } else {
        day
    }
}

/// The parts of a batch.
#[must_use]
pub fn parts(quantity: i64, tray: i64, shares_bp: [i32; PARTS]) -> Vec<PartQuantity> {
    let quantities = split_parts(quantity, tray, shares_bp.map(i64::from));
    let parts = DayPart::ALL.iter().zip(shares_bp).zip(quantities);
    parts
        .map(|((part, share_bp), quantity)| PartQuantity {
            part: *part,
            share_bp,
            quantity,
        })
        .collect()
}

/// The same shares of another quantity; none where there were none.
#[must_use]
pub fn scaled(known: &[PartQuantity], quantity: i64, tray: i64) -> Vec<PartQuantity> {
    if known.is_empty() {
        return Vec::new();
    }
    let share = |part: DayPart| {
        let found = known.iter().find(|known| known.part == part);
        found.map_or(0, |known| known.share_bp)
    };
    parts(quantity, tray, DayPart::ALL.map(share))
}

/// What of a batch is still to come once so much of it came out: the earlier parts come out first. The shares stay those of the whole.
#[must_use]
pub fn still_to_come(mut known: Vec<PartQuantity>, came_out: i64) -> Vec<PartQuantity> {
    let mut left = came_out.max(0);
    for part in &mut known {
        let out = left.min(part.quantity.max(0));
        part.quantity -= out;
        left -= out;
    }
    known
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_days_batch_is_split_as_it_is_sold() {
        assert_eq!(split_parts(84, 1, [50, 25, 25]), [42, 21, 21]);
        assert_eq!(split_parts(120, 12, [5, 3, 2]), [60, 36, 24]);
        // 7 trays at 1 : 1 : 1 are 2 each, and the earliest one more.
        assert_eq!(split_parts(84, 12, [1, 1, 1]), [36, 24, 24]);
        // Odd pieces come with the first part.
        assert_eq!(split_parts(125, 12, [5, 3, 2]), [65, 36, 24]);
    }

    #[test]
    fn less_than_a_tray_joins_the_part_before() {
        // The afternoon claims 9 of 12 and comes with midday.
        assert_eq!(split_parts(36, 12, [2, 1, 1]), [24, 12, 0]);
        // Neither midday nor the afternoon fills a tray alone; together they do.
        assert_eq!(split_parts(24, 12, [2, 1, 1]), [12, 12, 0]);
        assert_eq!(split_parts(12, 12, [3, 4, 3]), [12, 0, 0]);
        assert_eq!(split_parts(7, 12, [1, 8, 1]), [7, 0, 0]);
    }

    #[test]
    fn shelves_are_filled_before_the_first_part_in_which_something_is_sold() {
        // The morning claims 0.4 trays of two and gets one.
        assert_eq!(split_parts(24, 12, [2, 5, 3]), [12, 12, 0]);
        // A shop that opens at noon wants nothing before.
        assert_eq!(split_parts(36, 12, [0, 1, 1]), [0, 24, 12]);
        assert_eq!(split_parts(7, 12, [0, 1, 1]), [0, 7, 0]);
        assert_eq!(split_parts(24, 12, [0, 0, 1]), [0, 0, 24]);
        // Where nothing is known, all of it is there when the shop opens.
        assert_eq!(split_parts(24, 12, [0, 0, 0]), [24, 0, 0]);
        assert_eq!(split_parts(0, 12, [1, 1, 1]), [0, 0, 0]);
        assert_eq!(split_parts(-5, 12, [1, 1, 1]), [0, 0, 0]);
    }

    #[test]
    fn few_lines_lean_on_the_broader_group() {
        assert_eq!(shares(&[]), None);
        assert_eq!(shares(&[[0, 0, 0], [0, 0, 0]]), None);
        assert_eq!(shares(&[[60, 30, 10]]), Some([0.6, 0.3, 0.1]));
        // Nothing of its own: the broader group. As many lines as are leaned on: half of each.
        assert_eq!(shares(&[[60, 30, 10], [0, 0, 0]]), Some([0.6, 0.3, 0.1]));
        let half = shares(&[[60, 30, 10], [150, 0, 0]]).expect("shares");
        assert!((half[0] - 0.8).abs() < 1e-12 && (half[2] - 0.05).abs() < 1e-12);
        // A group that sold before anything broader was known begins by itself.
        assert_eq!(shares(&[[0, 0, 0], [1, 1, 2]]), Some([0.25, 0.25, 0.5]));
    }

    #[test]
    fn what_feeds_later_days_comes_with_the_first_part() {
        assert_eq!(of_batch([0.5, 0.3, 0.2], 1.0), [5_000, 3_000, 2_000]);
        assert_eq!(of_batch([0.5, 0.3, 0.2], 0.5), [7_500, 1_500, 1_000]);
        assert_eq!(of_batch([0.0, 0.6, 0.4], 0.5), [0, 8_000, 2_000]);
        assert_eq!(of_batch([0.5, 0.3, 0.2], f64::NAN), [5_000, 3_000, 2_000]);
        assert_eq!(of_batch([0.5, 0.3, 0.2], 0.0), [10_000, 0, 0]);
    }

    #[test]
    fn another_quantity_keeps_the_shares() {
        let first = parts(84, 12, [5_000, 2_500, 2_500]);
        let more = scaled(&first, 120, 12);
        assert_eq!(more, parts(120, 12, [5_000, 2_500, 2_500]));
        assert_eq!(scaled(&more, 84, 12), first);
        assert_eq!(scaled(&[], 84, 12), Vec::new());
    }

    #[test]
    fn what_came_out_is_taken_off_the_earlier_parts() {
        let batch = parts(84, 12, [5_000, 2_500, 2_500]);
        let left = |came_out: i64| -> Vec<i64> {
            let left = still_to_come(batch.clone(), came_out);
            left.iter().map(|part| part.quantity).collect()
        };
        assert_eq!(left(0), [36, 24, 24]);
        assert_eq!(left(-5), [36, 24, 24]);
        assert_eq!(left(50), [0, 10, 24]);
        assert_eq!(left(84), [0, 0, 0]);
        assert_eq!(left(i64::MAX), [0, 0, 0]);
        assert_eq!(still_to_come(Vec::new(), 5), Vec::new());
    }

    #[test]
    fn a_shop_is_open_in_the_parts_that_its_hours_touch() {
        let open = |opens, closes| open_parts(opens, closes, 660, 900);
        assert_eq!(open(420, 1_260), [true, true, true]);
        // Until two; exactly until three; from noon; from five.
        assert_eq!(open(420, 840), [true, true, false]);
        assert_eq!(open(420, 900), [true, true, false]);
        assert_eq!(open(720, 1_260), [false, true, true]);
        assert_eq!(open(660, 1_260), [false, true, true]);
        assert_eq!(open(1_020, 1_260), [false, false, true]);
        assert_eq!(open(420, 600), [true, false, false]);
        // No hours, or hours that end after midnight.
        assert_eq!(open(0, 0), [true, true, true]);
        assert_eq!(open(420, 60), [true, true, true]);
    }

    #[test]
    fn nothing_is_baked_for_hours_at_which_nobody_can_buy() {
        let close = |one: [f64; PARTS], other: [f64; PARTS]| {
            one.iter().zip(other).all(|(a, b)| (a - b).abs() < 1e-12)
        };
        let day = [0.5, 0.3, 0.2];
        assert!(close(while_open(day, [true, true, true]), day));
        assert!(close(
            while_open(day, [true, true, false]),
            [0.625, 0.375, 0.0]
        ));
        assert!(close(
            while_open(day, [false, false, true]),
            [0.0, 0.0, 1.0]
        ));
        // Who sells only in the morning, and is said to open at noon, is believed.
        assert_eq!(
            while_open([1.0, 0.0, 0.0], [false, true, true]),
            [1.0, 0.0, 0.0]
        );
    }

    proptest! {
        /// Nothing is lost and nothing invented; every part but the first is whole trays; nobody waits for what is not sold then.
        #[test]
        fn the_parts_are_the_quantity(
            quantity in 0_i64..1_000_000, tray in 1_i64..200, shares in prop::array::uniform3(0_i64..10_000),
        ) {
            let parts = split_parts(quantity, tray, shares);
            prop_assert_eq!(parts.iter().sum::<i64>(), quantity);
            let first = shares.iter().position(|share| *share > 0).unwrap_or(0);
            for (part, (quantity, share)) in parts.iter().zip(shares).enumerate() {
                prop_assert!(*quantity >= 0);
                if part != first {
                    prop_assert_eq!(quantity % tray, 0);
                    prop_assert!(share > 0 || *quantity == 0);
                }
            }
            // The shelf is not empty when it is first asked for.
            prop_assert!(quantity == 0 || parts[first] >= tray.min(quantity));
            prop_assert_eq!(split_parts(quantity, tray, shares), parts);
        }

        #[test]
        fn what_is_still_to_come_is_what_did_not_come_out(
            quantity in 0_i64..10_000, tray in 1_i64..60, shares in prop::array::uniform3(0_i32..10_000), came_out in 0_i64..12_000,
        ) {
            let batch = parts(quantity, tray, shares);
            let left = still_to_come(batch.clone(), came_out);
            prop_assert_eq!(left.iter().map(|part| part.quantity).sum::<i64>(), (quantity - came_out).max(0));
            for (left, whole) in left.iter().zip(&batch) {
                prop_assert!((0..=whole.quantity).contains(&left.quantity));
            }
        }

        #[test]
        fn every_shop_is_open_in_some_part(
            opens in 0..1_440_i32, closes in 0..=1_440_i32, midday in 1..1_439_i32, more in 1..1_439_i32,
            day in prop::array::uniform3(0.0..1.0_f64),
        ) {
            let open = open_parts(opens, closes, midday, (midday + more).min(1_439).max(midday + 1));
            prop_assert!(open.contains(&true));
            let sum: f64 = day.iter().sum();
            prop_assume!(sum > 0.01);
            let kept = while_open(day.map(|share| share / sum), open);
            prop_assert!((kept.iter().sum::<f64>() - 1.0).abs() < 1e-9);
        }

        /// Where every part claims a tray, each gets what it claims to less than a tray.
        #[test]
        fn large_parts_get_their_share(trays in 30_i64..500, tray in 1_i64..60, shares in prop::array::uniform3(1_000_i64..4_000)) {
            let parts = split_parts(trays * tray, tray, shares);
            let whole: i64 = shares.iter().sum();
            for (part, share) in parts.iter().zip(shares) {
                let claim = (trays * tray) as f64 * share as f64 / whole as f64;
                prop_assert!((*part as f64 - claim).abs() < tray as f64, "{:?} {}", parts, claim);
            }
        }

        #[test]
        fn shares_are_shares(groups in prop::collection::vec(prop::array::uniform3(0_i64..5_000), 1..5), first_day in 0.0..1.0_f64) {
            if let Some(shares) = shares(&groups) {
                prop_assert!((shares.iter().sum::<f64>() - 1.0).abs() < 1e-9);
                prop_assert!(shares.iter().all(|share| (0.0..=1.0).contains(share)));
                let batch = of_batch(shares, first_day);
                prop_assert_eq!(batch.iter().sum::<i32>(), 10_000);
                prop_assert!(batch.iter().all(|share| *share >= 0));
            }
        }
    }
}
