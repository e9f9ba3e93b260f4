//! What suggestions said before they were computed again: numbers with their reasons, which nobody can rewrite.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{append_only, drop_tables, key, refers, rewritable, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const VERSIONS: &str = "suggestion_versions";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(VERSIONS)
                    .col(uuid("suggestion_id"))
                    .col(integer("number"))
                    .col(uuid("organization_id"))
                    .col(big_integer("quantity"))
                    .col(json_binary("reasons"))
                    .col(uuid_null("job_run_id"))
                    .col(timestamp_with_time_zone("computed_at"))
                    .primary_key(&mut key(&["suggestion_id", "number"]))
                    .foreign_key(&mut refers("suggestion_id", "suggestions"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("job_run_id", "job_runs"))
                    .check(Expr::cust("number >= 1"))
                    .check(Expr::cust("quantity >= 0"))
                    .take(),
            )
            .await?;
        append_only(manager, VERSIONS).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        rewritable(manager, VERSIONS).await?;
        drop_tables(manager, &[VERSIONS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
