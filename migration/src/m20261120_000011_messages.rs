//! Answers to commands, kept against repetition, and events for open screens.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("command_receipts")
                    .col(uuid("organization_id"))
                    .col(uuid("command_id"))
                    .col(text("operation"))
                    .col(text("request_hash"))
                    .col(json_binary("response"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(&mut key(&["organization_id", "command_id"]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, "command_receipts", &["created_at"]).await?;

        manager
            .create_table(
                table("live_events")
                    .col(big_pk_auto("id"))
                    .col(uuid("organization_id"))
                    .col(uuid_null("store_id"))
                    .col(text("topic"))
                    .col(uuid_null("subject_id"))
                    .col(json_binary("detail"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .take(),
            )
            .await?;
        index(manager, "live_events", &["organization_id", "id"]).await?;
        index(manager, "live_events", &["created_at"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["live_events", "command_receipts"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
