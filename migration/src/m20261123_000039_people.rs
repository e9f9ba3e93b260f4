//! Invitations, links for new passwords, and the mails that wait to be sent.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, owned_by, refers, table, unique, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const INVITATIONS: &str = "invitations";
const RESETS: &str = "password_resets";
const MAILS: &str = "outgoing_mails";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(INVITATIONS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("email"))
                    .col(text_null("language"))
                    .col(json_binary("roles"))
                    .col(boolean("all_stores"))
                    .col(json_binary("stores"))
                    .col(text_null("token_hash"))
                    .col(uuid_null("invited_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .col(timestamp_with_time_zone_null("accepted_at"))
                    .col(uuid_null("accepted_by"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("invited_by", "users"))
                    .foreign_key(&mut refers("accepted_by", "users"))
                    .check(Expr::cust("language IN ('es', 'en')"))
                    .take(),
            )
            .await?;
        unique(manager, INVITATIONS, &["token_hash"]).await?;
        // One that is open for an address of an organization.
        unique_where(
            manager,
            INVITATIONS,
            &["organization_id", "email"],
            "accepted_at IS NULL AND revoked_at IS NULL",
        )
        .await?;
        index(manager, INVITATIONS, &["organization_id", "created_at"]).await?;
        index(manager, INVITATIONS, &["invited_by"]).await?;
        index(manager, INVITATIONS, &["accepted_by"]).await?;

        manager
            .create_table(
                table(RESETS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("user_id"))
                    .col(text("token_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .take(),
            )
            .await?;
        unique(manager, RESETS, &["token_hash"]).await?;
        index(manager, RESETS, &["user_id", "created_at"]).await?;
        index(manager, RESETS, &["organization_id"]).await?;
        index(manager, RESETS, &["expires_at"]).await?;

        manager
            .create_table(
                table(MAILS)
                    .col(uuid("id").primary_key())
                    .col(uuid_null("organization_id"))
                    .col(text("kind"))
                    .col(uuid_null("subject_id"))
                    .col(text("recipient"))
                    .col(timestamp_with_time_zone("queued_at"))
                    .col(timestamp_with_time_zone("next_attempt_at"))
                    .col(timestamp_with_time_zone_null("claimed_until"))
                    .col(integer("attempts").default(0))
                    .col(timestamp_with_time_zone_null("finished_at"))
                    .col(text_null("outcome"))
                    .col(text_null("error"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust(
                        "kind IN ('invitation', 'password_reset', 'password_changed', 'sign_up', 'alert')",
                    ))
                    .check(Expr::cust("outcome IN ('sent', 'dropped', 'given_up')"))
                    .check(Expr::cust("(finished_at IS NULL) = (outcome IS NULL)"))
                    .check(Expr::cust("attempts >= 0"))
                    .take(),
            )
            .await?;
        index(manager, MAILS, &["finished_at", "next_attempt_at"]).await?;
        index(manager, MAILS, &["organization_id"]).await?;
        for table in [INVITATIONS, RESETS, MAILS] {
            crate::wall::raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[MAILS, RESETS, INVITATIONS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
