//! The queue that wakes workers: apalis on its own SQLite file beside the database, or on the same PostgreSQL.
//!
//! On SQLite the queue has a file of its own, because its polling would otherwise contend with the one writer of the
//! product's database. Its messages are only wake-up calls; the book of nights is the truth.

use anyhow::Context;
use apalis_postgres::PostgresStorage;
use apalis_sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteStorage};
use serde::{Deserialize, Serialize};
use services::Db;
use std::path::Path;
use std::time::Duration;
use uuid::Uuid;

/// How often an idle worker looks for wake-up calls. It does so with its sign of life, whose usual interval would let
/// a person who starts a night wait for half a minute.
const POLL: Duration = Duration::from_secs(5);

/// A worker that missed so many signs of life is taken for dead, and its calls go to others.
const MISSED_POLLS: usize = 12;

/// Wakes a worker for a run of the book.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct WakeUp {
    pub organization_id: Uuid,
    pub run_id: Uuid,
}

/// Where wake-up calls wait.
#[derive(Clone)]
pub enum Queue {
    Sqlite(SqliteStorage<WakeUp>),
    Postgres(PostgresStorage<WakeUp>),
}

impl std::fmt::Debug for Queue {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Sqlite(_) => "Queue::Sqlite",
            Self::Postgres(_) => "Queue::Postgres",
        })
    }
}

impl Queue {
    /// Opens the queue that belongs to a database, creating or upgrading its tables.
    ///
    /// # Errors
    /// When the file or the server cannot be written.
    pub async fn open(db: &Db, data_dir: &Path) -> anyhow::Result<Self> {
        if db.is_postgres() {
            let pool = db.past_the_wall().get_postgres_connection_pool().clone();
            PostgresStorage::setup(&pool)
                .await
                .context("set the job queue up")?;
            let config = apalis_postgres::Config::default()
                .queue("nights")
                .heartbeat_interval(POLL)
                .missed_heartbeats(MISSED_POLLS);
            return Ok(Self::Postgres(
                PostgresStorage::new(&pool).with_config(config),
            ));
        }
        std::fs::create_dir_all(data_dir)
            .with_context(|| format!("create {}", data_dir.display()))?;
        let options = SqliteConnectOptions::new()
            .filename(data_dir.join("queue.db"))
            .create_if_missing(true)
            .pragma("journal_mode", "WAL")
            .busy_timeout(Duration::from_secs(10));
        let pool: SqlitePool = SqlitePoolOptions::new()
            .max_connections(2)
            .connect_with(options)
            .await
            .context("open the job queue")?;
        // Not `SqliteStorage::setup`: that would also turn durable writes off.
        SqliteStorage::migrations()
            .run(&pool)
            .await
            .context("set the job queue up")?;
        let config = apalis_sqlite::Config::default()
            .queue("nights")
            .heartbeat_interval(POLL)
            .missed_heartbeats(MISSED_POLLS);
        Ok(Self::Sqlite(SqliteStorage::new(&pool).with_config(config)))
    }

    /// Wakes a worker. Waking twice is harmless.
    ///
    /// # Errors
    /// The queue's.
    pub async fn wake(&self, call: WakeUp) -> anyhow::Result<()> {
        use apalis::prelude::TaskSink;
        match self {
            Self::Sqlite(storage) => storage
                .clone()
                .push(call)
                .await
                .map_err(|e| anyhow::anyhow!("{e}"))?,
            Self::Postgres(storage) => storage
                .clone()
                .push(call)
                .await
                .map_err(|e| anyhow::anyhow!("{e}"))?,
        };
        Ok(())
    }
}
