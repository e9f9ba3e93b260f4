//! When the parts of a day begin, and what the oven and the mixer of a kitchen hold.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ORGANIZATIONS: &str = "organizations";
const STORES: &str = "stores";
/// Eleven in the morning and three in the afternoon.
const BEGINS: [(&str, i32); 2] = [("midday_minute", 660), ("afternoon_minute", 900)];
const OVEN: [&str; 2] = ["oven_trays_per_hour", "bakes_from_minute"];
const MIXER: &str = "mixer_capacity";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for (begin, minute) in BEGINS {
            let alter = Table::alter()
                .table(ORGANIZATIONS)
                .add_column(integer(begin).default(minute).take())
                .take();
            manager.alter_table(alter).await?;
        }
        for column in OVEN {
            let alter = Table::alter()
                .table(STORES)
                .add_column(integer_null(column).take())
                .take();
            manager.alter_table(alter).await?;
        }
        let alter = Table::alter()
            .table(STORES)
            .add_column(big_integer_null(MIXER).take())
            .take();
        manager.alter_table(alter).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in OVEN.into_iter().chain([MIXER]) {
            let alter = Table::alter().table(STORES).drop_column(column).take();
            manager.alter_table(alter).await?;
        }
        for (begin, _) in BEGINS {
            let alter = Table::alter()
                .table(ORGANIZATIONS)
                .drop_column(begin)
                .take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
