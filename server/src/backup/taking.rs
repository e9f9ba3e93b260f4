//! Taking a set while everybody works.

use super::archive::{self, Contents};
use super::key::Seal;
use super::manifest::{Engine, FORMAT, Header, Manifest};
use super::place::{Place, set_name};
use super::{settings, staging};
use anyhow::Context;
use chrono::Utc;
use services::Services;
use services::snapshots::{SQLITE_FILE, TABLES_FOLDER};
use services::vault::KEY_FILE;
use std::io::ErrorKind;
use std::path::Path;

/// A set that was taken.
#[derive(Clone, Debug)]
pub struct Taken {
    pub name: String,
    /// Size of the set.
    pub bytes: u64,
    /// Of the set as it lies there, hexadecimal.
    pub sha256: String,
    pub manifest: Manifest,
}

/// Takes a set. Whoever writes meanwhile goes on; what was acknowledged before this began is in it.
///
/// # Errors
/// The database's, the disk's and the place's; then nothing lies at the place that counts as a set.
pub async fn take(services: &Services, place: &Place, seal: Seal) -> anyhow::Result<Taken> {
    let data = services.data_dir().to_path_buf();
    let prepared = tempfile::Builder::new()
        .prefix(staging::PREFIX)
        .tempdir_in(&data)
        .with_context(|| format!("{} cannot be written", data.display()))?;
    let folder = prepared.path().to_path_buf();
    let taken_at = Utc::now();
    hold(&data, &folder).await?;
    let snapshot = services
        .snapshots()
        .take(&folder)
        .await
        .context("no snapshot of the database")?;
    let snapshot_done_at = Utc::now();
    hold(&data, &folder).await?;

    let header = Header {
        format: FORMAT,
        program: env!("CARGO_PKG_VERSION").to_owned(),
        engine: Engine::of(services.db()),
        taken_at,
        migrations: snapshot.migrations.clone(),
    };
    let encrypted = seal.is_encrypted();
    let name = set_name(taken_at, encrypted);
    let draft = place.draft(&folder)?;
    let work = move || -> anyhow::Result<_> {
        if let Some(text) = settings::read(&data)? {
            std::fs::write(folder.join(settings::FILE), text)?;
        }
        keep_key(&data, &folder, encrypted)?;
        let contents = Contents {
            header,
            snapshot,
            snapshot_done_at,
            files: prepared_files(&folder)?,
        };
        let (file, path) = draft.into_parts();
        let (whole, manifest) = archive::write(file, seal, contents)?;
        Ok((whole, manifest, path))
    };
    let (whole, manifest, path) = tokio::task::spawn_blocking(work).await??;
    place.put(path, &name).await?;
    tokio::task::spawn_blocking(move || prepared.close()).await??;
    Ok(Taken {
        name,
        bytes: whole.bytes,
        sha256: whole.sha256,
        manifest,
    })
}

/// Puts the key of the installation into a set that nobody can read without a key: without it nobody's second factor works any more. Where
/// the operator keeps it elsewhere, it is theirs to keep.
fn keep_key(data: &Path, folder: &Path, encrypted: bool) -> anyhow::Result<()> {
    let file = data.join(KEY_FILE);
    if !encrypted {
        if file.exists() {
            tracing::warn!(
                file = %file.display(),
                "a set that everybody can read is taken without the key of the installation: keep it yourself"
            );
        }
        return Ok(());
    }
    match std::fs::copy(&file, folder.join(KEY_FILE)) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error).with_context(|| format!("{} cannot be kept", file.display())),
    }
}

async fn hold(data: &Path, folder: &Path) -> anyhow::Result<()> {
    let (data, folder) = (data.to_path_buf(), folder.to_path_buf());
    tokio::task::spawn_blocking(move || staging::hold(&data, &folder)).await?
}

/// Everything that was prepared, by its path within the set.
fn prepared_files(folder: &Path) -> anyhow::Result<Vec<(String, std::path::PathBuf)>> {
    let mut files = Vec::new();
    for path in staging::below(folder)? {
        let name = path
            .strip_prefix(folder)?
            .to_str()
            .with_context(|| format!("{} has a name that is no text", path.display()))?
            .to_owned();
        files.push((name, path));
    }
    // The database first: whoever looks into a set by hand finds it there.
    files.sort_by_key(|(name, _)| {
        let is_database = name == SQLITE_FILE || name.starts_with(TABLES_FOLDER);
        (!is_database, name.clone())
    });
    Ok(files)
}
