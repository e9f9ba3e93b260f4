//! What the night does about the model: train, judge, refit, or refresh.

use crate::ForecastError;
use crate::artifact::Artifact;
use crate::backtest::{BacktestReport, judge, rolling_cutoffs};
use crate::companion::Companion;
use crate::config::TrainConfig;
use crate::cut::{data_version, truncate};
use crate::gate::{GateDecision, gate};
use crate::importance::importance;
use crate::prepared::Prepared;
use crate::series::day_number;
use crate::training::{Start, TrainProgress, train_prepared, valid_days};
use chrono::NaiveDate;
use domain::panel::Panel;
use serde::{Deserialize, Serialize};
use std::sync::atomic::AtomicBool;
use std::time::Instant;

/// A challenger that missed more of the history than this is not trained further but trained anew: on a short history a few
/// weeks more are another world.
const MOST_MISSED: f64 = 0.1;

/// Which way the night took.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NightlyPath {
    /// A challenger was trained from scratch and judged.
    Cold,
    /// The champion was trained further on the new days.
    Refreshed,
    /// The champion had already seen exactly these data.
    Reused,
    /// There was too little data to train or to judge.
    TooLittleData,
}

/// Seconds by stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct NightlyTimings {
    /// Training the challenger without the held-out windows.
    pub challenger_s: f64,
    /// Scoring it and the baselines.
    pub backtest_s: f64,
    /// Training on all days.
    pub refit_s: f64,
}

/// What came of the night.
#[derive(Clone, Debug)]
pub struct NightlyOutcome {
    pub path: NightlyPath,
    /// The model that may serve: a challenger that passed, or the champion that learned the new days. `None` = nothing of
    /// tonight may: the seasonal baseline has to.
    pub artifact: Option<Artifact>,
    /// The challenger that the gate refused, for the record.
    pub refused: Option<Artifact>,
    /// How the model family did on held-out windows; of an earlier night when the champion was refreshed or reused.
    pub report: Option<BacktestReport>,
    /// On the challenger; an earlier night's when the champion was refreshed or reused without one.
    pub decision: GateDecision,
    pub timings: NightlyTimings,
}

/// One night's work on the model of one organization.
///
/// - The champion has seen exactly these data: it serves on.
/// - It passed the gate and was trained from scratch at most `cold_every_days` ago: a warm refit on all days with
///   `refit_share` of the steps. It keeps its report, its calibration and the gate's decision, because the days it could
///   be judged on are days it has already learned from.
/// - Otherwise: a challenger is trained from scratch on what lies before the held-out windows (never from the champion,
///   which has seen them) and judged on them, beside the champion as that was when it was judged itself: every artifact keeps
///   that model, and its last day lies before these windows too. If the gate lets the challenger pass, blend and widths are
///   learned on the held-out windows, the trees are grown anew on all days, and the networks are trained further on all days
///   with `refit_share` of the steps, or from scratch where the held-out windows are more than a tenth of the history. If not,
///   the challenger is `refused`, a champion that had passed is trained further as on any other night, and the next night
///   tries again.
///
/// Progress counts the steps of both trainings.
///
/// # Errors
/// As [`crate::train`], except that too little data is an outcome and not an error.
pub fn nightly(
    panel: &Panel,
    champion: Option<&Artifact>,
    config: &TrainConfig,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<NightlyOutcome, ForecastError> {
    if let Some(champion) = champion.filter(|c| serves_on(c, panel, config)) {
        return refresh(panel, champion, config, progress, cancel);
    }
    match cold(panel, champion, config, progress, cancel) {
        Err(ForecastError::TooLittleData { reason }) => Ok(NightlyOutcome {
            path: NightlyPath::TooLittleData,
            artifact: None,
            refused: None,
            report: None,
            decision: GateDecision {
                reason: format!("too little data: {reason}"),
                ..GateDecision::default()
            },
            timings: NightlyTimings::default(),
        }),
        other => other,
    }
}

fn serves_on(champion: &Artifact, panel: &Panel, config: &TrainConfig) -> bool {
    let manifest = champion.manifest();
    let age = (panel.last_date - manifest.cold_cutoff).num_days();
    manifest.decision.as_ref().is_some_and(|d| d.passed)
        && manifest.cutoff <= panel.last_date
        && age < i64::from(config.cold_every_days)
        && manifest.config.is_same_model(config)
}

fn refresh(
    panel: &Panel,
    champion: &Artifact,
    config: &TrainConfig,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<NightlyOutcome, ForecastError> {
    let started = Instant::now();
    let manifest = champion.manifest();
    let same = manifest.data_version == data_version(panel);
    let artifact = catch_up(panel, champion, config, progress, cancel)?;
    let decision = manifest.decision.clone().unwrap_or(GateDecision {
        passed: true,
        ..GateDecision::default()
    });
    Ok(NightlyOutcome {
        path: if same {
            NightlyPath::Reused
        } else {
            NightlyPath::Refreshed
        },
        report: artifact.manifest.report.clone(),
        artifact: Some(artifact),
        refused: None,
        decision,
        timings: NightlyTimings {
            refit_s: started.elapsed().as_secs_f64(),
            ..NightlyTimings::default()
        },
    })
}

/// Trains a model further on days it has not seen, with `refit_share` of the steps: a model that had passed the gate keeps its
/// report, its blend, its widths and the gate's decision. One that has seen exactly these data comes back as it is.
///
/// # Errors
/// As [`crate::train`].
pub fn catch_up(
    panel: &Panel,
    champion: &Artifact,
    config: &TrainConfig,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<Artifact, ForecastError> {
    let manifest = &champion.manifest;
    if manifest.data_version == data_version(panel) {
        return Ok(champion.clone());
    }
    // It stays the model it was, whatever is trained from tonight on.
    let config = &TrainConfig {
        hidden: manifest.config.hidden,
        without: manifest.config.without.clone(),
        ..config.clone()
    };
    let mut prepared = Prepared::new(panel)?;
    prepared.show_to(manifest);
    let steps = refit_steps(config, config.steps_for(valid_days(&prepared)));
    let mut artifact = train_prepared(
        &prepared,
        config,
        steps,
        Some(champion).into(),
        progress,
        cancel,
    )?;
    artifact.manifest.report = manifest.report.clone();
    artifact.manifest.decision = manifest.decision.clone();
    artifact.judged = champion.judged.clone();
    Ok(artifact)
}

fn cold(
    panel: &Panel,
    champion: Option<&Artifact>,
    config: &TrainConfig,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<NightlyOutcome, ForecastError> {
    let mut whole = Prepared::new(panel)?.without(&config.without);
    let cutoffs = rolling_cutoffs(panel, config.folds.max(1));
    let Some(&first) = cutoffs.first() else {
        return Err(ForecastError::TooLittleData {
            reason: "the history is too short to hold out a window".to_owned(),
        });
    };
    let steps = config.steps_for(valid_days(&whole));
    let is_caught_up = missed_share(panel, first) <= MOST_MISSED;
    let refit = if is_caught_up {
        refit_steps(config, steps)
    } else {
        steps
    };
    let members = config.members.max(1);
    let total = (steps + refit) * members;
    let mut timings = NightlyTimings::default();

    let started = Instant::now();
    let past = truncate(panel, first);
    let mut counted = |p: TrainProgress| progress(TrainProgress { steps: total, ..p });
    let mut challenger = train_prepared(
        &Prepared::new(&past)?.without(&config.without),
        config,
        steps,
        Start::default(),
        &mut counted,
        cancel,
    )?;
    timings.challenger_s = started.elapsed().as_secs_f64();

    let started = Instant::now();
    let rival = champion
        .and_then(Artifact::judged)
        .filter(|c| c.manifest.cutoff <= first);
    let (mut report, blend, calibration) = judge(panel, &challenger, rival, cutoffs.len())?;
    let seasonal = std::mem::replace(&mut whole.seasonal, challenger.manifest.seasonal);
    report.importance = importance(&challenger, &whole, day_number(first), config.seed, cancel)?;
    // What is trained further stays as it began, what begins anew takes the whole history's word.
    if !is_caught_up {
        whole.seasonal = seasonal;
    }
    let mut decision = gate(&report, config.margin, &config.gate);
    if champion.is_some() && rival.is_none() {
        decision.reason += "; the champion is not compared: what is left of it has seen these days";
    }
    timings.backtest_s = started.elapsed().as_secs_f64();
    tracing::info!(
        passed = decision.passed,
        reason = decision.reason,
        challenger_s = timings.challenger_s,
        "judged a forecasting model"
    );
    if !decision.passed {
        challenger.manifest.report = Some(report.clone());
        challenger.manifest.decision = Some(decision.clone());
        let started = Instant::now();
        let served = champion.filter(|c| {
            let passed = c.manifest.decision.as_ref().is_some_and(|d| d.passed);
            let has_more = c.manifest.data_version != data_version(panel);
            passed && has_more && c.manifest.cutoff <= panel.last_date
        });
        let served = match served.map(|c| catch_up(panel, c, config, &mut |_| {}, cancel)) {
            Some(Err(ForecastError::Cancelled)) => return Err(ForecastError::Cancelled),
            Some(Err(error)) => {
                // It serves as it is; that the challenger was refused is worth recording.
                tracing::warn!(%error, "the champion could not learn the new days");
                None
            }
            Some(Ok(artifact)) => Some(artifact),
            None => None,
        };
        timings.refit_s = started.elapsed().as_secs_f64();
        return Ok(NightlyOutcome {
            path: NightlyPath::Cold,
            artifact: served,
            refused: Some(challenger),
            report: Some(report),
            decision,
            timings,
        });
    }

    let started = Instant::now();
    let mut counted = |p: TrainProgress| {
        progress(TrainProgress {
            step: p.step + steps * members,
            steps: total,
            ..p
        })
    };
    let mut artifact = train_prepared(
        &whole,
        config,
        refit,
        is_caught_up.then_some(&challenger).into(),
        &mut counted,
        cancel,
    )?;
    if is_caught_up {
        artifact.companion = Companion::fit(&whole, config.seed, cancel)?;
    }
    timings.refit_s = started.elapsed().as_secs_f64();
    artifact.manifest.cold_cutoff = panel.last_date;
    artifact.manifest.blend = blend;
    artifact.manifest.calibration = calibration;
    artifact.manifest.report = Some(report.clone());
    artifact.manifest.decision = Some(decision.clone());
    artifact.judged = Some(Box::new(challenger));
    Ok(NightlyOutcome {
        path: NightlyPath::Cold,
        artifact: Some(artifact),
        refused: None,
        report: Some(report),
        decision,
        timings,
    })
}

/// How much of the history lies behind the first held-out window.
fn missed_share(panel: &Panel, cutoff: NaiveDate) -> f64 {
    let first = panel.series.iter().filter_map(|s| s.days.first());
    let first = first.map(|day| day.date).min().unwrap_or(cutoff);
    let days = |from: NaiveDate, to: NaiveDate| (to - from).num_days() as f64;
    days(cutoff, panel.last_date) / days(first, panel.last_date).max(1.0)
}

fn refit_steps(config: &TrainConfig, steps: usize) -> usize {
    ((steps as f64 * config.refit_share) as usize).max(1)
}
