//! Where artifacts of models are kept: in the data folder, and where one is configured also in an object store that several
//! machines share.
//!
//! The data folder is the working place in any case. With an object store a trained artifact is copied there before it is
//! registered, and a machine that does not have an artifact fetches it; so any worker can forecast with what another one trained,
//! and a lost disk loses no model.

use anyhow::{Context, bail};
use futures::{StreamExt, TryStreamExt};
use object_store::path::Path as Place;
use object_store::{ObjectStore, ObjectStoreExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::io::AsyncWriteExt;
use url::Url;

/// The file without which a folder is no artifact: written last, read first.
const MANIFEST: &str = "manifest.json";

/// The object store of an installation, if it has one.
#[derive(Clone, Debug, Default)]
pub struct ModelStore {
    remote: Option<Remote>,
}

#[derive(Clone, Debug)]
struct Remote {
    store: Arc<dyn ObjectStore>,
    prefix: Place,
}

/// Opens the store at an address, with keys from the usual environment variables.
///
/// # Errors
/// An address that is none, or of a store that this program was not built for.
pub(crate) fn connect(address: &str) -> anyhow::Result<(Arc<dyn ObjectStore>, Place)> {
    let url = Url::parse(address).with_context(|| format!("{address:?} is no address"))?;
    if url.scheme() == "file"
        && let Ok(folder) = url.to_file_path()
    {
        std::fs::create_dir_all(&folder)
            .with_context(|| format!("{} cannot be made", folder.display()))?;
    }
    // Only what is meant for a store: short names such as REGION may mean anything.
    let keys = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .filter(|(name, _)| {
            ["AWS_", "AZURE_", "GOOGLE_"]
                .iter()
                .any(|s| name.starts_with(s))
        });
    let (store, prefix) = object_store::parse_url_opts(&url, keys)
        .with_context(|| format!("nothing can be kept at {address}"))?;
    Ok((Arc::from(store), prefix))
}

impl ModelStore {
    /// Opens the store at an address: `file:///DIR`, and in programs built with the feature `cloud` also `s3://BUCKET/PREFIX`,
    /// `az://` and `gs://`, whose keys are taken from the usual environment variables.
    ///
    /// # Errors
    /// An address that is none, or of a store that this program was not built for.
    pub fn open(address: &str) -> anyhow::Result<Self> {
        let (store, prefix) = connect(address)?;
        Ok(Self {
            remote: Some(Remote { store, prefix }),
        })
    }

    /// Copies an artifact from the data folder into the store, its manifest last.
    ///
    /// # Errors
    /// A file that cannot be read, and the store's.
    pub async fn keep(&self, data: &Path, path: &str) -> anyhow::Result<()> {
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let dir = data.join(path);
        let read = dir.clone();
        let mut files = tokio::task::spawn_blocking(move || files(&read)).await??;
        files.sort_by_key(|file| file.as_path() == Path::new(MANIFEST));
        for file in files {
            let bytes = tokio::fs::read(dir.join(&file))
                .await
                .with_context(|| format!("read {}", dir.join(&file).display()))?;
            let place = remote.place(path, &file)?;
            remote
                .store
                .put(&place, bytes.into())
                .await
                .with_context(|| format!("keep {place}"))?;
        }
        Ok(())
    }

    /// Brings an artifact into the data folder, in place of what is there; it has its name once it is whole. Whether there was one.
    ///
    /// # Errors
    /// The store's.
    pub async fn fetch(&self, data: &Path, path: &str) -> anyhow::Result<bool> {
        let Some(remote) = &self.remote else {
            return Ok(false);
        };
        let dir = data.join(path);
        let whole = remote.place(path, Path::new(""))?;
        let kept: Vec<_> = remote.store.list(Some(&whole)).try_collect().await?;
        if !kept
            .iter()
            .any(|object| object.location == whole.clone().join(MANIFEST))
        {
            return Ok(false);
        }
        let parent = dir.parent().unwrap_or(data).to_path_buf();
        tokio::fs::create_dir_all(&parent).await?;
        let draft = tempfile::Builder::new()
            .prefix(".fetched-")
            .tempdir_in(&parent)
            .with_context(|| format!("{} cannot be written", parent.display()))?;
        for object in kept {
            let parts = object.location.prefix_match(&whole);
            let below: PathBuf = parts
                .context("the store lists what was not asked for")?
                .map(|part| part.as_ref().to_owned())
                .collect();
            let bytes = remote.store.get(&object.location).await?.bytes().await?;
            let file = draft.path().join(below);
            if let Some(folder) = file.parent() {
                tokio::fs::create_dir_all(folder).await?;
            }
            let mut written = tokio::fs::File::create(&file).await?;
            written.write_all(&bytes).await?;
            written.sync_all().await?;
        }
        // What is left of a damaged artifact is in the way.
        if dir.exists() {
            tokio::fs::remove_dir_all(&dir).await?;
        }
        tokio::fs::rename(draft.keep(), &dir)
            .await
            .with_context(|| format!("{} cannot be written", dir.display()))?;
        Ok(true)
    }

    /// Deletes an artifact from the store; one that is not there is no fault.
    ///
    /// # Errors
    /// The store's.
    pub async fn delete(&self, path: &str) -> anyhow::Result<()> {
        let Some(remote) = &self.remote else {
            return Ok(());
        };
        let whole = remote.place(path, Path::new(""))?;
        let listed = remote.store.list(Some(&whole));
        let places = listed.map_ok(|object| object.location).boxed();
        let mut deleted = remote.store.delete_stream(places);
        while let Some(result) = deleted.next().await {
            match result {
                Ok(_) | Err(object_store::Error::NotFound { .. }) => {}
                Err(error) => return Err(error).with_context(|| format!("delete {whole}")),
            }
        }
        Ok(())
    }
}

impl Remote {
    fn place(&self, path: &str, file: &Path) -> anyhow::Result<Place> {
        let parts = path.split('/').chain(
            file.components()
                .filter_map(|part| part.as_os_str().to_str()),
        );
        let mut place = self.prefix.clone();
        for part in parts.filter(|part| !part.is_empty()) {
            if part == ".." {
                bail!("{path} lies outside");
            }
            place = place.join(part);
        }
        Ok(place)
    }
}

/// Files below a folder, relative to it.
fn files(dir: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![dir.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries =
            std::fs::read_dir(&folder).with_context(|| format!("read {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                open.push(path);
            } else {
                found.push(path.strip_prefix(dir)?.to_path_buf());
            }
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn artifact(data: &Path, path: &str) {
        let dir = data.join(path);
        fs::create_dir_all(dir.join("judged")).unwrap();
        fs::write(dir.join("manifest.json"), "{}").unwrap();
        fs::write(dir.join("judged/manifest.json"), "{\"judged\":1}").unwrap();
        fs::write(dir.join("network-0.safetensors"), [7; 9]).unwrap();
    }

    #[tokio::test]
    async fn what_one_machine_keeps_another_one_fetches_until_it_is_deleted() {
        let (shared, one, two) = (
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
            tempfile::tempdir().unwrap(),
        );
        let address = format!("file://{}/of hornada", shared.path().display());
        let store = ModelStore::open(&address).unwrap();
        let path = "models/0198/2026-03-08-ab";
        artifact(one.path(), path);
        store.keep(one.path(), path).await.unwrap();

        // A torn folder without a manifest is replaced.
        fs::create_dir_all(two.path().join(path)).unwrap();
        fs::write(two.path().join(path).join("torn"), "x").unwrap();
        assert!(store.fetch(two.path(), path).await.unwrap());
        let mut fetched = files(&two.path().join(path)).unwrap();
        fetched.sort();
        let names: Vec<_> = fetched.iter().map(|f| f.to_string_lossy()).collect();
        assert_eq!(
            names,
            [
                "judged/manifest.json",
                "manifest.json",
                "network-0.safetensors"
            ]
        );
        let read = fs::read(two.path().join(path).join("network-0.safetensors")).unwrap();
        assert_eq!(read, [7; 9]);
        // Nothing unfinished lies about.
        let parent = two.path().join("models/0198");
        assert_eq!(fs::read_dir(parent).unwrap().count(), 1);

        store.delete(path).await.unwrap();
        store.delete(path).await.unwrap();
        fs::remove_dir_all(two.path().join(path)).unwrap();
        assert!(!store.fetch(two.path(), path).await.unwrap());
        assert!(!store.fetch(one.path(), path).await.unwrap());
        assert!(one.path().join(path).join("manifest.json").is_file());
    }

    #[tokio::test]
    async fn without_a_store_nothing_happens_and_what_is_no_address_is_refused() {
        let data = tempfile::tempdir().unwrap();
        let none = ModelStore::default();
        none.keep(data.path(), "models/a").await.unwrap();
        assert!(!none.fetch(data.path(), "models/a").await.unwrap());
        none.delete("models/a").await.unwrap();
        assert!(ModelStore::open("here").is_err());
        assert!(ModelStore::open("ftp://there/x").is_err());
        if !cfg!(feature = "cloud") {
            assert!(ModelStore::open("s3://bucket/models").is_err());
        }
    }
}
