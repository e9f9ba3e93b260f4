//! Table `live_events`.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;

/// A change that open screens should hear of.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "live_events")]
pub struct Model {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub organization_id: Uuid,
    pub store_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub topic: String,
    pub subject_id: Option<Uuid>,
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
