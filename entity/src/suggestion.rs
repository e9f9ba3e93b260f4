//! Table `suggestions`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::SuggestionStatus;
use sea_orm::entity::prelude::*;

/// An order that the system proposes, with its reasons.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "suggestions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    /// Days of demand that the batch must cover.
    pub covers_days: i32,
    /// Base units.
    pub quantity: i64,
    /// What a person made of it.
    pub accepted_quantity: Option<i64>,
    pub status: SuggestionStatus,
    #[sea_orm(column_type = "JsonBinary")]
    pub reasons: Json,
    pub decided_by: Option<Uuid>,
    pub decided_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub dismiss_reason: Option<String>,
    /// The order that it became.
    pub order_id: Option<Uuid>,
    pub job_run_id: Option<Uuid>,
    pub created_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
