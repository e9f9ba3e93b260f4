//! Folders of models below the data folder: which are no longer kept goes.

use super::steps::Night;
use super::training::record_file;
use std::io::ErrorKind;
use std::path::Path;

/// Versions whose artifacts are kept, besides those that serve or that a rollback would bring back.
pub const KEEP_MODELS: usize = 10;

/// Deletes what the registry no longer keeps; returns how many folders went. A folder that cannot be deleted is tried again
/// every night.
pub(super) async fn clear(night: &Night<'_>) -> anyhow::Result<usize> {
    let models = night.services.models();
    let gone = models.clear_artifacts(&night.ctx, night.keep_models);
    let gone = gone.await?;
    for artifact in gone.iter().filter(|a| a.is_recent) {
        if let Err(error) = night.models.delete(&artifact.path).await {
            // A store that does not answer would let the others wait as long; tomorrow is another night.
            tracing::warn!(
                path = artifact.path,
                error = format!("{error:#}"),
                "an old model cannot be deleted from the store"
            );
            break;
        }
    }
    let folders: Vec<_> = gone
        .into_iter()
        .map(|artifact| night.services.data_dir().join(artifact.path))
        .collect();
    let delete = move || folders.iter().filter(|dir| delete(dir)).count();
    Ok(tokio::task::spawn_blocking(delete).await?)
}

/// Whether there was something to delete, and it is gone.
fn delete(dir: &Path) -> bool {
    let gone = |path: &Path, result: std::io::Result<()>| match result {
        Ok(()) => true,
        Err(error) if error.kind() == ErrorKind::NotFound => false,
        Err(error) => {
            tracing::warn!(path = %path.display(), %error, "an old model cannot be deleted");
            false
        }
    };
    let record = record_file(dir);
    gone(&record, std::fs::remove_file(&record));
    gone(dir, std::fs::remove_dir_all(dir))
}
