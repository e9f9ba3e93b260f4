//! What is sold, and where.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("categories")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(text("name"))
                    .col(integer("position"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        unique(manager, "categories", &["organization_id", "name"]).await?;

        manager
            .create_table(
                table("products")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("category_id"))
                    .col(text("sku"))
                    .col(text("name"))
                    .col(text("unit"))
                    .col(big_integer("price_minor"))
                    .col(big_integer("unit_cost_minor"))
                    .col(big_integer("salvage_minor"))
                    .col(integer("shelf_life_days"))
                    .col(big_integer("tray_size"))
                    .col(integer("lead_time_days"))
                    .col(text("policy"))
                    .col(integer("service_level_bp"))
                    .col(json_binary("allergens"))
                    .col(date_null("introduced_on"))
                    .col(date_null("discontinued_on"))
                    .col(boolean("active"))
                    .col(integer("version"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("category_id", "categories"))
                    .check(Expr::cust("price_minor >= 0"))
                    .check(Expr::cust("unit_cost_minor >= 0"))
                    .check(Expr::cust("salvage_minor >= 0"))
                    .check(Expr::cust("shelf_life_days >= 0"))
                    .check(Expr::cust("tray_size >= 1"))
                    .check(Expr::cust("lead_time_days >= 0"))
                    .check(Expr::cust("service_level_bp BETWEEN 0 AND 10000"))
                    .take(),
            )
            .await?;
        unique(manager, "products", &["organization_id", "sku"]).await?;
        index(manager, "products", &["category_id"]).await?;

        manager
            .create_table(
                table("store_products")
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(boolean("listed"))
                    .col(big_integer_null("reorder_point"))
                    .col(big_integer_null("order_up_to"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .primary_key(&mut key(&["store_id", "product_id"]))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("reorder_point >= 0"))
                    .check(Expr::cust("order_up_to >= reorder_point"))
                    .take(),
            )
            .await?;
        index(manager, "store_products", &["organization_id"]).await?;
        index(manager, "store_products", &["product_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["store_products", "products", "categories"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
