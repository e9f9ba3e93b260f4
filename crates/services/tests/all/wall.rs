//! The wall between tenants: on PostgreSQL the database itself keeps the rows of one organization from another, also where a query
//! forgets its condition, and nothing of that stays on a connection.

use contract::users::CreateUser;
use domain::RoleKey;
use entity::{category, organization, product};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, EntityTrait,
    Statement,
};
use services::db::Wall;
use services::{Db, ServiceError};
use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;
use testkit::{Org, OrgSpec, TestDb, on_both, org_with};
use uuid::Uuid;

async fn two(db: &TestDb) -> (Org, Org) {
    let spec = |slug: &str| OrgSpec {
        slug: slug.to_owned(),
        stores: 2,
        products: 3,
        ..OrgSpec::default()
    };
    (
        org_with(db, spec("horno")).await,
        org_with(db, spec("otro")).await,
    )
}

fn query(sql: &str) -> Statement {
    Statement::from_string(DbBackend::Postgres, sql)
}

async fn count(db: &impl ConnectionTrait, sql: &str) -> i64 {
    let row = db.query_one_raw(query(sql)).await.expect("an answer");
    let row = row.expect("a row");
    row.try_get_by_index(0).expect("a number")
}

/// Every table of the schema whose rows name their organization, with the column that does.
async fn tables(db: &DatabaseConnection) -> Vec<(String, &'static str)> {
    let sql = "SELECT table_name::text FROM information_schema.columns \
               WHERE table_schema = 'public' AND column_name = 'organization_id' ORDER BY 1";
    let mut tables = vec![("organizations".to_owned(), "id")];
    for row in db.query_all_raw(query(sql)).await.expect("the catalog") {
        let table = row.try_get_by_index(0).expect("a name");
        tables.push((table, "organization_id"));
    }
    assert!(tables.len() > 50, "{tables:?}");
    tables
}

#[tokio::test]
async fn a_query_that_forgets_its_condition_sees_one_organization_in_every_table() {
    on_both(async |db| {
        let (a, b) = two(&db).await;
        let wall = db.db().wall().await.unwrap();
        if !db.is_postgres() {
            // No wall, and nothing in the way.
            assert_eq!(wall, Wall::Conditions);
            let all = product::Entity::find()
                .all(&db.db().of(a.id))
                .await
                .unwrap();
            assert_eq!(all.len(), a.products.len() + b.products.len());
            return;
        }
        assert!(matches!(wall, Wall::Policies | Wall::Role), "{wall:?}");
        let pool = db.db().connection();
        let mut seen = 0;
        for (table, column) in tables(pool).await {
            let own = format!("SELECT count(*) FROM {table} WHERE {column} = '{}'", a.id);
            let all = format!("SELECT count(*) FROM {table}");
            let expected = count(pool, &own).await;
            seen += expected;
            assert_eq!(count(&db.db().of(a.id), &all).await, expected, "{table}");
            assert_eq!(count(&*db.db().of(a.id), &all).await, expected, "{table}");
            let reading = db.db().read_for(a.id).await.unwrap();
            assert_eq!(count(&reading, &all).await, expected, "{table}");
            let tx = db.db().begin_for(a.id).await.unwrap();
            assert_eq!(count(&*tx, &all).await, expected, "{table}");
            // Somebody who is nobody's sees nothing.
            let nobody = db.db().of(Uuid::now_v7());
            assert_eq!(count(&nobody, &all).await, 0, "{table}");
        }
        assert!(seen > 20, "there was nothing to see: {seen}");
        // Nor does a use case's own way of asking.
        let products = product::Entity::find()
            .all(&db.db().of(b.id))
            .await
            .unwrap();
        assert!(products.iter().all(|row| row.organization_id == b.id));
        assert_eq!(products.len(), b.products.len());
        let organizations = organization::Entity::find()
            .all(&*db.db().of(b.id))
            .await
            .unwrap();
        assert_eq!(organizations.len(), 1);
    })
    .await;
}

#[tokio::test]
async fn rows_of_another_organization_cannot_be_changed_deleted_or_made_in_any_table() {
    on_both(async |db| {
        if !db.is_postgres() {
            return;
        }
        let (a, b) = two(&db).await;
        let pool = db.db().connection();
        for (table, column) in tables(pool).await {
            let theirs = format!("SELECT count(*) FROM {table} WHERE {column} = '{}'", b.id);
            let before = count(pool, &theirs).await;
            for change in [
                format!(
                    "UPDATE {table} SET {column} = {column} WHERE {column} = '{}'",
                    b.id
                ),
                format!("DELETE FROM {table} WHERE {column} = '{}'", b.id),
            ] {
                let alone = db.db().of(a.id);
                let done = alone.execute_unprepared(&change).await.unwrap();
                assert_eq!(done.rows_affected(), 0, "{change}");
                let tx = db.db().begin_for(a.id).await.unwrap();
                let done = tx.execute_unprepared(&change).await.unwrap();
                assert_eq!(done.rows_affected(), 0, "{change}");
                tx.commit().await.unwrap();
            }
            assert_eq!(count(pool, &theirs).await, before, "{table}");
        }
        let theirs = |position| category::ActiveModel {
            id: Set(Uuid::now_v7()),
            organization_id: Set(b.id),
            name: Set(format!("Ajena {position}")),
            position: Set(position),
            version: Set(1),
        };
        let refused = category::Entity::insert(theirs(1))
            .exec_without_returning(&db.db().of(a.id))
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("row-level security"),
            "{refused}"
        );
        let tx = db.db().begin_for(a.id).await.unwrap();
        let refused = category::Entity::insert(theirs(2))
            .exec_without_returning(&*tx)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("row-level security"),
            "{refused}"
        );
        drop(tx);
        let away = format!("UPDATE categories SET organization_id = '{}'", b.id);
        let refused = db
            .db()
            .of(a.id)
            .execute_unprepared(&away)
            .await
            .unwrap_err();
        assert!(
            refused.to_string().contains("row-level security"),
            "{refused}"
        );
        // What is its own goes through, and is there afterwards.
        let own = category::ActiveModel {
            organization_id: Set(a.id),
            ..theirs(3)
        };
        category::Entity::insert(own)
            .exec_without_returning(&db.db().of(a.id))
            .await
            .unwrap();
        let made = "SELECT count(*) FROM categories WHERE name = 'Ajena 3'";
        assert_eq!(count(pool, made).await, 1);
        assert_eq!(count(&db.db().of(b.id), made).await, 0);
    })
    .await;
}

/// A database of one connection, so that whoever asks next gets what was left behind.
async fn narrow(db: &TestDb) -> Db {
    let mut options = ConnectOptions::new(db.url());
    options
        .max_connections(1)
        .acquire_timeout(Duration::from_secs(20))
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(|o| o.options([("hornada.wall", "open")]));
    Db::over(Database::connect(options).await.expect("a connection"))
}

/// Who the connection is, what is set on it, and the moment of its transaction.
async fn told(db: &Db) -> [String; 4] {
    let sql = "SELECT current_user::text, coalesce(current_setting('hornada.organization_id', true), ''), \
               coalesce(current_setting('hornada.wall', true), ''), now()::text";
    let row = db.connection().query_one_raw(query(sql)).await;
    let row = row.expect("an answer").expect("a row");
    std::array::from_fn(|column| row.try_get_by_index(column).expect("a text"))
}

/// Who the connection is, what is set on it, and whether it is outside of a transaction.
async fn state(db: &Db) -> (String, String, String, bool) {
    let [user, organization, wall, first] = told(db).await;
    let [_, _, _, second] = told(db).await;
    // The same moment twice is that of a transaction that is still open.
    (user, organization, wall, first != second)
}

#[tokio::test]
async fn nothing_stays_on_a_connection_whatever_the_end() {
    on_both(async |db| {
        if !db.is_postgres() {
            return;
        }
        let (a, b) = two(&db).await;
        let both = (a.products.len() + b.products.len()) as i64;
        let narrow = narrow(&db).await;
        let free = state(&narrow).await;
        assert_eq!(
            (free.1.as_str(), free.2.as_str(), free.3),
            ("", "open", true)
        );
        let all = "SELECT count(*) FROM products";

        assert_eq!(count(&narrow.of(a.id), all).await, 3);
        assert_eq!(state(&narrow).await, free, "after a statement");

        let broken = narrow.of(a.id).execute_unprepared("SELECT 1 / 0").await;
        assert!(broken.is_err());
        assert_eq!(state(&narrow).await, free, "after a statement that failed");

        let tx = narrow.begin_for(a.id).await.unwrap();
        assert_eq!(count(&*tx, all).await, 3);
        tx.commit().await.unwrap();
        assert_eq!(state(&narrow).await, free, "after a commit");

        let tx = narrow.begin_for(a.id).await.unwrap();
        assert!(tx.execute_unprepared("SELECT 1 / 0").await.is_err());
        drop(tx);
        assert_eq!(
            state(&narrow).await,
            free,
            "after a transaction that failed"
        );

        let reading = narrow.read_for(a.id).await.unwrap();
        assert_eq!(count(&reading, all).await, 3);
        assert!(
            reading
                .execute_unprepared("DELETE FROM products")
                .await
                .is_err()
        );
        drop(reading);
        assert_eq!(state(&narrow).await, free, "after reading");
        assert_eq!(count(narrow.connection(), all).await, both);
    })
    .await;
}

/// Works on a future for so many turns of the runtime and drops it there; false when it was done before.
async fn leave_after(turns: usize, work: impl Future) -> bool {
    let mut work = pin!(work);
    for _ in 0..turns {
        let polled = std::future::poll_fn(|task| Poll::Ready(work.as_mut().poll(task))).await;
        if polled.is_ready() {
            return false;
        }
        tokio::task::yield_now().await;
    }
    true
}

#[tokio::test]
async fn whoever_goes_away_in_the_middle_leaves_a_usable_connection_behind() {
    on_both(async |db| {
        if !db.is_postgres() {
            return;
        }
        let (a, b) = two(&db).await;
        let both = (a.products.len() + b.products.len()) as i64;
        let narrow = narrow(&db).await;
        let free = state(&narrow).await;
        let all = "SELECT count(*) FROM products";
        let mut left = BTreeSet::new();
        for turns in (0..60).chain((60..2_000).step_by(97)) {
            let read = async { count(&narrow.of(a.id), all).await };
            if leave_after(turns, read).await {
                left.insert("a statement");
            }
            assert_eq!(state(&narrow).await, free, "a statement, {turns}");
            let begin = async { narrow.begin_for(a.id).await.map(drop) };
            if leave_after(turns, begin).await {
                left.insert("begin_for");
            }
            assert_eq!(state(&narrow).await, free, "begin_for, {turns}");
            let begin = async { narrow.begin().await.map(drop) };
            if leave_after(turns, begin).await {
                left.insert("begin");
            }
            assert_eq!(state(&narrow).await, free, "begin, {turns}");
            let read = async {
                let reading = narrow.read_for(a.id).await.unwrap();
                count(&reading, all).await
            };
            if leave_after(turns, read).await {
                left.insert("reading");
            }
            assert_eq!(state(&narrow).await, free, "reading, {turns}");
        }
        assert_eq!(left.len(), 4, "nothing was left in the middle: {left:?}");
        assert_eq!(count(narrow.connection(), all).await, both);
        assert_eq!(count(&narrow.of(b.id), all).await, 3);
    })
    .await;
}

/// The database as somebody whom the policies bind, with this setting of the wall.
async fn as_bound_user(db: &TestDb, wall: Option<&'static str>) -> Db {
    let mut options = ConnectOptions::new(db.url());
    options
        .max_connections(2)
        .sqlx_logging(false)
        .map_sqlx_postgres_opts(move |o| {
            let o = o.options([("role", "hornada_tenant")]);
            match wall {
                Some(wall) => o.options([("hornada.wall", wall)]),
                None => o,
            }
        });
    Db::over(Database::connect(options).await.expect("a connection"))
}

#[tokio::test]
async fn a_user_whom_the_policies_bind_needs_no_other_role_and_sees_nothing_unasked() {
    on_both(async |db| {
        if !db.is_postgres() {
            return;
        }
        let (a, b) = two(&db).await;
        let both = (a.products.len() + b.products.len()) as i64;
        let all = "SELECT count(*) FROM products";
        let open = as_bound_user(&db, Some("open")).await;
        assert_eq!(open.wall().await.unwrap(), Wall::Policies);
        assert_eq!(count(open.connection(), all).await, both);
        assert_eq!(count(&open.of(a.id), all).await, 3);
        let tx = open.begin_for(b.id).await.unwrap();
        assert_eq!(count(&*tx, all).await, 3);
        drop(tx);
        let unasked = as_bound_user(&db, None).await;
        assert_eq!(count(unasked.connection(), all).await, 0);
        assert_eq!(count(&unasked.of(a.id), all).await, 3);
    })
    .await;
}

#[tokio::test]
async fn an_address_of_another_organization_is_taken_though_nobody_there_is_seen() {
    on_both(async |db| {
        let (a, b) = two(&db).await;
        let ctx = b.ctx(RoleKey::Admin).await;
        let taken = CreateUser {
            command_id: Uuid::now_v7(),
            email: a.email(RoleKey::Admin),
            display_name: "Otra Persona".to_owned(),
            language: None,
            roles: vec![RoleKey::Admin],
            role_ids: vec![],
            all_stores: true,
            stores: Vec::new(),
            password: testkit::PASSWORD.to_owned(),
        };
        let refused = db.services().users().create(&ctx, taken).await.unwrap_err();
        let ServiceError::Invalid(fields) = refused else {
            panic!("{refused}");
        };
        assert_eq!(fields[0].reason, "email.taken");
    })
    .await;
}
