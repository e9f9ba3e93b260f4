//! What came out of an order, part by part, each part with a lot of its own.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const BATCHES: &str = "order_batches";
const LOTS: &str = "lots";
const PART: &str = "part";

/// What was completed before came out at once; its batch takes the order's identifier, which no other batch has.
const BACKFILL: &str = "INSERT INTO order_batches (id, organization_id, order_id, part, produced_quantity, lost_quantity, \
     loss_reason, completed_at, recorded_at, completed_by, command_id, lot_id, reversed_at) \
     SELECT o.id, o.organization_id, o.id, 1, COALESCE(o.produced_quantity, 0), COALESCE(o.lost_quantity, 0), \
     CASE WHEN o.lost_quantity > 0 THEN 'unknown' END, COALESCE(o.completed_at, o.updated_at), \
     COALESCE(o.completed_at, o.updated_at), o.completed_by, NULL, l.id, NULL \
     FROM production_orders o LEFT JOIN lots l ON l.order_id = o.id WHERE o.status = 'completed'";

/// One lot an order, with everything that came out of it: the shape of before has no place for more. Only the lot that stays is written:
/// SQLite reads what it wrote a row before.
const ONE_LOT: [&str; 2] = [
    "UPDATE lots SET produced_quantity = (SELECT CAST(SUM(other.produced_quantity) AS BIGINT) FROM lots other \
     WHERE other.order_id = lots.order_id) WHERE NOT EXISTS (SELECT 1 FROM lots other \
     WHERE other.order_id = lots.order_id AND other.part < lots.part)",
    "DELETE FROM lots WHERE EXISTS (SELECT 1 FROM lots other \
     WHERE other.order_id = lots.order_id AND other.part < lots.part)",
];

async fn drop_unique(manager: &SchemaManager<'_>, name: &str) -> Result<(), DbErr> {
    let mut unique = Index::drop();
    unique.name(name).table(LOTS);
    manager.drop_index(unique).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let part = Table::alter()
            .table(LOTS)
            .add_column(integer(PART).default(1).take())
            .take();
        manager.alter_table(part).await?;
        drop_unique(manager, "uq_lots_order_id").await?;
        unique(manager, LOTS, &["order_id", PART]).await?;
        manager
            .create_table(
                table(BATCHES)
                    .col(uuid("id").primary_key())
                    .col(uuid("organization_id"))
                    .col(uuid("order_id"))
                    .col(integer(PART))
                    .col(big_integer("produced_quantity"))
                    .col(big_integer("lost_quantity"))
                    .col(text_null("loss_reason"))
                    .col(timestamp_with_time_zone("completed_at"))
                    .col(timestamp_with_time_zone("recorded_at"))
                    .col(uuid_null("completed_by"))
                    .col(uuid_null("command_id"))
                    .col(uuid_null("lot_id"))
                    .col(timestamp_with_time_zone_null("reversed_at"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .foreign_key(&mut refers("order_id", "production_orders"))
                    .foreign_key(&mut refers("completed_by", "users"))
                    .foreign_key(&mut refers("lot_id", LOTS))
                    .check(Expr::cust("part >= 1"))
                    .check(Expr::cust("produced_quantity >= 0"))
                    .check(Expr::cust("lost_quantity >= 0"))
                    .check(Expr::cust(
                        "(lost_quantity > 0) = (loss_reason IS NOT NULL)",
                    ))
                    .check(Expr::cust("reversed_at IS NULL OR lot_id IS NULL"))
                    .take(),
            )
            .await?;
        // Two devices that finish at once are two parts, or one of them tries again.
        unique(manager, BATCHES, &["order_id", PART]).await?;
        index(manager, BATCHES, &["organization_id", "recorded_at"]).await?;
        index(manager, BATCHES, &["lot_id"]).await?;
        manager
            .get_connection()
            .execute_unprepared(BACKFILL)
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[BATCHES]).await?;
        for statement in ONE_LOT {
            manager
                .get_connection()
                .execute_unprepared(statement)
                .await?;
        }
        drop_unique(manager, "uq_lots_order_id_part").await?;
        let part = Table::alter().table(LOTS).drop_column(PART).take();
        manager.alter_table(part).await?;
        unique(manager, LOTS, &["order_id"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
