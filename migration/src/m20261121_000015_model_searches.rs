//! Searches for settings of the forecaster: what was tried, what was chosen. They can be added to and never changed.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{append_only, drop_tables, index, refers, rewritable, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const SEARCHES: &str = "model_searches";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(SEARCHES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(json_binary_null("chosen"))
                    .col(text("reason"))
                    .col(json_binary("outcome"))
                    .col(text("data_version"))
                    .col(text("code_version"))
                    .col(big_integer("seed"))
                    .col(big_integer("duration_ms"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("duration_ms >= 0"))
                    .take(),
            )
            .await?;
        index(manager, SEARCHES, &["organization_id", "created_at"]).await?;
        append_only(manager, SEARCHES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rewritable(manager, SEARCHES).await?;
        drop_tables(manager, &[SEARCHES]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
