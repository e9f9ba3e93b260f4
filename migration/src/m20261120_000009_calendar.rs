//! Days that are known in advance to be special.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("promotions")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("code"))
                    .col(text("name"))
                    .col(uuid_null("store_id"))
                    .col(uuid_null("product_id"))
                    .col(uuid_null("category_id"))
                    .col(integer("discount_bp"))
                    .col(date("starts_on"))
                    .col(date("ends_on"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("category_id", "categories"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .check(Expr::cust("discount_bp BETWEEN 0 AND 10000"))
                    .check(Expr::cust("ends_on >= starts_on"))
                    .take(),
            )
            .await?;
        unique(manager, "promotions", &["organization_id", "code"]).await?;
        index(manager, "promotions", &["organization_id", "starts_on"]).await?;
        index(manager, "promotions", &["store_id"]).await?;

        manager
            .create_table(
                table("calendar_entries")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid_null("store_id"))
                    .col(text("kind"))
                    .col(text("name"))
                    .col(date("starts_on"))
                    .col(date("ends_on"))
                    .col(text_null("note"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .check(Expr::cust("ends_on >= starts_on"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "calendar_entries",
            &["organization_id", "starts_on"],
        )
        .await?;
        index(manager, "calendar_entries", &["store_id"]).await?;

        manager
            .create_table(
                table("weather_days")
                    .col(uuid("store_id"))
                    .col(date("date"))
                    .col(uuid("organization_id"))
                    .col(integer_null("temperature_c_x10"))
                    .col(integer_null("precipitation_mm_x10"))
                    .col(boolean("is_forecast"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .primary_key(&mut key(&["store_id", "date"]))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("precipitation_mm_x10 >= 0"))
                    .take(),
            )
            .await?;
        index(manager, "weather_days", &["organization_id", "date"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["weather_days", "calendar_entries", "promotions"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
