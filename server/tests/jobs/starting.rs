//! Programs that start at the same moment on one database.

use futures::future::join_all;
use migration::{Migrator, MigratorTrait};
use sea_orm::ConnectionTrait;
use server::config::{Config, Options};
use server::startup::open_migrated;
use testkit::TestDb;

/// As many as an operator starts at once.
const PROGRAMS: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn programs_that_start_at_once_on_an_empty_database_bring_it_to_its_shape_once() {
    let Some(db) = TestDb::postgres().await else {
        println!("skipped: HORNADA_TEST_POSTGRES names no server");
        return;
    };
    let connection = db.db().connection();
    Migrator::down(connection, None).await.unwrap();
    connection
        .execute_unprepared("DROP TABLE seaql_migrations")
        .await
        .unwrap();
    let options = Options {
        data: Some(db.services().data_dir().to_owned()),
        database_url: Some(db.url().to_owned().into()),
        ..Options::default()
    };
    let config = Config::new(options, None).unwrap();
    let starting = (0..PROGRAMS).map(|_| open_migrated(&config));
    for started in join_all(starting).await {
        let services = started.unwrap();
        services.db().connection().clone().close().await.unwrap();
    }
    let pending = Migrator::get_pending_migrations(connection).await.unwrap();
    assert!(pending.is_empty());
    db.drop_database().await;
}
