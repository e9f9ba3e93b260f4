//! A row of every table goes in and comes out unchanged on both engines, and the database keeps its own rules.
#![allow(clippy::unwrap_used)]

#[path = "../../../migration/tests/engines/mod.rs"]
mod engines;

mod batches;
mod catalog;
mod channels;
mod factors;
mod forecasting;
mod imports;
mod keys;
mod messages;
mod oversight;
mod people;
mod production;
mod purchases;
mod recipes;
mod rules;
mod sales;
mod single_sign_on;
mod stock;
mod tenancy;

use std::collections::BTreeSet;
use std::fmt::Debug;

use chrono::{DateTime, NaiveDate, SubsecRound, Utc};
use engines::Scratch;
use migration::Migrator;
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DatabaseConnection, DbBackend, EntityName, EntityTrait,
    IntoActiveModel, Statement,
};
use sea_orm_migration::MigratorTrait;
use uuid::Uuid;

const ORGANIZATION: Uuid = Uuid::from_u128(0x0190_0000_0000_7000_8000_0000_0000_0001);
const KITCHEN: Uuid = Uuid::from_u128(2);
const STORE: Uuid = Uuid::from_u128(3);
const CATEGORY: Uuid = Uuid::from_u128(4);
const BREAD: Uuid = Uuid::from_u128(5);
const FLOUR: Uuid = Uuid::from_u128(6);
const PERSON: Uuid = Uuid::from_u128(7);
const ROLE: Uuid = Uuid::from_u128(8);
const IMPORT: Uuid = Uuid::from_u128(9);
const SALE: Uuid = Uuid::from_u128(10);
const RUN: Uuid = Uuid::from_u128(11);
const MODEL: Uuid = Uuid::from_u128(12);
const SUGGESTION: Uuid = Uuid::from_u128(13);
const ORDER: Uuid = Uuid::from_u128(14);
const COUNT: Uuid = Uuid::from_u128(15);
const MOVEMENT: Uuid = Uuid::from_u128(16);
const ALERT: Uuid = Uuid::from_u128(17);

/// An identifier that no other row has.
fn other(number: u128) -> Uuid {
    Uuid::from_u128(0xF000 + number)
}

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant with microseconds, the finest that both engines keep.
fn at(text: &str) -> DateTime<Utc> {
    let at: DateTime<Utc> = text.parse().unwrap();
    assert_eq!(at, at.trunc_subsecs(6));
    at
}

/// A database into which rows go, and the tables that have been tried.
struct Keeper<'a> {
    db: &'a DatabaseConnection,
    tables: BTreeSet<String>,
}

impl Keeper<'_> {
    /// Inserts the rows and reads back exactly these.
    async fn keep<E>(&mut self, entity: E, rows: Vec<E::Model>)
    where
        E: EntityTrait + EntityName,
        E::Model: IntoActiveModel<E::ActiveModel> + Clone + Debug + PartialEq,
        E::ActiveModel: Send,
    {
        let table = entity.table_name().to_owned();
        for row in &rows {
            let active = row.clone().into_active_model().reset_all();
            E::insert(active)
                .exec_without_returning(self.db)
                .await
                .unwrap_or_else(|error| panic!("{table}: {error}"));
        }
        let found = E::find().all(self.db).await.unwrap();
        assert_eq!(found.len(), rows.len(), "rows of {table}");
        for row in &rows {
            assert!(
                found.contains(row),
                "{table}: {row:#?} is not in {found:#?}"
            );
        }
        self.tables.insert(table);
    }
}

/// A migrated database with at least one row in every table.
async fn keep_every_table(db: &DatabaseConnection) -> BTreeSet<String> {
    Migrator::up(db, None).await.unwrap();
    let mut keeper = Keeper {
        db,
        tables: BTreeSet::new(),
    };
    tenancy::keep(&mut keeper).await;
    catalog::keep(&mut keeper).await;
    imports::keep(&mut keeper).await;
    sales::keep(&mut keeper).await;
    forecasting::keep(&mut keeper).await;
    production::keep(&mut keeper).await;
    recipes::keep(&mut keeper).await;
    purchases::keep(&mut keeper).await;
    stock::keep(&mut keeper).await;
    stock::keep_transfers(&mut keeper).await;
    oversight::keep(&mut keeper).await;
    messages::keep(&mut keeper).await;
    keys::keep(&mut keeper).await;
    channels::keep(&mut keeper).await;
    people::keep(&mut keeper).await;
    factors::keep(&mut keeper).await;
    single_sign_on::keep(&mut keeper).await;
    keeper.tables
}

async fn tables(db: &DatabaseConnection) -> BTreeSet<String> {
    let query = match db.get_database_backend() {
        DbBackend::Sqlite => {
            "SELECT name FROM sqlite_master \
              WHERE type = 'table' AND name NOT LIKE 'sqlite_%' AND name NOT LIKE 'seaql_%'"
        }
        _ => {
            "SELECT table_name::text FROM information_schema.tables \
              WHERE table_schema = 'public' AND table_name NOT LIKE 'seaql_%'"
        }
    };
    let statement = Statement::from_string(db.get_database_backend(), query);
    let rows = db.query_all_raw(statement).await.unwrap();
    rows.iter()
        .map(|row| row.try_get_by_index(0).unwrap())
        .collect()
}

async fn every_table_keeps_its_rows(scratch: Scratch) {
    let tried = keep_every_table(&scratch.db).await;
    assert_eq!(tried, tables(&scratch.db).await);
    scratch.close().await;
}

#[tokio::test]
async fn every_table_keeps_its_rows_on_sqlite() {
    every_table_keeps_its_rows(Scratch::sqlite().await).await;
}

#[tokio::test]
async fn every_table_keeps_its_rows_on_postgres() {
    if let Some(scratch) = Scratch::postgres().await {
        every_table_keeps_its_rows(scratch).await;
    }
}
