//! Connection, transactions and retries, alike on SQLite and PostgreSQL.

use crate::{ServiceError, ServiceResult};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, IsolationLevel,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};
use uuid::Uuid;

/// How often a use case is tried before a lost race is reported to the caller.
const ATTEMPTS: u32 = 8;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    connection: DatabaseConnection,
    /// SQLite has one writer: queueing for it here is fair, polling its lock is not.
    writer: Arc<Mutex<()>>,
}

/// An open write transaction; rolled back when dropped without [`Tx::commit`].
pub struct Tx {
    inner: DatabaseTransaction,
    _writer: Option<OwnedMutexGuard<()>>,
}

impl Deref for Tx {
    type Target = DatabaseTransaction;
    fn deref(&self) -> &DatabaseTransaction {
        &self.inner
    }
}

impl Tx {
    /// Makes everything durable.
    ///
    /// # Errors
    /// The database's refusal; then nothing happened.
    pub async fn commit(self) -> ServiceResult<()> {
        Ok(self.inner.commit().await?)
    }
}

/// Reads of one organization. Give `&*scoped` where a connection is wanted.
#[derive(Clone, Debug)]
pub struct Scoped(DatabaseConnection);

impl Deref for Scoped {
    type Target = DatabaseConnection;
    fn deref(&self) -> &DatabaseConnection {
        &self.0
    }
}

impl Db {
    /// Connects to `sqlite://path` or `postgres://...`; a missing SQLite file is created.
    ///
    /// # Errors
    /// The driver's, when there is no database at that address.
    pub async fn connect(url: &str) -> ServiceResult<Self> {
        let sqlite = url.starts_with("sqlite:");
        let url = if sqlite && !url.contains("mode=") {
            format!("{url}{}mode=rwc", if url.contains('?') { "&" } else { "?" })
        } else {
            url.to_owned()
        };
        let mut options = ConnectOptions::new(url);
        options
            .max_connections(if sqlite { 8 } else { 20 })
            .min_connections(1)
            .acquire_timeout(Duration::from_secs(20))
            .sqlx_logging_level(tracing::log::LevelFilter::Trace)
            .sqlx_slow_statements_logging_settings(
                tracing::log::LevelFilter::Warn,
                Duration::from_secs(2),
            );
        if sqlite {
            options.map_sqlx_sqlite_opts(|o| {
                o.pragma("journal_mode", "WAL")
                    .pragma("synchronous", "FULL")
                    .pragma("busy_timeout", "20000")
                    .pragma("foreign_keys", "ON")
                    .pragma("cache_size", "-65536")
                    .pragma("temp_store", "MEMORY")
                    .pragma("mmap_size", "268435456")
            });
        }
        Ok(Self {
            connection: Database::connect(options).await?,
            writer: Arc::new(Mutex::new(())),
        })
    }

    /// Takes over a connection that was opened elsewhere, for example one that counts its statements.
    #[must_use]
    pub fn over(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            writer: Arc::new(Mutex::new(())),
        }
    }

    /// The pool, for reads, migrations and the job queue.
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// What reads of one organization go through.
    #[must_use]
    pub fn of(&self, organization_id: Uuid) -> Scoped {
        let _ = organization_id;
        Scoped(self.connection.clone())
    }

    /// Opens a write transaction of one organization; see [`Db::begin`].
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn begin_for(&self, organization_id: Uuid) -> ServiceResult<Tx> {
        let _ = organization_id;
        self.begin().await
    }

    /// Whether the database answers.
    ///
    /// # Errors
    /// When it does not.
    pub async fn ping(&self) -> ServiceResult<()> {
        Ok(self.connection.ping().await?)
    }

    /// Which engine answers.
    #[must_use]
    pub fn backend(&self) -> DbBackend {
        self.connection.get_database_backend()
    }

    /// Whether PostgreSQL answers, else SQLite.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        matches!(self.backend(), DbBackend::Postgres)
    }

    /// Opens a write transaction: IMMEDIATE on SQLite, READ COMMITTED with explicit row locks on PostgreSQL.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn begin(&self) -> ServiceResult<Tx> {
        let (guard, options) = match self.backend() {
            DbBackend::Sqlite => (
                Some(self.writer.clone().lock_owned().await),
                TransactionOptions {
                    sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
                    ..Default::default()
                },
            ),
            _ => (
                None,
                TransactionOptions {
                    isolation_level: Some(IsolationLevel::ReadCommitted),
                    ..Default::default()
                },
            ),
        };
        Ok(Tx {
            inner: self.connection.begin_with_options(options).await?,
            _writer: guard,
        })
    }

    /// Runs a use case again when it lost a race (deadlock, serialization failure, busy, a unique key taken
    /// concurrently), with growing pauses. The attempt must open its own transaction.
    ///
    /// # Errors
    /// The last attempt's error; a lost race is then [`ServiceError::Unavailable`] or the violated key.
    pub async fn retry<T, F, Fut>(&self, mut attempt: F) -> ServiceResult<T>
    where
        F: FnMut() -> Fut,
        Fut: Future<Output = ServiceResult<T>>,
    {
        let mut tries = 0;
        loop {
            match attempt().await {
                Err(error) if error.is_transient() && tries + 1 < ATTEMPTS => {
                    tries += 1;
                    tracing::debug!(tries, %error, "lost a race, trying again");
                    tokio::time::sleep(Duration::from_millis(4 << tries)).await;
                }
                Err(ServiceError::Database(error))
                    if ServiceError::Database(error.clone()).is_transient() =>
                {
                    return Err(ServiceError::Unavailable {
                        message: "Too many people are changing this at once. Nothing was changed; please try again.".into(),
                        source: Some(Box::new(error)),
                    });
                }
                other => return other,
            }
        }
    }
}
