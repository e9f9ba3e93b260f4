//! The housekeeping of organizations: what lies there for long enough goes, and so do organizations whose waiting period is over.

use super::exporting;
use super::model_store::ModelStore;
use super::training::record_file;
use crate::state::AppState;
use anyhow::Context;
use chrono::{DateTime, Utc};
use services::Services;
use services::deletions::OwnedFiles;
use std::io::ErrorKind;
use std::path::Path;
use uuid::Uuid;

/// Clears away links and files that have ended and rows that nobody wants kept, and erases what is to be erased. What fails is tried again the
/// next time, and is said in the log.
pub async fn clear(state: &AppState) {
    let now = (state.clock)();
    let services = &state.services;
    match services.sign_up().clear(now).await {
        Ok(0) => {}
        Ok(gone) => tracing::info!(gone, "cleared ended invitations away"),
        Err(error) => tracing::warn!(%error, "ended invitations could not be cleared away"),
    }
    match services.retention().clear(now).await {
        Ok(0) => {}
        Ok(gone) => tracing::info!(
            gone,
            "cleared away what organizations do not keep for longer"
        ),
        Err(error) => tracing::warn!(%error, "old rows could not be cleared away"),
    }
    if let Err(error) = clear_exports(services, now).await {
        tracing::warn!(
            error = format!("{error:#}"),
            "old exports could not be deleted"
        );
    }
    let erased = match state.config.models() {
        Ok(models) => erase_due(services, &models, now).await,
        Err(error) => Err(error),
    };
    if let Err(error) = erased {
        tracing::error!(
            error = format!("{error:#}"),
            "an organization could not be erased"
        );
    }
}

/// Deletes files of exports that have lain there for long enough. Says how many went.
///
/// # Errors
/// The database's and the disk's.
pub async fn clear_exports(services: &Services, now: DateTime<Utc>) -> anyhow::Result<usize> {
    let mut result = Ok(0);
    for (export, path) in services.exports().expired(now).await? {
        let cleared = async {
            gone(&path, tokio::fs::remove_file(&path).await)?;
            services.exports().removed(export, now).await?;
            anyhow::Ok(1)
        };
        result = sum(result, cleared.await);
    }
    result
}

/// Adds what was done; the first failure stays, and has held up nothing.
fn sum(before: anyhow::Result<usize>, done: anyhow::Result<usize>) -> anyhow::Result<usize> {
    match (before, done) {
        (Ok(before), Ok(done)) => Ok(before + done),
        (Err(error), Err(other)) => {
            tracing::warn!(error = format!("{other:#}"), "this failed too");
            Err(error)
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// Erases every organization whose waiting period is over: its files first, which rows name, then its rows. Says how many were erased.
///
/// # Errors
/// The database's, the disk's and the store's; the next time goes on from there. One that cannot be erased holds up no other.
pub async fn erase_due(
    services: &Services,
    models: &ModelStore,
    now: DateTime<Utc>,
) -> anyhow::Result<usize> {
    let mut result = Ok(0);
    for organization_id in services.deletions().to_erase(now).await? {
        let erased = erase(services, models, organization_id, now).await;
        let erased = erased.with_context(|| format!("organization {organization_id}"));
        result = sum(result, erased);
    }
    result
}

async fn erase(
    services: &Services,
    models: &ModelStore,
    organization_id: Uuid,
    now: DateTime<Utc>,
) -> anyhow::Result<usize> {
    let deletions = services.deletions();
    let Some(files) = deletions.begin_erasing(organization_id, now).await? else {
        return Ok(0);
    };
    let data = services.data_dir();
    delete_files(data, models, organization_id, &files).await?;
    let rows = deletions.erase_rows(organization_id).await?;
    // What a night or an export that was under way wrote meanwhile; nobody can begin one any more.
    delete_left(data, organization_id, &files).await?;
    // The only trace that stays, for the operator: who it was stands nowhere.
    tracing::info!(%organization_id, rows, "erased an organization for good");
    Ok(1)
}

async fn delete_files(
    data: &Path,
    models: &ModelStore,
    organization_id: Uuid,
    files: &OwnedFiles,
) -> anyhow::Result<()> {
    for path in &files.uploads {
        let path = data.join(path);
        gone(&path, tokio::fs::remove_file(&path).await)?;
    }
    for path in &files.artifacts {
        models
            .delete(path)
            .await
            .with_context(|| format!("{path} cannot be deleted from the store"))?;
        let dir = data.join(path);
        let record = record_file(&dir);
        gone(&record, tokio::fs::remove_file(&record).await)?;
        gone(&dir, tokio::fs::remove_dir_all(&dir).await)?;
    }
    delete_left(data, organization_id, files).await
}

/// Deletes what no row names: what nights and exports left that were cut off.
async fn delete_left(data: &Path, organization_id: Uuid, files: &OwnedFiles) -> anyhow::Result<()> {
    let exports = data.join(exporting::FOLDER);
    for id in &files.exports {
        exporting::sweep(&exports, *id).context("an export cannot be deleted")?;
    }
    let dir = data.join("models").join(organization_id.to_string());
    gone(&dir, tokio::fs::remove_dir_all(&dir).await)
}

/// What is not there any more is as good as deleted.
fn gone(path: &Path, result: std::io::Result<()>) -> anyhow::Result<()> {
    match result {
        Err(error) if error.kind() != ErrorKind::NotFound => {
            Err(error).with_context(|| format!("{} cannot be deleted", path.display()))
        }
        _ => Ok(()),
    }
}
