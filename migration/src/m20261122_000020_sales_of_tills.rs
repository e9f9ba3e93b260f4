//! Tills and scripts send what is sold: who may.

use sea_orm_migration::prelude::*;

use crate::shape::{grant, revoke};

#[derive(DeriveMigrationName)]
pub(crate) struct Migration;

const PERMISSION: &str = "sales.record";

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        grant(manager, PERMISSION, &["store_manager", "analyst"]).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        revoke(manager, PERMISSION).await
    }

    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }
}
