//! Content hashes: a stage whose inputs are as they were is not done again.

use anyhow::{Context, Result};
use std::fs;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::{Path, PathBuf};

/// A running hash over the inputs of a stage. Only ever compared with what the same program wrote earlier.
#[derive(Debug, Default)]
pub struct Inputs(DefaultHasher);

impl Inputs {
    /// Starts with the version of the recipe, to be raised when the stage itself changes.
    pub fn of(recipe: &str) -> Self {
        let mut inputs = Self::default();
        recipe.hash(&mut inputs.0);
        inputs
    }

    /// Adds a piece of text.
    pub fn text(mut self, text: &str) -> Self {
        text.hash(&mut self.0);
        self
    }

    /// Adds the content of a file; a missing file counts as such.
    ///
    /// # Errors
    /// When the file is there and cannot be read.
    pub fn file(mut self, path: &Path) -> Result<Self> {
        match fs::read(path) {
            Ok(bytes) => bytes.hash(&mut self.0),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => 0_u8.hash(&mut self.0),
            Err(error) => {
                return Err(error).with_context(|| format!("cannot read {}", path.display()));
            }
        }
        Ok(self)
    }

    /// Adds every file below a folder whose name ends in `extension` (all files for an empty one), with its name.
    ///
    /// # Errors
    /// When one cannot be read.
    pub fn folder(mut self, folder: &Path, extension: &str) -> Result<Self> {
        for path in files_below(folder)? {
            if path.to_string_lossy().ends_with(extension) {
                path.hash(&mut self.0);
                self = self.file(&path)?;
            }
        }
        Ok(self)
    }

    /// The hash as text.
    pub fn finish(&self) -> String {
        format!("{:016x}", self.0.finish())
    }
}

/// Every file below `folder`, sorted; `node_modules` and hidden entries are left out. A missing folder has none.
///
/// # Errors
/// When a folder cannot be listed.
pub fn files_below(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder) = open.pop() {
        let entries = match fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => continue,
            Err(error) => {
                return Err(error).with_context(|| format!("cannot list {}", folder.display()));
            }
        };
        for entry in entries {
            let entry = entry?;
            let name = entry.file_name();
            if name == "node_modules" || name.to_string_lossy().starts_with('.') {
                continue;
            }
            if entry.file_type()?.is_dir() {
                open.push(entry.path());
            } else {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// The note of what a stage last worked on.
#[derive(Debug)]
pub struct Stamp {
    file: PathBuf,
    hash: String,
}

impl Stamp {
    /// The stamp `name` in `folder` for these inputs.
    pub fn new(folder: &Path, name: &str, inputs: &Inputs) -> Self {
        Self {
            file: folder.join(format!("{name}.stamp")),
            hash: inputs.finish(),
        }
    }

    /// Whether the stage has been done for these inputs and every one of its `outputs` is still there.
    pub fn is_current(&self, outputs: &[PathBuf]) -> bool {
        fs::read_to_string(&self.file).is_ok_and(|text| text == self.hash)
            && outputs.iter().all(|output| output.exists())
    }

    /// Notes that the stage is done.
    ///
    /// # Errors
    /// When the note cannot be written.
    pub fn set(&self) -> Result<()> {
        if let Some(folder) = self.file.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(&self.file, &self.hash)
            .with_context(|| format!("cannot write {}", self.file.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stage_is_current_until_an_input_changes_or_an_output_is_gone() {
        let folder = tempfile::tempdir().unwrap();
        let (input, output) = (folder.path().join("in.css"), folder.path().join("out.css"));
        fs::write(&input, "a").unwrap();
        fs::write(&output, "b").unwrap();
        let stamp = |recipe: &str| {
            Stamp::new(
                &folder.path().join("stamps"),
                "styles",
                &Inputs::of(recipe).file(&input).unwrap(),
            )
        };
        let outputs = [output.clone()];
        assert!(!stamp("1").is_current(&outputs));
        stamp("1").set().unwrap();
        assert!(stamp("1").is_current(&outputs));
        assert!(!stamp("2").is_current(&outputs), "another recipe");
        fs::write(&input, "c").unwrap();
        assert!(!stamp("1").is_current(&outputs), "another input");
        stamp("1").set().unwrap();
        fs::remove_file(&output).unwrap();
        assert!(!stamp("1").is_current(&outputs), "the output is gone");
    }

    #[test]
    fn folders_are_read_whole_but_for_packages_and_hidden_files() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b/x.css", "a.css", "node_modules/y.css", ".hidden"] {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, name).unwrap();
        }
        let names: Vec<_> = files_below(folder.path())
            .unwrap()
            .iter()
            .map(|path| {
                path.strip_prefix(folder.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        assert_eq!(names, ["a.css", "b/x.css"]);
        assert!(
            files_below(&folder.path().join("missing"))
                .unwrap()
                .is_empty()
        );
    }
}
