//! The model that serves, brought here and loaded.

use super::steps::Night;
use domain::ModelAlias;
use forecast::Artifact;
use services::models::ServingModel;

/// Who serves, as far as it can be loaded.
pub(super) enum Champion {
    /// No model has won the gate yet.
    None,
    Ready(ServingModel, Box<Artifact>),
    /// Why it cannot be used: lost, damaged, or of another time.
    Unusable(String),
}

pub(super) async fn load_champion(night: &Night<'_>) -> anyhow::Result<Champion> {
    let Some(serving) = night
        .services
        .models()
        .serving(&night.ctx, ModelAlias::Champion)
        .await?
    else {
        return Ok(Champion::None);
    };
    let data = night.services.data_dir();
    if let Err(error) = night.models.fetch(data, &serving.artifact_path).await {
        tracing::error!(
            model = serving.number,
            error = format!("{error:#}"),
            "the champion's artifact cannot be fetched"
        );
        return Ok(Champion::Unusable(format!(
            "model version {} cannot be fetched: {error:#}",
            serving.number
        )));
    }
    let dir = serving.artifact_dir.clone();
    match tokio::task::spawn_blocking(move || Artifact::load(&dir)).await? {
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
