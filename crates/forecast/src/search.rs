//! The search for better settings of the network: successive halving over settings drawn at random.
//!
//! Everything is judged on windows that lie before those by which the gate judges, so what is found is no better prepared for
//! the gate than what it replaces.

use crate::ForecastError;
use crate::backtest::{judge, rolling_cutoffs};
use crate::companion::Companion;
use crate::config::TrainConfig;
use crate::cut::{data_version, truncate};
use crate::prepared::Prepared;
use crate::training::{Start, train_prepared, valid_days};
use chrono::NaiveDate;
use domain::panel::Panel;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// One in so many goes on to the next rung, with as many times the steps.
const KEEP: usize = 3;
/// Steps of each rung as a share of a full training.
const RUNGS: [f64; 3] = [1.0 / 9.0, 1.0 / 3.0, 1.0];
const FOLDS: usize = 3;
/// By how much the found settings have to be better than those in use: two trainings of the same data differ by about as much.
const LEAST_GAIN: f64 = 0.01;
const WIDTHS: [usize; 4] = [64, 96, 128, 192];
const BATCHES: [usize; 3] = [32, 64, 128];
/// Learning rates between which is drawn, evenly in the logarithm.
const RATES: (f64, f64) = (5e-4, 5e-3);

/// What is searched.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// Peak learning rate, before the factor for large histories.
    pub learning_rate: f64,
    /// Width of the encoder.
    pub hidden: usize,
    /// Windows per step.
    pub batch: usize,
}

impl Settings {
    /// Those of a configuration.
    #[must_use]
    pub fn of(config: &TrainConfig) -> Self {
        Self {
            learning_rate: config.learning_rate,
            hidden: config.hidden,
            batch: config.batch,
        }
    }

    /// A configuration with these instead of its own.
    #[must_use]
    pub fn put_into(self, config: &TrainConfig) -> TrainConfig {
        TrainConfig {
            learning_rate: self.learning_rate,
            hidden: self.hidden,
            batch: self.batch,
            ..config.clone()
        }
    }

    fn draw(rng: &mut ChaCha8Rng) -> Self {
        let (low, high) = (RATES.0.ln(), RATES.1.ln());
        Self {
            learning_rate: rng.random_range(low..high).exp(),
            hidden: *WIDTHS.choose(rng).unwrap_or(&WIDTHS[0]),
            batch: *BATCHES.choose(rng).unwrap_or(&BATCHES[0]),
        }
    }
}

/// How far a search goes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchBudget {
    /// Settings to try, those in use among them.
    pub trials: usize,
    /// Seconds after which no further training begins.
    pub seconds: f64,
}

/// One training of a trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rung {
    /// Steps as a share of a full training.
    pub share: f64,
    /// On the held-out windows; `None` where the training ran away.
    pub wql: Option<f64>,
    pub seconds: f64,
}

/// Settings that were tried, and how far they came.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    pub settings: Settings,
    /// One by rung; fewer than there are where others were better, or time ran out.
    pub rungs: Vec<Rung>,
}

/// What a search found.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SearchOutcome {
    /// The settings in use first.
    pub trials: Vec<Trial>,
    /// Better settings than those in use; `None` where there are none.
    pub chosen: Option<Settings>,
    /// For people, with the numbers.
    pub reason: String,
    /// Last known day before each window on which was judged, ascending.
    pub cutoffs: Vec<NaiveDate>,
    /// Fingerprint of the history.
    pub data_version: String,
    pub seed: u64,
    pub budget: SearchBudget,
    pub seconds: f64,
    /// Whether time ran out before the last rung was done.
    pub is_cut_short: bool,
}

/// Looks for better settings than those of `config`: successive halving (Jamieson and Talwalkar 2016) over settings drawn at random.
/// Every trial is one network beside the same trees, trained for a ninth of the steps; the best third goes on with a
/// third of them, and the best third of those with all. The settings in use are always among those that go on. They are
/// replaced only by what is a hundredth better after a full training.
///
/// `progress` hears how many trainings are done and how many there are. The same seed gives the same trials and, as long as time
/// does not run out, the same outcome.
///
/// # Errors
/// As [`crate::train`]; [`ForecastError::TooLittleData`] also where no window lies before the gate's.
pub fn search(
    panel: &Panel,
    config: &TrainConfig,
    budget: SearchBudget,
    progress: &(dyn Fn(usize, usize) + Sync),
    cancel: &AtomicBool,
) -> Result<SearchOutcome, ForecastError> {
    let started = Instant::now();
    let too_short = || ForecastError::TooLittleData {
        reason: "the history is too short to search before the windows of the gate".to_owned(),
    };
    let of_the_gate = rolling_cutoffs(panel, config.folds.max(1));
    let past = truncate(panel, *of_the_gate.first().ok_or_else(too_short)?);
    let cutoffs = rolling_cutoffs(&past, FOLDS);
    let known = truncate(&past, *cutoffs.first().ok_or_else(too_short)?);
    let prepared = Prepared::new(&known)?.without(&config.without);
    let ground = Ground {
        past: &past,
        prepared: &prepared,
        trees: Companion::fit(&prepared, config.seed, cancel)?,
        folds: cutoffs.len(),
        full: config.steps_for(valid_days(&prepared)),
        config,
        deadline: Duration::try_from_secs_f64(budget.seconds)
            .ok()
            .and_then(|budget| started.checked_add(budget)),
        cancel,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
    let drawn = std::iter::repeat_with(|| Settings::draw(&mut rng));
    let mut trials: Vec<Trial> = std::iter::once(Settings::of(config))
        .chain(drawn)
        .take(budget.trials.max(2))
        .map(|settings| Trial {
            settings,
            rungs: Vec::new(),
        })
        .collect();
    let sizes = sizes(trials.len());
    let total: usize = sizes.iter().sum();
    let mut order: Vec<usize> = (0..trials.len()).collect();
    let mut is_cut_short = false;
    let mut before = 0;
    for (share, size) in RUNGS.into_iter().zip(sizes) {
        order.truncate(size);
        let found = ground.rung(&trials, &order, share, &|done| {
            progress(before + done, total);
        })?;
        before += size;
        for (trial, rung) in order.iter().zip(&found) {
            trials[*trial].rungs.extend(*rung);
        }
        if found.iter().any(Option::is_none) {
            is_cut_short = true;
            break;
        }
        order.sort_by(|a, b| latest(&trials[*a]).total_cmp(&latest(&trials[*b])));
        // What is to be beaten comes along however it fares.
        order.retain(|trial| *trial != 0);
        order.insert(0, 0);
    }
    let (chosen, reason) = choose(&trials);
    Ok(SearchOutcome {
        trials,
        chosen,
        reason,
        cutoffs,
        data_version: data_version(panel),
        seed: config.seed,
        budget,
        seconds: started.elapsed().as_secs_f64(),
        is_cut_short,
    })
}

/// Trials of each rung; on later ones at least two, so that there is something to compare.
fn sizes(trials: usize) -> [usize; RUNGS.len()] {
    std::array::from_fn(|rung| {
        trials
            .div_ceil(KEEP.pow(rung as u32))
            .clamp(2, trials.max(2))
    })
}

fn latest(trial: &Trial) -> f64 {
    let last = trial.rungs.last().and_then(|rung| rung.wql);
    last.unwrap_or(f64::INFINITY)
}

/// The best of those that were trained in full, if it beats what is in use by enough.
fn choose(trials: &[Trial]) -> (Option<Settings>, String) {
    let rung = |trial: &Trial| trial.rungs.get(RUNGS.len() - 1).copied();
    let Some(in_use) = trials.first().and_then(rung) else {
        return (
            None,
            "time ran out before the settings in use were trained in full".to_owned(),
        );
    };
    // Whatever does not run away is better than what does.
    let in_use = in_use.wql.unwrap_or(f64::INFINITY);
    let best = trials
        .iter()
        .skip(1)
        .filter_map(|trial| Some((trial.settings, rung(trial)?.wql?)))
        .min_by(|a, b| a.1.total_cmp(&b.1));
    let Some((settings, wql)) = best else {
        return (
            None,
            "time ran out before others were trained in full".to_owned(),
        );
    };
    let is_better = wql <= in_use * (1.0 - LEAST_GAIN);
    let reason = format!(
        "best of {}: wQL {wql:.4} against {in_use:.4} of the settings in use; {:.0} % better was asked for",
        trials.len(),
        100.0 * LEAST_GAIN
    );
    (is_better.then_some(settings), reason)
}

/// What all trials share.
struct Ground<'a> {
    past: &'a Panel,
    prepared: &'a Prepared<'a>,
    trees: Companion,
    folds: usize,
    full: usize,
    config: &'a TrainConfig,
    /// `None` = whenever it is done.
    deadline: Option<Instant>,
    cancel: &'a AtomicBool,
}

impl Ground<'_> {
    /// Trains and judges these trials, as many at a time as there are cores; `None` where time ran out before one began.
    fn rung(
        &self,
        trials: &[Trial],
        order: &[usize],
        share: f64,
        progress: &(dyn Fn(usize) + Sync),
    ) -> Result<Vec<Option<Rung>>, ForecastError> {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let threads = match self.config.threads {
            0 => cores,
            threads => threads,
        };
        let (next, done) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let found = Mutex::new(vec![None; order.len()]);
        let failed = Mutex::new(None);
        std::thread::scope(|scope| {
            for _ in 0..threads.clamp(1, order.len()) {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some(trial) = order.get(place) else { break };
                        if self.deadline.is_some_and(|end| Instant::now() >= end) {
                            break;
                        }
                        match self.train(&trials[*trial].settings, share) {
                            Ok(rung) => held(&found)[place] = Some(rung),
                            Err(error) => {
                                held(&failed).get_or_insert(error);
                                next.store(order.len(), Ordering::Relaxed);
                            }
                        }
                        progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                    }
                });
            }
        });
        match failed.into_inner().unwrap_or_else(|e| e.into_inner()) {
            Some(error) => Err(error),
            None => Ok(found.into_inner().unwrap_or_else(|e| e.into_inner())),
        }
    }

    fn train(&self, settings: &Settings, share: f64) -> Result<Rung, ForecastError> {
        let started = Instant::now();
        let config = TrainConfig {
            members: 1,
            threads: 1,
            ..settings.put_into(self.config)
        };
        let steps = ((self.full as f64 * share).round() as usize).max(1);
        let start = Start {
            model: None,
            trees: Some(&self.trees),
        };
        let trained = train_prepared(
            self.prepared,
            &config,
            steps,
            start,
            &mut |_| {},
            self.cancel,
        );
        let wql = match trained {
            Ok(artifact) => Some(judge(self.past, &artifact, None, self.folds)?.0.model.wql),
            // Too large a step: that is a result too.
            Err(ForecastError::NonFinite { name, .. }) if name == "loss" || name == "weights" => {
                None
            }
            Err(error) => return Err(error),
        };
        Ok(Rung {
            share,
            wql: wql.filter(|wql| wql.is_finite()),
            seconds: started.elapsed().as_secs_f64(),
        })
    }
}

/// What is in a lock, also where a thread fell over while it held it.
fn held<T>(lock: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

#[cfg(test)]
mod tests;
