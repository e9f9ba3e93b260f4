//! The note that lies in a data folder while a set is put back into it: where one was left, nothing may run on what is there.

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};

const NAME: &str = "RESTORING.json";

/// What the note says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marker {
    /// The set.
    pub set: String,
    pub started_at: DateTime<Utc>,
    /// File of the database of SQLite that is replaced.
    #[serde(default)]
    pub database: Option<PathBuf>,
    /// What was there is still being moved aside: nothing that lies there is the set's.
    #[serde(default)]
    pub moving: bool,
}

fn path(data: &Path) -> PathBuf {
    data.join(NAME)
}

/// Makes names that were given or taken in a folder durable.
///
/// # Errors
/// The system's.
pub(super) fn sync(folder: &Path) -> anyhow::Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .with_context(|| format!("{} cannot be made durable", folder.display()))
}

/// The note that lies there.
///
/// # Errors
/// When it cannot be read.
pub fn find(data: &Path) -> anyhow::Result<Option<Marker>> {
    let path = path(data);
    match std::fs::read(&path) {
        Ok(text) => serde_json::from_slice(&text)
            .map(Some)
            .with_context(|| format!("{} cannot be read", path.display())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).with_context(|| format!("{} cannot be read", path.display())),
    }
}

/// Refuses to work on a folder into which a set was put back by half.
///
/// # Errors
/// Where a note lies, with what to do.
pub fn refuse_half_restored(data: &Path) -> anyhow::Result<()> {
    let Some(marker) = find(data)? else {
        return Ok(());
    };
    bail!(
        "{} holds half of {}: putting it back was begun and not finished. Run hornada restore again with the same set",
        data.display(),
        marker.set
    )
}

pub(super) fn write(data: &Path, marker: &Marker) -> anyhow::Result<()> {
    let path = path(data);
    // By rename: a note that is there is whole.
    let mut draft = tempfile::NamedTempFile::new_in(data)?;
    draft.write_all(&serde_json::to_vec_pretty(marker)?)?;
    draft.as_file().sync_all()?;
    draft
        .persist(&path)
        .with_context(|| format!("{} cannot be written", path.display()))?;
    sync(data)
}

pub(super) fn remove(data: &Path) -> anyhow::Result<()> {
    let path = path(data);
    std::fs::remove_file(&path).with_context(|| format!("{} cannot be deleted", path.display()))?;
    sync(data)
}
