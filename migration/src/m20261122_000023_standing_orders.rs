//! Standing orders, and which of them made an order for which day.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const STANDING: &str = "standing_orders";
const ORDERS: &str = "production_orders";
const MADE_BY: &str = "standing_order_id";
const MADE_FOR: &str = "standing_date";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(STANDING)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("store_id"))
                    .col(uuid("product_id"))
                    .col(integer("weekdays"))
                    .col(big_integer("quantity"))
                    .col(date("valid_from"))
                    .col(date_null("valid_until"))
                    .col(text_null("note"))
                    .col(boolean("is_active"))
                    .col(integer("version"))
                    .col(uuid_null("created_by"))
                    .col(timestamp_with_time_zone("created_at"))
                    .col(timestamp_with_time_zone("updated_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("store_id", "stores"))
                    .foreign_key(&mut refers("product_id", "products"))
                    .foreign_key(&mut refers("created_by", "users"))
                    .check(Expr::cust("weekdays BETWEEN 1 AND 127"))
                    .check(Expr::cust("quantity > 0"))
                    .check(Expr::cust("valid_until >= valid_from"))
                    .take(),
            )
            .await?;
        index(manager, STANDING, &["organization_id", "is_active"]).await?;
        index(manager, STANDING, &["store_id"]).await?;
        index(manager, STANDING, &["product_id"]).await?;
        // No foreign key: SQLite cannot add one to a table that is there. Standing orders are ended and never removed.
        let made_by = Table::alter()
            .table(ORDERS)
            .add_column(uuid_null(MADE_BY).take())
            .take();
        manager.alter_table(made_by).await?;
        let made_for = Table::alter()
            .table(ORDERS)
            .add_column(date_null(MADE_FOR).take())
            .take();
        manager.alter_table(made_for).await?;
        // Whoever looks first makes the order of a day; nobody makes it again, whatever became of it.
        unique(manager, ORDERS, &[MADE_BY, MADE_FOR]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let mut made_once = Index::drop();
        made_once
            .name(format!("uq_{ORDERS}_{MADE_BY}_{MADE_FOR}"))
            .table(ORDERS);
        manager.drop_index(made_once).await?;
        for column in [MADE_FOR, MADE_BY] {
            let gone = Table::alter().table(ORDERS).drop_column(column).take();
            manager.alter_table(gone).await?;
        }
        drop_tables(manager, &[STANDING]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
