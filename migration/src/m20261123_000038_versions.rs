//! Versions of stores and categories, so that nobody overwrites what they have not seen; and an index for lists of tickets.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_index, index};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TABLES: [&str; 2] = ["stores", "categories"];
const VERSION: &str = "version";
const SALES: &str = "sales";
/// The order of a list of tickets.
const ORDER: [&str; 3] = ["organization_id", "business_date", "id"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for table in TABLES {
            let alter = Table::alter()
                .table(table)
                .add_column(integer(VERSION).default(1).take())
                .take();
            manager.alter_table(alter).await?;
        }
        index(manager, SALES, &ORDER).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_index(manager, SALES, &ORDER).await?;
        for table in TABLES {
            let alter = Table::alter().table(table).drop_column(VERSION).take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
