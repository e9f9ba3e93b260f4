//! What a set says of itself.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use services::snapshots::Snapshot;
use std::collections::BTreeMap;

/// The form of sets that this program writes, and the newest that it reads.
pub const FORMAT: u32 = 1;

/// Which database a set was taken of; it is put back into the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Engine {
    Sqlite,
    Postgres,
}

impl Engine {
    /// That of an open database.
    #[must_use]
    pub fn of(db: &services::Db) -> Self {
        if db.is_postgres() {
            Self::Postgres
        } else {
            Self::Sqlite
        }
    }

    /// For people.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
        }
    }
}

/// The first entry: enough to say whether the rest can be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    pub format: u32,
    /// Version of the program that took it.
    pub program: String,
    pub engine: Engine,
    /// Everything that was acknowledged before this moment is in the set.
    pub taken_at: DateTime<Utc>,
    /// Names of the migrations that made the database's shape, ascending.
    pub migrations: Vec<String>,
}

/// A file of the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileEntry {
    pub bytes: u64,
    /// Hexadecimal.
    pub sha256: String,
}

/// The last entry but one: everything that is in the set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    pub header: Header,
    /// When the database's snapshot was complete.
    pub snapshot_done_at: DateTime<Utc>,
    pub snapshot: Snapshot,
    /// By path within the set.
    pub files: BTreeMap<String, FileEntry>,
}

impl Manifest {
    /// Rows of all tables.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.snapshot.rows.values().sum()
    }

    /// Bytes of all files before compression.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.values().map(|file| file.bytes).sum()
    }
}

/// Whether this program can put back what was taken at these migrations.
///
/// # Errors
/// Where the set is newer than the program, in words for the operator.
pub fn check(header: &Header, known: &[String]) -> anyhow::Result<()> {
    if header.format > FORMAT {
        anyhow::bail!(
            "the set has form {}, this program reads up to {FORMAT}: use Hornada {} or newer",
            header.format,
            header.program
        );
    }
    if let Some(strange) = header.migrations.iter().find(|name| !known.contains(name)) {
        anyhow::bail!(
            "the set is newer than this program: its database has {strange}; use Hornada {} or newer",
            header.program
        );
    }
    Ok(())
}

/// The names of this program's migrations, ascending.
#[must_use]
pub fn known_migrations() -> Vec<String> {
    use migration::{Migrator, MigratorTrait};
    let mut names: Vec<String> = Migrator::get_migration_files()
        .iter()
        .map(|file| file.name().to_owned())
        .collect();
    names.sort();
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    fn header(format: u32, migrations: &[&str]) -> Header {
        Header {
            format,
            program: "9.9.9".to_owned(),
            engine: Engine::Sqlite,
            taken_at: DateTime::UNIX_EPOCH,
            migrations: migrations.iter().map(|m| (*m).to_owned()).collect(),
        }
    }

    #[test]
    fn an_older_set_is_read_and_a_newer_one_refused_with_the_version_that_reads_it() {
        let known = ["a".to_owned(), "b".to_owned()];
        assert!(check(&header(FORMAT, &["a"]), &known).is_ok());
        assert!(check(&header(FORMAT, &["a", "b"]), &known).is_ok());
        for newer in [header(FORMAT + 1, &["a"]), header(FORMAT, &["a", "c"])] {
            let said = check(&newer, &known).unwrap_err().to_string();
            assert!(said.contains("9.9.9 or newer"), "{said}");
        }
    }
}
