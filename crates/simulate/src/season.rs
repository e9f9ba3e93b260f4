//! When in the year a product is wanted.

use crate::holidays::{date, easter, shift};
use chrono::{Datelike, NaiveDate};
use std::f64::consts::TAU;

/// The yearly rhythm of a product.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Season {
    /// Much the same all year.
    Even,
    /// Peaks in late July by this share above the yearly mean, and falls as far in January.
    Summer(f64),
    /// Peaks in January, the mirror of `Summer`.
    Winter(f64),
    /// Roscón: from 18 December to 7 January, with the eve and the day of the Kings above all.
    Kings,
    /// Buñuelos and huesos de santo: around All Saints.
    AllSaints,
    /// Torrijas: from Ash Wednesday to Easter Monday.
    Lent,
    /// Polvorones: from mid-November to the Kings.
    Christmas,
}

impl Season {
    /// Demand on a day relative to the product's base; `None` outside the weeks in which it is on sale.
    pub(crate) fn factor(self, day: NaiveDate) -> Option<f64> {
        let year = day.year();
        let (month, of_month) = (day.month(), day.day());
        match self {
            Self::Even => Some(1.0),
            Self::Summer(amplitude) => Some(1.0 + amplitude * warm_side(day)),
            Self::Winter(amplitude) => Some(1.0 - amplitude * warm_side(day)),
            Self::Kings => match (month, of_month) {
                (12, 18..=23) => Some(0.3),
                (12, 24..=31) => Some(0.6),
                (1, 1..=3) => Some(1.2),
                (1, 4) => Some(2.4),
                (1, 5) => Some(6.0),
                (1, 6) => Some(4.5),
                (1, 7) => Some(0.5),
                _ => None,
            },
            Self::AllSaints => match (month, of_month) {
                (10, 15..=24) => Some(0.35),
                (10, 25..=30) => Some(1.0),
                (10, 31) => Some(2.4),
                (11, 1) => Some(3.0),
                (11, 2) => Some(1.1),
                (11, 3..=9) => Some(0.4),
                _ => None,
            },
            Self::Lent => {
                let to_easter = (easter(year) - day).num_days();
                match to_easter {
                    -1 => Some(0.6),
                    0 => Some(1.4),
                    1 => Some(1.6),
                    2 => Some(2.6),
                    3 => Some(2.2),
                    4..=7 => Some(1.5),
                    8..=46 => Some(0.5),
                    _ => None,
                }
            }
            Self::Christmas => {
                let next_kings = date(if month >= 11 { year + 1 } else { year }, 1, 6);
                match (next_kings - day).num_days() {
                    0..=5 => Some(0.7),
                    6..=12 => Some(1.1),
                    13..=17 => Some(2.4),
                    18..=30 => Some(1.2),
                    31..=52 => Some(0.5),
                    _ => None,
                }
            }
        }
    }

    /// Whether the product is on sale on a day at all.
    pub(crate) fn on_sale(self, day: NaiveDate) -> bool {
        self.factor(day).is_some()
    }
}

/// +1 at the height of summer (26 July), -1 half a year away.
fn warm_side(day: NaiveDate) -> f64 {
    let height = date(day.year(), 7, 26);
    let away = (day - height).num_days();
    (TAU * small(away) / 365.25).cos()
}

/// Days of the school holidays of a school year's Easter break: from the Friday before Palm Sunday to Easter
/// Monday, a week later in the regions that rest after Easter.
pub(crate) fn easter_break(year: i32, region: &str) -> (NaiveDate, NaiveDate) {
    let sunday = easter(year);
    match region {
        "ES-PV" | "ES-NC" | "ES-VC" | "ES-CB" => (shift(sunday, -3), shift(sunday, 8)),
        _ => (shift(sunday, -9), shift(sunday, 1)),
    }
}

/// A small whole number as a float, exactly.
#[expect(
    clippy::cast_precision_loss,
    reason = "days, pieces and cents are far below 2^53"
)]
pub(crate) fn small(value: i64) -> f64 {
    value as f64
}
