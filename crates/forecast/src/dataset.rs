//! Windows gathered into batches, and the seeded sampler that draws them for training.

use crate::ForecastError;
use crate::covariates::{ALIGNED, FUTURE, HISTORY, HISTORY_DAYS, STATICS};
use crate::prepared::Prepared;
use crate::scale::window_scale;
use crate::series::DayState;
use crate::window::{ALIGNED_WIDTH, FUTURE_WIDTH, HISTORY_WIDTH, Row};
use domain::panel::HORIZON_DAYS;
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Valid days before a series may be learned from.
pub(crate) const LEAST_HISTORY: u32 = 28;

/// How often a store or product is replaced by the unknown one, so that row 0 learns to stand in for newcomers.
const ID_DROPOUT: f64 = 0.05;

/// Mean age of the drawn windows, in days: recent years count more, old ones still count.
const MEAN_AGE: f64 = 730.0;

/// Rows of the embeddings. Row 0 is the unknown.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct IdMaps {
    /// Store identifiers; the first has row 1.
    pub stores: Vec<String>,
    /// Product identifiers; the first has row 1.
    pub products: Vec<String>,
    /// Category names; the first has row 1.
    pub categories: Vec<String>,
}

impl IdMaps {
    pub(crate) fn of(panel: &domain::panel::Panel) -> Self {
        let mut categories: Vec<String> = panel
            .products
            .iter()
            .map(|p| p.category.clone())
            .filter(|c| !c.is_empty())
            .collect();
        categories.sort();
        categories.dedup();
        Self {
            stores: panel.stores.iter().map(|s| s.id.clone()).collect(),
            products: panel.products.iter().map(|p| p.id.clone()).collect(),
            categories,
        }
    }
}

/// Embedding rows of every series of a panel.
pub(crate) struct Rows(Vec<[i64; 3]>);

impl Rows {
    pub fn new(prepared: &Prepared<'_>, maps: &IdMaps) -> Self {
        fn index(names: &[String]) -> HashMap<&str, i64> {
            names
                .iter()
                .zip(1..)
                .map(|(n, i)| (n.as_str(), i))
                .collect()
        }
        let (stores, products, categories) = (
            index(&maps.stores),
            index(&maps.products),
            index(&maps.categories),
        );
        let row = |map: &HashMap<&str, i64>, id: &str| map.get(id).copied().unwrap_or(0);
        let panel = prepared.panel;
        Self(
            prepared
                .series
                .iter()
                .map(|s| {
                    let product = &panel.products[s.product];
                    [
                        row(&stores, &panel.stores[s.store].id),
                        row(&products, &product.id),
                        row(&categories, &product.category),
                    ]
                })
                .collect(),
        )
    }
}

impl Rows {
    /// The rows of these series, in this order.
    pub fn picked(&self, series: impl Iterator<Item = usize>) -> Self {
        Self(series.map(|index| self.0[index]).collect())
    }
}

/// Mean and spread of the statics over the training windows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Scaler {
    pub mean: Vec<f32>,
    pub spread: Vec<f32>,
}

impl Scaler {
    pub(crate) fn fit(rows: &[f32]) -> Self {
        let width = STATICS.len();
        let count = (rows.len() / width).max(1) as f32;
        let mut mean = vec![0.0; width];
        let mut spread = vec![0.0; width];
        for row in rows.chunks_exact(width) {
            for (m, v) in mean.iter_mut().zip(row) {
                *m += v / count;
            }
        }
        for row in rows.chunks_exact(width) {
            for ((s, m), v) in spread.iter_mut().zip(&mean).zip(row) {
                *s += (v - m).powi(2) / count;
            }
        }
        for s in &mut spread {
            // A covariate that never moved in training must not explode when it moves for the first time.
            *s = if *s > 1e-6 { s.sqrt() } else { 1.0 };
        }
        Self { mean, spread }
    }

    pub(crate) fn apply(&self, row: &mut [f32]) {
        for ((v, m), s) in row.iter_mut().zip(&self.mean).zip(&self.spread) {
            *v = ((*v - m) / s).clamp(-5.0, 5.0);
        }
    }
}

/// The inputs and targets of many windows, row after row.
#[derive(Clone, Debug, Default)]
pub(crate) struct Batch {
    pub size: usize,
    pub history: Vec<f32>,
    pub future: Vec<f32>,
    pub aligned: Vec<f32>,
    pub statics: Vec<f32>,
    pub stores: Vec<i64>,
    pub products: Vec<i64>,
    pub categories: Vec<i64>,
    /// Demand over scale; 0 where unknown.
    pub target: Vec<f32>,
    /// Weight of each target day; 0 where unknown or closed.
    pub weight: Vec<f32>,
    /// Weight of forecasting too much: as `weight`, but 0 where the shelf ran empty and demand is only known to have
    /// been at least the target.
    pub weight_above: Vec<f32>,
    pub scale: Vec<f64>,
    /// A piece over the scale of each window, where demand comes in whole pieces; else 0.
    pub grain: Vec<f32>,
}

impl Batch {
    pub fn clear(&mut self) {
        let Self {
            size,
            history,
            future,
            aligned,
            statics,
            stores,
            products,
            categories,
            target,
            weight,
            weight_above,
            scale,
            grain,
        } = self;
        *size = 0;
        for values in [
            history,
            future,
            aligned,
            statics,
            target,
            weight,
            weight_above,
            grain,
        ] {
            values.clear();
        }
        for rows in [stores, products, categories] {
            rows.clear();
        }
        scale.clear();
    }

    /// Fills up with empty windows, for a network of this width. Products of small matrices sum in another order than those of larger
    /// ones (one row; up to 64 rows and columns): so what is forecast of a series does not depend on how many others are forecast with it.
    pub fn pad(&mut self, width: usize) {
        let least = if width > 64 { 16 } else { 72 };
        let size = self.size.max(least).next_multiple_of(8);
        self.size = size;
        self.history.resize(size * HISTORY_WIDTH, 0.0);
        self.future.resize(size * FUTURE_WIDTH, 0.0);
        self.aligned.resize(size * ALIGNED_WIDTH, 0.0);
        self.statics.resize(size * STATICS.len(), 0.0);
        self.stores.resize(size, 0);
        self.products.resize(size, 0);
        self.categories.resize(size, 0);
        self.scale.resize(size, 1.0);
        self.grain.resize(size, 0.0);
    }

    /// Appends the window of `series` as of `day`; false (and nothing appended) when the series never sold.
    pub fn push(
        &mut self,
        prepared: &Prepared<'_>,
        rows: &Rows,
        scaler: Option<&Scaler>,
        series: usize,
        day: i32,
    ) -> bool {
        let n = self.size;
        self.history.resize((n + 1) * HISTORY_WIDTH, 0.0);
        self.future.resize((n + 1) * FUTURE_WIDTH, 0.0);
        self.aligned.resize((n + 1) * ALIGNED_WIDTH, 0.0);
        self.statics.resize((n + 1) * STATICS.len(), 0.0);
        let mut row = Row {
            history: &mut self.history[n * HISTORY_WIDTH..],
            future: &mut self.future[n * FUTURE_WIDTH..],
            aligned: &mut self.aligned[n * ALIGNED_WIDTH..],
            statics: &mut self.statics[n * STATICS.len()..],
        };
        let Some(scale) = prepared.fill(series, day, &mut row) else {
            self.history.truncate(n * HISTORY_WIDTH);
            self.future.truncate(n * FUTURE_WIDTH);
            self.aligned.truncate(n * ALIGNED_WIDTH);
            self.statics.truncate(n * STATICS.len());
            return false;
        };
        if let Some(scaler) = scaler {
            scaler.apply(row.statics);
        }
        let known = !prepared.hidden.identity;
        let [store, product, category] = rows.0[series].map(|row| if known { row } else { 0 });
        self.stores.push(store);
        self.products.push(product);
        self.categories.push(category);
        self.scale.push(scale);
        let pieces = prepared.series[series].whole;
        self.grain
            .push(if pieces { (1.0 / scale) as f32 } else { 0.0 });
        self.size += 1;
        true
    }

    /// Targets of the window just pushed, weighted by the square root of its scale over `typical`.
    fn push_targets(&mut self, prepared: &Prepared<'_>, series: usize, day: i32, typical: f64) {
        let scale = *self.scale.last().expect("a window was pushed");
        let weight = (scale.sqrt() / typical) as f32;
        let series = &prepared.series[series];
        for target in day + 1..=day + HORIZON_DAYS as i32 {
            let value = series.open_value(target);
            let below = if value.is_some() { weight } else { 0.0 };
            let sold_out = series.state(target) == DayState::Censored;
            self.target.push(value.map_or(0.0, |v| (v / scale) as f32));
            self.weight.push(below);
            self.weight_above.push(if sold_out { 0.0 } else { below });
        }
    }

    /// Refuses NaN and infinities by the name of the covariate.
    pub fn check_finite(&self) -> Result<(), ForecastError> {
        let check = |values: &[f32], name: &dyn Fn(usize) -> &'static str| match values
            .iter()
            .position(|v| !v.is_finite())
        {
            Some(at) => Err(ForecastError::NonFinite {
                name: name(at).to_owned(),
                place: "a training window".to_owned(),
            }),
            None => Ok(()),
        };
        check(&self.history, &|at| {
            HISTORY[at % HISTORY_WIDTH / HISTORY_DAYS]
        })?;
        check(&self.future, &|at| FUTURE[at % FUTURE.len()])?;
        check(&self.aligned, &|at| ALIGNED[at % ALIGNED.len()])?;
        check(&self.statics, &|at| STATICS[at % STATICS.len()])?;
        check(&self.target, &|_| "target")?;
        check(&self.weight, &|_| "weight")
    }
}

/// Draws training windows, reproducibly.
pub(crate) struct Sampler {
    rng: ChaCha8Rng,
    /// Series with the first and last day a window may end on, and the running sum of their draw weights.
    candidates: Vec<(usize, i32, i32)>,
    cumulative: Vec<f64>,
    typical: f64,
}

impl Sampler {
    /// # Errors
    /// [`ForecastError::TooLittleData`] when no series has four weeks of history and a day after them.
    pub fn new(prepared: &Prepared<'_>, seed: u64) -> Result<Self, ForecastError> {
        let mut candidates = Vec::new();
        let mut cumulative = Vec::new();
        let (mut total, mut roots) = (0.0, 0.0);
        for (index, series) in prepared.series.iter().enumerate() {
            let last = prepared.last - 1;
            let Some(first) = series.day_of_valid(LEAST_HISTORY) else {
                continue;
            };
            let Some(scale) = window_scale(series, prepared.last) else {
                continue;
            };
            if first > last {
                continue;
            }
            // The share of windows left when their age is drawn from an exponential distribution.
            total += 1.0 - (-f64::from(last - first + 1) / MEAN_AGE).exp();
            roots += scale.sqrt();
            candidates.push((index, first, last));
            cumulative.push(total);
        }
        if candidates.is_empty() {
            return Err(ForecastError::TooLittleData {
                reason: format!("no series has sales and {LEAST_HISTORY} days of history"),
            });
        }
        let typical = roots / candidates.len() as f64;
        Ok(Self {
            rng: ChaCha8Rng::seed_from_u64(seed),
            candidates,
            cumulative,
            typical,
        })
    }

    /// Series with enough history.
    pub fn series(&self) -> usize {
        self.candidates.len()
    }

    fn draw(&mut self) -> (usize, i32) {
        let total = self.cumulative.last().copied().unwrap_or(0.0);
        let at = self.rng.random::<f64>() * total;
        let (series, first, last) = self.candidates[self
            .cumulative
            .partition_point(|c| *c <= at)
            .min(self.candidates.len() - 1)];
        let span = f64::from(last - first + 1);
        // Inverse of the exponential distribution truncated to the span.
        let u = self.rng.random::<f64>() * (1.0 - (-span / MEAN_AGE).exp());
        let age = (-(1.0 - u).ln() * MEAN_AGE).floor().clamp(0.0, span - 1.0) as i32;
        (series, last - age)
    }

    /// Fills `batch` with `size` windows that each have a day to learn from.
    pub fn fill(
        &mut self,
        prepared: &Prepared<'_>,
        rows: &Rows,
        scaler: Option<&Scaler>,
        size: usize,
        batch: &mut Batch,
    ) {
        batch.clear();
        let mut attempts = 0;
        while batch.size < size && attempts < 50 * size {
            attempts += 1;
            let (series, day) = self.draw();
            let horizon = day + HORIZON_DAYS as i32;
            if prepared.series[series].valid_between(day + 1, horizon).1 == 0 {
                continue;
            }
            if !batch.push(prepared, rows, scaler, series, day) {
                continue;
            }
            batch.push_targets(prepared, series, day, self.typical);
            let n = batch.size - 1;
            if self.rng.random_bool(ID_DROPOUT) {
                batch.stores[n] = 0;
            }
            if self.rng.random_bool(ID_DROPOUT) {
                batch.products[n] = 0;
            }
        }
    }
}
