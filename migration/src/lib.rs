//! The database's shape, step by step, on SQLite and on PostgreSQL alike. See `docs/data-dictionary.md`.
//!
//! A migration that has been released is never edited: a change is a new migration.

pub use sea_orm_migration::MigratorTrait;
use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::{DatabaseConnection, DbBackend, TransactionTrait};

mod m20261120_000001_tenancy;
mod m20261120_000002_catalog;
mod m20261120_000003_imports;
mod m20261120_000004_sales;
mod m20261120_000005_jobs;
mod m20261120_000006_forecasting;
mod m20261120_000007_production;
mod m20261120_000008_stock;
mod m20261120_000009_calendar;
mod m20261120_000010_oversight;
mod m20261120_000011_messages;
mod m20261121_000012_forecasts_of_a_night;
mod m20261121_000013_registry;
mod m20261121_000014_sold_out_days;
mod m20261121_000015_model_searches;
mod m20261121_000016_forecast_totals;
mod m20261122_000017_days_of_the_ledger;
mod m20261122_000018_transfers;
mod m20261122_000019_shelves_by_day;
mod m20261122_000020_sales_of_tills;
mod m20261122_000021_recipes;
mod m20261122_000022_count_sheets;
mod m20261122_000023_standing_orders;
mod m20261122_000024_policies;
mod m20261122_000025_day_parts;
mod m20261122_000026_batches;
mod m20261122_000027_stages;
mod m20261122_000028_suggestion_versions;
mod m20261122_000029_barcodes;
mod m20261122_000030_purchases;
mod m20261122_000031_outcomes;
mod m20261122_000033_returns;
mod m20261123_000034_wall;
mod m20261123_000035_api_keys;
mod m20261123_000036_backups;
mod m20261123_000038_versions;
mod m20261123_000039_people;
mod m20261123_000040_factors;
mod m20261123_000041_organizations;
mod m20261123_000042_alert_rules;
mod m20261124_000043_single_sign_on;
mod m20261124_000044_passkeys;
mod shape;
mod wall;

/// Every migration, oldest first.
#[derive(Debug)]
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261120_000001_tenancy::Migration),
            Box::new(m20261120_000002_catalog::Migration),
            Box::new(m20261120_000003_imports::Migration),
            Box::new(m20261120_000004_sales::Migration),
            Box::new(m20261120_000005_jobs::Migration),
            Box::new(m20261120_000006_forecasting::Migration),
            Box::new(m20261120_000007_production::Migration),
            Box::new(m20261120_000008_stock::Migration),
            Box::new(m20261120_000009_calendar::Migration),
            Box::new(m20261120_000010_oversight::Migration),
            Box::new(m20261120_000011_messages::Migration),
            Box::new(m20261121_000012_forecasts_of_a_night::Migration),
            Box::new(m20261121_000013_registry::Migration),
            Box::new(m20261121_000014_sold_out_days::Migration),
            Box::new(m20261121_000015_model_searches::Migration),
            Box::new(m20261121_000016_forecast_totals::Migration),
            Box::new(m20261122_000017_days_of_the_ledger::Migration),
            Box::new(m20261122_000018_transfers::Migration),
            Box::new(m20261122_000019_shelves_by_day::Migration),
            Box::new(m20261122_000020_sales_of_tills::Migration),
            Box::new(m20261122_000021_recipes::Migration),
            Box::new(m20261122_000022_count_sheets::Migration),
            Box::new(m20261122_000023_standing_orders::Migration),
            Box::new(m20261122_000024_policies::Migration),
            Box::new(m20261122_000025_day_parts::Migration),
            Box::new(m20261122_000026_batches::Migration),
            Box::new(m20261122_000027_stages::Migration),
            Box::new(m20261122_000028_suggestion_versions::Migration),
            Box::new(m20261122_000029_barcodes::Migration),
            Box::new(m20261122_000030_purchases::Migration),
            Box::new(m20261122_000031_outcomes::Migration),
            Box::new(m20261122_000033_returns::Migration),
            Box::new(m20261123_000034_wall::Migration),
            Box::new(m20261123_000035_api_keys::Migration),
            Box::new(m20261123_000036_backups::Migration),
            Box::new(m20261123_000038_versions::Migration),
            Box::new(m20261123_000039_people::Migration),
            Box::new(m20261123_000040_factors::Migration),
            Box::new(m20261123_000041_organizations::Migration),
            Box::new(m20261123_000042_alert_rules::Migration),
            Box::new(m20261124_000043_single_sign_on::Migration),
            Box::new(m20261124_000044_passkeys::Migration),
        ]
    }
}

/// Whoever migrates a database of PostgreSQL holds this lock of it: `hornada1`, read as a number.
const MIGRATING: i64 = 0x686f_726e_6164_6131;

/// Brings a database to the shape of this program. On PostgreSQL one process at a time, however many start at once: the others wait and then
/// find nothing left to do. A process that dies lets go of the lock with its connection.
///
/// # Errors
/// The database's, and where it is newer than this program.
pub async fn bring_up(db: &DatabaseConnection) -> Result<(), DbErr> {
    if db.get_database_backend() != DbBackend::Postgres {
        return Migrator::up(db, None).await;
    }
    // The lock has a connection of its own; migrations take others.
    let lock = db.begin().await?;
    lock.execute_unprepared(&format!("SELECT pg_advisory_xact_lock({MIGRATING})"))
        .await?;
    Migrator::up(db, None).await?;
    lock.rollback().await
}
