//! The ledger of stock, its projection and the counts.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{append_only, drop_tables, index, key, owned_by, refers, table, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("stock_counts")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(date("business_date"))
                    .col(timestamp_with_time_zone("counted_at"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid("command_id"))
                    .col(uuid_null("actor_id"))
                    .col(text_null("note"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("actor_id", "users"))
                    .take(),
            )
            .await?;
        index(manager, "stock_counts", &["store_id", "counted_at"]).await?;
        index(manager, "stock_counts", &["organization_id", "counted_at"]).await?;

        manager
            .create_table(
                table("stock_count_lines")
                    .col(uuid("count_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(date("business_date"))
                    .col(timestamp_with_time_zone("counted_at"))
                    .col(big_integer("counted"))
                    .col(big_integer("expected"))
                    .primary_key(&mut key(&["count_id", "product_id"]))
                    .foreign_key(&mut owned_by("count_id", "stock_counts"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .check(Expr::cust("counted >= 0"))
                    .take(),
            )
            .await?;
        index(
            manager,
            "stock_count_lines",
            &["store_id", "product_id", "counted_at"],
        )
        .await?;
        index(manager, "stock_count_lines", &["organization_id"]).await?;

        manager
.create_table(
table("stock_movements")
.col(uuid("id").primary_key())
.col(uuid("organization_id"))
.col(uuid("store_id"))
.col(uuid("product_id"))
.col(text("kind"))
.col(big_integer("quantity"))
.col(timestamp_with_time_zone("occurred_at"))
.col(timestamp_with_time_zone("recorded_at"))
.col(date("business_date"))
.col(text_null("reason"))
.col(text_null("note"))
.col(uuid_null("reverses_id"))
.col(uuid_null("count_id"))
.col(uuid_null("order_id"))
.col(uuid_null("sale_id"))
.col(uuid_null("import_id"))
.col(uuid_null("command_id"))
.col(uuid_null("actor_id"))
.foreign_key(&mut refers("organization_id", "organizations"))
.foreign_key(&mut refers("store_id", "stores"))
.foreign_key(&mut refers("product_id", "products"))
.foreign_key(&mut refers("reverses_id", "stock_movements"))
.foreign_key(&mut refers("count_id", "stock_counts"))
.foreign_key(&mut refers("order_id", "production_orders"))
.foreign_key(&mut refers("import_id", "imports"))
.foreign_key(&mut refers("actor_id", "users"))
.check(Expr::cust("kind NOT IN ('return', 'production', 'transfer_in') OR quantity >= 0"))
.check(Expr::cust("kind NOT IN ('sale', 'waste', 'donation', 'transfer_out') OR quantity <= 0"))
.check(Expr::cust("kind NOT IN ('waste', 'donation', 'adjustment') OR reason IS NOT NULL"))
.check(Expr::cust("reverses_id IS NULL OR kind = 'reversal'"))
.take(),
)
.await?;
        index(
            manager,
            "stock_movements",
            &["store_id", "product_id", "occurred_at"],
        )
        .await?;
        index(manager, "stock_movements", &["import_id"]).await?;
        index(manager, "stock_movements", &["order_id"]).await?;
        index(manager, "stock_movements", &["sale_id"]).await?;
        index(
            manager,
            "stock_movements",
            &["organization_id", "recorded_at"],
        )
        .await?;
        index(
            manager,
            "stock_movements",
            &["organization_id", "business_date"],
        )
        .await?;
        // One movement is undone at most once.
        unique_where(
            manager,
            "stock_movements",
            &["reverses_id"],
            "reverses_id IS NOT NULL",
        )
        .await?;
        append_only(manager, "stock_movements").await?;

        manager
            .create_table(
                table("stock_levels")
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(big_integer("on_hand"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .primary_key(&mut key(&["store_id", "product_id"]))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .take(),
            )
            .await?;
        index(manager, "stock_levels", &["organization_id"]).await?;
        index(manager, "stock_levels", &["product_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(
            manager,
            &[
                "stock_levels",
                "stock_movements",
                "stock_count_lines",
                "stock_counts",
            ],
        )
        .await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
