//! Rolling origins: model, baselines and champion on the same held-out windows.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::baseline::{Baseline, baseline_forecast};
use crate::blend::Blend;
use crate::board::{Board, Contest, Spot};
use crate::calibration::{Calibration, Case};
use crate::cut::truncate;
use crate::evaluation::{Actual, Metrics};
use crate::importance::GroupImportance;
use crate::money::MoneyUnit;
use crate::parts::Part;
use crate::prepared::Prepared;
use chrono::{Days, NaiveDate};
use domain::panel::{HORIZON_DAYS, Panel};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Days from one cutoff to the next: 29, so that windows do not overlap and day 1 meets another weekday each time.
const STRIDE: u64 = HORIZON_DAYS as u64 + 1;
/// Days of history that must lie before the first cutoff.
const LEAST_HISTORY_DAYS: i64 = 84;

/// Model, baselines and champion on the same days.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct ReportGroup {
    /// Store identifier, horizon such as `8-14`, or the cutoff before a window.
    pub name: String,
    pub model: Metrics,
    pub seasonal_naive: Metrics,
    pub weekday_mean: Metrics,
    /// Where there was one that had not seen these days.
    #[serde(default)]
    pub champion: Option<Metrics>,
    /// Model against weekday mean, by store only.
    #[serde(default)]
    pub against_weekday_mean: Option<Paired>,
}

/// Losses of two forecasters on the same calendar days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Paired {
    /// Calendar days.
    pub dates: usize,
    /// Mean daily difference of the losses over its standard error; positive = the model is worse.
    pub t: f64,
}

/// Model, baselines and champion on held-out windows.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct BacktestReport {
    /// Last known day before each window, ascending.
    pub cutoffs: Vec<NaiveDate>,
    /// In what `money` is counted.
    #[serde(default)]
    pub money_unit: MoneyUnit,
    /// Share of the volume whose price or unit cost had to be assumed.
    #[serde(default)]
    pub assumed_costs: f64,
    pub model: Metrics,
    pub seasonal_naive: Metrics,
    pub weekday_mean: Metrics,
    /// The champion as it was before it learned these days; `None` without one, or where it had seen some.
    #[serde(default)]
    pub champion: Option<Metrics>,
    /// By window, named by its cutoff.
    #[serde(default)]
    pub by_fold: Vec<ReportGroup>,
    /// In the panel's order of stores; stores without a judged day are left out.
    pub by_store: Vec<ReportGroup>,
    /// Day 1, then days 1-7, 8-14 and 15-28.
    pub by_horizon: Vec<ReportGroup>,
    /// What the model listens to, largest first; empty where it was not asked.
    #[serde(default)]
    pub importance: Vec<GroupImportance>,
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
    Ok(judge(panel, artifact, None, folds)?.0)
}

/// The report, and the blend and the widths that would have been right. `champion` must not have seen the windows either.
pub(crate) fn judge(
    panel: &Panel,
    artifact: &Artifact,
    champion: Option<&Artifact>,
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
    for judged in std::iter::once(artifact).chain(champion) {
        if judged.manifest.cutoff > first {
            return Err(ForecastError::AlreadySeen {
                trained: judged.manifest.cutoff,
                cutoff: first,
            });
        }
    }
    let mut board = Board::new(panel, cutoffs.len(), champion.is_some());
    let mut cases = Vec::new();
    let mut windows = Vec::new();
    for (fold, &cutoff) in cutoffs.iter().enumerate() {
        let past = truncate(panel, cutoff);
        let mut prepared = Prepared::new(&past)?;
        prepared.show_to(&artifact.manifest);
        let opinions = artifact.opinions(&prepared)?;
        let model = artifact.finish_all(&prepared, &opinions)?;
        let champion = champion
            .map(|c| {
                prepared.show_to(&c.manifest);
                c.finish_all(&prepared, &c.opinions(&prepared)?)
            })
            .transpose()?;
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
            // All of them hold the planned days of the same panel, in the same order.
            for (i, day) in model[index].days.iter().enumerate() {
                let Some(&actual) = actuals.get(&day.target_date) else {
                    continue;
                };
                let ahead = (day.target_date - cutoff).num_days() as usize;
                let spot = Spot {
                    store: series.store,
                    product: series.product,
                    fold,
                    ahead,
                    date: day.target_date,
                };
                let contest = Contest {
                    model: day,
                    seasonal_naive: &naive[index].days[i],
                    weekday_mean: &weekday[index].days[i],
                    champion: champion.as_ref().map(|c| &c[index].days[i]),
                };
                board.add(&spot, actual, &contest);
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
    let without = &artifact.manifest.config.without;
    let blend = Blend::fixed(without).unwrap_or_else(|| Blend::fit(&cases));
    let blended: Vec<Case> = cases
        .iter()
        .zip(windows)
        .map(|((ahead, sold, opinions), (window, whole))| {
            let series = &panel.series[window % panel.series.len()];
            Case {
                window,
                fold: window / panel.series.len(),
                store: series.store,
                product: series.product,
                ahead: *ahead,
                sold: *sold,
                whole,
                quantiles: blend.apply(*ahead, opinions),
            }
        })
        .collect();
    let calibration = if without.contains(&Part::Calibration) {
        Calibration::default()
    } else {
        Calibration::fit(&blended)
    };
    Ok((report, blend, calibration))
}
