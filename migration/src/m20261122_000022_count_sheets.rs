//! Counting a store together: what is to be counted, what was found so far, and from which money on somebody else looks.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, grant, index, key, owned_by, refers, revoke, table, unique_where};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const ORGANIZATIONS: &str = "organizations";
const SHEETS: &str = "count_sheets";
const LINES: &str = "count_sheet_lines";
const LIMITS: [&str; 2] = ["count_recount_minor", "count_approval_minor"];
const PERMISSION: &str = "stock.approve";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for limit in LIMITS {
            let alter = Table::alter()
                .table(ORGANIZATIONS)
                .add_column(big_integer_null(limit).take())
                .take();
            manager.alter_table(alter).await?;
        }
        manager
            .create_table(
                table(SHEETS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(text("status"))
                    .col(uuid_null("opened_by"))
                    .col(timestamp_with_time_zone("opened_at"))
                    .col(uuid_null("handed_in_by"))
                    .col(timestamp_with_time_zone_null("handed_in_at"))
                    .col(uuid_null("decided_by"))
                    .col(timestamp_with_time_zone_null("decided_at"))
                    .col(text_null("decision_note"))
                    .col(big_integer_null("difference_minor"))
                    .col(uuid_null("count_id"))
                    .col(integer("version"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("opened_by", "users"))
                    .foreign_key(&mut refers("handed_in_by", "users"))
                    .foreign_key(&mut refers("decided_by", "users"))
                    .foreign_key(&mut refers("count_id", "stock_counts"))
                    .check(Expr::cust("(status = 'posted') = (count_id IS NOT NULL)"))
                    .take(),
            )
            .await?;
        // Two devices that begin at once are on one sheet.
        unique_where(
            manager,
            SHEETS,
            &["store_id"],
            "status IN ('counting', 'waiting')",
        )
        .await?;
        index(manager, SHEETS, &["organization_id", "status"]).await?;
        manager
            .create_table(
                table(LINES)
                    .col(uuid("sheet_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(big_integer_null("counted"))
                    .col(timestamp_with_time_zone_null("counted_at"))
                    .col(uuid_null("counted_by"))
                    .col(big_integer_null("first_counted"))
                    .col(boolean("recount"))
                    .primary_key(&mut key(&["sheet_id", "product_id"]))
                    .foreign_key(&mut owned_by("sheet_id", SHEETS))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("counted_by", "users"))
                    .check(Expr::cust("counted >= 0"))
                    .check(Expr::cust("first_counted >= 0"))
                    .check(Expr::cust("counted IS NULL OR counted_at IS NOT NULL"))
                    .take(),
            )
            .await?;
        index(manager, LINES, &["organization_id"]).await?;
        index(manager, LINES, &["product_id"]).await?;
        grant(manager, PERMISSION, &["analyst"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        revoke(manager, PERMISSION).await?;
        drop_tables(manager, &[LINES, SHEETS]).await?;
        for limit in LIMITS {
            let alter = Table::alter()
                .table(ORGANIZATIONS)
                .drop_column(limit)
                .take();
            manager.alter_table(alter).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
