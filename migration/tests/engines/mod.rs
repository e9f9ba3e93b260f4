//! An empty database of its own for a test, on either engine.

use sea_orm_migration::sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection};
use tempfile::TempDir;
use uuid::Uuid;

/// Names the PostgreSQL server on which databases may be made, for example
/// `postgres://postgres@127.0.0.1:5432/postgres`. Without it the PostgreSQL half of a test is skipped.
const SERVER: &str = "HORNADA_TEST_POSTGRES";

/// A database that goes when [`Scratch::close`] is called.
pub struct Scratch {
    pub db: DatabaseConnection,
    place: Place,
}

enum Place {
    Folder(TempDir),
    Server { url: String, name: String },
}

impl Scratch {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("hornada.db");
        let db = Database::connect(format!("sqlite://{}?mode=rwc", file.display()))
            .await
            .unwrap();
        Self {
            db,
            place: Place::Folder(folder),
        }
    }

    /// Nothing, with the reason on stderr, where no server was named.
    pub async fn postgres() -> Option<Self> {
        let Ok(url) = std::env::var(SERVER) else {
            eprintln!("skipped on PostgreSQL: {SERVER} names no server");
            return None;
        };
        let name = format!("hornada_test_{}", Uuid::new_v4().simple());
        administer(&url, &format!("CREATE DATABASE {name}")).await;
        let (server, _) = url
            .rsplit_once('/')
            .expect("the server's URL ends in /database");
        let mut options = ConnectOptions::new(format!("{server}/{name}"));
        options.max_connections(4).sqlx_logging(false);
        let db = Database::connect(options).await.unwrap();
        Some(Self {
            db,
            place: Place::Server { url, name },
        })
    }

    pub async fn close(self) {
        self.db.close().await.unwrap();
        match self.place {
            Place::Folder(folder) => folder.close().unwrap(),
            Place::Server { url, name } => {
                administer(&url, &format!("DROP DATABASE {name}")).await;
            }
        }
    }
}

async fn administer(url: &str, statement: &str) {
    let db = Database::connect(url).await.unwrap();
    db.execute_unprepared(statement).await.unwrap();
    db.close().await.unwrap();
}
