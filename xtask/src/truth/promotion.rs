//! What offers do to demand, and what forecasts think they do.
//!
//! A cell is a weekday of a series in a window. Where it has days with and days without an offer, its uplift is the mean of the
//! former over that of the latter. Cells are pooled as sums: what was asked for under the offer, over what as many days
//! without it would have brought.

use super::bootstrap::{Block, Estimate, Sums, ratio};
use super::score::{Case, bias};
use chrono::{Datelike, Weekday};
use std::collections::BTreeMap;

/// Days under an offer until the cutoff from which a series is expected to have taught what offers do.
pub const LEAST_PROMOTED_DAYS: usize = 20;

/// What a group of series shows.
#[derive(Clone, Debug, Default)]
pub struct Response {
    /// Days under an offer with their like beside them, over all seeds.
    pub compared_days: usize,
    /// True demand under the offer and without it, forecast under the offer and without it.
    uplift: Sums<4>,
    /// Forecast mean and true demand of all days under an offer.
    promoted: Sums<2>,
    /// The same of all other days.
    unpromoted: Sums<2>,
}

/// Days, demand and forecast mean.
#[derive(Clone, Copy, Debug, Default)]
struct Part {
    days: f64,
    demand: f64,
    mean: f64,
}

impl Response {
    pub fn of<'a>(cases: impl IntoIterator<Item = &'a Case>) -> Self {
        let mut response = Self::default();
        let mut cells: BTreeMap<(Block, usize, u32), [Part; 2]> = BTreeMap::new();
        for case in cases {
            let of_kind = if case.promoted {
                &mut response.promoted
            } else {
                &mut response.unpromoted
            };
            of_kind.add(case.block, [case.mean, case.demand]);
            let weekday = case.date.weekday().days_since(Weekday::Mon);
            let cell = cells
                .entry((case.block, case.product, weekday))
                .or_default();
            let part = &mut cell[usize::from(case.promoted)];
            part.days += 1.0;
            part.demand += case.demand;
            part.mean += case.mean;
        }
        for ((block, _, _), [without, under]) in cells {
            if without.days > 0.0 && under.days > 0.0 {
                let like = under.days / without.days;
                response.compared_days += under.days as usize;
                response.uplift.add(
                    block,
                    [
                        under.demand,
                        like * without.demand,
                        under.mean,
                        like * without.mean,
                    ],
                );
            }
        }
        response
    }

    /// How many times as much is wanted under an offer.
    pub fn true_uplift(&self) -> Option<Estimate> {
        self.uplift.estimate(|sums| ratio(sums[0], sums[1]))
    }

    /// How many times as much is forecast under an offer.
    pub fn forecast_uplift(&self) -> Option<Estimate> {
        self.uplift.estimate(|sums| ratio(sums[2], sums[3]))
    }

    /// Forecast uplift over true uplift, of the same draws.
    pub fn foreseen(&self) -> Option<Estimate> {
        self.uplift
            .estimate(|sums| ratio(ratio(sums[2], sums[3])?, ratio(sums[0], sums[1])?))
    }

    /// Bias under an offer, per cent.
    pub fn promoted_bias(&self) -> Option<Estimate> {
        self.promoted.estimate(bias)
    }

    /// Bias of the same series on other days, per cent.
    pub fn unpromoted_bias(&self) -> Option<Estimate> {
        self.unpromoted.estimate(bias)
    }
}
