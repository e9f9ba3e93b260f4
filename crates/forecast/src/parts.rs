//! Parts of the forecaster that can be left out, to learn what each is worth.

use crate::covariates::{ALIGNED, FUTURE, HISTORY, HISTORY_DAYS, STATICS};
use crate::importance::{IDENTITY, covariates_of};
use crate::window::Row;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// A group of inputs, or an ingredient of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Waves of year and month.
    Season,
    /// The same day, week and season a year ago.
    LastYear,
    /// Holidays, school holidays, events and what lies around them.
    HolidaysAndEvents,
    Promotion,
    Price,
    Weather,
    /// How the shop and the product over the chain stand, and the learned vectors of both.
    ShopAndChain,
    /// The trees beside the network.
    Trees,
    /// The network's opinion of how much is expected; its spread stays.
    Network,
    /// The learned share of the two; without it each has half.
    Blend,
    /// Conformal widths.
    Calibration,
    /// The mean of the weights at the end of training; without it the last ones count.
    Averaging,
}

impl Part {
    /// Every part, inputs first.
    pub const ALL: [Self; 12] = [
        Self::Season,
        Self::LastYear,
        Self::HolidaysAndEvents,
        Self::Promotion,
        Self::Price,
        Self::Weather,
        Self::ShopAndChain,
        Self::Trees,
        Self::Network,
        Self::Blend,
        Self::Calibration,
        Self::Averaging,
    ];

    /// As it is written in files and on the command line; a group of inputs has the name it has among the importances.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Season => "season",
            Self::LastYear => "last_year",
            Self::HolidaysAndEvents => "holidays_and_events",
            Self::Promotion => "promotion",
            Self::Price => "price",
            Self::Weather => "weather",
            Self::ShopAndChain => "shop_and_chain",
            Self::Trees => "trees",
            Self::Network => "network",
            Self::Blend => "blend",
            Self::Calibration => "calibration",
            Self::Averaging => "averaging",
        }
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Part {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|part| part.name() == text)
            .ok_or_else(|| {
                format!(
                    "unknown part; there are {}",
                    Self::ALL.map(Self::name).join(", ")
                )
            })
    }
}

/// Positions of the inputs that are not shown.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Hidden {
    history: Vec<usize>,
    future: Vec<usize>,
    aligned: Vec<usize>,
    statics: Vec<usize>,
    /// Whether shops, products and categories are all shown as unknown ones.
    pub identity: bool,
}

impl Hidden {
    pub fn new(parts: &[Part]) -> Self {
        let mut hidden = Self::default();
        for name in parts.iter().flat_map(|part| covariates_of(part.name())) {
            hidden.identity |= *name == IDENTITY;
            for (names, places) in [
                (&HISTORY[..], &mut hidden.history),
                (&FUTURE[..], &mut hidden.future),
                (&ALIGNED[..], &mut hidden.aligned),
                (&STATICS[..], &mut hidden.statics),
            ] {
                places.extend(names.iter().position(|n| n == name));
            }
        }
        hidden
    }

    /// Sets what is not shown to zero, in a window that has just been filled.
    pub fn hide(&self, row: &mut Row<'_>) {
        for &at in &self.history {
            row.history[at * HISTORY_DAYS..(at + 1) * HISTORY_DAYS].fill(0.0);
        }
        for (places, width, values) in [
            (&self.future, FUTURE.len(), &mut *row.future),
            (&self.aligned, ALIGNED.len(), &mut *row.aligned),
            (&self.statics, STATICS.len(), &mut *row.statics),
        ] {
            if places.is_empty() {
                continue;
            }
            for day in values.chunks_exact_mut(width) {
                for &at in places {
                    day[at] = 0.0;
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_has_one_name_everywhere() {
        for part in Part::ALL {
            assert_eq!(part.name().parse(), Ok(part));
            let written = serde_json::to_value(part).unwrap();
            assert_eq!(written, serde_json::json!(part.name()));
        }
        assert!("oven".parse::<Part>().unwrap_err().contains("weather"));
    }

    #[test]
    fn groups_of_inputs_are_hidden_and_ingredients_hide_nothing() {
        for part in Part::ALL {
            let is_input = !covariates_of(part.name()).is_empty();
            assert_eq!(
                Hidden::new(&[part]) != Hidden::default(),
                is_input,
                "{part}"
            );
        }
        let weather = Hidden::new(&[Part::Weather]);
        assert_eq!(weather.future.len(), 5);
        assert!(!weather.identity && Hidden::new(&[Part::ShopAndChain]).identity);
    }
}
