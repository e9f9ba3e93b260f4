//! The registry of models keeps the whole report and the gate's reason of every version, says which artifacts are gone, and
//! a history of who served that nobody can rewrite. Analysts may promote models and take promotions back.

use sea_orm_migration::sea_orm::DbBackend;
use sea_orm_migration::{prelude::*, schema::*};

use crate::shape::{append_only, rewritable};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const VERSIONS: &str = "model_versions";
const HISTORY: &str = "model_alias_history";

async fn add(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: ColumnDef,
) -> Result<(), DbErr> {
    let table = Table::alter().table(table).add_column(column).take();
    manager.alter_table(table).await
}

async fn remove(
    manager: &SchemaManager<'_>,
    table: &'static str,
    column: &'static str,
) -> Result<(), DbErr> {
    let table = Table::alter().table(table).drop_column(column).take();
    manager.alter_table(table).await
}

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        add(manager, VERSIONS, json_binary_null("report").take()).await?;
        add(manager, VERSIONS, text("reason").default("").take()).await?;
        let removed = timestamp_with_time_zone_null("artifact_removed_at").take();
        add(manager, VERSIONS, removed).await?;
        let kind = text("kind").default("promotion").take();
        add(manager, HISTORY, kind).await?;
        append_only(manager, HISTORY).await?;
        let grant = match manager.get_database_backend() {
            DbBackend::Postgres => {
                "UPDATE roles SET permissions = permissions || '[\"models.promote\"]'::jsonb WHERE key = 'analyst'"
            }
            _ => {
                "UPDATE roles SET permissions = json_insert(permissions, '$[#]', 'models.promote') WHERE key = 'analyst'"
            }
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(grant).await.map(drop)
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let revoke = match manager.get_database_backend() {
            DbBackend::Postgres => "UPDATE roles SET permissions = permissions - 'models.promote'",
            _ => {
                "UPDATE roles SET permissions = (SELECT json_group_array(value) FROM json_each(permissions) WHERE value <> 'models.promote')"
            }
        };
        let connection = manager.get_connection();
        connection.execute_unprepared(revoke).await?;
        rewritable(manager, HISTORY).await?;
        remove(manager, HISTORY, "kind").await?;
        for column in ["artifact_removed_at", "reason", "report"] {
            remove(manager, VERSIONS, column).await?;
        }
        Ok(())
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
