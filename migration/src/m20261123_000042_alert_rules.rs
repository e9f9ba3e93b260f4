//! Which alerts leave the house over which channels, the messages that do, and checks of the audit log.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, owned_by, refers, table, unique, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const CHANNELS: &str = "alert_channels";
const RULES: &str = "alert_rules";
const MESSAGES: &str = "channel_messages";
const CHECKS: &str = "audit_checks";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(CHANNELS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("kind"))
                    .col(text("name"))
                    .col(text("address"))
                    .col(text("secret"))
                    .col(boolean("active"))
                    .col(integer("version"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .check(Expr::cust("kind IN ('webhook', 'mail')"))
                    .take(),
            )
            .await?;
        index(manager, CHANNELS, &["organization_id", "created_at"]).await?;
        index(manager, CHANNELS, &["created_by"]).await?;

        manager
            .create_table(
                table(RULES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("kind"))
                    .col(big_integer_null("threshold"))
                    .col(text("severity"))
                    .col(json_binary("stores"))
                    .col(json_binary("channels"))
                    .col(boolean("active"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("threshold > 0"))
                    .take(),
            )
            .await?;
        index(manager, RULES, &["organization_id", "kind"]).await?;

        manager
            .create_table(
                table(MESSAGES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("channel_id"))
                    .col(text("kind"))
                    .col(text("event"))
                    .col(uuid_null("alert_id"))
                    .col(text("body"))
                    .col(text("status"))
                    .col(integer("attempts"))
                    .col(timestamp_with_time_zone("next_at"))
                    .col(text_null("owner"))
                    .col(timestamp_with_time_zone_null("owned_until"))
                    .col(integer_null("last_status"))
                    .col(text_null("last_error"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("channel_id", CHANNELS))
                    .foreign_key(&mut owned_by("alert_id", "alerts"))
                    .check(Expr::cust("kind IN ('webhook', 'mail')"))
                    .check(Expr::cust("attempts >= 0"))
                    .take(),
            )
            .await?;
        // An alert is told once over a channel, whoever notices it how often.
        unique(manager, MESSAGES, &["channel_id", "alert_id"]).await?;
        index(manager, MESSAGES, &["status", "next_at"]).await?;
        index(manager, MESSAGES, &["organization_id", "created_at"]).await?;
        index(manager, MESSAGES, &["alert_id"]).await?;

        manager
            .create_table(
                table(CHECKS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid_null("requested_by"))
                    .col(timestamp_with_time_zone("requested_at"))
                    .col(text_null("owner"))
                    .col(timestamp_with_time_zone_null("heartbeat_at"))
                    .col(big_integer("total"))
                    .col(text("total_hash"))
                    .col(big_integer("checked"))
                    .col(text("checked_hash"))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(big_integer_null("broken_at"))
                    .col(text_null("message"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("requested_by", "users"))
                    .check(Expr::cust("checked >= 0"))
                    .take(),
            )
            .await?;
        // One that is under way at a time, whoever asks for it.
        unique_where(manager, CHECKS, &["organization_id"], "finished_at IS NULL").await?;
        index(manager, CHECKS, &["organization_id", "requested_at"]).await?;
        index(manager, CHECKS, &["requested_by"]).await?;

        for table in [CHANNELS, RULES, MESSAGES, CHECKS] {
            crate::wall::raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[CHECKS, MESSAGES, RULES, CHANNELS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
