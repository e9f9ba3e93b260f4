//! Every row of the database at one moment, out of it and into it.

use crate::snapshots::{AuditHead, Snapshot};
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use futures::TryStreamExt;
use sea_orm::sqlx::{self, AssertSqlSafe, Postgres, Transaction};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, DbErr, Statement,
};
use std::collections::BTreeMap;
use std::path::Path;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use uuid::Uuid;

/// Bytes that are handed to PostgreSQL at once.
const CHUNK: usize = 256 * 1_024;

/// Tables of PostgreSQL that are ours and hold rows of the product, with their columns in order.
const COLUMNS: &str = "SELECT c.table_name::text, c.column_name::text \
     FROM information_schema.columns c JOIN information_schema.tables t \
       ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
    WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' AND c.is_generated = 'NEVER' \
      AND c.table_name NOT IN ('seaql_migrations', '_sqlx_migrations') \
    ORDER BY c.table_name, c.ordinal_position";

/// What can be said of a database as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// The database's clock.
    pub now: DateTime<Utc>,
    /// The engine and its version.
    pub version: String,
    /// SQLite's `journal_mode`; nothing on PostgreSQL.
    pub journal_mode: Option<String>,
    /// Whether references are checked.
    pub foreign_keys: bool,
}

fn of_sqlx(error: &sqlx::Error) -> ServiceError {
    ServiceError::Internal(format!("the database refused: {error}"))
}

fn of_disk(what: &Path, error: &std::io::Error) -> ServiceError {
    ServiceError::Internal(format!("{}: {error}", what.display()))
}

async fn texts(db: &impl ConnectionTrait, query: &str) -> ServiceResult<Vec<String>> {
    let statement = Statement::from_string(db.get_database_backend(), query);
    let rows = db.query_all_raw(statement).await?;
    let texts: Result<Vec<String>, DbErr> =
        rows.iter().map(|row| row.try_get_by_index(0)).collect();
    Ok(texts?)
}

async fn one(db: &impl ConnectionTrait, query: &str) -> ServiceResult<String> {
    let found = texts(db, query).await?;
    Ok(found.into_iter().next().unwrap_or_default())
}

/// Writes a compact copy of a SQLite database into a file that is not there yet.
pub(crate) async fn vacuum_into(db: &DatabaseConnection, file: &Path) -> ServiceResult<()> {
    let name = file
        .to_str()
        .ok_or_else(|| ServiceError::Internal(format!("{} is no text", file.display())))?;
    // Waits for nobody, and nobody waits for it.
    db.execute_unprepared(&format!("VACUUM INTO '{}'", name.replace('\'', "''")))
        .await?;
    Ok(())
}

/// What a SQLite file holds, and that it is sound.
pub(crate) async fn read_file(file: &Path) -> ServiceResult<Snapshot> {
    let mut options = ConnectOptions::new(format!("sqlite://{}?mode=ro", file.display()));
    options.max_connections(1).sqlx_logging(false);
    let db = Database::connect(options).await?;
    let read = read_connection(&db).await;
    db.close().await?;
    read
}

async fn read_connection(db: &DatabaseConnection) -> ServiceResult<Snapshot> {
    let found = texts(db, "PRAGMA integrity_check").await?;
    if found != ["ok"] {
        let first = found.first().cloned().unwrap_or_default();
        return Err(ServiceError::Internal(format!(
            "the database file is damaged: {first}"
        )));
    }
    if let Some(table) = texts(db, "PRAGMA foreign_key_check").await?.first() {
        return Err(ServiceError::Internal(format!(
            "the database file is damaged: a row of {table} names one that is not there"
        )));
    }
    let tables = texts(
        db,
        "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
         AND name NOT IN ('seaql_migrations', '_sqlx_migrations') ORDER BY name",
    )
    .await?;
    let mut rows = BTreeMap::new();
    for table in tables {
        let query = format!("SELECT COUNT(*) FROM \"{table}\"");
        let statement = Statement::from_string(DbBackend::Sqlite, query);
        let count: i64 = match db.query_one_raw(statement).await? {
            Some(row) => row.try_get_by_index(0)?,
            None => 0,
        };
        rows.insert(table, count.unsigned_abs());
    }
    let statement = Statement::from_string(
        DbBackend::Sqlite,
        "SELECT organization_id, sequence, hash FROM audit_heads",
    );
    let mut audit_heads = BTreeMap::new();
    for row in db.query_all_raw(statement).await? {
        let organization_id: Uuid = row.try_get_by_index(0)?;
        let head = AuditHead {
            sequence: row.try_get_by_index(1)?,
            hash: row.try_get_by_index(2)?,
        };
        audit_heads.insert(organization_id, head);
    }
    Ok(Snapshot {
        migrations: texts(db, "SELECT version FROM seaql_migrations ORDER BY version").await?,
        rows,
        columns: BTreeMap::new(),
        audit_heads,
    })
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}

fn list(columns: &[String]) -> String {
    columns
        .iter()
        .map(|column| quoted(column))
        .collect::<Vec<_>>()
        .join(", ")
}

async fn columns(
    tx: &mut Transaction<'static, Postgres>,
) -> ServiceResult<BTreeMap<String, Vec<String>>> {
    let found: Vec<(String, String)> = sqlx::query_as(COLUMNS)
        .fetch_all(&mut **tx)
        .await
        .map_err(|e| of_sqlx(&e))?;
    let mut columns = BTreeMap::<String, Vec<String>>::new();
    for (table, column) in found {
        columns.entry(table).or_default().push(column);
    }
    Ok(columns)
}

/// Writes every table of PostgreSQL into a file of a folder, all as they were at one moment.
pub(crate) async fn dump(db: &DatabaseConnection, folder: &Path) -> ServiceResult<Snapshot> {
    tokio::fs::create_dir_all(folder)
        .await
        .map_err(|e| of_disk(folder, &e))?;
    let pool = db.get_postgres_connection_pool();
    // Rolled back when dropped: it only reads.
    let mut tx = pool.begin().await.map_err(|e| of_sqlx(&e))?;
    sqlx::query("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        .execute(&mut *tx)
        .await
        .map_err(|e| of_sqlx(&e))?;
    // Rows that policies hide would be missing without a word. Whoever asks past the wall between tenants is shown all.
    let hidden: Option<String> = sqlx::query_scalar(
        "SELECT relname::text FROM pg_class WHERE relkind = 'r' \
            AND relnamespace = current_schema()::text::regnamespace AND row_security_active(oid) \
            AND current_setting('hornada.wall', true) IS DISTINCT FROM 'open' LIMIT 1",
    )
    .fetch_optional(&mut *tx)
    .await
    .map_err(|e| of_sqlx(&e))?;
    if let Some(table) = hidden {
        return Err(ServiceError::Internal(format!(
            "row security hides rows of {table} from this connection: take backups as a role that sees all (the owner of the tables, or one with BYPASSRLS)"
        )));
    }
    let columns = columns(&mut tx).await?;
    let mut rows = BTreeMap::new();
    for (table, names) in &columns {
        let path = folder.join(format!("{table}.copy"));
        let mut file = tokio::fs::File::create(&path)
            .await
            .map_err(|e| of_disk(&path, &e))?;
        let statement = format!("COPY {} ({}) TO STDOUT", quoted(table), list(names));
        let mut count = 0;
        {
            let mut lines = tx.copy_out_raw(&statement).await.map_err(|e| of_sqlx(&e))?;
            while let Some(bytes) = lines.try_next().await.map_err(|e| of_sqlx(&e))? {
                // A line break within a value is written as two characters.
                count += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
                file.write_all(&bytes)
                    .await
                    .map_err(|e| of_disk(&path, &e))?;
            }
        }
        file.flush().await.map_err(|e| of_disk(&path, &e))?;
        rows.insert(table.clone(), count);
    }
    let migrations = sqlx::query_scalar("SELECT version FROM seaql_migrations ORDER BY version")
        .fetch_all(&mut *tx)
        .await
        .map_err(|e| of_sqlx(&e))?;
    let heads: Vec<(Uuid, i64, String)> =
        sqlx::query_as("SELECT organization_id, sequence, hash FROM audit_heads")
            .fetch_all(&mut *tx)
            .await
            .map_err(|e| of_sqlx(&e))?;
    let audit_heads = heads
        .into_iter()
        .map(|(id, sequence, hash)| (id, AuditHead { sequence, hash }))
        .collect();
    Ok(Snapshot {
        migrations,
        rows,
        columns,
        audit_heads,
    })
}

async fn execute(tx: &mut Transaction<'static, Postgres>, statement: String) -> ServiceResult<()> {
    sqlx::query(AssertSqlSafe(statement))
        .execute(&mut **tx)
        .await
        .map_err(|e| of_sqlx(&e))?;
    Ok(())
}

async fn copy_in(
    tx: &mut Transaction<'static, Postgres>,
    statement: &str,
    path: &Path,
) -> ServiceResult<u64> {
    let mut file = tokio::fs::File::open(path)
        .await
        .map_err(|e| of_disk(path, &e))?;
    let mut buffer = vec![0; CHUNK];
    let mut copy = tx.copy_in_raw(statement).await.map_err(|e| of_sqlx(&e))?;
    loop {
        let read = file
            .read(&mut buffer)
            .await
            .map_err(|e| of_disk(path, &e))?;
        if read == 0 {
            break;
        }
        copy.send(&buffer[..read]).await.map_err(|e| of_sqlx(&e))?;
    }
    copy.finish().await.map_err(|e| of_sqlx(&e))
}

/// Fills the empty tables of PostgreSQL from the files of a folder, in one transaction.
pub(crate) async fn load(
    db: &DatabaseConnection,
    folder: &Path,
    snapshot: &Snapshot,
) -> ServiceResult<()> {
    let pool = db.get_postgres_connection_pool();
    let mut tx = pool.begin().await.map_err(|e| of_sqlx(&e))?;
    let there = columns(&mut tx).await?;
    for (table, names) in &snapshot.columns {
        let known = there.get(table);
        if !known.is_some_and(|known| names.iter().all(|name| known.contains(name))) {
            return Err(ServiceError::Internal(format!(
                "the database has no table {table} with the columns of the snapshot"
            )));
        }
    }
    // References go while rows come in table by table, and are checked when they come back.
    let references: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT conrelid::regclass::text, conname::text, pg_get_constraintdef(oid) FROM pg_constraint \
          WHERE contype = 'f' AND conparentid = 0 AND connamespace = current_schema()::text::regnamespace",
    )
    .fetch_all(&mut *tx)
    .await
    .map_err(|e| of_sqlx(&e))?;
    for (table, name, _) in &references {
        let statement = format!("ALTER TABLE {table} DROP CONSTRAINT {}", quoted(name));
        execute(&mut tx, statement).await?;
    }
    // Policies that bind the owner too would refuse the copying.
    let forced: Vec<String> = sqlx::query_scalar(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity \
            AND relnamespace = current_schema()::text::regnamespace",
    )
    .fetch_all(&mut *tx)
    .await
    .map_err(|e| of_sqlx(&e))?;
    for table in &forced {
        let statement = format!("ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY");
        execute(&mut tx, statement).await?;
    }
    for (table, names) in &snapshot.columns {
        let path = folder.join(format!("{table}.copy"));
        let statement = format!("COPY {} ({}) FROM STDIN", quoted(table), list(names));
        let came = copy_in(&mut tx, &statement, &path).await?;
        let said = snapshot.rows.get(table).copied().unwrap_or(0);
        if came != said {
            return Err(ServiceError::Internal(format!(
                "{came} rows of {table} came in, the snapshot says {said}"
            )));
        }
    }
    for table in &forced {
        let statement = format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY");
        execute(&mut tx, statement).await?;
    }
    for (table, name, definition) in &references {
        let name = quoted(name);
        execute(
            &mut tx,
            format!("ALTER TABLE {table} ADD CONSTRAINT {name} {definition}"),
        )
        .await?;
    }
    // Numbers that the database gives go on from where they were.
    for (table, names) in &snapshot.columns {
        for name in names {
            let sequence: Option<String> =
                sqlx::query_scalar("SELECT pg_get_serial_sequence($1, $2)")
                    .bind(quoted(table))
                    .bind(name.clone())
                    .fetch_one(&mut *tx)
                    .await
                    .map_err(|e| of_sqlx(&e))?;
            if let Some(sequence) = sequence {
                let (table, name) = (quoted(table), quoted(name));
                execute(
                    &mut tx,
                    format!("SELECT setval('{sequence}', MAX({name})) FROM {table}"),
                )
                .await?;
            }
        }
    }
    tx.commit().await.map_err(|e| of_sqlx(&e))
}

/// A table that holds rows.
pub(crate) async fn find_occupied(db: &DatabaseConnection) -> ServiceResult<Option<String>> {
    let tables = match db.get_database_backend() {
        DbBackend::Postgres => {
            "SELECT table_name::text FROM information_schema.tables \
              WHERE table_schema = current_schema() AND table_type = 'BASE TABLE' \
                AND table_name NOT IN ('seaql_migrations', '_sqlx_migrations') ORDER BY 1"
        }
        _ => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' \
              AND name NOT IN ('seaql_migrations', '_sqlx_migrations') ORDER BY name"
        }
    };
    for table in texts(db, tables).await? {
        let query = format!("SELECT 1 FROM {} LIMIT 1", quoted(&table));
        let statement = Statement::from_string(db.get_database_backend(), query);
        if db.query_one_raw(statement).await?.is_some() {
            return Ok(Some(table));
        }
    }
    Ok(None)
}

/// What can be said of the database as it stands.
pub(crate) async fn get_state(db: &DatabaseConnection) -> ServiceResult<State> {
    if db.get_database_backend() == DbBackend::Postgres {
        let (now, version): (DateTime<Utc>, String) =
            sqlx::query_as("SELECT clock_timestamp(), current_setting('server_version')")
                .fetch_one(db.get_postgres_connection_pool())
                .await
                .map_err(|e| of_sqlx(&e))?;
        return Ok(State {
            now,
            version: format!("PostgreSQL {version}"),
            journal_mode: None,
            foreign_keys: true,
        });
    }
    let now = one(db, "SELECT strftime('%Y-%m-%dT%H:%M:%fZ', 'now')").await?;
    let statement = Statement::from_string(DbBackend::Sqlite, "PRAGMA foreign_keys");
    let foreign_keys: i64 = match db.query_one_raw(statement).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => 0,
    };
    Ok(State {
        now: now.parse().map_err(|e: chrono::ParseError| {
            ServiceError::Internal(format!("the database's clock says {now}: {e}"))
        })?,
        version: format!("SQLite {}", one(db, "SELECT sqlite_version()").await?),
        journal_mode: Some(one(db, "PRAGMA journal_mode").await?),
        foreign_keys: foreign_keys == 1,
    })
}
