//! Rolling origins, and the gate between a model and the shop.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::baseline::{Baseline, baseline_forecast};
use crate::blend::Blend;
use crate::calibration::{Calibration, Case, HORIZON_GROUPS, group};
use crate::cut::truncate;
use crate::evaluation::{Actual, Metrics, Tally};
use crate::prepared::Prepared;
use chrono::{Days, NaiveDate};
use domain::panel::{DayForecast, HORIZON_DAYS, Panel};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Days from one cutoff to the next: 29, so that windows do not overlap and day 1 meets another weekday each time.
const STRIDE: u64 = HORIZON_DAYS as u64 + 1;
/// Days of history that must lie before the first cutoff.
const LEAST_HISTORY_DAYS: i64 = 84;
/// Days that must be judged before a model may serve.
const LEAST_DAYS: usize = 28;

/// Model and baselines on the same days.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportGroup {
    /// Store identifier or horizon such as `8-14`.
    pub name: String,
    pub model: Metrics,
    pub seasonal_naive: Metrics,
    pub weekday_mean: Metrics,
}

/// Model and baselines on held-out windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// Last known day before each window, ascending.
    pub cutoffs: Vec<NaiveDate>,
    pub model: Metrics,
    pub seasonal_naive: Metrics,
    pub weekday_mean: Metrics,
    /// In the panel's order of stores; stores without a judged day are left out.
    pub by_store: Vec<ReportGroup>,
    /// Day 1, then days 1-7, 8-14 and 15-28.
    pub by_horizon: Vec<ReportGroup>,
}

/// Whether a model may serve.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GateDecision {
    pub passed: bool,
    /// For people, with the numbers.
    pub reason: String,
}

/// The last `folds` cutoffs whose 28 days are known, ascending; fewer when the history is short, none when it is too short.
pub fn rolling_cutoffs(panel: &Panel, folds: usize) -> Vec<NaiveDate> {
    let Some(first) = panel
        .series
        .iter()
        .filter_map(|s| s.days.first())
        .map(|d| d.date)
        .min()
    else {
        return Vec::new();
    };
    let mut cutoffs: Vec<NaiveDate> = (0..folds as u64)
        .map_while(|k| {
            panel
                .last_date
                .checked_sub_days(Days::new(HORIZON_DAYS as u64 + k * STRIDE))
        })
        .take_while(|cutoff| (*cutoff - first).num_days() >= LEAST_HISTORY_DAYS)
        .collect();
    cutoffs.reverse();
    cutoffs
}

/// Scores a model and both baselines on the last `folds` windows of 28 days. At every cutoff the model reads the days up
/// to that cutoff but keeps the weights it has, so it must have been trained on what lies before the first.
///
/// # Errors
/// [`ForecastError::TooLittleData`] without a window, [`ForecastError::AlreadySeen`] when the model was trained on days
/// it would be judged on, and what prediction returns.
pub fn backtest(
    panel: &Panel,
    artifact: &Artifact,
    folds: usize,
) -> Result<BacktestReport, ForecastError> {
    Ok(judge(panel, artifact, folds)?.0)
}

/// The report, and the blend and the widths that would have been right.
pub(crate) fn judge(
    panel: &Panel,
    artifact: &Artifact,
    folds: usize,
) -> Result<(BacktestReport, Blend, Calibration), ForecastError> {
    crate::prepared::check_indices(panel)?;
    let cutoffs = rolling_cutoffs(panel, folds);
    let Some(&first) = cutoffs.first() else {
        return Err(ForecastError::TooLittleData {
            reason: format!(
                "fewer than {} days of history to hold out a window",
                LEAST_HISTORY_DAYS + HORIZON_DAYS as i64
            ),
        });
    };
    if artifact.manifest.cutoff > first {
        return Err(ForecastError::AlreadySeen {
            trained: artifact.manifest.cutoff,
            cutoff: first,
        });
    }
    let mut board = Board::new(panel.stores.len());
    let mut cases = Vec::new();
    let mut windows = Vec::new();
    for (fold, &cutoff) in cutoffs.iter().enumerate() {
        let past = truncate(panel, cutoff);
        let prepared = Prepared::new(&past)?;
        let opinions = artifact.opinions(&prepared)?;
        let model = artifact.finish_all(&prepared, &opinions)?;
        let naive = baseline_forecast(&past, Baseline::SeasonalNaive);
        let weekday = baseline_forecast(&past, Baseline::WeekdayMean);
        for (index, series) in panel.series.iter().enumerate() {
            let actuals: HashMap<NaiveDate, Actual> = series
                .days
                .iter()
                .filter(|d| d.date > cutoff)
                .map(|d| {
                    let actual = Actual {
                        sold: d.quantity.max(0.0),
                        sold_out: d.censored,
                    };
                    (d.date, actual)
                })
                .collect();
            // All four hold the planned days of the same panel, in the same order.
            for (i, day) in model[index].days.iter().enumerate() {
                let Some(&actual) = actuals.get(&day.target_date) else {
                    continue;
                };
                let ahead = (day.target_date - cutoff).num_days() as usize;
                board.add(
                    series.store,
                    ahead,
                    actual,
                    [day, &naive[index].days[i], &weekday[index].days[i]],
                );
                if let Some(opinions) = &opinions[index]
                    && !actual.sold_out
                {
                    cases.push((ahead, actual.sold, opinions[ahead - 1]));
                    let window = fold * panel.series.len() + index;
                    windows.push((window, prepared.series[index].whole));
                }
            }
        }
    }
    let report = board.report(panel, cutoffs);
    let blend = Blend::fit(&cases);
    let blended: Vec<Case> = cases
        .iter()
        .zip(windows)
        .map(|((ahead, sold, opinions), (window, whole))| Case {
            window,
            ahead: *ahead,
            sold: *sold,
            whole,
            quantiles: blend.apply(*ahead, opinions),
        })
        .collect();
    Ok((report, blend, Calibration::fit(&blended)))
}

/// Decides whether the judged model may serve: it must beat the better of the two seasonal baselines by `margin` of its
/// wQL, on at least four weeks of judged days with sales.
pub fn gate(report: &BacktestReport, margin: f64) -> GateDecision {
    let model = report.model;
    let (name, best) = if report.seasonal_naive.wql < report.weekday_mean.wql {
        ("seasonal naive", report.seasonal_naive)
    } else {
        ("mean of four same weekdays", report.weekday_mean)
    };
    if model.days < LEAST_DAYS || model.volume <= 0.0 {
        return GateDecision {
            passed: false,
            reason: format!("only {} days with known sales to judge by", model.days),
        };
    }
    let bar = best.wql * (1.0 - margin);
    let passed = model.wql.is_finite() && model.wql <= bar;
    let reason = format!(
        "wQL {:.4} {} the bar of {:.4}: {:.1} % better than the best baseline was asked for ({name}, {:.4}; {} days)",
        model.wql,
        if passed { "is within" } else { "misses" },
        bar,
        100.0 * margin,
        best.wql,
        model.days
    );
    GateDecision { passed, reason }
}

type Tallies = [Tally; 3];

/// Running sums over all, by store and by horizon.
struct Board {
    all: Tallies,
    stores: Vec<Tallies>,
    day_one: Tallies,
    horizons: [Tallies; HORIZON_GROUPS.len()],
}

impl Board {
    fn new(stores: usize) -> Self {
        Self {
            all: Tallies::default(),
            stores: vec![Tallies::default(); stores],
            day_one: Tallies::default(),
            horizons: Default::default(),
        }
    }

    /// `forecasts`: model, seasonal naive, weekday mean.
    fn add(&mut self, store: usize, ahead: usize, actual: Actual, forecasts: [&DayForecast; 3]) {
        let tally = |tallies: &mut Tallies| {
            for (tally, forecast) in tallies.iter_mut().zip(forecasts) {
                tally.add(actual, forecast);
            }
        };
        tally(&mut self.all);
        tally(&mut self.stores[store]);
        tally(&mut self.horizons[group(ahead)]);
        if ahead == 1 {
            tally(&mut self.day_one);
        }
    }

    fn report(&self, panel: &Panel, cutoffs: Vec<NaiveDate>) -> BacktestReport {
        let by_store = panel
            .stores
            .iter()
            .zip(&self.stores)
            .map(|(store, t)| entry(&store.id, t));
        let horizons = HORIZON_GROUPS
            .iter()
            .zip(&self.horizons)
            .map(|((name, _, _), t)| entry(name, t));
        let all = entry("all", &self.all);
        BacktestReport {
            cutoffs,
            model: all.model,
            seasonal_naive: all.seasonal_naive,
            weekday_mean: all.weekday_mean,
            by_store: by_store.filter(|g| g.model.days > 0).collect(),
            by_horizon: std::iter::once(entry("1", &self.day_one))
                .chain(horizons)
                .collect(),
        }
    }
}

fn entry(name: &str, tallies: &Tallies) -> ReportGroup {
    let [model, seasonal_naive, weekday_mean] = tallies.map(|t| t.metrics());
    ReportGroup {
        name: name.to_owned(),
        model,
        seasonal_naive,
        weekday_mean,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(model: f64, naive: f64, weekday: f64, days: usize) -> BacktestReport {
        let metrics = |wql| Metrics {
            days,
            volume: 100.0,
            wql,
            ..Metrics::default()
        };
        BacktestReport {
            cutoffs: vec![],
            model: metrics(model),
            seasonal_naive: metrics(naive),
            weekday_mean: metrics(weekday),
            by_store: vec![],
            by_horizon: vec![],
        }
    }

    #[test]
    fn gate_asks_for_the_margin_over_the_better_baseline() {
        assert!(gate(&report(0.195, 0.3, 0.2, 100), 0.02).passed);
        assert!(!gate(&report(0.197, 0.3, 0.2, 100), 0.02).passed);
        assert!(!gate(&report(0.195, 0.19, 0.2, 100), 0.02).passed);
        assert!(!gate(&report(f64::NAN, 0.3, 0.2, 100), 0.02).passed);
        assert!(!gate(&report(0.1, 0.3, 0.2, 27), 0.02).passed);
    }
}
