//! Table `model_aliases`.

use chrono::{DateTime, Utc};
use domain::ModelAlias;
use sea_orm::entity::prelude::*;

/// Which model version serves under a name.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_aliases")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub organization_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub alias: ModelAlias,
    pub model_version_id: Uuid,
    pub since_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "model_version_id", to = "id")]
    pub model_version: BelongsTo<super::model_version::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
