//! The whole database at one moment, as files, while others go on writing; and back again.
//!
//! SQLite writes a compact copy of itself (`VACUUM INTO`): one reading transaction, writers go on, and what they append stays in the
//! write-ahead log meanwhile. PostgreSQL copies every table in one REPEATABLE READ transaction as text of `COPY`; the shape is not in
//! it, as the migrations make it. Both hold every organization, so they go through the connection of the operator.

use crate::store::snapshots as rows;
use crate::{ServiceResult, Services};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::path::Path;
use uuid::Uuid;

/// File of a snapshot of SQLite.
pub const SQLITE_FILE: &str = "database.sqlite";

/// Folder of a snapshot of PostgreSQL: a file a table.
pub const TABLES_FOLDER: &str = "tables";

/// The newest entry of an organization's audit log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditHead {
    pub sequence: i64,
    /// Hexadecimal.
    pub hash: String,
}

/// What a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// Names of the migrations that made its shape, ascending.
    pub migrations: Vec<String>,
    /// Rows by table, without the migrations' own.
    pub rows: BTreeMap<String, u64>,
    /// Columns by table in the order of the file; PostgreSQL only.
    pub columns: BTreeMap<String, Vec<String>>,
    /// By organization.
    pub audit_heads: BTreeMap<Uuid, AuditHead>,
}

/// Snapshots of the database.
#[derive(Debug)]
pub struct Snapshots<'a> {
    services: &'a Services,
}

impl Services {
    /// Snapshots of the whole database, for the operator's backups.
    #[must_use]
    pub fn snapshots(&self) -> Snapshots<'_> {
        Snapshots { services: self }
    }
}

impl Snapshots<'_> {
    /// Writes a snapshot into a folder: [`SQLITE_FILE`], or a file a table in [`TABLES_FOLDER`]. Others go on writing.
    ///
    /// # Errors
    /// The database's and the disk's; also where the rights of the connection on PostgreSQL hide rows.
    pub async fn take(&self, folder: &Path) -> ServiceResult<Snapshot> {
        let db = self.services.db();
        if db.is_postgres() {
            return rows::dump(db.past_the_wall(), &folder.join(TABLES_FOLDER)).await;
        }
        let file = folder.join(SQLITE_FILE);
        rows::vacuum_into(db.past_the_wall(), &file).await?;
        rows::read_file(&file).await
    }

    /// Puts the rows of a snapshot of PostgreSQL into a database that has its shape and no rows: all or none.
    ///
    /// # Errors
    /// The database's; also when another number of rows came in than the snapshot says.
    pub async fn load(&self, folder: &Path, snapshot: &Snapshot) -> ServiceResult<()> {
        let tables = folder.join(TABLES_FOLDER);
        rows::load(self.services.db().past_the_wall(), &tables, snapshot).await
    }

    /// A table of the database that holds rows, other than the migrations' own; nothing where all are empty, or there is none.
    ///
    /// # Errors
    /// The database's.
    pub async fn occupied(&self) -> ServiceResult<Option<String>> {
        rows::find_occupied(self.services.db().past_the_wall()).await
    }

    /// What can be said of the database as it stands.
    ///
    /// # Errors
    /// The database's.
    pub async fn state(&self) -> ServiceResult<rows::State> {
        rows::get_state(self.services.db().past_the_wall()).await
    }
}

pub use rows::State;

/// Reads a SQLite file of a snapshot without changing it: whether its pages and references hold, and what is in it.
///
/// # Errors
/// When it is no database, or damaged.
pub async fn read_sqlite(file: &Path) -> ServiceResult<Snapshot> {
    rows::read_file(file).await
}
