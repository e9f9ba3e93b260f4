//! Which days sold out, and how much more would have been sold.
//!
//! Sales are not demand: of a shelf that ran empty at eleven the till says nothing about noon. Two witnesses tell. The
//! ledger, where stock is kept: a sale took the last piece, and nothing came after ([`follow`]). The tickets: the last
//! sale came so long before closing that, at the rate at which this shelf is usually bought from, somebody would have
//! come ([`judge`], [`Book`]).
//!
//! Counted are purchases (lines of tickets), not base units: a customer who takes four rolls, or 350 grams, comes once.
//! A day's demand is a Poisson process over the day's profile `F` (`profile`) with a rate `L` of its own, and `L`
//! spreads around the shelf's usual level `m` as a Gamma of shape `k`. With `n` purchases until the last one, at share
//! `F` of the day, what is known of `L` is a Gamma again (conjugate), and stopping at the `n`-th purchase changes
//! nothing in it:
//!
//! ```text
//! L | n, F  ~  Gamma(k + n, k/m + F)
//! expected purchases after it     mu = (1 - F) (k + n) / (k/m + F)
//! ```
//!
//! So the estimate of lost demand lies between the day's own pace, `n (1 - F) / F` (all the weight when the day is long
//! and busy), and the usual level, `m (1 - F)`. That sales of days cut short must be completed rather than averaged, and
//! that the time of the stock-out completes them: Nahmias, "Demand estimation in lost sales inventory systems", Naval
//! Research Logistics 41 (1994); Lau and Lau, "Estimating the demand distributions of single-period items having
//! frequent stockouts", European Journal of Operational Research 92 (1996), who complete each day by the profile of the
//! days that were not cut.
//!
//! Whether the shelf ran empty after that purchase, or nobody else came, is weighed by Bayes' rule. Of a shelf that runs
//! empty on a share `w` of its days, at a moment that leaves `1 - F` of the day with density `exp(-(1 - F)/e)/e`, and
//! whose last customer otherwise comes with the rate `r = mu / (1 - F)`,
//!
//! ```text
//! certainty = ran / (ran + chance),   ran = w exp(-(1 - F)/e) / e,
//!                                     chance = (1 - w) r (1 + mu/a)^-(a + 1),   a = min(k + n, 20),
//! ```
//!
//! the last factor being `exp(-mu)` for a rate that is not known better than a Gamma of shape `a`. So a slow product
//! whose next customer is hours away is not taken for sold out, and a shelf that often runs empty is believed sooner.

mod book;
mod profile;

pub use book::{Book, Day, LEARNING_DAYS, LEAST_DAYS, SETTLED_DAYS};

use crate::{MovementKind, SoldOutBy};

/// Shape of the spread of a day's rate around the usual level of its weekday: a coefficient of variation of 0.32,
/// wide enough for promotions and weather.
const SPREAD_SHAPE: f64 = 10.0;

/// However much was sold, the afternoon of one day is not that of another: nobody is surer than this shape of it.
const SUREST_SHAPE: f64 = 20.0;

/// Mean share of the day that is left when a shelf runs empty.
const EMPTY_EARLY: f64 = 0.15;

/// A day is marked from this certainty on: as many marks as complete days are wrong at the margin.
const SURE: f64 = 0.5;

/// The same where the ledger says that something was left: it can be wrong (theft, a sale typed on another key), but
/// silence must then be very loud.
const SURE_AGAINST_LEDGER: f64 = 0.999;

/// What the ledger says about a shelf at the end of a trading day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ledger {
    /// Nothing that can be believed: no stock was kept, or more was sold than it knew of.
    #[default]
    Silent,
    /// Something was left at closing.
    Left,
    /// A sale took the last piece, and nothing came after it.
    RanEmpty,
}

/// Follows a shelf through a trading day: what was on hand when it began, and its movements until closing in the order
/// in which they happened, with their signed quantities in base units.
#[must_use]
pub fn follow(opening: i64, movements: impl IntoIterator<Item = (MovementKind, i64)>) -> Ledger {
    let mut on_hand = opening;
    let (mut stocked, mut contradicted) = (opening > 0, opening < 0);
    let mut emptied_by_sale = false;
    for (kind, quantity) in movements {
        on_hand += quantity;
        stocked |= on_hand > 0;
        contradicted |= on_hand < 0;
        emptied_by_sale = on_hand == 0 && quantity < 0 && kind == MovementKind::Sale;
    }
    if contradicted || !stocked {
        Ledger::Silent
    } else if on_hand > 0 {
        Ledger::Left
    } else if emptied_by_sale {
        Ledger::RanEmpty
    } else {
        // Somebody cleared the shelf: what customers still wanted is unknown, and so is whether they wanted anything.
        Ledger::Silent
    }
}

/// What is known of one shelf on one trading day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Purchases of the day, at least one.
    pub purchases: usize,
    /// Share of an ordinary day's purchases that have come by the last one of this day, 0 to 1.
    pub share_by_last: f64,
    /// Purchases of a usual day of this weekday, nothing lost; `None` where too few days are known.
    pub usual_purchases: Option<f64>,
    /// Share of the shelf's days on which it ran empty lately, between 0 and 1.
    pub sold_out_share: f64,
    pub ledger: Ledger,
    /// Somebody who knows said that it sold out.
    pub told: bool,
}

/// What is made of it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Verdict {
    /// Who says that the shelf ran empty; `None` = it did not.
    pub sold_out_by: Option<SoldOutBy>,
    /// Purchases that would have come, 0 where it did not run empty.
    pub lost_purchases: f64,
    /// Probability that it ran empty, 0 to 1.
    pub certainty: f64,
}

impl Verdict {
    /// What an earlier examination said, as it was written down.
    #[must_use]
    pub fn remembered(sold_out_by: Option<SoldOutBy>, lost_purchases: f64) -> Self {
        Self {
            sold_out_by,
            lost_purchases,
            certainty: if sold_out_by.is_some() { 1.0 } else { 0.0 },
        }
    }
}

/// Decides for one shelf and day whether it sold out, and how many purchases were lost. See the module for the formulas.
///
/// Without a usual level the day's own pace decides alone, and at most twice what was bought counts as lost.
#[must_use]
pub fn judge(evidence: &Evidence) -> Verdict {
    let bought = evidence.purchases as f64;
    let share = evidence.share_by_last.clamp(0.0, 1.0);
    let usual = evidence.usual_purchases.filter(|m| *m > 0.0);
    let (shape, exposure) = match usual {
        Some(usual) => (SPREAD_SHAPE + bought, SPREAD_SHAPE / usual + share),
        None => (bought, share),
    };
    let to_come = if exposure > 0.0 {
        (1.0 - share) * shape / exposure
    } else {
        0.0
    };
    let to_come = if usual.is_some() {
        to_come
    } else {
        to_come.min(2.0 * bought)
    };
    let certainty = if evidence.told || evidence.ledger == Ledger::RanEmpty {
        1.0
    } else {
        certainty(evidence.sold_out_share, 1.0 - share, to_come, shape)
    };
    let sold_out_by = if evidence.told {
        Some(SoldOutBy::Told)
    } else {
        match evidence.ledger {
            Ledger::RanEmpty => Some(SoldOutBy::Ledger),
            Ledger::Left => (certainty >= SURE_AGAINST_LEDGER).then_some(SoldOutBy::LastSale),
            Ledger::Silent => (certainty >= SURE).then_some(SoldOutBy::LastSale),
        }
    };
    Verdict {
        sold_out_by,
        lost_purchases: if sold_out_by.is_some() { to_come } else { 0.0 },
        certainty,
    }
}

/// Probability that the shelf ran empty with `rest` of the day to go, when `to_come` purchases were expected in it.
fn certainty(sold_out_share: f64, rest: f64, to_come: f64, shape: f64) -> f64 {
    if rest <= 0.0 || to_come <= 0.0 {
        return 0.0;
    }
    let often = sold_out_share.clamp(0.0, 1.0);
    let sure = shape.min(SUREST_SHAPE);
    let ran_empty = often / EMPTY_EARLY * (-rest / EMPTY_EARLY).exp();
    let by_chance = (1.0 - often) * (to_come / rest) * (1.0 + to_come / sure).powf(-sure - 1.0);
    let either = ran_empty + by_chance;
    if either > 0.0 {
        ran_empty / either
    } else {
        0.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use MovementKind as K;
    use proptest::prelude::*;

    fn evidence(purchases: usize, share_by_last: f64) -> Evidence {
        Evidence {
            purchases,
            share_by_last,
            usual_purchases: Some(40.0),
            sold_out_share: 0.1,
            ledger: Ledger::Silent,
            told: false,
        }
    }

    #[test]
    fn a_shelf_from_which_the_last_piece_was_sold_ran_empty() {
        let day = [(K::Production, 20), (K::Sale, -12), (K::Sale, -8)];
        assert_eq!(follow(0, day), Ledger::RanEmpty);
        assert_eq!(follow(3, day), Ledger::Left);
        // Baked once more, and some of it left.
        let refilled = day.into_iter().chain([(K::Production, 10), (K::Sale, -4)]);
        assert_eq!(follow(0, refilled), Ledger::Left);
    }

    #[test]
    fn a_ledger_that_knows_of_no_stock_or_too_little_says_nothing() {
        assert_eq!(follow(0, [(K::Sale, -4)]), Ledger::Silent);
        assert_eq!(
            follow(-300, [(K::Sale, -4), (K::Count, 304)]),
            Ledger::Silent
        );
        assert_eq!(follow(5, [(K::Sale, -8)]), Ledger::Silent);
        assert_eq!(follow(0, []), Ledger::Silent);
        // Thrown away in the evening: nobody took the last piece home.
        assert_eq!(follow(5, [(K::Sale, -3), (K::Waste, -2)]), Ledger::Silent);
    }

    #[test]
    fn a_busy_shelf_that_falls_silent_at_noon_ran_empty_and_a_slow_one_did_not() {
        let noon = judge(&evidence(30, 0.5));
        assert_eq!(noon.sold_out_by, Some(SoldOutBy::LastSale));
        // Its own pace says 30 more, the usual level 20.
        assert!((20.0..30.0).contains(&noon.lost_purchases), "{noon:?}");
        let slow = Evidence {
            usual_purchases: Some(3.0),
            ..evidence(2, 0.5)
        };
        let slow = judge(&slow);
        assert_eq!((slow.sold_out_by, slow.lost_purchases), (None, 0.0));
        assert!(slow.certainty < 0.1, "{slow:?}");
    }

    #[test]
    fn an_evening_without_a_sale_is_ordinary() {
        assert_eq!(judge(&evidence(40, 0.97)).sold_out_by, None);
        assert_eq!(judge(&evidence(40, 1.0)).lost_purchases, 0.0);
    }

    #[test]
    fn the_ledger_is_believed_before_the_tickets() {
        let late = Evidence {
            ledger: Ledger::RanEmpty,
            ..evidence(40, 0.97)
        };
        assert_eq!(judge(&late).sold_out_by, Some(SoldOutBy::Ledger));
        let left = Evidence {
            ledger: Ledger::Left,
            ..evidence(32, 0.75)
        };
        assert_eq!(
            judge(&evidence(32, 0.75)).sold_out_by,
            Some(SoldOutBy::LastSale)
        );
        assert_eq!(judge(&left).sold_out_by, None);
        let told = Evidence {
            told: true,
            ..evidence(40, 0.99)
        };
        assert_eq!(judge(&told).sold_out_by, Some(SoldOutBy::Told));
    }

    #[test]
    fn without_a_usual_level_the_estimate_is_the_days_own_pace_and_capped() {
        let new = Evidence {
            usual_purchases: None,
            ..evidence(30, 0.6)
        };
        assert!((judge(&new).lost_purchases - 20.0).abs() < 1e-9);
        let early = Evidence {
            share_by_last: 0.05,
            ..new
        };
        assert!((judge(&early).lost_purchases - 60.0).abs() < 1e-9);
    }

    proptest! {
        /// Whatever is thrown at it, an estimate is finite, not negative, and lies between the day's pace and its usual.
        #[test]
        fn estimates_lie_between_the_days_pace_and_the_usual(
            purchases in 1_usize..400, share in 0.01..1.0_f64, usual in 0.5..400.0_f64,
        ) {
            let told = Evidence { usual_purchases: Some(usual), told: true, ..evidence(purchases, share) };
            let verdict = judge(&told);
            let pace = purchases as f64 * (1.0 - share) / share;
            let level = usual * (1.0 - share);
            prop_assert!(verdict.lost_purchases >= pace.min(level) - 1e-9);
            prop_assert!(verdict.lost_purchases <= pace.max(level) + 1e-9);
            prop_assert!((0.0..=1.0).contains(&verdict.certainty));
            let silent = judge(&Evidence { told: false, ..told });
            prop_assert!((0.0..=1.0).contains(&silent.certainty));
        }
    }
}
