//! Seasonal baselines. They stand beside the model for ever, and forecast wherever no model has beaten them.

use crate::distribution::{Quantiles, empirical, tidy, whole};
use crate::series::{Series, day_number};
use domain::panel::{DayForecast, Panel, QUANTILE_LEVELS, SeriesForecast};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Same weekdays that are looked at.
const WEEKDAYS_BACK: i32 = 8;
/// Days of residuals: 26 weeks.
const RESIDUAL_DAYS: i32 = 182;
/// Weeks ahead, each with residuals of its own.
const WEEKS: usize = 4;
/// Residuals below which a series borrows the spread of the whole chain.
const LEAST_RESIDUALS: usize = 6;
/// A series without residuals of its own is less certain than the chain.
const BORROWED_SPREAD: f64 = 1.5;
/// Relative spread when nothing has been observed anywhere.
const UNKNOWN_SPREAD: Quantiles = [
    -0.8, -0.65, -0.4, -0.25, -0.1, 0.0, 0.1, 0.25, 0.4, 0.65, 0.8,
];

/// A rule that needs no training.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Baseline {
    /// The latest same weekday.
    SeasonalNaive,
    /// The mean of the latest four same weekdays.
    WeekdayMean,
}

impl Baseline {
    fn days(self) -> usize {
        match self {
            Self::SeasonalNaive => 1,
            Self::WeekdayMean => 4,
        }
    }
}

/// Forecasts every planned day by the rule. Quantiles are the point plus the empirical residuals of the same rule over the
/// last 26 weeks, per series and week ahead; series too young for that borrow the relative spread of the chain, and those
/// without any day take the level of their product elsewhere, of their category, or of their store.
///
/// Sold-out days are left out where other days are known.
pub fn baseline_forecast(panel: &Panel, kind: Baseline) -> Vec<SeriesForecast> {
    let last = day_number(panel.last_date);
    let series: Vec<Series> = panel.series.iter().map(|s| Series::new(s, last)).collect();
    forecast(panel, &series, last, kind)
}

pub(crate) fn forecast(
    panel: &Panel,
    series: &[Series],
    last: i32,
    kind: Baseline,
) -> Vec<SeriesForecast> {
    let residuals: Vec<[Vec<f64>; WEEKS]> = series
        .iter()
        .map(|s| own_residuals(s, last, kind))
        .collect();
    let borrowed = borrowed_spread(series, &residuals, last);
    let levels = ColdLevels::new(panel, series, last);
    series
        .iter()
        .zip(&residuals)
        .enumerate()
        .map(|(index, (s, residuals))| {
            let level = s
                .latest_mean(56, last)
                .or_else(|| s.latest_open_mean(56, last))
                .unwrap_or_else(|| levels.of(panel, s.store, s.product));
            let own: [Option<Quantiles>; WEEKS] =
                std::array::from_fn(|w| own_spread(&residuals[w]));
            let days = panel.series[index]
                .planned
                .iter()
                .filter(|d| day_number(d.date) > last)
                .map(|d| {
                    let target = day_number(d.date);
                    let ahead = target - last;
                    let week = ((ahead + 6) / 7).clamp(1, WEEKS as i32);
                    let point = weekday_point(s, target, week, kind)
                        .unwrap_or(level)
                        .max(0.0);
                    let mut quantiles: Quantiles = match &own[week as usize - 1] {
                        Some(spread) => spread.map(|r| point + r),
                        None => {
                            borrowed[week as usize - 1].map(|r| point * (1.0 + BORROWED_SPREAD * r))
                        }
                    };
                    tidy(&mut quantiles);
                    if s.whole {
                        whole(&mut quantiles);
                    }
                    let mean = point.clamp(quantiles[0], quantiles[quantiles.len() - 1]);
                    DayForecast {
                        target_date: d.date,
                        mean,
                        quantiles,
                    }
                })
                .collect();
            SeriesForecast {
                series: index,
                days,
            }
        })
        .collect()
}

/// Mean of the latest same weekdays at least `week` weeks before the target.
fn weekday_point(series: &Series, target: i32, week: i32, kind: Baseline) -> Option<f64> {
    let mean = |value: fn(&Series, i32) -> Option<f64>| {
        let (mut sum, mut count) = (0.0, 0usize);
        for j in 0..WEEKDAYS_BACK {
            if let Some(v) = value(series, target - 7 * (week + j)) {
                sum += v;
                count += 1;
                if count == kind.days() {
                    break;
                }
            }
        }
        (count > 0).then(|| sum / count as f64)
    };
    mean(Series::valid).or_else(|| mean(Series::open_value))
}

fn own_residuals(series: &Series, last: i32, kind: Baseline) -> [Vec<f64>; WEEKS] {
    std::array::from_fn(|w| {
        let mut residuals: Vec<f64> = ((last - RESIDUAL_DAYS + 1).max(series.start)..=last)
            .filter_map(|day| {
                Some(series.valid(day)? - weekday_point(series, day, w as i32 + 1, kind)?)
            })
            .collect();
        residuals.sort_by(f64::total_cmp);
        residuals
    })
}

fn own_spread(sorted: &[f64]) -> Option<Quantiles> {
    (sorted.len() >= LEAST_RESIDUALS).then(|| QUANTILE_LEVELS.map(|level| empirical(sorted, level)))
}

/// Quantiles of residual over point, pooled over the series that have residuals of their own.
fn borrowed_spread(
    series: &[Series],
    residuals: &[[Vec<f64>; WEEKS]],
    last: i32,
) -> [Quantiles; WEEKS] {
    std::array::from_fn(|w| {
        let mut pooled: Vec<f64> = Vec::new();
        for (s, residuals) in series.iter().zip(residuals) {
            if let Some(level) = s.latest_mean(182, last).filter(|m| *m > 0.0) {
                pooled.extend(residuals[w].iter().map(|r| (r / level).clamp(-1.0, 3.0)));
            }
        }
        pooled.sort_by(f64::total_cmp);
        own_spread(&pooled).unwrap_or(UNKNOWN_SPREAD)
    })
}

/// Levels for series that have never been open: means over the last 28 days of those that were.
struct ColdLevels {
    product: HashMap<usize, f64>,
    category_in_store: HashMap<(usize, String), f64>,
    category: HashMap<String, f64>,
    store: HashMap<usize, f64>,
}

impl ColdLevels {
    fn new(panel: &Panel, series: &[Series], last: i32) -> Self {
        let known: Vec<(&Series, f64)> = series
            .iter()
            .filter_map(|s| Some((s, s.latest_open_mean(28, last)?)))
            .collect();
        let category = |s: &Series| {
            panel
                .products
                .get(s.product)
                .map(|p| p.category.clone())
                .unwrap_or_default()
        };
        Self {
            product: means(known.iter().map(|(s, level)| (s.product, *level))),
            category_in_store: means(
                known
                    .iter()
                    .map(|(s, level)| ((s.store, category(s)), *level)),
            ),
            category: means(known.iter().map(|(s, level)| (category(s), *level))),
            store: means(known.iter().map(|(s, level)| (s.store, *level))),
        }
    }

    fn of(&self, panel: &Panel, store: usize, product: usize) -> f64 {
        let category = panel
            .products
            .get(product)
            .map(|p| p.category.clone())
            .unwrap_or_default();
        self.product
            .get(&product)
            .or_else(|| self.category_in_store.get(&(store, category.clone())))
            .or_else(|| self.category.get(&category))
            .or_else(|| self.store.get(&store))
            .copied()
            .unwrap_or(0.0)
    }
}

fn means<K: std::hash::Hash + Eq>(values: impl Iterator<Item = (K, f64)>) -> HashMap<K, f64> {
    let mut sums: HashMap<K, (f64, f64)> = HashMap::new();
    for (key, value) in values {
        let entry = sums.entry(key).or_default();
        entry.0 += value;
        entry.1 += 1.0;
    }
    sums.into_iter()
        .map(|(key, (sum, count))| (key, sum / count))
        .collect()
}
