//! How good forecasts were.

use crate::money::Money;
use domain::panel::{DayForecast, MEDIAN, QUANTILE_LEVELS};
use serde::{Deserialize, Serialize};

/// Accuracy of a set of forecast days. Closed days are not judged.
///
/// Of a sold-out day only a forecast below what was sold is known to be wrong: too much costs nothing there, too little
/// the usual. Leaving those days out instead would judge on the weak days alone and reward forecasts that are too low.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Days judged.
    pub days: usize,
    /// Those on which the shelf ran empty.
    pub sold_out_days: usize,
    /// Units sold on the judged days.
    pub volume: f64,
    /// `sum |y - median| / sum y`; 0 without volume.
    pub wape: f64,
    /// Mean over the eleven levels of `2 x sum pinball / sum y`; 0 without volume.
    pub wql: f64,
    /// `sum (mean - y) / sum y`; 0 without volume.
    pub bias: f64,
    /// Share of days inside the 10-90 % interval, borders included; days without a sold-out shelf only.
    pub cov80: f64,
    /// Share of days inside the 5-95 % interval, borders included; days without a sold-out shelf only.
    pub cov90: f64,
    /// What baking by the forecasts would have cost; `None` where it was not counted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub money: Option<Money>,
}

/// Metrics of forecasts against what was sold on days on which no shelf ran empty.
pub fn score<'a>(cases: impl IntoIterator<Item = (f64, &'a DayForecast)>) -> Metrics {
    let mut tally = Tally::default();
    for (sold, forecast) in cases {
        let actual = Actual {
            sold,
            sold_out: false,
        };
        tally.add(actual, forecast);
    }
    tally.metrics()
}

/// What is known of a judged day.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Actual {
    pub sold: f64,
    pub sold_out: bool,
}

/// Sums from which [`Metrics`] are computed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    days: usize,
    sold_out: usize,
    volume: f64,
    absolute: f64,
    pinball: f64,
    surplus: f64,
    inside_80: usize,
    inside_90: usize,
    money: Option<Money>,
}

impl Tally {
    /// Adds what a day of a forecast would have cost.
    pub fn pay(&mut self, money: Money) {
        *self.money.get_or_insert_default() += money;
    }

    /// Adds a day; returns its loss, the sum of its pinball losses over the levels.
    pub fn add(&mut self, actual: Actual, forecast: &DayForecast) -> f64 {
        let q = &forecast.quantiles;
        let y = actual.sold;
        // What the forecast lacks; what it has too much is only known where the shelf did not run empty.
        let error = |f: f64| {
            if actual.sold_out {
                (y - f).max(0.0)
            } else {
                y - f
            }
        };
        self.days += 1;
        self.volume += y;
        self.absolute += error(q[MEDIAN]).abs();
        let loss = QUANTILE_LEVELS
            .iter()
            .zip(q)
            .map(|(level, q)| (level * error(*q)).max((level - 1.0) * error(*q)))
            .sum::<f64>();
        self.pinball += loss;
        self.surplus -= error(forecast.mean);
        if actual.sold_out {
            self.sold_out += 1;
        } else {
            self.inside_80 += usize::from(q[1] <= y && y <= q[9]);
            self.inside_90 += usize::from(q[0] <= y && y <= q[10]);
        }
        loss
    }

    pub fn metrics(&self) -> Metrics {
        let per_volume = |sum: f64| {
            if self.volume > 0.0 {
                sum / self.volume
            } else {
                0.0
            }
        };
        let open = (self.days - self.sold_out).max(1);
        let share = |count: usize| count as f64 / open as f64;
        Metrics {
            days: self.days,
            sold_out_days: self.sold_out,
            volume: self.volume,
            wape: per_volume(self.absolute),
            wql: per_volume(2.0 * self.pinball / QUANTILE_LEVELS.len() as f64),
            bias: per_volume(self.surplus),
            cov80: share(self.inside_80),
            cov90: share(self.inside_90),
            money: self.money,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn metrics_match_values_computed_by_hand() {
        let day = |mean: f64, quantiles: [f64; 11]| DayForecast {
            target_date: chrono::NaiveDate::MIN,
            mean,
            quantiles,
        };
        let sold = |sold, sold_out| Actual { sold, sold_out };
        let mut tally = Tally::default();
        // Every quantile 8, actual 10: each loses level x 2, levels sum to 5.5.
        tally.add(sold(10.0, false), &day(8.0, [8.0; 11]));
        // Every quantile 12, actual 10: each loses (1 - level) x 2, again 5.5 in sum.
        tally.add(sold(10.0, false), &day(12.0, [12.0; 11]));
        let m = tally.metrics();
        assert!((m.wape - 0.2).abs() < 1e-12);
        assert!(
            (m.wql - 2.0 * 22.0 / 11.0 / 20.0).abs() < 1e-12,
            "{}",
            m.wql
        );
        assert!(m.bias.abs() < 1e-12);
        assert_eq!((m.cov80, m.cov90), (0.0, 0.0));
        // Sold out at 10: 12 may be right, 8 is not.
        tally.add(sold(10.0, true), &day(12.0, [12.0; 11]));
        assert!((tally.metrics().wape - 4.0 / 30.0).abs() < 1e-12);
        tally.add(sold(10.0, true), &day(8.0, [8.0; 11]));
        let m = tally.metrics();
        assert!((m.wape - 6.0 / 40.0).abs() < 1e-12);
        assert!((m.wql - 2.0 * 33.0 / 11.0 / 40.0).abs() < 1e-12);
        assert_eq!((m.days, m.sold_out_days), (4, 2));
    }
}
