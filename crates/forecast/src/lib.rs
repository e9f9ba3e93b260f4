//! Probabilistic demand forecasts for bakery chains: one global neural model over all store x product series, seasonal
//! baselines beside it, and the gate between them.
//!
//! Reads [`domain::panel`] and nothing else: no database, no clock, no async runtime. Everything is reproducible from a
//! panel, a [`TrainConfig`] and its seed. Synchronous and long-running: call it from a blocking thread.

#[cfg(test)]
extern crate self as forecast;

mod artifact;
mod backtest;
mod baseline;
#[doc(hidden)]
pub mod bench;
mod blend;
mod board;
mod calibration;
mod cold;
mod companion;
mod config;
mod covariates;
mod cut;
mod dataset;
mod device;
mod distribution;
mod error;
mod evaluation;
mod gate;
mod importance;
mod inference;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod inspection;
mod model;
mod money;
mod nightly;
mod outlook;
mod parts;
mod prepared;
mod scale;
mod search;
mod series;
mod sold_out;
mod surroundings;
mod table;
mod together;
mod training;
mod trees;
mod weights;
mod window;

pub use artifact::{Artifact, Covariates, FORMAT_VERSION, Manifest};
pub use backtest::{BacktestReport, Paired, ReportGroup, backtest, rolling_cutoffs};
pub use baseline::{Baseline, baseline_forecast};
pub use blend::Blend;
pub use calibration::Calibration;
pub use config::TrainConfig;
pub use covariates::schema_hash;
pub use cut::{data_version, truncate};
pub use dataset::{IdMaps, Scaler};
pub use device::Compute;
pub use error::ForecastError;
pub use evaluation::{Metrics, score};
pub use gate::{GateDecision, GateRule, gate};
pub use importance::GroupImportance;
pub use model::NetShape;
pub use money::{Money, MoneyUnit};
pub use nightly::{NightlyOutcome, NightlyPath, NightlyTimings, catch_up, nightly};
pub use outlook::{Assumed, Deaf, Outlook};
pub use parts::Part;
pub use search::{Rung, SearchBudget, SearchOutcome, Settings, Trial, search};
pub use training::{TrainProgress, train};

/// Quantile levels of every forecast, ascending.
pub const QUANTILES: [f64; 11] = domain::panel::QUANTILE_LEVELS;
