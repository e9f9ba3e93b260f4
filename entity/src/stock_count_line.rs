//! Table `stock_count_lines`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// What was found of one product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "stock_count_lines")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub count_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    pub organization_id: Uuid,
    pub store_id: Uuid,
    pub business_date: NaiveDate,
    pub counted_at: DateTime<Utc>,
    /// Base units.
    pub counted: i64,
    /// What the ledger said at that instant, in base units.
    pub expected: i64,
    #[sea_orm(belongs_to, from = "count_id", to = "id")]
    pub count: BelongsTo<super::stock_count::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
