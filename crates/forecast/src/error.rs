//! What can go wrong between a panel and a forecast.

use std::path::PathBuf;

/// Errors of training, prediction and artifacts.
#[derive(Debug, thiserror::Error)]
pub enum ForecastError {
    /// Not enough history to train or to judge a model; the seasonal baseline has to serve.
    #[error("too little data: {reason}")]
    TooLittleData { reason: String },
    /// An input or the loss is NaN or infinite. `name` is the covariate, `place` says where.
    #[error("{name} is not a finite number ({place})")]
    NonFinite { name: String, place: String },
    /// The panel contradicts its own definition (an index out of range, unsorted days, ...).
    #[error("the panel is inconsistent: {reason}")]
    InvalidPanel { reason: String },
    /// The model would be judged on days it was trained on.
    #[error("the model has seen days up to {trained}, so it cannot be judged from {cutoff} on")]
    AlreadySeen {
        trained: chrono::NaiveDate,
        cutoff: chrono::NaiveDate,
    },
    /// The device that was chosen for training is not there.
    #[error("training on a graphics card is not possible: {reason}")]
    NoDevice { reason: String },
    /// The cancel flag was raised.
    #[error("training was cancelled")]
    Cancelled,
    /// The artifact was written in another format.
    #[error("the artifact has format {found}; this program reads format {expected}: train again")]
    Format { found: u32, expected: u32 },
    /// The artifact was trained on other covariates.
    #[error(
        "the artifact was trained on covariates {found}, this program computes {expected}: train again"
    )]
    Schema { found: String, expected: String },
    /// A file of the artifact is missing, damaged or does not fit its manifest.
    #[error("the artifact in {path} is damaged: {reason}")]
    Artifact { path: PathBuf, reason: String },
    /// Reading or writing an artifact failed.
    #[error("{path}: {source}")]
    Io {
        path: PathBuf,
        source: std::io::Error,
    },
}

impl ForecastError {
    pub(crate) fn io(path: &std::path::Path, source: std::io::Error) -> Self {
        Self::Io {
            path: path.to_path_buf(),
            source,
        }
    }
}
