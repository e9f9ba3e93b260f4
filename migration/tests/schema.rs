//! The schema can be built, taken down and built again, and is what the data dictionary says.
#![allow(clippy::unwrap_used)]

mod engines;

use std::collections::{BTreeMap, BTreeSet};

use engines::Scratch;
use migration::Migrator;
use sea_orm_migration::MigratorTrait;
use sea_orm_migration::sea_orm::{ConnectionTrait, DatabaseConnection, DbBackend, Statement};

const DICTIONARY: &str = include_str!("../../docs/data-dictionary.md");

/// Rows of a query whose columns are all texts.
async fn texts<const N: usize>(db: &DatabaseConnection, query: &str) -> BTreeSet<[String; N]> {
    let statement = Statement::from_string(db.get_database_backend(), query);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| std::array::from_fn(|column| row.try_get_by_index(column).unwrap()))
        .collect()
}

/// Everything that the migrations made, as kind, name and definition.
async fn objects(db: &DatabaseConnection) -> BTreeSet<[String; 3]> {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT type, name, coalesce(sql, '') FROM sqlite_master \
             WHERE name NOT LIKE 'sqlite_%' AND name NOT LIKE 'seaql_%'"
        }
        _ => {
            "SELECT 'column', table_name || '.' || column_name, data_type || is_nullable \
               FROM information_schema.columns \
              WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql_%' \
             UNION SELECT 'index', indexname, indexdef FROM pg_indexes \
              WHERE schemaname = 'public' AND tablename NOT LIKE 'seaql_%' \
             UNION SELECT 'constraint', conrelid::regclass || '.' || conname, pg_get_constraintdef(oid) \
               FROM pg_constraint \
              WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text NOT LIKE 'seaql_%' \
             UNION SELECT 'policy', tablename || '.' || policyname, coalesce(qual, '') || coalesce(with_check, '') \
               FROM pg_policies WHERE schemaname = 'public' \
             UNION SELECT 'wall', relname, 'forced' FROM pg_class \
              WHERE relnamespace = 'public'::regnamespace AND relrowsecurity AND relforcerowsecurity \
             UNION SELECT 'trigger', tgname, pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
             UNION SELECT 'function', proname, prosrc FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        }
    };
    texts(db, query).await
}

async fn builds_falls_and_builds_again(scratch: Scratch) {
    let db = &scratch.db;
    Migrator::up(db, None).await.unwrap();
    let built = objects(db).await;
    assert!(
        Migrator::get_pending_migrations(db)
            .await
            .unwrap()
            .is_empty()
    );
    // Nothing is pending, so a second run changes nothing.
    Migrator::up(db, None).await.unwrap();
    assert_eq!(objects(db).await, built);

    Migrator::down(db, None).await.unwrap();
    assert_eq!(objects(db).await, BTreeSet::new());

    Migrator::up(db, None).await.unwrap();
    assert_eq!(objects(db).await, built);
    scratch.close().await;
}

#[tokio::test]
async fn builds_falls_and_builds_again_on_sqlite() {
    builds_falls_and_builds_again(Scratch::sqlite().await).await;
}

#[tokio::test]
async fn builds_falls_and_builds_again_on_postgres() {
    if let Some(scratch) = Scratch::postgres().await {
        builds_falls_and_builds_again(scratch).await;
    }
}

/// Columns of every table; true where a column may be empty.
type Columns = BTreeMap<String, BTreeMap<String, bool>>;

/// The text without what stands in parentheses.
fn without_asides(text: &str) -> String {
    let mut inside = false;
    text.chars()
        .filter(|letter| {
            let kept = !inside && *letter != '(';
            inside = *letter == '(' || (inside && *letter != ')');
            kept
        })
        .collect()
}

/// What the dictionary's table says: a name that ends in a question mark may be empty.
fn dictionary() -> Columns {
    let mut tables = Columns::new();
    for line in DICTIONARY
        .lines()
        .filter(|line| line.starts_with("| "))
        .skip(1)
    {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [table, key, columns] = cells[..] else {
            panic!("not a row of three cells: {line}");
        };
        let columns = without_asides(&format!("{key}, {columns}"))
            .split(", ")
            .filter_map(|column| column.split_whitespace().next())
            .map(|column| {
                (
                    column.trim_end_matches('?').to_owned(),
                    column.ends_with('?'),
                )
            })
            .collect();
        tables.insert(table.to_owned(), columns);
    }
    tables
}

async fn actual(db: &DatabaseConnection) -> Columns {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT t.name, c.name, CASE c.\"notnull\" WHEN 1 THEN 'NO' ELSE 'YES' END \
               FROM sqlite_master t, pragma_table_info(t.name) c \
              WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%' AND t.name NOT LIKE 'seaql_%'"
        }
        _ => {
            "SELECT table_name::text, column_name::text, is_nullable::text FROM information_schema.columns \
              WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql_%'"
        }
    };
    let mut tables = Columns::new();
    for [table, column, nullable] in texts(db, query).await {
        tables
            .entry(table)
            .or_default()
            .insert(column, nullable == "YES");
    }
    tables
}

async fn is_what_the_dictionary_says(scratch: Scratch) {
    Migrator::up(&scratch.db, None).await.unwrap();
    let (said, found) = (dictionary(), actual(&scratch.db).await);
    assert_eq!(
        said.keys().collect::<Vec<_>>(),
        found.keys().collect::<Vec<_>>()
    );
    for (table, columns) in &said {
        assert_eq!(columns, &found[table], "columns of {table}");
    }
    scratch.close().await;
}

#[tokio::test]
async fn is_what_the_dictionary_says_on_sqlite() {
    is_what_the_dictionary_says(Scratch::sqlite().await).await;
}

#[tokio::test]
async fn is_what_the_dictionary_says_on_postgres() {
    if let Some(scratch) = Scratch::postgres().await {
        is_what_the_dictionary_says(scratch).await;
    }
}

/// Tables whose rows belong to nobody: sets of backup, what signs tokens, and invitations to make an organization are the operator's.
const NOBODYS: [&str; 3] = ["backups", "organization_invitations", "signing_keys"];

/// Every table of a tenant is behind the wall: forced row-level security, one policy for everything, by the organization, and what the role
/// of tenants needs and no more.
#[tokio::test]
async fn every_table_is_behind_the_wall_between_tenants_on_postgres() {
    let Some(scratch) = Scratch::postgres().await else {
        return;
    };
    let db = &scratch.db;
    Migrator::up(db, None).await.unwrap();
    let tables = "SELECT c.relname::text, \
         CASE WHEN c.relrowsecurity AND c.relforcerowsecurity THEN 'forced' ELSE 'open' END, \
         coalesce((SELECT string_agg(p.cmd || ' ' || p.permissive || ' ' || p.roles::text, '; ') FROM pg_policies p \
                    WHERE p.schemaname = 'public' AND p.tablename = c.relname), ''), \
         coalesce((SELECT string_agg(p.qual, '; ') FROM pg_policies p \
                    WHERE p.schemaname = 'public' AND p.tablename = c.relname AND p.qual = p.with_check), ''), \
         coalesce((SELECT string_agg(g.privilege_type, ' ' ORDER BY g.privilege_type) FROM information_schema.role_table_grants g \
                    WHERE g.grantee = 'hornada_tenant' AND g.table_schema = 'public' AND g.table_name = c.relname), '') \
         FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND c.relname NOT LIKE 'seaql_%'";
    let tables = texts::<5>(db, tables).await;
    assert!(tables.len() > 50, "the catalog was not read: {tables:?}");
    for [table, forced, policies, condition, rights] in &tables {
        if NOBODYS.contains(&table.as_str()) {
            continue;
        }
        let column = if table == "organizations" {
            "(id = "
        } else {
            "(organization_id = "
        };
        assert_eq!(
            forced, "forced",
            "{table}: call wall::raise in its migration"
        );
        assert_eq!(policies, "ALL PERMISSIVE {public}", "{table}");
        assert!(condition.contains(column), "{table}: {condition}");
        assert_eq!(rights, "DELETE INSERT SELECT UPDATE", "{table}");
    }
    scratch.close().await;
}
