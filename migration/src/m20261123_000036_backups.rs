//! Sets of backup that were taken. They belong to the installation and its operator, not to one of its organizations.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, table, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BACKUPS: &str = "backups";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(BACKUPS)
                    .col(uuid("id").primary_key())
                    .col(integer("slot").default(1))
                    .col(text("cause"))
                    .col(text("owner"))
                    .col(text("place"))
                    .col(boolean("encrypted"))
                    .col(timestamp_with_time_zone("started_at"))
                    .col(timestamp_with_time_zone("heartbeat_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(text_null("name"))
                    .col(big_integer_null("bytes"))
                    .col(text_null("sha256"))
                    .col(text_null("error"))
                    .check(Expr::cust("slot = 1"))
                    .check(Expr::cust("cause IN ('clock', 'command_line')"))
                    .take(),
            )
            .await?;
        // One that is being taken at a time, whoever takes it.
        unique_where(manager, BACKUPS, &["slot"], "finished_at IS NULL").await?;
        index(manager, BACKUPS, &["started_at"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[BACKUPS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
