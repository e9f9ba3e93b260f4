//! How old what lies on a shelf is follows from the sums of the last days: an index that holds all of what is summed.

use sea_orm_migration::prelude::*;

use crate::shape::{drop_index, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const MOVEMENTS: &str = "stock_movements";
const SUMMED: &[&str] = &[
    "organization_id",
    "store_id",
    "business_date",
    "product_id",
    "kind",
    "quantity",
];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        index(manager, MOVEMENTS, SUMMED).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, MOVEMENTS, SUMMED).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
