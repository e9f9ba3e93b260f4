//! The model that serves, brought here and loaded.

use super::model_store::ModelStore;
use super::steps::Night;
use anyhow::Context;
use domain::ModelAlias;
use forecast::{Artifact, ForecastError};
use services::models::ServingModel;
use services::{Ctx, Services};
use std::path::PathBuf;

/// Who serves, as far as it can be loaded.
pub(crate) enum Champion {
    /// No model has won the gate yet.
    None,
    Ready(ServingModel, Box<Artifact>),
    /// Why it cannot be used: lost, damaged, or of another time.
    Unusable(String),
    /// Why nobody knows: it may be in the store, which does not answer.
    Unreachable(String),
}

pub(super) async fn load_champion(night: &Night<'_>) -> anyhow::Result<Champion> {
    load_of(night.services, &night.ctx, &night.models).await
}

/// The model that serves an organization, fetched from the store where it is not here.
///
/// # Errors
/// The database's.
pub(crate) async fn load_of(
    services: &Services,
    ctx: &Ctx,
    models: &ModelStore,
) -> anyhow::Result<Champion> {
    let Some(serving) = services.models().serving(ctx, ModelAlias::Champion).await? else {
        return Ok(Champion::None);
    };
    let (data, path) = (services.data_dir(), &serving.artifact_path);
    let mut loaded = load(serving.artifact_dir.clone()).await?;
    if loaded.is_err() {
        // It was never here, or what is here is damaged: the store may have it whole.
        match models.fetch(data, path).await {
            Ok(true) => loaded = load(serving.artifact_dir.clone()).await?,
            Ok(false) => {}
            Err(error) => {
                let why = format!(
                    "model version {} cannot be fetched: {error:#}",
                    serving.number
                );
                tracing::error!(model = serving.number, why);
                return Ok(Champion::Unreachable(why));
            }
        }
    }
    match loaded {
        Ok(artifact) => Ok(Champion::Ready(serving, Box::new(artifact))),
        Err(error) => {
            // A lost or foreign artifact must not stop the night: the baseline stands in, and the step says why.
            tracing::error!(model = serving.number, %error, "the champion's artifact cannot be loaded");
            Ok(Champion::Unusable(format!(
                "model version {} cannot be loaded: {error}",
                serving.number
            )))
        }
    }
}

async fn load(dir: PathBuf) -> anyhow::Result<Result<Artifact, ForecastError>> {
    tokio::task::spawn_blocking(move || Artifact::load(&dir))
        .await
        .context("loading a model broke off")
}
