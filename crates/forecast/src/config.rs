//! Settings of training, judging and refitting.

use crate::dataset::IdMaps;
use crate::device::Compute;
use crate::gate::GateRule;
use crate::model::NetShape;
use crate::parts::Part;
use serde::{Deserialize, Serialize};

/// How to train, judge and refit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrainConfig {
    /// Same seed, same panel, same numbers.
    pub seed: u64,
    /// Optimizer steps per member; 0 = chosen from the size of the panel, 600 to 2,500.
    pub steps: usize,
    /// Windows per step.
    pub batch: usize,
    /// Width of the encoder.
    pub hidden: usize,
    /// Networks that are averaged.
    pub members: usize,
    /// Members trained at the same time; 0 = as many as there are cores.
    pub threads: usize,
    /// Peak learning rate; a large panel takes up to two and a half times as much.
    pub learning_rate: f64,
    /// Held-out windows of 28 days by which a challenger is judged.
    pub folds: usize,
    /// Share of the wQL by which a model has to beat the best seasonal baseline.
    pub margin: f64,
    /// What else is asked of it.
    #[serde(default)]
    pub gate: GateRule,
    /// Steps of a warm refit as a share of `steps`.
    pub refit_share: f64,
    /// Days after which the night trains from scratch and judges again instead of refreshing the champion.
    pub cold_every_days: u32,
    /// What does the arithmetic of training.
    #[serde(default)]
    pub device: Compute,
    /// Parts that are left out, to learn what they are worth.
    #[serde(default)]
    pub without: Vec<Part>,
}

impl Default for TrainConfig {
    /// As the night trains; how long that takes stands in `docs/performance.md`, by `cargo xtask bench forecast` and `night`.
    fn default() -> Self {
        Self {
            seed: 1,
            steps: 0,
            batch: 64,
            hidden: 128,
            members: 2,
            threads: 0,
            learning_rate: 1.5e-3,
            folds: 3,
            margin: 0.02,
            gate: GateRule::default(),
            refit_share: 0.25,
            cold_every_days: 7,
            device: Compute::Cpu,
            without: Vec::new(),
        }
    }
}

impl TrainConfig {
    /// A small network trained for a few seconds: for tests and first looks, not for serving.
    pub fn quick(seed: u64) -> Self {
        Self {
            seed,
            steps: 150,
            batch: 32,
            hidden: 32,
            members: 1,
            folds: 1,
            ..Self::default()
        }
    }

    /// Steps per member for a panel with this many days to learn from.
    pub fn steps_for(&self, valid_days: usize) -> usize {
        if self.steps > 0 {
            self.steps
        } else {
            (valid_days / 25).clamp(600, 2500)
        }
    }

    /// Whether a model that was trained with these settings can be trained further with the others.
    pub(crate) fn is_same_model(&self, other: &Self) -> bool {
        self.hidden == other.hidden && self.without == other.without
    }

    pub(crate) fn shape(&self, maps: &IdMaps) -> NetShape {
        NetShape {
            hidden: self.hidden.max(8),
            blocks: 2,
            day_hidden: (self.hidden * 3 / 8).max(8),
            decoded: 8,
            projected: 6,
            embedding: 8,
            category_embedding: 4,
            store_rows: maps.stores.len() + 1,
            product_rows: maps.products.len() + 1,
            category_rows: maps.categories.len() + 1,
        }
    }
}
