//! Table `model_alias_history`.

use chrono::{DateTime, Utc};
use domain::{AliasChange, ModelAlias};
use sea_orm::entity::prelude::*;

/// One change of an alias. The database refuses to change or remove it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_alias_history")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub alias: ModelAlias,
    pub kind: AliasChange,
    pub from_version_id: Option<Uuid>,
    pub to_version_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub actor_id: Option<Uuid>,
    pub at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
