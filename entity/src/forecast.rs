//! Table `forecasts`.

use chrono::NaiveDate;
use domain::ForecastSource;
use sea_orm::entity::prelude::*;

/// A predictive distribution for one store, product and day, in thousandths of the base unit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "forecasts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub issued_on: NaiveDate,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_date: NaiveDate,
    pub organization_id: Uuid,
    /// Days from `issued_on` to `target_date`.
    pub horizon: i32,
    pub source: ForecastSource,
    pub model_version_id: Option<Uuid>,
    pub mean_milli: i64,
    pub q05_milli: i64,
    pub q10_milli: i64,
    pub q20_milli: i64,
    pub q30_milli: i64,
    pub q40_milli: i64,
    pub q50_milli: i64,
    pub q60_milli: i64,
    pub q70_milli: i64,
    pub q80_milli: i64,
    pub q90_milli: i64,
    pub q95_milli: i64,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
