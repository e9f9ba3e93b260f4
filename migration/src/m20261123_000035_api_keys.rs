//! Keys of programs, the tokens that keys and people get for a while, what signs these, and answers that are given again.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, grant, index, owned_by, refers, revoke, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const KEYS: &str = "api_keys";
const REFRESH: &str = "refresh_tokens";
const SIGNING: &str = "signing_keys";
const ANSWERS: &str = "idempotent_answers";
const USERS: &str = "users";
const EPOCH: &str = "token_epoch";

/// SQLite deletes the rows of a table one by one before it drops it, and refuses where a row is named by another of the same table.
const FORGET_ROTATIONS: &str =
    "UPDATE api_keys SET rotated_from = NULL WHERE rotated_from IS NOT NULL";

/// What administrators may from now on.
const PERMISSIONS: &[&str] = &["keys.manage", "backups.read"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let alter = Table::alter()
            .table(USERS)
            .add_column(integer(EPOCH).default(0).take())
            .take();
        manager.alter_table(alter).await?;

        manager
            .create_table(
                table(KEYS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("name"))
                    .col(text("prefix"))
                    .col(text("secret_hash"))
                    .col(json_binary("permissions"))
                    .col(boolean("all_stores"))
                    .col(json_binary("stores"))
                    .col(integer_null("rate_per_minute"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("expires_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .col(uuid_null("rotated_from"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("created_by", USERS))
                    .foreign_key(&mut refers("rotated_from", KEYS))
                    .check(Expr::cust("rate_per_minute > 0"))
                    .take(),
            )
            .await?;
        unique(manager, KEYS, &["prefix"]).await?;
        unique(manager, KEYS, &["secret_hash"]).await?;
        index(manager, KEYS, &["organization_id", "created_at"]).await?;
        index(manager, KEYS, &["rotated_from"]).await?;
        index(manager, KEYS, &["created_by"]).await?;

        manager
            .create_table(
                table(REFRESH)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("family_id"))
                    .col(uuid_null("user_id"))
                    .col(uuid_null("api_key_id"))
                    .col(integer(EPOCH))
                    .col(text("token_hash"))
                    .col(timestamp_with_time_zone("issued_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("user_id", USERS))
                    .foreign_key(&mut owned_by("api_key_id", KEYS))
                    .check(Expr::cust("(user_id IS NULL) <> (api_key_id IS NULL)"))
                    .take(),
            )
            .await?;
        unique(manager, REFRESH, &["token_hash"]).await?;
        index(manager, REFRESH, &["organization_id", "family_id"]).await?;
        index(manager, REFRESH, &["user_id"]).await?;
        index(manager, REFRESH, &["api_key_id"]).await?;
        index(manager, REFRESH, &["expires_at"]).await?;

        manager
            .create_table(
                table(SIGNING)
                    .col(text("id").primary_key())
                    .col(text("secret"))
                    .col(timestamp_with_time_zone("created_at"))
                    .take(),
            )
            .await?;

        manager
            .create_table(
                table(ANSWERS)
                    .col(uuid("organization_id"))
                    .col(text("caller"))
                    .col(text("idempotency_key"))
                    .col(text("request_hash"))
                    .col(integer_null("status"))
                    .col(text_null("content_type"))
                    .col(text_null("body"))
                    .col(timestamp_with_time_zone("created_at"))
                    .primary_key(&mut crate::shape::key(&[
                        "organization_id",
                        "caller",
                        "idempotency_key",
                    ]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("status BETWEEN 100 AND 599"))
                    .take(),
            )
            .await?;
        index(manager, ANSWERS, &["created_at"]).await?;
        for table in [KEYS, REFRESH, ANSWERS] {
            crate::wall::raise(manager, table).await?;
        }

        for permission in PERMISSIONS {
            // An organization that was created since the permission is known has it already.
            revoke(manager, permission).await?;
            grant(manager, permission, &["admin"]).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for permission in PERMISSIONS {
            revoke(manager, permission).await?;
        }
        manager
            .get_connection()
            .execute_unprepared(FORGET_ROTATIONS)
            .await?;
        drop_tables(manager, &[ANSWERS, SIGNING, REFRESH, KEYS]).await?;
        let alter = Table::alter().table(USERS).drop_column(EPOCH).take();
        manager.alter_table(alter).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
