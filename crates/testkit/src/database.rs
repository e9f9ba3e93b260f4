//! A database of its own for each test, cloned from one that was migrated once in this process.

use migration::{Migrator, MigratorTrait};
use sea_orm::{ConnectionTrait, Database, DatabaseConnection};
use services::{Db, Services};
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::sync::OnceCell;
use uuid::Uuid;

/// Address of a PostgreSQL server on which tests may create databases, for example
/// `postgres://postgres@127.0.0.1:5433/postgres`.
pub const POSTGRES_VARIABLE: &str = "HORNADA_TEST_POSTGRES";

/// A migrated, empty database and a data folder. Both are gone after the test.
#[derive(Clone, Debug)]
pub struct TestDb {
    services: Services,
    url: String,
    _folder: Arc<TempDir>,
}

impl TestDb {
    /// A SQLite database in a temporary folder.
    pub async fn sqlite() -> Self {
        static TEMPLATE: OnceCell<(TempDir, PathBuf)> = OnceCell::const_new();
        let (_, template) = TEMPLATE.get_or_init(sqlite_template).await;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let file = folder.path().join("hornada.db");
        std::fs::copy(template, &file).expect("copying the template");
        Self::open(format!("sqlite://{}", file.display()), folder).await
    }

    /// A PostgreSQL database on the server that `HORNADA_TEST_POSTGRES` names; `None` where it names none.
    pub async fn postgres() -> Option<Self> {
        let server = std::env::var(POSTGRES_VARIABLE)
            .ok()
            .filter(|url| !url.is_empty())?;
        static TEMPLATE: OnceCell<String> = OnceCell::const_new();
        let template = TEMPLATE
            .get_or_init(|| postgres_template(server.clone()))
            .await;
        let name = format!("hornada_test_{}", Uuid::now_v7().simple());
        let admin = connect(&server).await;
        admin
            .execute_unprepared(&format!("CREATE DATABASE {name} TEMPLATE {template}"))
            .await
            .expect("cloning the template database");
        admin
            .close()
            .await
            .expect("closing the administrative connection");
        let folder = tempfile::tempdir().expect("a temporary folder");
        Some(Self::open(on_server(&server, &name), folder).await)
    }

    async fn open(url: String, folder: TempDir) -> Self {
        let db = Db::connect(&url)
            .await
            .expect("connecting to the test database");
        let services = Services::new(db, folder.path().join("data"));
        std::fs::create_dir_all(services.data_dir()).expect("a data folder");
        Self {
            services,
            url,
            _folder: Arc::new(folder),
        }
    }

    /// The use cases over this database.
    #[must_use]
    pub fn services(&self) -> &Services {
        &self.services
    }

    /// The database itself, for looking at rows that no use case shows.
    #[must_use]
    pub fn db(&self) -> &Db {
        self.services.db()
    }

    /// Address under which another process could open it.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Whether this is PostgreSQL.
    #[must_use]
    pub fn is_postgres(&self) -> bool {
        self.url.starts_with("postgres")
    }

    /// Removes a database that a test made beside the one that [`on_both`] hands it; a SQLite file goes by itself.
    ///
    /// # Panics
    /// Where the server refuses.
    pub async fn drop_database(self) {
        if !self.is_postgres() {
            return;
        }
        let server =
            std::env::var(POSTGRES_VARIABLE).expect("it was set when the database was made");
        let name = self
            .url
            .rsplit('/')
            .next()
            .expect("a database has a name")
            .to_owned();
        let _ = self.services.db().connection().clone().close().await;
        let admin = connect(&server).await;
        admin
            .execute_unprepared(&format!("DROP DATABASE {name} WITH (FORCE)"))
            .await
            .expect("dropping the test database");
        let _ = admin.close().await;
    }
}

/// Runs a test on SQLite and then on PostgreSQL, each with a database of its own. Where no PostgreSQL server is named
/// it says so and stops after SQLite.
pub async fn on_both(test: impl AsyncFn(TestDb)) {
    test(TestDb::sqlite().await).await;
    match TestDb::postgres().await {
        Some(db) => {
            test(db.clone()).await;
            db.drop_database().await;
        }
        None => eprintln!("skipped on PostgreSQL: {POSTGRES_VARIABLE} is not set"),
    }
}

async fn connect(url: &str) -> DatabaseConnection {
    Database::connect(url)
        .await
        .expect("connecting to the PostgreSQL server of the tests")
}

/// The address of another database on the same server.
fn on_server(server: &str, name: &str) -> String {
    let (start, query) = server
        .split_once('?')
        .map_or((server, None), |(s, q)| (s, Some(q)));
    let base = match start.splitn(4, '/').collect::<Vec<_>>()[..] {
        [scheme, empty, authority, ..] => format!("{scheme}/{empty}/{authority}"),
        _ => start.to_owned(),
    };
    query.map_or_else(
        || format!("{base}/{name}"),
        |q| format!("{base}/{name}?{q}"),
    )
}

async fn sqlite_template() -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("template.db");
    let db = Db::connect(&format!("sqlite://{}", file.display()))
        .await
        .expect("creating the template");
    Migrator::up(db.connection(), None)
        .await
        .expect("migrating the template");
    db.connection()
        .execute_unprepared("PRAGMA wal_checkpoint(TRUNCATE)")
        .await
        .expect("writing the template out");
    db.connection()
        .clone()
        .close()
        .await
        .expect("closing the template");
    (folder, file)
}

async fn postgres_template(server: String) -> String {
    let name = format!("hornada_template_{}", Uuid::now_v7().simple());
    let admin = connect(&server).await;
    admin
        .execute_unprepared(&format!("CREATE DATABASE {name}"))
        .await
        .expect("creating the template database");
    let template = connect(&on_server(&server, &name)).await;
    Migrator::up(&template, None)
        .await
        .expect("migrating the template");
    template.close().await.expect("closing the template");
    admin
        .close()
        .await
        .expect("closing the administrative connection");
    name
}

#[cfg(test)]
mod tests {
    use super::on_server;

    #[test]
    fn the_database_of_an_address_is_replaced() {
        assert_eq!(
            on_server("postgres://me@localhost:5433/postgres", "x"),
            "postgres://me@localhost:5433/x"
        );
        assert_eq!(
            on_server("postgres://me@localhost", "x"),
            "postgres://me@localhost/x"
        );
        assert_eq!(
            on_server("postgres://me@/postgres?host=/tmp", "x"),
            "postgres://me@/x?host=/tmp"
        );
    }
}
