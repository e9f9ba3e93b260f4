//! How old what lies on a shelf is follows from the sums of its last days: an index that is followed shelf by shelf, as far back as the
//! product keeps, in place of one that held every shelf of the store for each day.

use sea_orm_migration::prelude::*;

use crate::shape::{drop_index, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MOVEMENTS: &str = "stock_movements";
const OF_STORE: &[&str] = &[
    "organization_id",
    "store_id",
    "business_date",
    "product_id",
    "kind",
    "quantity",
];
const OF_SHELF: &[&str] = &[
    "store_id",
    "product_id",
    "business_date",
    "organization_id",
    "kind",
    "quantity",
    "reverses_id",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, MOVEMENTS, OF_STORE).await?;
        index(manager, MOVEMENTS, OF_SHELF).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, MOVEMENTS, OF_SHELF).await?;
        index(manager, MOVEMENTS, OF_STORE).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
