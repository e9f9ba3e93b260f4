//! What was ordered from suppliers, and what came of it.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PURCHASES: &str = "purchases";
const LINES: &str = "purchase_lines";
const RECEIPTS: &str = "purchase_receipts";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(PURCHASES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(big_integer("number"))
                    .col(uuid("store_id"))
                    .col(uuid("supplier_id"))
                    .col(text("status"))
                    .col(text_null("note"))
                    .col(date("ordered_on"))
                    .col(timestamp_with_time_zone("ordered_at"))
                    .col(date("expected_on"))
                    .col(uuid_null("created_by"))
                    .col(uuid_null("closed_by"))
                    .col(timestamp_with_time_zone_null("closed_at"))
                    .col(text_null("close_reason"))
                    .col(integer("version"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("supplier_id", "suppliers"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .foreign_key(&mut refers("closed_by", "users"))
                    .check(Expr::cust("expected_on >= ordered_on"))
                    .check(Expr::cust(
                        "(status IN ('received', 'cancelled')) = (closed_at IS NOT NULL)",
                    ))
                    .take(),
            )
            .await?;
        unique(manager, PURCHASES, &["organization_id", "number"]).await?;
        index(manager, PURCHASES, &["store_id", "status"]).await?;
        index(manager, PURCHASES, &["supplier_id"]).await?;
        manager
            .create_table(
                table(LINES)
                    .col(uuid("purchase_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(big_integer("packs"))
                    .col(big_integer("pack_quantity"))
                    .col(big_integer("ordered_quantity"))
                    .col(big_integer_null("pack_price_minor"))
                    .col(big_integer("received_quantity"))
                    .primary_key(&mut key(&["purchase_id", "product_id"]))
                    .foreign_key(&mut owned_by("purchase_id", PURCHASES))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("packs > 0"))
                    .check(Expr::cust("pack_quantity > 0"))
                    .check(Expr::cust("ordered_quantity = packs * pack_quantity"))
                    .check(Expr::cust("pack_price_minor >= 0"))
                    .check(Expr::cust("received_quantity >= 0"))
                    .take(),
            )
            .await?;
        index(manager, LINES, &["organization_id"]).await?;
        index(manager, LINES, &["product_id"]).await?;
        manager
            .create_table(
                table(RECEIPTS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("purchase_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(big_integer("quantity"))
                    .col(big_integer_null("pack_price_minor"))
                    .col(text_null("reason"))
                    .col(date("received_on"))
                    .col(date("best_before"))
                    .col(timestamp_with_time_zone("received_at"))
                    .col(uuid_null("received_by"))
                    .col(uuid("command_id"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut owned_by("purchase_id", PURCHASES))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("received_by", "users"))
                    .check(Expr::cust("quantity >= 0"))
                    .check(Expr::cust("quantity > 0 OR reason IS NOT NULL"))
                    .check(Expr::cust("best_before >= received_on"))
                    .take(),
            )
            .await?;
        index(manager, RECEIPTS, &["purchase_id"]).await?;
        index(
            manager,
            RECEIPTS,
            &["store_id", "product_id", "received_on"],
        )
        .await?;
        index(manager, RECEIPTS, &["product_id"]).await?;
        index(manager, RECEIPTS, &["organization_id"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[RECEIPTS, LINES, PURCHASES]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
