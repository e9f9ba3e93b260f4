//! Training: members side by side, each with its own seed, sampler and optimizer.

use crate::ForecastError;
use crate::artifact::{Artifact, Covariates, FORMAT_VERSION, Manifest};
use crate::blend::Blend;
use crate::calibration::Calibration;
use crate::companion::Companion;
use crate::config::TrainConfig;
use crate::covariates::{STATICS, schema_hash};
use crate::dataset::{Batch, IdMaps, Rows, Sampler, Scaler};
use crate::model::{Input, Net, NetShape, pinball};
use crate::parts::Part;
use crate::prepared::Prepared;
use crate::weights::Weights;
use burn::optim::{AdamWConfig, GradientsParams};
use burn::tensor::Device;
use domain::panel::Panel;
use std::f64::consts::PI;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc;

const WARM_UP: f64 = 0.15;
/// A warm start has found its place already and takes smaller steps.
const WARM_START_RATE: f64 = 0.5;
/// Steps between two looks at the loss and two reports of progress.
const REPORT_EVERY: usize = 10;
/// Share of the training after which weights are averaged, and steps between two additions to the average.
const AVERAGE_FROM: f64 = 0.7;
const AVERAGE_EVERY: usize = 4;
/// Windows over which the statics are standardised.
const SCALER_WINDOWS: usize = 2048;

/// Where training stands.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrainProgress {
    /// Optimizer steps done, over all members and stages.
    pub step: usize,
    /// Optimizer steps to do, over all members and stages.
    pub steps: usize,
    /// Mean training loss of one member since its last report.
    pub loss: f64,
}

/// Trains on the whole panel, from scratch or from another artifact.
///
/// A warm start keeps the embeddings of known stores and products; it is ignored when the network's widths differ.
///
/// # Errors
/// [`ForecastError::TooLittleData`], [`ForecastError::NonFinite`] with the name of the covariate or `loss`,
/// [`ForecastError::InvalidPanel`], [`ForecastError::Cancelled`].
pub fn train(
    panel: &Panel,
    config: &TrainConfig,
    warm_start: Option<&Artifact>,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<Artifact, ForecastError> {
    let mut prepared = Prepared::new(panel)?.without(&config.without);
    if let Some(start) = warm_start {
        prepared.seasonal = start.manifest.seasonal;
    }
    let steps = config.steps_for(valid_days(&prepared));
    train_prepared(
        &prepared,
        config,
        steps,
        warm_start.into(),
        progress,
        cancel,
    )
}

/// From what a training begins.
#[derive(Clone, Copy, Default)]
pub(crate) struct Start<'a> {
    /// A model that is trained further; ignored when the network's widths differ.
    pub model: Option<&'a Artifact>,
    /// Trees that have been grown already, on the same days.
    pub trees: Option<&'a Companion>,
}

impl<'a> From<Option<&'a Artifact>> for Start<'a> {
    fn from(model: Option<&'a Artifact>) -> Self {
        Self { model, trees: None }
    }
}

pub(crate) fn valid_days(prepared: &Prepared<'_>) -> usize {
    prepared
        .series
        .iter()
        .map(|s| s.valid_days(prepared.last) as usize)
        .sum()
}

pub(crate) fn train_prepared(
    prepared: &Prepared<'_>,
    config: &TrainConfig,
    steps: usize,
    from: Start<'_>,
    progress: &mut dyn FnMut(TrainProgress),
    cancel: &AtomicBool,
) -> Result<Artifact, ForecastError> {
    let warm_start = from.model;
    let members = config.members.max(1);
    let ids = IdMaps::of(prepared.panel);
    let rows = Rows::new(prepared, &ids);
    let shape = config.shape(&ids);
    let start = warm_start.and_then(|a| {
        let carried: Option<Vec<Weights>> = a
            .weights
            .iter()
            .map(|w| w.carried_over((&a.manifest.shape, &a.manifest.ids), (&shape, &ids)))
            .collect();
        Some((
            a.manifest.scaler.clone(),
            carried.filter(|c| !c.is_empty())?,
        ))
    });
    let mut sampler = Sampler::new(prepared, config.seed)?;
    let series = sampler.series();
    let scaler = match &start {
        Some((scaler, _)) => scaler.clone(),
        None => {
            let mut batch = Batch::default();
            sampler.fill(prepared, &rows, None, SCALER_WINDOWS, &mut batch);
            if batch.size == 0 {
                return Err(ForecastError::TooLittleData {
                    reason: "no window has a day to learn from".to_owned(),
                });
            }
            batch.check_finite()?;
            Scaler::fit(&batch.statics)
        }
    };
    debug_assert_eq!(scaler.mean.len(), STATICS.len());
    let plan = Plan {
        prepared,
        rows: &rows,
        scaler: &scaler,
        shape: &shape,
        config,
        steps,
        warm: start.is_some(),
        haste: haste(valid_days(prepared)),
        device: config.device.device()?,
        cancel,
    };
    let jobs: Vec<(u64, Option<&Weights>)> = (0..members)
        .map(|m| {
            let seed = config
                .seed
                .wrapping_mul(1_000_003)
                .wrapping_add(m as u64 + 1);
            (
                seed,
                start
                    .as_ref()
                    .map(|(_, weights)| &weights[m % weights.len()]),
            )
        })
        .collect();
    // The trees carry what lasts from year to year; what is new they read in their rows. A warm start keeps them.
    let kept = warm_start
        .filter(|_| plan.warm)
        .map(|a| &a.companion)
        .or(from.trees)
        .cloned();
    let grow = || match kept {
        Some(companion) => Ok(companion),
        None => Companion::fit(prepared, config.seed, cancel),
    };
    let (companion, trained) = if config.threads == 1 {
        (grow(), side_by_side(&plan, &jobs, progress))
    } else {
        std::thread::scope(|scope| {
            let growing = scope.spawn(grow);
            let trained = side_by_side(&plan, &jobs, progress);
            let companion = growing
                .join()
                .unwrap_or_else(|panic| std::panic::resume_unwind(panic));
            (companion, trained)
        })
    };
    let (companion, trained) = (companion?, trained?);
    let loss = trained.iter().map(|(_, loss)| loss).sum::<f64>() / members as f64;
    let weights: Vec<Weights> = trained.into_iter().map(|(weights, _)| weights).collect();
    let cold_cutoff = match warm_start.filter(|_| plan.warm) {
        Some(a) => a.manifest.cold_cutoff,
        None => prepared.panel.last_date,
    };
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        schema_hash: schema_hash(),
        covariates: Covariates::current(),
        config: TrainConfig {
            steps,
            ..config.clone()
        },
        members,
        parameters: weights.first().map_or(0, |w| w.0.len()),
        cutoff: prepared.panel.last_date,
        cold_cutoff,
        data_version: crate::data_version(prepared.panel),
        seasonal: prepared.seasonal,
        series,
        loss,
        scaler,
        shape,
        ids,
        blend: match warm_start {
            Some(start) => start.manifest.blend,
            None => Blend::fixed(&config.without).unwrap_or_default(),
        },
        calibration: warm_start.map_or_else(Calibration::default, |a| a.manifest.calibration),
        report: None,
        decision: None,
        weights_sha256: Vec::new(),
        trees_sha256: String::new(),
        judged_sha256: None,
    };
    Ok(Artifact {
        manifest,
        weights,
        companion,
        judged: None,
    })
}

struct Plan<'a> {
    prepared: &'a Prepared<'a>,
    rows: &'a Rows,
    scaler: &'a Scaler,
    shape: &'a NetShape,
    config: &'a TrainConfig,
    steps: usize,
    warm: bool,
    /// Factor on the learning rate.
    haste: f64,
    device: Device,
    cancel: &'a AtomicBool,
}

/// Trains every job on a pool of threads; the numbers do not depend on how many there are.
fn side_by_side(
    plan: &Plan<'_>,
    jobs: &[(u64, Option<&Weights>)],
    progress: &mut dyn FnMut(TrainProgress),
) -> Result<Vec<(Weights, f64)>, ForecastError> {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let threads = if plan.config.threads == 0 {
        cores
    } else {
        plan.config.threads
    }
    .clamp(1, jobs.len());
    let next = AtomicUsize::new(0);
    let total = plan.steps * jobs.len();
    std::thread::scope(|scope| {
        let (reports, inbox) = mpsc::channel::<(usize, f64)>();
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                let (reports, next) = (reports.clone(), &next);
                scope.spawn(move || {
                    let mut done = Vec::new();
                    loop {
                        let job = next.fetch_add(1, Ordering::Relaxed);
                        let Some((seed, start)) = jobs.get(job) else {
                            return done;
                        };
                        let report = |steps, loss| {
                            // Nobody listening any more is no reason to stop.
                            let _ = reports.send((steps, loss));
                        };
                        let result = train_member(plan, *seed, *start, report);
                        let failed = result.is_err();
                        done.push((job, result));
                        if failed {
                            next.store(jobs.len(), Ordering::Relaxed);
                            return done;
                        }
                    }
                })
            })
            .collect();
        drop(reports);
        let mut step = 0;
        for (steps, loss) in inbox {
            step += steps;
            progress(TrainProgress {
                step,
                steps: total,
                loss,
            });
        }
        let mut results: Vec<(usize, Result<(Weights, f64), ForecastError>)> = Vec::new();
        for worker in workers {
            match worker.join() {
                Ok(done) => results.extend(done),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results.sort_by_key(|(job, _)| *job);
        results.into_iter().map(|(_, result)| result).collect()
    })
}

fn train_member(
    plan: &Plan<'_>,
    seed: u64,
    start: Option<&Weights>,
    mut report: impl FnMut(usize, f64),
) -> Result<(Weights, f64), ForecastError> {
    let device = plan.device.clone().autodiff();
    let mut net = match start {
        Some(weights) => {
            weights
                .build(plan.shape, &device)
                .ok_or_else(|| ForecastError::InvalidPanel {
                    reason: "the warm start does not fit the network".to_owned(),
                })?
        }
        None => Net::new(plan.shape, seed, &device),
    };
    let mut sampler = Sampler::new(plan.prepared, seed)?;
    let mut optimizer = AdamWConfig::new().with_epsilon(1e-8).init();
    let mut batch = Batch::default();
    let mut average: Option<Weights> = None;
    let average_from = if plan.config.without.contains(&Part::Averaging) {
        usize::MAX
    } else {
        (plan.steps as f64 * AVERAGE_FROM) as usize
    };
    let decay = 1.0 - 1.0 / (plan.steps as f32 / 20.0 / AVERAGE_EVERY as f32).max(1.0);
    let (mut sum, mut last_loss) = (0.0, f64::NAN);
    for step in 0..plan.steps {
        if plan.cancel.load(Ordering::Relaxed) {
            return Err(ForecastError::Cancelled);
        }
        sampler.fill(
            plan.prepared,
            plan.rows,
            Some(plan.scaler),
            plan.config.batch.max(1),
            &mut batch,
        );
        if batch.size == 0 {
            return Err(ForecastError::TooLittleData {
                reason: "no window has a day to learn from".to_owned(),
            });
        }
        batch.check_finite()?;
        let loss = pinball(net.forward(&Input::new(&batch, &device)), &batch, &device);
        sum += f64::from(loss.clone().into_scalar::<f32>());
        let gradients = GradientsParams::from_grads(loss.backward(), &net);
        net = optimizer.step(rate(plan, step), net, gradients);
        if step >= average_from && (step % AVERAGE_EVERY == 0 || step + 1 == plan.steps) {
            let latest = Weights::of(&net);
            match &mut average {
                Some(mean) => mean.average(&latest, decay),
                None => average = Some(latest),
            }
        }
        let since = step % REPORT_EVERY + 1;
        if since == REPORT_EVERY || step + 1 == plan.steps {
            last_loss = sum / since as f64;
            sum = 0.0;
            if !last_loss.is_finite() {
                return Err(ForecastError::NonFinite {
                    name: "loss".to_owned(),
                    place: format!("step {}", step + 1),
                });
            }
            report(since, last_loss);
        }
    }
    let weights = average.unwrap_or_else(|| Weights::of(&net));
    if !weights.all_finite() {
        return Err(ForecastError::NonFinite {
            name: "weights".to_owned(),
            place: "the end of training".to_owned(),
        });
    }
    Ok((weights, last_loss))
}

/// Large histories bear larger steps, small ones are learned by heart with them.
fn haste(valid_days: usize) -> f64 {
    (valid_days as f64 / 40_000.0).sqrt().clamp(1.0, 2.5)
}

/// Linear warm-up, then a cosine down to a hundredth.
fn rate(plan: &Plan<'_>, step: usize) -> f64 {
    let warm = if plan.warm { WARM_START_RATE } else { 1.0 };
    let peak = plan.config.learning_rate * plan.haste * warm;
    let done = (step + 1) as f64 / plan.steps as f64;
    if done < WARM_UP {
        return peak * done / WARM_UP;
    }
    let phase = (done - WARM_UP) / (1.0 - WARM_UP);
    peak * (0.01 + 0.99 * 0.5 * (1.0 + (PI * phase).cos()))
}
