//! The wall between tenants on PostgreSQL: what a connection is told before it is asked for one organization. See
//! `docs/adr/0013-wall-between-tenants.md`.

use crate::Db;
use sea_orm::{
    ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr, ExecResult,
    QueryResult, RuntimeErr, Statement, TransactionOptions, TransactionTrait,
};
use std::ops::Deref;
use tracing::Instrument;
use uuid::Uuid;

/// What keeps tenants apart besides the conditions of the queries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wall {
    /// Nothing: SQLite knows no policies.
    Conditions,
    /// The policies of the tables, which bind the user that the server connects as.
    Policies,
    /// The policies, after a step down to the role `hornada_tenant`: the user itself stands above them.
    Role,
    /// Nothing, although PostgreSQL could: the user stands above the policies and may not step down, or they are not there.
    Missing,
}

/// Whether policies are on the tables, and whether this user stands above them.
const PLACE: &str = "SELECT u.rolsuper OR u.rolbypassrls AS above, \
     coalesce((SELECT c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c \
                WHERE c.oid = to_regclass('organizations')), false) AS raised \
     FROM pg_roles u WHERE u.rolname = current_user";

/// Whether whoever asks is bound by policies and sees the tables all the same.
const BOUND: &str = "SELECT NOT (u.rolsuper OR u.rolbypassrls) \
     AND coalesce(has_table_privilege(to_regclass('organizations')::oid, 'SELECT'), false) AS bound \
     FROM pg_roles u WHERE u.rolname = current_user";

const STEP_DOWN: &str = "SET LOCAL ROLE hornada_tenant";

/// Finds out what keeps tenants apart for the user of this connection.
pub(crate) async fn examine(db: &DatabaseConnection) -> Result<Wall, DbErr> {
    let ask = |query: &str| Statement::from_string(DbBackend::Postgres, query);
    let Some(place) = db.query_one_raw(ask(PLACE)).await? else {
        return Ok(Wall::Missing);
    };
    let (above, raised): (bool, bool) = (place.try_get("", "above")?, place.try_get("", "raised")?);
    if !raised {
        return Ok(Wall::Missing);
    }
    if !above {
        return Ok(Wall::Policies);
    }
    let tx = begin(db, TransactionOptions::default()).await?;
    let bound = match tx.execute_unprepared(STEP_DOWN).await {
        Ok(_) => tx
            .query_one_raw(ask(BOUND))
            .await?
            .map(|row| row.try_get::<bool>("", "bound"))
            .transpose()?
            .unwrap_or(false),
        Err(error) => {
            tracing::debug!(%error, "no step down to the role of tenants");
            false
        }
    };
    tx.rollback().await?;
    Ok(if bound { Wall::Role } else { Wall::Missing })
}

/// Opens a transaction on PostgreSQL. Whoever is waiting may go away at any moment, also between the question for a transaction and
/// the answer, and would leave a connection behind of which the pool does not know that a transaction is open on it. So the opening is
/// always brought to its end, and rolled back where nobody is there to take it.
pub(crate) async fn begin(
    db: &DatabaseConnection,
    options: TransactionOptions,
) -> Result<DatabaseTransaction, DbErr> {
    let db = db.clone();
    let opening = async move { db.begin_with_options(options).await };
    tokio::spawn(opening.in_current_span())
        .await
        .map_err(|gone| {
            DbErr::Conn(RuntimeErr::Internal(format!(
                "a transaction could not be opened: {gone}"
            )))
        })?
}

/// How a transaction of one organization is to be read and written.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// One statement.
    Single,
    /// Changes, each statement seeing what was committed before it.
    Write,
    /// Reads only, all of one moment.
    Read,
}

impl Manner {
    fn setting(self) -> &'static str {
        match self {
            Self::Single => "",
            Self::Write => "SET TRANSACTION ISOLATION LEVEL READ COMMITTED; ",
            Self::Read => "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY; ",
        }
    }
}

/// Opens a transaction that sees and changes the rows of one organization and no others. What binds it is forgotten with its end,
/// whatever that is: nothing stays on the connection.
pub(crate) async fn begin_bound(
    db: &DatabaseConnection,
    wall: Wall,
    organization_id: Uuid,
    manner: Manner,
) -> Result<DatabaseTransaction, DbErr> {
    let tx = begin(db, TransactionOptions::default()).await?;
    let role = if wall == Wall::Role { STEP_DOWN } else { "" };
    // One message for all of it. The values are ours: a number and words of this file.
    let binding = format!(
        "{}SET LOCAL hornada.wall = 'closed'; SET LOCAL hornada.organization_id = '{organization_id}'; {role}",
        manner.setting(),
    );
    tx.execute_unprepared(&binding).await?;
    Ok(tx)
}

/// A connection that is asked for one organization: each statement is a transaction of its own.
#[derive(Clone, Debug)]
pub struct Bound {
    db: Db,
    organization_id: Uuid,
}

impl Bound {
    /// The statement's own transaction; `None` where the database has no wall.
    async fn open(&self) -> Result<Option<DatabaseTransaction>, DbErr> {
        if !self.db.is_postgres() {
            return Ok(None);
        }
        let wall = self.db.examined().await?;
        begin_bound(
            self.db.past_the_wall(),
            wall,
            self.organization_id,
            Manner::Single,
        )
        .await
        .map(Some)
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Bound {
    fn get_database_backend(&self) -> DbBackend {
        self.db.backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let Some(tx) = self.open().await? else {
            return self.db.past_the_wall().execute_raw(statement).await;
        };
        let done = tx.execute_raw(statement).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let Some(tx) = self.open().await? else {
            return self.db.past_the_wall().execute_unprepared(sql).await;
        };
        let done = tx.execute_unprepared(sql).await?;
        tx.commit().await?;
        Ok(done)
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let Some(tx) = self.open().await? else {
            return self.db.past_the_wall().query_one_raw(statement).await;
        };
        let row = tx.query_one_raw(statement).await?;
        // An INSERT that returns its row comes this way too.
        tx.commit().await?;
        Ok(row)
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let Some(tx) = self.open().await? else {
            return self.db.past_the_wall().query_all_raw(statement).await;
        };
        let rows = tx.query_all_raw(statement).await?;
        tx.commit().await?;
        Ok(rows)
    }
}

/// What [`Db::of`] gives: `&scoped` and `&*scoped` both are connections of one organization.
#[derive(Clone, Debug)]
pub struct Scoped(Bound);

impl Scoped {
    pub(crate) fn new(db: Db, organization_id: Uuid) -> Self {
        Self(Bound {
            db,
            organization_id,
        })
    }
}

impl Deref for Scoped {
    type Target = Bound;
    fn deref(&self) -> &Bound {
        &self.0
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Scoped {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(statement).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(statement).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(statement).await
    }
}

/// What [`Db::read_for`] gives: several reads of one organization, on PostgreSQL all of one moment.
#[derive(Debug)]
pub struct Reading {
    pool: DatabaseConnection,
    /// Where there is a wall. Ended by being dropped: there is nothing to keep.
    tx: Option<DatabaseTransaction>,
}

impl Reading {
    pub(crate) fn new(pool: DatabaseConnection, tx: Option<DatabaseTransaction>) -> Self {
        Self { pool, tx }
    }

    /// The transaction behind it, for rows that come one by one; none where there is no wall and nobody asked for a moment.
    pub(crate) fn transaction(&self) -> Option<&DatabaseTransaction> {
        self.tx.as_ref()
    }
}

#[async_trait::async_trait]
impl ConnectionTrait for Reading {
    fn get_database_backend(&self) -> DbBackend {
        self.pool.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        match &self.tx {
            Some(tx) => tx.execute_raw(statement).await,
            None => self.pool.execute_raw(statement).await,
        }
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        match &self.tx {
            Some(tx) => tx.execute_unprepared(sql).await,
            None => self.pool.execute_unprepared(sql).await,
        }
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        match &self.tx {
            Some(tx) => tx.query_one_raw(statement).await,
            None => self.pool.query_one_raw(statement).await,
        }
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        match &self.tx {
            Some(tx) => tx.query_all_raw(statement).await,
            None => self.pool.query_all_raw(statement).await,
        }
    }
}
