//! Computes the version of the types that travel between browser and server: a digest of the sources they are made of.

use sha2::{Digest, Sha256};
use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?);
    let mut digest = Sha256::new();
    for folder in [here.join("src"), here.join("../domain/src")] {
        println!("cargo:rerun-if-changed={}", folder.display());
        add(&folder, &folder, &mut digest)?;
    }
    let digest = digest.finalize();
    let out = PathBuf::from(env::var("OUT_DIR").map_err(io::Error::other)?);
    fs::write(out.join("version.rs"), format!("{:?}", &digest[..8]))
}

/// Every file below a folder, in the order of names.
fn add(root: &Path, folder: &Path, digest: &mut Sha256) -> io::Result<()> {
    let mut entries = fs::read_dir(folder)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<io::Result<Vec<_>>>()?;
    entries.sort();
    for path in entries {
        if path.is_dir() {
            add(root, &path, digest)?;
        } else {
            let name = path.strip_prefix(root).map_err(io::Error::other)?;
            digest.update(name.to_string_lossy().as_bytes());
            digest.update(fs::read(&path)?);
        }
    }
    Ok(())
}
