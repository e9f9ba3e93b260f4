//! What shops, products and the chain sell in all: distributions of sums, as a night issued them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, refers, table};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const TOTALS: &str = "forecast_totals";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                table(TOTALS)
                    .col(text("level"))
                    .col(uuid("subject_id"))
                    .col(text("unit"))
                    .col(date("issued_on"))
                    .col(date("target_date"))
                    .col(uuid("organization_id"))
                    .col(integer("shelves"))
                    .col(big_integer("mean_milli"))
                    .col(big_integer("q05_milli"))
                    .col(big_integer("q10_milli"))
                    .col(big_integer("q20_milli"))
                    .col(big_integer("q30_milli"))
                    .col(big_integer("q40_milli"))
                    .col(big_integer("q50_milli"))
                    .col(big_integer("q60_milli"))
                    .col(big_integer("q70_milli"))
                    .col(big_integer("q80_milli"))
                    .col(big_integer("q90_milli"))
                    .col(big_integer("q95_milli"))
                    .primary_key(&mut key(&["level", "subject_id", "unit", "issued_on", "target_date"]))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("shelves >= 1"))
                    .check(Expr::cust("mean_milli >= 0"))
                    .check(Expr::cust("q05_milli >= 0 AND q05_milli <= q10_milli AND q10_milli <= q20_milli AND q20_milli <= q30_milli AND q30_milli <= q40_milli AND q40_milli <= q50_milli AND q50_milli <= q60_milli AND q60_milli <= q70_milli AND q70_milli <= q80_milli AND q80_milli <= q90_milli AND q90_milli <= q95_milli"))
                    .take(),
            )
            .await?;
        index(manager, TOTALS, &["organization_id", "issued_on"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &[TOTALS]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
