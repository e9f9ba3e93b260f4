//! Table `daily_sales`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::SoldOutBy;
use sea_orm::entity::prelude::*;

/// What one store sold of one product on one trading day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "daily_sales")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub business_date: NaiveDate,
    pub organization_id: Uuid,
    /// Base units that were bought. What was brought back is not taken off: it was wanted.
    pub quantity: i64,
    /// Less what was paid back, which can be more.
    pub revenue_minor: i64,
    pub unit_price_minor: Option<i64>,
    /// Code of the promotion that ran.
    #[sea_orm(column_type = "Text")]
    pub promotion: Option<String>,
    /// Sold out: demand was at least this.
    pub censored: bool,
    pub updated_at: DateTime<Utc>,
    /// Who says that it sold out; nothing where `censored` is false.
    pub sold_out_by: Option<SoldOutBy>,
    /// Estimate of what more would have been sold, base units; nothing where nobody could tell.
    pub lost_units: Option<i64>,
    /// When the day was last searched for an empty shelf; nothing since its sales changed.
    pub examined_at: Option<DateTime<Utc>>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
