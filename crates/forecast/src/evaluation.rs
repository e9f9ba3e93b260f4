//! How good forecasts were.

use domain::panel::{DayForecast, MEDIAN, QUANTILE_LEVELS};
use serde::{Deserialize, Serialize};

/// Accuracy of a set of forecast days. Sold-out and closed days are not judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Days judged.
    pub days: usize,
    /// Units sold on them.
    pub volume: f64,
    /// `sum |y - median| / sum y`; 0 without volume.
    pub wape: f64,
    /// Mean over the eleven levels of `2 x sum pinball / sum y`; 0 without volume.
    pub wql: f64,
    /// `sum (mean - y) / sum y`; 0 without volume.
    pub bias: f64,
    /// Share of days inside the 10-90 % interval, borders included.
    pub cov80: f64,
    /// Share of days inside the 5-95 % interval, borders included.
    pub cov90: f64,
}

/// Sums from which [`Metrics`] are computed.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Tally {
    days: usize,
    volume: f64,
    absolute: f64,
    pinball: f64,
    surplus: f64,
    inside_80: usize,
    inside_90: usize,
}

impl Tally {
    pub fn add(&mut self, actual: f64, forecast: &DayForecast) {
        let q = &forecast.quantiles;
        self.days += 1;
        self.volume += actual;
        self.absolute += (actual - q[MEDIAN]).abs();
        self.pinball += QUANTILE_LEVELS
            .iter()
            .zip(q)
            .map(|(level, q)| {
                let error = actual - q;
                (level * error).max((level - 1.0) * error)
            })
            .sum::<f64>();
        self.surplus += forecast.mean - actual;
        self.inside_80 += usize::from(q[1] <= actual && actual <= q[9]);
        self.inside_90 += usize::from(q[0] <= actual && actual <= q[10]);
    }

    pub fn metrics(&self) -> Metrics {
        let per_volume = |sum: f64| {
            if self.volume > 0.0 {
                sum / self.volume
            } else {
                0.0
            }
        };
        let share = |count: usize| count as f64 / self.days.max(1) as f64;
        Metrics {
            days: self.days,
            volume: self.volume,
            wape: per_volume(self.absolute),
            wql: per_volume(2.0 * self.pinball / QUANTILE_LEVELS.len() as f64),
            bias: per_volume(self.surplus),
            cov80: share(self.inside_80),
            cov90: share(self.inside_90),
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
        let mut tally = Tally::default();
        // Every quantile 8, actual 10: each loses level x 2, levels sum to 5.5.
        tally.add(10.0, &day(8.0, [8.0; 11]));
        // Every quantile 12, actual 10: each loses (1 - level) x 2, again 5.5 in sum.
        tally.add(10.0, &day(12.0, [12.0; 11]));
        let m = tally.metrics();
        assert!((m.wape - 0.2).abs() < 1e-12);
        assert!(
            (m.wql - 2.0 * 22.0 / 11.0 / 20.0).abs() < 1e-12,
            "{}",
            m.wql
        );
        assert!(m.bias.abs() < 1e-12);
        assert_eq!((m.cov80, m.cov90), (0.0, 0.0));
    }
}
