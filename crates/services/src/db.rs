//! Connection, transactions and retries, alike on SQLite and PostgreSQL, each bound to one organization but for what belongs to none.

pub use crate::store::wall::{Bound, Reading, Scoped, Wall};

use crate::store::wall::{self, Manner};
use crate::{ServiceError, ServiceResult};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    IsolationLevel, SqliteTransactionMode, TransactionOptions, TransactionTrait,
};
use std::future::Future;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell, OwnedMutexGuard};
use uuid::Uuid;

/// How often a use case is tried before a lost race is reported to the caller.
const ATTEMPTS: u32 = 8;

/// The database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Db {
    connection: DatabaseConnection,
    /// SQLite has one writer: queueing for it here is fair, polling its lock is not.
    writer: Arc<Mutex<()>>,
    /// What keeps tenants apart, once it was asked for.
    wall: Arc<OnceCell<Wall>>,
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
        } else {
            // What asks for no organization sees all of them; a transaction of one closes this for itself.
            options.map_sqlx_postgres_opts(|o| o.options([("hornada.wall", "open")]));
        }
        Ok(Self::over(Database::connect(options).await?))
    }

    /// Takes over a connection that was opened elsewhere, for example one that counts its statements.
    #[must_use]
    pub fn over(connection: DatabaseConnection) -> Self {
        Self {
            connection,
            writer: Arc::new(Mutex::new(())),
            wall: Arc::default(),
        }
    }

    /// The pool itself, for migrations, the job queue and tests: as [`Db::past_the_wall`].
    #[must_use]
    pub fn connection(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// The pool itself, which sees every organization: for what belongs to none. Who may use it stands in the list `PAST_THE_WALL` of
    /// `xtask/tests/architecture.rs`.
    #[must_use]
    pub fn past_the_wall(&self) -> &DatabaseConnection {
        &self.connection
    }

    /// What is asked about one organization goes through this: on PostgreSQL every statement in a transaction that sees and changes no
    /// row of another, on SQLite as it comes. Many reads of one use case go faster through [`Db::read_for`].
    #[must_use]
    pub fn of(&self, organization_id: Uuid) -> Scoped {
        Scoped::new(self.clone(), organization_id)
    }

    /// Opens what several reads of one organization go through. On PostgreSQL it holds a connection until it is dropped, so whoever has
    /// one asks for no other and does nothing that takes long.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn read_for(&self, organization_id: Uuid) -> ServiceResult<Reading> {
        let tx = if self.is_postgres() {
            let wall = self.examined().await?;
            Some(wall::begin_bound(&self.connection, wall, organization_id, Manner::Read).await?)
        } else {
            None
        };
        Ok(Reading::new(self.connection.clone(), tx))
    }

    /// As [`Db::read_for`], and of one moment on SQLite too: for reading everything of an organization while others go on writing.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn snapshot_for(&self, organization_id: Uuid) -> ServiceResult<Reading> {
        if self.is_postgres() {
            return self.read_for(organization_id).await;
        }
        // Sees what was committed before its first question, and keeps no writer waiting.
        let tx = self.connection.begin().await?;
        Ok(Reading::new(self.connection.clone(), Some(tx)))
    }

    /// Opens a write transaction of one organization: IMMEDIATE on SQLite; on PostgreSQL READ COMMITTED with explicit row locks, and rows
    /// of other organizations can be neither seen nor changed.
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn begin_for(&self, organization_id: Uuid) -> ServiceResult<Tx> {
        if !self.is_postgres() {
            return self.begin_past_the_wall().await;
        }
        let wall = self.examined().await?;
        Ok(Tx {
            inner: wall::begin_bound(&self.connection, wall, organization_id, Manner::Write)
                .await?,
            _writer: None,
        })
    }

    /// What keeps tenants apart in this database, besides the conditions of the queries.
    ///
    /// # Errors
    /// The database's.
    pub async fn wall(&self) -> ServiceResult<Wall> {
        Ok(self.examined().await?)
    }

    /// Asks once, and says so in the log where there could be a wall and is none.
    pub(crate) async fn examined(&self) -> Result<Wall, DbErr> {
        if !self.is_postgres() {
            return Ok(Wall::Conditions);
        }
        self.wall
            .get_or_try_init(|| async {
                let found = wall::examine(&self.connection).await?;
                if found == Wall::Missing {
                    tracing::warn!(
                        "row-level security does not bind this database user, and it cannot step down to the role hornada_tenant: \
                         only the queries' own conditions keep organizations apart; hornada doctor says how to mend it"
                    );
                }
                Ok::<_, DbErr>(found)
            })
            .await
            .copied()
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

    /// For tests: as [`Db::begin_past_the_wall`].
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn begin(&self) -> ServiceResult<Tx> {
        self.begin_past_the_wall().await
    }

    /// Opens a write transaction that sees every organization: for what belongs to none; see [`Db::past_the_wall`].
    ///
    /// # Errors
    /// [`ServiceError::Unavailable`] when no connection comes free in time.
    pub async fn begin_past_the_wall(&self) -> ServiceResult<Tx> {
        if self.is_postgres() {
            let options = TransactionOptions {
                isolation_level: Some(IsolationLevel::ReadCommitted),
                ..Default::default()
            };
            return Ok(Tx {
                inner: wall::begin(&self.connection, options).await?,
                _writer: None,
            });
        }
        let guard = self.writer.clone().lock_owned().await;
        let options = TransactionOptions {
            sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
            ..Default::default()
        };
        Ok(Tx {
            inner: self.connection.begin_with_options(options).await?,
            _writer: Some(guard),
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
