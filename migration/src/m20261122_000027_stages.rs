//! How long each stage of a recipe takes, besides baking.

use sea_orm_migration::{prelude::*, schema::*};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const RECIPES: &str = "recipes";
const STAGES: &str = "stages";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let stages = Table::alter()
            .table(RECIPES)
            .add_column(json_binary(STAGES).default("[]").take())
            .take();
        manager.alter_table(stages).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let stages = Table::alter().table(RECIPES).drop_column(STAGES).take();
        manager.alter_table(stages).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
