//! Terms that somebody chose for one shelf instead of its product's, and the share of missed sales that buy something else.

use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{grant, revoke};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PRODUCTS: &str = "products";
const SHELVES: &str = "store_products";
const SHARE: &str = "substitution_share_bp";
const CHOSEN: [&str; 6] = [
    "policy",
    "ratio_by",
    "service_level_bp",
    "salvage_minor",
    SHARE,
    "policy_version",
];
const PERMISSION: &str = "policies.write";

/// SQLite takes one column at a time.
async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let alter = Table::alter().table(table).add_column(column).take();
    manager.alter_table(alter).await
}

async fn remove(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let alter = Table::alter().table(table).drop_column(column).take();
    manager.alter_table(alter).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, PRODUCTS, integer(SHARE).default(0).take()).await?;
        for column in [
            text_null("policy"),
            text_null("ratio_by"),
            integer_null("service_level_bp"),
            big_integer_null("salvage_minor"),
            integer_null(SHARE),
            integer("policy_version").default(0).take(),
        ] {
            add(manager, SHELVES, column).await?;
        }
        grant(manager, PERMISSION, &["analyst"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        revoke(manager, PERMISSION).await?;
        for column in CHOSEN {
            remove(manager, SHELVES, column).await?;
        }
        remove(manager, PRODUCTS, SHARE).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
