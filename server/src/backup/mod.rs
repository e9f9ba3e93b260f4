//! Backups: the database, the files of the data folder and the settings as one consistent set, taken while everybody works; looked at;
//! and put back.
//!
//! A set is one file: tar, compressed with zstd, encrypted with age. Its last entries are a manifest with the digest of everything and the
//! manifest's own digest, so what was cut off or changed is noticed. It has its name once it is whole.

pub mod archive;
pub mod due;
pub mod key;
pub mod manifest;
pub mod marker;
pub mod place;
pub mod restoring;
pub mod settings;
pub mod staging;
pub mod taking;

pub use key::{Keys, Seal};
pub use manifest::{Header, Manifest};
pub use place::Place;
