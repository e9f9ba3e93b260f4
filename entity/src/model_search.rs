//! Table `model_searches`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A search for settings of the forecaster, or a return to the usual ones. Append-only.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_searches")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Settings with which nights train from then on; `None` = those from before stay, `{}` = the usual ones again.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub chosen: Option<Json>,
    /// Why, for people.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    /// Every trial with its results, the windows on which was judged, and the budget.
    #[sea_orm(column_type = "JsonBinary")]
    pub outcome: Json,
    #[sea_orm(column_type = "Text")]
    pub data_version: String,
    #[sea_orm(column_type = "Text")]
    pub code_version: String,
    pub seed: i64,
    pub duration_ms: i64,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
