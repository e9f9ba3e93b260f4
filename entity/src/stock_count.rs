//! Table `stock_counts`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// One walk along the shelves of a store.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_counts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub business_date: NaiveDate,
    pub counted_at: DateTime<Utc>,
    pub recorded_at: DateTime<Utc>,
    pub command_id: Uuid,
    pub actor_id: Option<Uuid>,
    #[sea_orm(column_type = "Text")]
    pub note: Option<String>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(has_many)]
    pub lines: HasMany<super::stock_count_line::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
