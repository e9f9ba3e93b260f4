//! Files with sales, and what was wrong with them.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{drop_tables, index, key, owned_by, refers, table, unique};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
.create_table(
table("imports")
.col(uuid("id").primary_key())
.col(uuid("organization_id"))
.col(uuid_null("store_id"))
.col(text("file_name"))
.col(big_integer("size_bytes"))
.col(text_null("sha256"))
.col(text("path"))
.col(text("status"))
.col(big_integer("rows_total"))
.col(big_integer("rows_good"))
.col(big_integer("rows_rejected"))
.col(big_integer("rows_duplicate"))
.col(big_integer("rows_applied"))
.col(big_integer("bytes_done"))
.col(integer("threshold_bp"))
.col(text_null("error"))
.col(date_null("first_date"))
.col(date_null("last_date"))
.col(uuid("command_id"))
.col(uuid_null("created_by"))
.col(timestamp_with_time_zone("created_at"))
.col(timestamp_with_time_zone("updated_at"))
.col(timestamp_with_time_zone_null("finished_at"))
.foreign_key(&mut refers("organization_id", "organizations"))
.foreign_key(&mut refers("store_id", "stores"))
.foreign_key(&mut refers("created_by", "users"))
.check(Expr::cust("size_bytes >= 0 AND bytes_done >= 0"))
.check(Expr::cust("rows_total >= 0 AND rows_good >= 0 AND rows_rejected >= 0 AND rows_duplicate >= 0 AND rows_applied >= 0"))
.check(Expr::cust("threshold_bp BETWEEN 0 AND 10000"))
.take(),
)
.await?;
        unique(manager, "imports", &["organization_id", "command_id"]).await?;
        index(manager, "imports", &["organization_id", "created_at"]).await?;
        index(manager, "imports", &["organization_id", "sha256"]).await?;
        index(manager, "imports", &["status"]).await?;

        manager
            .create_table(
                table("import_rejects")
                    .col(uuid("import_id"))
                    .col(big_integer("row_number"))
                    .col(text("column_name"))
                    .col(uuid("organization_id"))
                    .col(text("value"))
                    .col(text("reason"))
                    .col(text_null("detail"))
                    .col(text("raw_line"))
                    .primary_key(&mut key(&["import_id", "row_number", "column_name"]))
                    .foreign_key(&mut owned_by("import_id", "imports"))
                    .foreign_key(&mut refers("organization_id", "organizations"))
                    .check(Expr::cust("row_number >= 0"))
                    .take(),
            )
            .await?;
        index(manager, "import_rejects", &["organization_id"]).await?;
        Ok(())
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        drop_tables(manager, &["import_rejects", "imports"]).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
