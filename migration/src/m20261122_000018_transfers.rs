//! Goods on their way from store to store, and who may send them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, grant, index, key, owned_by, refers, revoke, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TRANSFERS: &str = "transfers";
const LINES: &str = "transfer_lines";
const PARTS: &str = "transfer_parts";
const MOVEMENTS: &str = "stock_movements";
const PERMISSION: &str = "stock.transfer";
const ROLES: &[&str] = &["store_manager", "production", "analyst"];

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(TRANSFERS)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(big_integer("number"))
                    .col(uuid("from_store_id"))
                    .col(uuid("to_store_id"))
                    .col(text("status"))
                    .col(text_null("note"))
                    .col(uuid_null("requested_by"))
                    .col(timestamp_with_time_zone("requested_at"))
                    .col(uuid_null("sent_by"))
                    .col(timestamp_with_time_zone_null("sent_at"))
                    .col(uuid_null("received_by"))
                    .col(timestamp_with_time_zone_null("received_at"))
                    .col(date_null("received_on"))
                    .col(uuid_null("cancelled_by"))
                    .col(timestamp_with_time_zone_null("cancelled_at"))
                    .col(text_null("cancel_reason"))
                    .col(integer("version"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("from_store_id", "stores"))
                    .foreign_key(&mut refers("to_store_id", "stores"))
                    .foreign_key(&mut refers("requested_by", "users"))
                    .foreign_key(&mut refers("sent_by", "users"))
                    .foreign_key(&mut refers("received_by", "users"))
                    .foreign_key(&mut refers("cancelled_by", "users"))
                    .check(Expr::cust("from_store_id <> to_store_id"))
                    .check(Expr::cust(
                        "(status = 'received') = (received_on IS NOT NULL)",
                    ))
                    .take(),
            )
            .await?;
        unique(manager, TRANSFERS, &["organization_id", "number"]).await?;
        index(manager, TRANSFERS, &["organization_id", "status", "number"]).await?;
        index(manager, TRANSFERS, &["from_store_id", "status"]).await?;
        index(
            manager,
            TRANSFERS,
            &["to_store_id", "status", "received_on"],
        )
        .await?;
        manager
            .create_table(
                table(LINES)
                    .col(uuid("transfer_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(big_integer("requested_quantity"))
                    .col(big_integer_null("sent_quantity"))
                    .col(big_integer_null("received_quantity"))
                    .col(text_null("reason"))
                    .primary_key(&mut key(&["transfer_id", "product_id"]))
                    .foreign_key(&mut owned_by("transfer_id", TRANSFERS))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("requested_quantity >= 0"))
                    .check(Expr::cust("sent_quantity >= 0"))
                    .check(Expr::cust("received_quantity >= 0"))
                    .check(Expr::cust(
                        "received_quantity IS NULL OR received_quantity = sent_quantity OR reason IS NOT NULL",
                    ))
                    .take(),
            )
            .await?;
        index(manager, LINES, &["organization_id"]).await?;
        index(manager, LINES, &["product_id"]).await?;
        manager
            .create_table(
                table(PARTS)
                    .col(uuid("id").primary_key())
                    .col(uuid("transfer_id"))
                    .col(uuid("product_id"))
                    .col(uuid("organization_id"))
                    .col(date("made_on"))
                    .col(date("best_before"))
                    .col(big_integer("sent_quantity"))
                    .foreign_key(&mut owned_by("transfer_id", TRANSFERS))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("sent_quantity > 0"))
                    .take(),
            )
            .await?;
        index(manager, PARTS, &["transfer_id"]).await?;
        index(manager, PARTS, &["organization_id"]).await?;
        let transfer = Table::alter()
            .table(MOVEMENTS)
            .add_column(uuid_null("transfer_id").take())
            .take();
        manager.alter_table(transfer).await?;
        index(manager, MOVEMENTS, &["transfer_id"]).await?;
        grant(manager, PERMISSION, ROLES).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        revoke(manager, PERMISSION).await?;
        crate::shape::drop_index(manager, MOVEMENTS, &["transfer_id"]).await?;
        let transfer = Table::alter()
            .table(MOVEMENTS)
            .drop_column("transfer_id")
            .take();
        manager.alter_table(transfer).await?;
        drop_tables(manager, &[PARTS, LINES, TRANSFERS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
