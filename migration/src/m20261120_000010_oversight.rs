//! Alerts and the audit log.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{append_only, drop_tables, index, key, refers, table, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("alerts")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid_null("store_id"))
                    .col(uuid_null("product_id"))
                    .col(text("kind"))
                    .col(text("severity"))
                    .col(text("dedup_key"))
                    .col(json_binary("detail"))
                    .col(text("status"))
                    .col(timestamp_with_time_zone("opened_at"))
                    .col(uuid_null("acknowledged_by"))
                    .col(timestamp_with_time_zone_null("acknowledged_at"))
                    .col(timestamp_with_time_zone_null("resolved_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("acknowledged_by", "users"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "alerts",
            &["organization_id", "status", "opened_at"],
        )
        .await?;
        index(manager, "alerts", &["store_id"]).await?;
        unique_where(
            manager,
            "alerts",
            &["organization_id", "dedup_key"],
            "status <> 'resolved'",
        )
        .await?;

        manager
            .create_table(
                table("audit_entries")
                    .col(uuid("organization_id"))
                    .col(big_integer("sequence"))
                    .col(timestamp_with_time_zone("at"))
                    // No foreign key: the log outlives the people it names.
                    .col(uuid_null("actor_id"))
                    .col(text("actor_name"))
                    .col(text("source"))
                    .col(text_null("request_id"))
                    .col(text("action"))
                    .col(text("subject_kind"))
                    .col(uuid("subject_id"))
                    .col(json_binary_null("before"))
                    .col(json_binary_null("after"))
                    .col(text("previous_hash"))
                    .col(text("hash"))
                    .primary_key(&mut key(&["organization_id", "sequence"]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("sequence >= 1"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "audit_entries",
            &["organization_id", "subject_kind", "subject_id"],
        )
        .await?;
        index(manager, "audit_entries", &["organization_id", "at"]).await?;
        append_only(manager, "audit_entries").await?;

        manager
            .create_table(
                table("audit_heads")
                    .col(uuid("organization_id").primary_key())
                    .col(big_integer("sequence"))
                    .col(text("hash"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("sequence >= 0"))
                    .take(),
            )
            .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["audit_heads", "audit_entries", "alerts"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
