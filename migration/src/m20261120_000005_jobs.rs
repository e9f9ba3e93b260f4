//! The night and its steps.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("job_runs")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("kind"))
                    .col(date("business_date"))
                    .col(text("status"))
                    .col(text("trigger"))
                    .col(uuid_null("requested_by"))
                    .col(text_null("owner"))
                    .col(timestamp_with_time_zone_null("heartbeat_at"))
                    .col(timestamp_with_time_zone_null("started_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(text_null("error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("requested_by", "users"))
                    .take(),
            )
            .await?;
        unique(
            manager,
            "job_runs",
            &["organization_id", "kind", "business_date"],
        )
        .await?;
        index(manager, "job_runs", &["organization_id", "business_date"]).await?;
        index(manager, "job_runs", &["status"]).await?;

        manager
            .create_table(
                table("job_steps")
                    .col(uuid("run_id"))
                    .col(text("name"))
                    .col(uuid("organization_id"))
                    .col(integer("position"))
                    .col(text("status"))
                    .col(integer("attempts"))
                    .col(text_null("input_hash"))
                    .col(json_binary("detail"))
                    .col(timestamp_with_time_zone_null("started_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .primary_key(&mut key(&["run_id", "name"]))
                    .foreign_key(&mut owned_by("run_id", "job_runs"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("attempts >= 0"))
                    .take(),
            )
            .await?;
        index(manager, "job_steps", &["organization_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["job_steps", "job_runs"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
