//! What a measurement of the forecaster needs to reach: its phases one by one. No part of the interface.
//!
//! Nothing here is another implementation: every call is the one that the night makes. Clocks and memory are the
//! business of whoever measures.

use crate::artifact::Artifact;
use crate::config::TrainConfig;
use crate::covariates::{ALIGNED, FUTURE, SKIP, STATICS};
use crate::dataset::{Batch, IdMaps, Rows, Sampler};
use crate::model::{Input, Net, NetShape, pinball};
use crate::prepared::Prepared;
use crate::training::{TrainProgress, train_prepared, valid_days};
use crate::weights::Weights;
use crate::window::{ALIGNED_WIDTH, FUTURE_WIDTH, HISTORY_WIDTH};
use crate::{ForecastError, QUANTILES};
use burn::optim::{AdamWConfig, GradientsParams, ModuleOptimizer};
use burn::tensor::Device;
use domain::panel::{HORIZON_DAYS, MEDIAN, Panel};
use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use std::sync::atomic::AtomicBool;

/// A panel checked and aligned, as every phase after it reads it.
pub struct Ready<'a>(Prepared<'a>);

impl<'a> Ready<'a> {
    /// # Errors
    /// As [`crate::train`] for a panel that cannot be read.
    pub fn new(panel: &'a Panel) -> Result<Self, ForecastError> {
        Ok(Self(Prepared::new(panel)?))
    }

    /// Days to learn from, over all series.
    pub fn valid_days(&self) -> usize {
        valid_days(&self.0)
    }

    /// Trees first, then the networks one after the other: `config.threads` should be 1, so that the first report of
    /// progress tells the two apart.
    ///
    /// # Errors
    /// As [`crate::train`].
    pub fn train(
        &self,
        config: &TrainConfig,
        progress: &mut dyn FnMut(TrainProgress),
    ) -> Result<Artifact, ForecastError> {
        let steps = config.steps_for(self.valid_days());
        let cancel = AtomicBool::new(false);
        train_prepared(
            &self.0,
            config,
            steps,
            crate::training::Start::default(),
            progress,
            &cancel,
        )
    }

    /// Draws windows and computes their features, `size` at a time, as training does; returns how many.
    ///
    /// # Errors
    /// [`ForecastError::TooLittleData`].
    pub fn draw(&self, batches: usize, size: usize) -> Result<usize, ForecastError> {
        let rows = Rows::new(&self.0, &IdMaps::of(self.0.panel));
        let mut sampler = Sampler::new(&self.0, 1)?;
        let mut batch = Batch::default();
        let mut drawn = 0;
        for _ in 0..batches {
            sampler.fill(&self.0, &rows, None, size, &mut batch);
            drawn += batch.size;
        }
        Ok(drawn)
    }
}

/// `artifact` with so many networks: copies of its first, for the time of a prediction does not depend on the numbers.
#[must_use]
pub fn with_members(mut artifact: Artifact, members: usize) -> Artifact {
    let first = artifact.weights[0].clone();
    artifact.weights.resize(members.max(1), first);
    artifact.manifest.members = artifact.weights.len();
    artifact
}

/// The network's sizes, for whoever builds the same one elsewhere.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Widths {
    /// Widths inside, and rows of the embeddings.
    pub net: NetShape,
    /// Numbers of a window's history.
    pub history: usize,
    /// Numbers of a day ahead that are known beforehand, and that are computed from the past.
    pub future: usize,
    pub aligned: usize,
    /// Numbers about a window.
    pub statics: usize,
    /// Days ahead.
    pub days: usize,
    /// Columns of `aligned`, from the first, that the median mixes.
    pub mixes: usize,
    /// Quantile levels, and the position of the median among them.
    pub levels: Vec<f64>,
    pub median: usize,
    /// Weights of the network.
    pub parameters: usize,
}

/// The network alone, on numbers drawn at random: what it costs without features.
pub struct Alone {
    shape: NetShape,
    batch: Batch,
    net: Net,
    optimizer: ModuleOptimizer,
    device: Device,
}

impl Alone {
    /// A network with the settings' widths for so many stores and products, and one batch of random windows.
    pub fn new(config: &TrainConfig, stores: usize, products: usize, size: usize) -> Self {
        let names = |count: usize| (0..count).map(|k| k.to_string()).collect();
        let shape = config.shape(&IdMaps {
            stores: names(stores),
            products: names(products),
            categories: names(8),
        });
        let device = Device::flex().autodiff();
        let net = Net::new(&shape, 1, &device);
        let optimizer = AdamWConfig::new().with_epsilon(1e-8).init();
        Self {
            batch: random(&shape, size),
            shape,
            net,
            optimizer,
            device,
        }
    }

    pub fn widths(&self) -> Widths {
        Widths {
            net: self.shape.clone(),
            history: HISTORY_WIDTH,
            future: FUTURE.len(),
            aligned: ALIGNED.len(),
            statics: STATICS.len(),
            days: HORIZON_DAYS,
            mixes: SKIP.end,
            levels: QUANTILES.to_vec(),
            median: MEDIAN,
            parameters: Weights::of(&self.net).0.len(),
        }
    }

    /// Trains on the batch, step after step: forward, loss, backward, optimizer. `go_on` hears the loss of each and says
    /// whether another follows.
    pub fn train(self, go_on: &mut dyn FnMut(f64) -> bool) {
        let Self {
            batch,
            mut net,
            mut optimizer,
            device,
            ..
        } = self;
        loop {
            let loss = pinball(net.forward(&Input::new(&batch, &device)), &batch, &device);
            let value = f64::from(loss.clone().into_scalar::<f32>());
            let gradients = GradientsParams::from_grads(loss.backward(), &net);
            net = optimizer.step(1e-3, net, gradients);
            if !go_on(value) {
                return;
            }
        }
    }

    /// A function that forecasts the batch once and returns the number of quantiles.
    ///
    /// # Panics
    /// Never: the weights are those of a network of this shape.
    pub fn forecaster(&self) -> impl Fn() -> usize + '_ {
        let device = Device::flex();
        let net = Weights::of(&self.net)
            .build(&self.shape, &device)
            .expect("the weights fit their own shape");
        move || {
            let quantiles = net.forward(&Input::new(&self.batch, &device));
            quantiles.into_data_as::<f32>().num_elements()
        }
    }
}

/// Windows of uniform random numbers, positive where the network takes roots.
fn random(shape: &NetShape, size: usize) -> Batch {
    let mut rng = ChaCha8Rng::seed_from_u64(1);
    let mut numbers = |count: usize| -> Vec<f32> { (0..count).map(|_| rng.random()).collect() };
    let days = size * HORIZON_DAYS;
    let (history, future) = (numbers(size * HISTORY_WIDTH), numbers(size * FUTURE_WIDTH));
    let (aligned, statics) = (numbers(size * ALIGNED_WIDTH), numbers(size * STATICS.len()));
    let target = numbers(days);
    let mut ids = |rows: usize| -> Vec<i64> {
        (0..size)
            .map(|_| rng.random_range(0..rows as i64))
            .collect()
    };
    Batch {
        size,
        history,
        future,
        aligned,
        statics,
        stores: ids(shape.store_rows),
        products: ids(shape.product_rows),
        categories: ids(shape.category_rows),
        target,
        weight: vec![1.0; days],
        weight_above: vec![1.0; days],
        scale: vec![1.0; size],
        grain: vec![1.0; size],
    }
}
