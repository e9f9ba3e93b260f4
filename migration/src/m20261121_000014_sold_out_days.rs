//! Who says that a shelf ran empty on a day, what was lost by it, and whether the day has been looked at since its sales
//! last changed.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

fn add(column: ColumnDef) -> TableAlterStatement {
    Table::alter()
        .table("daily_sales")
        .add_column(column)
        .take()
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        // SQLite takes one column at a time.
        for column in [
            text_null("sold_out_by"),
            big_integer_null("lost_units"),
            timestamp_with_time_zone_null("examined_at"),
        ] {
            manager.alter_table(add(column)).await?;
        }
        // Until now a day was marked only where whoever handed it in said so.
        manager
            .get_connection()
            .execute_unprepared("UPDATE daily_sales SET sold_out_by = 'told' WHERE censored")
            .await
            .map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        for column in ["examined_at", "lost_units", "sold_out_by"] {
            manager
                .alter_table(
                    Table::alter()
                        .table("daily_sales")
                        .drop_column(column)
                        .take(),
                )
                .await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
