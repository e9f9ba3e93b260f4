//! How people's changes to suggestions turned out, once their days were over.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, owned_by, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const OUTCOMES: &str = "suggestion_outcomes";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(OUTCOMES)
                    .col(uuid("suggestion_id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(date("production_date"))
                    .col(big_integer("demand"))
                    .col(boolean("censored"))
                    .col(big_integer("beside"))
                    .col(big_integer("suggested_quantity"))
                    .col(big_integer("decided_quantity"))
                    .col(big_integer("suggested_cost_minor"))
                    .col(big_integer("decided_cost_minor"))
                    .col(big_integer("saved_minor"))
                    .col(timestamp_with_time_zone("judged_at"))
                    .foreign_key(&mut owned_by("suggestion_id", "suggestions"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .check(Expr::cust("demand >= 0"))
                    .check(Expr::cust("beside >= 0"))
                    .check(Expr::cust("suggested_quantity >= 0"))
                    .check(Expr::cust("decided_quantity >= 0"))
                    .check(Expr::cust("suggested_cost_minor >= 0"))
                    .check(Expr::cust("decided_cost_minor >= 0"))
                    .check(Expr::cust(
                        "saved_minor = suggested_cost_minor - decided_cost_minor",
                    ))
                    .take(),
            )
            .await?;
        index(
            manager,
            OUTCOMES,
            &["organization_id", "production_date", "suggestion_id"],
        )
        .await?;
        index(
            manager,
            OUTCOMES,
            &["store_id", "product_id", "production_date"],
        )
        .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[OUTCOMES]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
