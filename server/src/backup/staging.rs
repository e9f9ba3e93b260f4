//! Files of the data folder, held fast while a set is taken of them.
//!
//! Uploads and models are never changed once they have their name, but they may be deleted at any moment. A hard link keeps what it names:
//! they are linked before the snapshot of the database, so that nothing which it names goes meanwhile, and again after it, so that
//! nothing is missing which came.

use anyhow::Context;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// A file on its way into what is held; no part of a set.
const FRESH: &str = ".fresh";

/// Folders of the data folder that belong to a set.
pub(super) const FOLDERS: [&str; 2] = ["imports", "models"];

/// How folders begin in which a set is prepared. What a process that died left is cleared away by the next.
pub(super) const PREFIX: &str = ".backup-";

/// How folders begin into which a set is unpacked that is put back.
pub(super) const UNPACKED: &str = ".restore-";

/// Deletes what processes left that died while they took a set. Only for who takes one now.
pub(super) fn clear_left_over(data: &Path) {
    clear(data, PREFIX);
}

/// Deletes folders of the data folder that begin so.
pub(super) fn clear(data: &Path, prefix: &str) {
    let Ok(entries) = std::fs::read_dir(data) else {
        return;
    };
    for entry in entries.filter_map(Result::ok) {
        let is_left = entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with(prefix));
        if is_left && let Err(error) = std::fs::remove_dir_all(entry.path()) {
            tracing::warn!(path = %entry.path().display(), %error, "what a backup left cannot be deleted");
        }
    }
}

/// Links every file of the data folder that belongs to a set into `target`, in place of what is there.
///
/// # Errors
/// The disk's. A file that goes meanwhile is none.
pub(super) fn hold(data: &Path, target: &Path) -> anyhow::Result<()> {
    for folder in FOLDERS {
        for file in below(&data.join(folder))? {
            let link = target.join(file.strip_prefix(data)?);
            if let Some(parent) = link.parent() {
                std::fs::create_dir_all(parent)?;
            }
            // Beside what is held already, and then in its place: the file may go at this moment, and what was held of it must not.
            let fresh = target.join(FRESH);
            forget(&fresh)?;
            let held = match std::fs::hard_link(&file, &fresh) {
                // Not every file system knows links.
                Err(error) if error.kind() != ErrorKind::NotFound => {
                    std::fs::copy(&file, &fresh).map(drop)
                }
                other => other,
            };
            match held {
                Ok(()) => {
                    std::fs::rename(&fresh, &link)?;
                    // Two names of one file stay both.
                    forget(&fresh)?;
                }
                Err(error) if error.kind() == ErrorKind::NotFound => forget(&fresh)?,
                Err(error) => {
                    return Err(error)
                        .with_context(|| format!("{} cannot be kept", file.display()));
                }
            }
        }
    }
    Ok(())
}

fn forget(path: &Path) -> std::io::Result<()> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// Files below a folder; none where it is not there. What begins with a dot is nobody's yet.
pub(crate) fn below(folder: &Path) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_path_buf()];
    while let Some(folder) = open.pop() {
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("{} cannot be read", folder.display()));
            }
        };
        for entry in entries {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with('.') {
                continue;
            }
            let kind = match entry.file_type() {
                Ok(kind) => kind,
                Err(error) if error.kind() == ErrorKind::NotFound => continue,
                Err(error) => return Err(error.into()),
            };
            if kind.is_dir() {
                open.push(entry.path());
            } else if kind.is_file() {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_deleted_meanwhile_is_kept_and_what_comes_is_added() {
        let (data, held) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let imports = data.path().join("imports");
        std::fs::create_dir_all(&imports).unwrap();
        std::fs::write(imports.join("old.csv"), "old").unwrap();
        std::fs::write(imports.join(".half"), "half").unwrap();
        hold(data.path(), held.path()).unwrap();
        std::fs::remove_file(imports.join("old.csv")).unwrap();
        std::fs::write(imports.join("new.csv"), "new").unwrap();
        hold(data.path(), held.path()).unwrap();
        let names: Vec<_> = below(held.path())
            .unwrap()
            .iter()
            .map(|f| f.file_name().unwrap().to_string_lossy().into_owned())
            .collect();
        assert_eq!(names, ["new.csv", "old.csv"]);
        // What is held twice is there once, as it is now.
        std::fs::remove_file(imports.join("new.csv")).unwrap();
        std::fs::write(imports.join("new.csv"), "newer").unwrap();
        hold(data.path(), held.path()).unwrap();
        let read = |name: &str| std::fs::read_to_string(held.path().join("imports").join(name));
        assert_eq!(read("new.csv").unwrap(), "newer");
        assert_eq!(read("old.csv").unwrap(), "old");
        assert!(!held.path().join(FRESH).exists());
    }
}
