//! Where sets lie: a folder, or an object store.

use super::marker::sync;
use crate::jobs::model_store::connect;
use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use futures::StreamExt;
use object_store::path::Path as ObjectPath;
use object_store::{ObjectStore, ObjectStoreExt, WriteMultipart};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use url::Url;
use uuid::Uuid;

const START: &str = "hornada-";
const PLAIN: &str = ".tar.zst";
const SEALED: &str = ".tar.zst.age";
/// How a set is called that is not whole yet.
const DRAFT: &str = ".draft-";
const PART_END: &str = ".part";
/// After so long nobody writes it any more.
const DRAFTS_STAY: Duration = Duration::from_secs(24 * 3_600);
/// Parts in which a set goes to an object store.
const PART: usize = 16 * 1_024 * 1_024;
/// Parts that are on the way at once.
const PARTS: usize = 4;

/// Where sets lie.
#[derive(Clone, Debug)]
pub enum Place {
    Folder(PathBuf),
    Store {
        store: Arc<dyn ObjectStore>,
        prefix: ObjectPath,
        /// The address, without what may be secret.
        shown: String,
    },
}

/// A set on this machine; a copy that was fetched goes when it is dropped.
#[derive(Debug)]
pub struct LocalSet {
    pub path: PathBuf,
    pub name: String,
    _fetched: Option<tempfile::TempPath>,
}

/// The name of a set that is taken now. Names ascend with time.
#[must_use]
pub fn set_name(now: DateTime<Utc>, encrypted: bool) -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!(
        "{START}{}-{}{}",
        now.format("%Y%m%dT%H%M%S%3fZ"),
        &random[..8],
        if encrypted { SEALED } else { PLAIN }
    )
}

fn is_set(name: &str) -> bool {
    name.starts_with(START) && (name.ends_with(PLAIN) || name.ends_with(SEALED))
}

impl Place {
    /// A folder, or an address as `s3://BUCKET/PREFIX` (in programs built with the feature `cloud`).
    ///
    /// # Errors
    /// An address that is none, or of a store that this program was not built for.
    pub fn open(address: &str) -> anyhow::Result<Self> {
        if !address.contains("://") {
            return Ok(Self::Folder(PathBuf::from(address)));
        }
        let url = Url::parse(address).context("the place of backups is no address")?;
        if url.scheme() == "file" {
            return match url.to_file_path() {
                Ok(folder) => Ok(Self::Folder(folder)),
                Err(()) => bail!("{address} names no folder"),
            };
        }
        let (store, prefix) = connect(address)?;
        let shown = format!(
            "{}://{}{}",
            url.scheme(),
            url.host_str().unwrap_or_default(),
            url.path()
        );
        Ok(Self::Store {
            store,
            prefix,
            shown,
        })
    }

    /// For people, without secrets.
    #[must_use]
    pub fn shown(&self) -> String {
        match self {
            Self::Folder(folder) => folder.display().to_string(),
            Self::Store { shown, .. } => shown.clone(),
        }
    }

    /// Where a set that is being written lies until it is whole: in the folder itself, so that its name is given by a rename; for an object
    /// store in `beside`.
    pub(super) fn draft(&self, beside: &Path) -> anyhow::Result<tempfile::NamedTempFile> {
        let folder = match self {
            Self::Folder(folder) => folder.as_path(),
            Self::Store { .. } => beside,
        };
        std::fs::create_dir_all(folder)
            .with_context(|| format!("the folder {} cannot be made", folder.display()))?;
        tempfile::Builder::new()
            .prefix(DRAFT)
            .suffix(PART_END)
            .tempfile_in(folder)
            .with_context(|| format!("{} cannot be written", folder.display()))
    }

    /// Gives a whole set its name, at once.
    pub(super) async fn put(&self, draft: tempfile::TempPath, name: &str) -> anyhow::Result<()> {
        match self {
            Self::Folder(folder) => {
                let target = folder.join(name);
                draft
                    .persist_noclobber(&target)
                    .with_context(|| format!("{} cannot be written", target.display()))?;
                sync(folder)
            }
            Self::Store { store, prefix, .. } => {
                // Nobody sees an upload of several parts before it is complete.
                let place = prefix.clone().join(name);
                let upload = store.put_multipart(&place).await?;
                let mut upload = WriteMultipart::new_with_chunk_size(upload, PART);
                let mut file = tokio::fs::File::open(&draft).await?;
                let mut buffer = vec![0; 1 << 20];
                loop {
                    let read = file.read(&mut buffer).await?;
                    if read == 0 {
                        break;
                    }
                    upload.wait_for_capacity(PARTS).await?;
                    upload.write(&buffer[..read]);
                }
                upload
                    .finish()
                    .await
                    .with_context(|| format!("{name} cannot be kept at {}", self.shown()))?;
                Ok(())
            }
        }
    }

    /// Names of the sets that lie there, oldest first.
    ///
    /// # Errors
    /// When the place cannot be read.
    pub async fn list(&self) -> anyhow::Result<Vec<String>> {
        let mut names = match self {
            Self::Folder(folder) => {
                let mut names = Vec::new();
                let entries = std::fs::read_dir(folder)
                    .with_context(|| format!("{} cannot be read", folder.display()))?;
                for entry in entries {
                    names.push(entry?.file_name().to_string_lossy().into_owned());
                }
                names
            }
            Self::Store { store, prefix, .. } => {
                // What lies deeper belongs to another place.
                let found = store.list_with_delimiter(Some(prefix)).await?;
                found
                    .objects
                    .iter()
                    .filter_map(|object| object.location.filename())
                    .map(str::to_owned)
                    .collect()
            }
        };
        names.retain(|name| is_set(name));
        names.sort();
        Ok(names)
    }

    /// Deletes the oldest sets until so many are left; says which went. Drafts that a killed process left a day ago go too.
    ///
    /// # Errors
    /// When the place cannot be read or a set not be deleted.
    pub async fn keep(&self, most: usize) -> anyhow::Result<Vec<String>> {
        if let Self::Folder(folder) = self {
            clear_drafts(folder)?;
        }
        let mut names = self.list().await?;
        names.truncate(names.len().saturating_sub(most.max(1)));
        for name in &names {
            match self {
                Self::Folder(folder) => std::fs::remove_file(folder.join(name))
                    .with_context(|| format!("the old set {name} cannot be deleted"))?,
                Self::Store { store, prefix, .. } => store
                    .delete(&prefix.clone().join(name.as_str()))
                    .await
                    .with_context(|| format!("the old set {name} cannot be deleted"))?,
            }
        }
        Ok(names)
    }

    /// A set by its name, brought to this machine.
    ///
    /// # Errors
    /// When it is not there.
    pub async fn fetch(&self, name: &str) -> anyhow::Result<LocalSet> {
        match self {
            Self::Folder(folder) => {
                let path = folder.join(name);
                if !path.is_file() {
                    bail!("there is no set {}", path.display());
                }
                Ok(LocalSet {
                    path,
                    name: name.to_owned(),
                    _fetched: None,
                })
            }
            Self::Store { store, prefix, .. } => {
                let found = store
                    .get(&prefix.clone().join(name))
                    .await
                    .with_context(|| format!("{name} cannot be fetched from {}", self.shown()))?;
                let path = tempfile::NamedTempFile::new()?.into_temp_path();
                let mut file = tokio::fs::File::create(&path).await?;
                let mut chunks = found.into_stream();
                while let Some(chunk) = chunks.next().await {
                    file.write_all(&chunk?).await?;
                }
                file.flush().await?;
                Ok(LocalSet {
                    path: path.to_path_buf(),
                    name: name.to_owned(),
                    _fetched: Some(path),
                })
            }
        }
    }
}

fn clear_drafts(folder: &Path) -> anyhow::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let is_draft = name
            .to_str()
            .is_some_and(|name| name.starts_with(DRAFT) && name.ends_with(PART_END));
        let age = entry
            .metadata()
            .and_then(|meta| meta.modified())
            .ok()
            .and_then(|at| at.elapsed().ok());
        if is_draft && age.is_some_and(|age| age > DRAFTS_STAY) {
            std::fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// The set that an operator names: a file, an address of one, or a place, of which the newest is meant.
///
/// # Errors
/// When there is none.
pub async fn find_set(named: &str) -> anyhow::Result<LocalSet> {
    let (place, name) = match named.rsplit_once('/') {
        Some((place, name)) if is_set(name) => (Place::open(place)?, Some(name.to_owned())),
        _ if is_set(named) => (Place::open(".")?, Some(named.to_owned())),
        _ => (Place::open(named)?, None),
    };
    // A set that somebody gave another name is one all the same.
    if let (Place::Folder(path), None) = (&place, &name)
        && path.is_file()
    {
        return Ok(LocalSet {
            path: path.clone(),
            name: named.to_owned(),
            _fetched: None,
        });
    }
    let name = match name {
        Some(name) => name,
        None => place
            .list()
            .await?
            .pop()
            .with_context(|| format!("there is no set of backup in {}", place.shown()))?,
    };
    place.fetch(&name).await
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    async fn keeps_the_newest(place: Place) {
        let beside = tempfile::tempdir().unwrap();
        if let Place::Store { store, prefix, .. } = &place {
            // Another installation's, one step deeper.
            let deeper = prefix.clone().join("other").join("hornada-9.tar.zst");
            store.put(&deeper, "other".into()).await.unwrap();
        }
        let mut names = Vec::new();
        for second in 0..3 {
            let name = set_name(
                DateTime::UNIX_EPOCH + chrono::TimeDelta::seconds(second),
                false,
            );
            let mut draft = place.draft(beside.path()).unwrap();
            draft.write_all(name.as_bytes()).unwrap();
            // What has no name yet is no set.
            assert_eq!(place.list().await.unwrap(), names);
            place.put(draft.into_temp_path(), &name).await.unwrap();
            names.push(name);
        }
        assert_eq!(place.list().await.unwrap(), names);
        assert_eq!(place.keep(2).await.unwrap(), names[..1]);
        assert_eq!(place.list().await.unwrap(), names[1..]);
        let fetched = place.fetch(&names[2]).await.unwrap();
        let read = std::fs::read_to_string(&fetched.path).unwrap();
        assert_eq!(read, names[2]);
        assert!(place.fetch(&names[0]).await.is_err());
    }

    #[tokio::test]
    async fn a_folder_and_an_object_store_keep_the_newest_sets() {
        let folder = tempfile::tempdir().unwrap();
        keeps_the_newest(Place::Folder(folder.path().to_owned())).await;
        let store = Place::Store {
            store: Arc::new(object_store::memory::InMemory::new()),
            prefix: ObjectPath::from("of/hornada"),
            shown: "memory".to_owned(),
        };
        keeps_the_newest(store).await;
    }

    #[tokio::test]
    async fn a_place_is_named_for_its_newest_set() {
        let folder = tempfile::tempdir().unwrap();
        let named = folder.path().to_str().unwrap();
        assert!(find_set(named).await.is_err());
        for name in ["hornada-1.tar.zst", "hornada-2.tar.zst.age", "notes.txt"] {
            std::fs::write(folder.path().join(name), "x").unwrap();
        }
        assert_eq!(find_set(named).await.unwrap().name, "hornada-2.tar.zst.age");
        let first = format!("{named}/hornada-1.tar.zst");
        assert_eq!(find_set(&first).await.unwrap().name, "hornada-1.tar.zst");
    }
}
