//! Where things lie, and the environment that every command shares.

use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// File name of the browser bundle, the same at build and at run.
pub const OUTPUT_NAME: &str = "hornada";
/// Folder of the bundle inside the site folder.
pub const PKG_DIR: &str = "pkg";

/// The checkout and its build folders.
#[derive(Clone, Debug)]
pub struct Workspace {
    /// The folder of the workspace's `Cargo.toml`.
    pub root: PathBuf,
    /// Cargo's target folder.
    pub target: PathBuf,
}

impl Workspace {
    /// Finds the checkout that this program was built from.
    ///
    /// # Errors
    /// When the folder is not there any more.
    pub fn find() -> Result<Self> {
        let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
            .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
        let root = manifest
            .parent()
            .context("xtask stands in no workspace")?
            .canonicalize()
            .context("the workspace folder is gone")?;
        let target = match std::env::var_os("CARGO_TARGET_DIR") {
            Some(folder) if !folder.is_empty() => root.join(folder),
            _ => root.join("target"),
        };
        Ok(Self { root, target })
    }

    /// The folder that the release server serves.
    pub fn site(&self) -> PathBuf {
        self.root.join("site")
    }

    /// The folder that a development server serves.
    pub fn dev_site(&self) -> PathBuf {
        self.private().join("dev-site")
    }

    /// Files of our own that nobody else reads: stamps, downloads, logs.
    pub fn private(&self) -> PathBuf {
        self.root.join(".hornada")
    }

    /// Writes a page of ours, or prints it.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn publish(&self, document: &str, page: &str, write: bool) -> Result<()> {
        if !write {
            print!("{page}");
            return Ok(());
        }
        let path = self.root.join(document);
        std::fs::write(&path, page)
            .with_context(|| format!("{} cannot be written", path.display()))?;
        println!("{}", path.display());
        Ok(())
    }

    /// The release server.
    pub fn release_binary(&self) -> PathBuf {
        self.target.join("release").join("hornada")
    }

    /// The development server.
    pub fn dev_binary(&self) -> PathBuf {
        self.target.join("debug").join("hornada")
    }

    /// `path` relative to the checkout where possible, for messages.
    pub fn show(&self, path: &Path) -> String {
        path.strip_prefix(&self.root)
            .unwrap_or(path)
            .display()
            .to_string()
    }

    /// A `cargo` command in this workspace, free of what `cargo run` sets for xtask itself.
    pub fn cargo(&self) -> Command {
        let mut command = Command::new("cargo");
        self.prepare(&mut command);
        self.leptos(&mut command, &self.site());
        command
    }

    /// Any other program, in the workspace's folder.
    pub fn program(&self, program: impl AsRef<std::ffi::OsStr>) -> Command {
        let mut command = Command::new(program);
        self.prepare(&mut command);
        command
    }

    /// Names the site folder to leptos; the same at build and at run. The name of the bundle stands in .cargo/config.toml.
    pub fn leptos(&self, command: &mut Command, site: &Path) {
        command
            .env("LEPTOS_SITE_ROOT", site)
            .env("LEPTOS_SITE_PKG_DIR", PKG_DIR);
    }

    fn prepare(&self, command: &mut Command) {
        command.current_dir(&self.root);
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text == "OUT_DIR"
                || [
                    "CARGO_PKG_",
                    "CARGO_MANIFEST_",
                    "CARGO_BIN_",
                    "CARGO_CRATE_",
                    "CARGO_PRIMARY_",
                ]
                .iter()
                .any(|prefix| text.starts_with(prefix))
            {
                command.env_remove(&name);
            }
        }
        command.env("CARGO_TARGET_DIR", &self.target);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workspace_is_the_folder_above_xtask() {
        let workspace = Workspace::find().unwrap();
        assert!(workspace.root.join("xtask/Cargo.toml").is_file());
        assert_eq!(workspace.show(&workspace.site().join("pkg")), "site/pkg");
    }
}
