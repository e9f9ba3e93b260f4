//! Passkeys of people (WebAuthn credentials), and the questions that wait for the answer of one.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PASSKEYS: &str = "passkeys";
const CHALLENGES: &str = "passkey_challenges";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(PASSKEYS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("user_id"))
                    .col(text("name"))
                    .col(text("credential_id"))
                    .col(text("credential"))
                    .col(timestamp_with_time_zone("added_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .col(timestamp_with_time_zone_null("suspect_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .take(),
            )
            .await?;
        unique(manager, PASSKEYS, &["credential_id"]).await?;
        index(manager, PASSKEYS, &["organization_id", "user_id"]).await?;
        index(manager, PASSKEYS, &["user_id"]).await?;

        manager
            .create_table(
                table(CHALLENGES)
                    .col(uuid("holder"))
                    .col(text("purpose"))
                    .col(uuid_null("organization_id"))
                    .col(uuid_null("user_id"))
                    .col(text("state"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .primary_key(&mut key(&["holder", "purpose"]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .check(Expr::cust(
                        "purpose IN ('add', 'enter', 'second_step', 'prove')",
                    ))
                    .check(Expr::cust("(organization_id IS NULL) = (user_id IS NULL)"))
                    .check(Expr::cust("(purpose = 'enter') = (user_id IS NULL)"))
                    .take(),
            )
            .await?;
        index(manager, CHALLENGES, &["organization_id"]).await?;
        index(manager, CHALLENGES, &["user_id"]).await?;
        index(manager, CHALLENGES, &["expires_at"]).await?;

        for table in [PASSKEYS, CHALLENGES] {
            crate::wall::raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[CHALLENGES, PASSKEYS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
