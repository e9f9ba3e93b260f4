//! Table `suggestion_versions`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// What a suggestion said before it was computed again and said something else. Append-only.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suggestion_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub suggestion_id: Uuid,
    /// Counts up in the suggestion from 1.
    #[sea_orm(primary_key, auto_increment = false)]
    pub number: i32,
    pub organization_id: Uuid,
    /// Base units.
    pub quantity: i64,
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    pub job_run_id: Option<Uuid>,
    /// When it was computed last with this result.
    pub computed_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "suggestion_id", to = "id")]
    pub suggestion: BelongsTo<super::suggestion::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
