//! Second factors with their recovery codes, shared tablets with the PINs of people, and roles that an organization makes itself.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ROLES: &str = "roles";
const VERSION: &str = "version";
const REQUIRED: &str = "factor_required";
const FACTORS: &str = "user_factors";
const CODES: &str = "recovery_codes";
const TABLETS: &str = "tablets";
const PINS: &str = "pins";
const FAILURES: &str = "pin_failures";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let version = Table::alter()
            .table(ROLES)
            .add_column(integer(VERSION).default(1).take())
            .take();
        manager.alter_table(version).await?;
        let required = Table::alter()
            .table(ROLES)
            .add_column(boolean(REQUIRED).default(false).take())
            .take();
        manager.alter_table(required).await?;

        manager
            .create_table(
                table(FACTORS)
                    .col(uuid("user_id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text_null("secret_sealed"))
                    .col(timestamp_with_time_zone_null("enrolled_at"))
                    .col(big_integer("last_step"))
                    .col(text_null("pending_sealed"))
                    .col(timestamp_with_time_zone_null("pending_at"))
                    .col(integer("failures"))
                    .col(timestamp_with_time_zone_null("locked_until"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust(
                        "(secret_sealed IS NULL) = (enrolled_at IS NULL)",
                    ))
                    .check(Expr::cust(
                        "(pending_sealed IS NULL) = (pending_at IS NULL)",
                    ))
                    .check(Expr::cust("failures >= 0"))
                    .take(),
            )
            .await?;
        index(manager, FACTORS, &["organization_id"]).await?;

        manager
            .create_table(
                table(CODES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("user_id"))
                    .col(text("code_hash"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("used_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .take(),
            )
            .await?;
        unique(manager, CODES, &["user_id", "code_hash"]).await?;
        index(manager, CODES, &["organization_id"]).await?;

        manager
            .create_table(
                table(TABLETS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(text("name"))
                    .col(text("token_hash"))
                    .col(integer("idle_minutes"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone_null("last_used_at"))
                    .col(timestamp_with_time_zone_null("revoked_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .check(Expr::cust("idle_minutes BETWEEN 1 AND 120"))
                    .take(),
            )
            .await?;
        unique(manager, TABLETS, &["token_hash"]).await?;
        index(manager, TABLETS, &["organization_id", "created_at"]).await?;
        index(manager, TABLETS, &["store_id"]).await?;
        index(manager, TABLETS, &["created_by"]).await?;

        manager
            .create_table(
                table(PINS)
                    .col(uuid("user_id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("pin_hash"))
                    .col(timestamp_with_time_zone("set_at"))
                    .col(timestamp_with_time_zone_null("locked_at"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, PINS, &["organization_id"]).await?;

        manager
            .create_table(
                table(FAILURES)
                    .col(uuid("tablet_id"))
                    .col(uuid("user_id"))
                    .col(uuid("organization_id"))
                    .col(integer("failures"))
                    .col(timestamp_with_time_zone("last_at"))
                    .primary_key(&mut key(&["tablet_id", "user_id"]))
                    .foreign_key(&mut owned_by("tablet_id", TABLETS))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("failures > 0"))
                    .take(),
            )
            .await?;
        index(manager, FAILURES, &["organization_id"]).await?;
        index(manager, FAILURES, &["user_id"]).await?;

        for table in [FACTORS, CODES, TABLETS, PINS, FAILURES] {
            crate::wall::raise(manager, table).await?;
        }
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[FAILURES, PINS, TABLETS, CODES, FACTORS]).await?;
        for column in [REQUIRED, VERSION] {
            let alter = Table::alter().table(ROLES).drop_column(column).take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
