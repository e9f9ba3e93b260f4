//! Suggestions, production orders and the lots that they make.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table("suggestions")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("production_date"))
                    .col(integer("covers_days"))
                    .col(big_integer("quantity"))
                    .col(big_integer_null("accepted_quantity"))
                    .col(text("status"))
                    .col(json_binary("reasons"))
                    .col(uuid_null("decided_by"))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(text_null("dismiss_reason"))
                    // No foreign key: orders are made after suggestions and already name theirs.
                    .col(uuid_null("order_id"))
                    .col(uuid_null("job_run_id"))
                    .col(timestamp_with_time_zone("created_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("decided_by", "users"))
                    .foreign_key(&mut refers("job_run_id", "job_runs"))
                    .check(Expr::cust("covers_days >= 1"))
                    .check(Expr::cust("quantity >= 0"))
                    .check(Expr::cust("accepted_quantity >= 0"))
                    .take(),
            )
            .await?;
        unique(
            manager,
            "suggestions",
            &["store_id", "product_id", "production_date"],
        )
        .await?;
        index(
            manager,
            "suggestions",
            &["organization_id", "production_date", "status"],
        )
        .await?;

        manager
            .create_table(
                table("production_orders")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(big_integer("number"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("production_date"))
                    .col(big_integer("planned_quantity"))
                    .col(big_integer_null("produced_quantity"))
                    .col(big_integer_null("lost_quantity"))
                    .col(text("status"))
                    .col(text("source"))
                    .col(uuid_null("suggestion_id"))
                    .col(integer("version"))
                    .col(text_null("note"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(uuid_null("started_by"))
                    .col(timestamp_with_time_zone_null("started_at"))
                    .col(uuid_null("completed_by"))
                    .col(timestamp_with_time_zone_null("completed_at"))
                    .col(uuid_null("cancelled_by"))
                    .col(timestamp_with_time_zone_null("cancelled_at"))
                    .col(text_null("cancel_reason"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("suggestion_id", "suggestions"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .foreign_key(&mut refers("started_by", "users"))
                    .foreign_key(&mut refers("completed_by", "users"))
                    .foreign_key(&mut refers("cancelled_by", "users"))
                    .check(Expr::cust("number >= 1"))
                    .check(Expr::cust("planned_quantity > 0"))
                    .check(Expr::cust("produced_quantity >= 0"))
                    .check(Expr::cust("lost_quantity >= 0"))
                    .take(),
            )
            .await?;
        unique(manager, "production_orders", &["organization_id", "number"]).await?;
        unique(manager, "production_orders", &["suggestion_id"]).await?;
        index(
            manager,
            "production_orders",
            &["organization_id", "status", "production_date"],
        )
        .await?;
        index(
            manager,
            "production_orders",
            &["organization_id", "production_date", "number"],
        )
        .await?;
        index(
            manager,
            "production_orders",
            &["store_id", "production_date"],
        )
        .await?;
        index(
            manager,
            "production_orders",
            &["store_id", "product_id", "status"],
        )
        .await?;

        manager
            .create_table(
                table("lots")
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(uuid("order_id"))
                    .col(big_integer("produced_quantity"))
                    .col(date("produced_on"))
                    .col(date("best_before"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("order_id", "production_orders"))
                    .check(Expr::cust("produced_quantity >= 0"))
                    .check(Expr::cust("best_before >= produced_on"))
                    .take(),
            )
            .await?;
        unique(manager, "lots", &["order_id"]).await?;
        index(manager, "lots", &["store_id", "product_id", "best_before"]).await?;
        index(manager, "lots", &["organization_id", "best_before"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["lots", "production_orders", "suggestions"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
