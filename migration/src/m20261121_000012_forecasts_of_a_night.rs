//! Pages of a store read one night's forecasts for some days: an index for exactly that, instead of going through every
//! night that forecast those days.

use sea_orm_migration::prelude::*;

use crate::shape::{drop_index, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OF_A_NIGHT: &[&str] = &["store_id", "issued_on", "target_date"];

/// Nothing asks for all forecasts of a day; without statistics SQLite would prefer it to the index above.
const OF_A_DAY: &[&str] = &["organization_id", "target_date"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "forecasts", OF_A_NIGHT).await?;
        drop_index(manager, "forecasts", OF_A_DAY).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, "forecasts", OF_A_DAY).await?;
        drop_index(manager, "forecasts", OF_A_NIGHT).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
