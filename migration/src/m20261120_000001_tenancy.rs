//! Organizations, their stores, people, roles and sessions.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("organizations")
                    .col(uuid("id").primary_key())
                    .col(text("slug"))
                    .col(text("name"))
                    .col(text("currency"))
                    .col(text("language"))
                    .col(text("time_zone"))
                    .col(integer("night_hour"))
                    .col(integer("deadline_hour"))
                    .col(integer("import_error_threshold_bp"))
                    .col(boolean("allow_oversell"))
                    .col(timestamp_with_time_zone("created_at"))
                    .check(Expr::cust("night_hour BETWEEN 0 AND 23"))
                    .check(Expr::cust("deadline_hour BETWEEN 0 AND 23"))
                    .check(Expr::cust("import_error_threshold_bp BETWEEN 0 AND 10000"))
                    .take(),
            )
            .await?;
        unique(manager, "organizations", &["slug"]).await?;

        manager
            .create_table(
                table("stores")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("code"))
                    .col(text("name"))
                    .col(text("kind"))
                    .col(text("city"))
                    .col(text("region"))
                    .col(text("time_zone"))
                    .col(integer("latitude_e6"))
                    .col(integer("longitude_e6"))
                    .col(integer("opening_days"))
                    .col(integer("opens_at_minute"))
                    .col(integer("closes_at_minute"))
                    .col(uuid_null("kitchen_store_id"))
                    .col(boolean("active"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("kitchen_store_id", "stores"))
                    .check(Expr::cust("opening_days BETWEEN 0 AND 127"))
                    .check(Expr::cust("opens_at_minute BETWEEN 0 AND 1440"))
                    .check(Expr::cust("closes_at_minute BETWEEN 0 AND 2880"))
                    .check(Expr::cust("latitude_e6 BETWEEN -90000000 AND 90000000"))
                    .check(Expr::cust("longitude_e6 BETWEEN -180000000 AND 180000000"))
                    .take(),
            )
            .await?;
        unique(manager, "stores", &["organization_id", "code"]).await?;

        manager
            .create_table(
                table("users")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("email"))
                    .col(text("display_name"))
                    .col(text("password_hash"))
                    .col(text_null("language"))
                    .col(boolean("active"))
                    .col(integer("failed_sign_ins"))
                    .col(timestamp_with_time_zone_null("locked_until"))
                    .col(timestamp_with_time_zone_null("last_sign_in_at"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("email = lower(email)"))
                    .check(Expr::cust("failed_sign_ins >= 0"))
                    .take(),
            )
            .await?;
        unique(manager, "users", &["email"]).await?;
        index(manager, "users", &["organization_id"]).await?;

        manager
            .create_table(
                table("roles")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("key"))
                    .col(text("name"))
                    .col(json_binary("permissions"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        unique(manager, "roles", &["organization_id", "key"]).await?;

        manager
            .create_table(
                table("user_roles")
                    .col(uuid("user_id"))
                    .col(uuid("role_id"))
                    .col(uuid("organization_id"))
                    .col(boolean("all_stores"))
                    .primary_key(&mut key(&["user_id", "role_id"]))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("role_id", "roles"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, "user_roles", &["organization_id"]).await?;
        index(manager, "user_roles", &["role_id"]).await?;

        manager
            .create_table(
                table("user_store_scopes")
                    .col(uuid("user_id"))
                    .col(uuid("store_id"))
                    .col(uuid("organization_id"))
                    .primary_key(&mut key(&["user_id", "store_id"]))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, "user_store_scopes", &["organization_id"]).await?;
        index(manager, "user_store_scopes", &["store_id"]).await?;

        manager
            .create_table(
                table("sessions")
                    .col(text("id").primary_key())
                    .col(uuid_null("user_id"))
                    .col(uuid_null("organization_id"))
                    .col(json_binary("data"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("expires_at"))
                    .foreign_key(&mut owned_by("user_id", "users"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, "sessions", &["expires_at"]).await?;
        index(manager, "sessions", &["user_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "sessions",
                "user_store_scopes",
                "user_roles",
                "roles",
                "users",
                "stores",
                "organizations",
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
