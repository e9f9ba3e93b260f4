//! Tickets, their lines and the sum per trading day.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("sales")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(text("transaction_id"))
                    .col(date("business_date"))
                    .col(timestamp_with_time_zone("sold_at"))
                    .col(text("source"))
                    .col(uuid_null("import_id"))
                    .col(text_null("payment_method"))
                    .col(big_integer("total_minor"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("import_id", "imports"))
                    .take(),
            )
            .await?;
        unique(
            manager,
            "sales",
            &["organization_id", "store_id", "transaction_id"],
        )
        .await?;
        index(manager, "sales", &["import_id"]).await?;
        index(manager, "sales", &["store_id", "business_date"]).await?;

        manager
            .create_table(
                table("sale_lines")
                    .col(uuid("sale_id"))
                    .col(text("line"))
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("business_date"))
                    .col(big_integer("quantity"))
                    .col(big_integer("unit_price_minor"))
                    .col(big_integer("total_minor"))
                    .col(text_null("promotion_code"))
                    .col(uuid_null("import_id"))
                    .primary_key(&mut key(&["sale_id", "line"]))
                    .foreign_key(&mut owned_by("sale_id", "sales"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("import_id", "imports"))
                    .check(Expr::cust("unit_price_minor >= 0"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "sale_lines",
            &["organization_id", "store_id", "business_date"],
        )
        .await?;
        index(
            manager,
            "sale_lines",
            &["store_id", "product_id", "business_date"],
        )
        .await?;
        index(manager, "sale_lines", &["import_id"]).await?;

        manager
            .create_table(
                table("daily_sales")
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("business_date"))
                    .col(uuid("organization_id"))
                    .col(big_integer("quantity"))
                    .col(big_integer("revenue_minor"))
                    .col(big_integer_null("unit_price_minor"))
                    .col(text_null("promotion"))
                    .col(boolean("censored"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .primary_key(&mut key(&["store_id", "product_id", "business_date"]))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "daily_sales",
            &["organization_id", "business_date"],
        )
        .await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["daily_sales", "sale_lines", "sales"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
