//! Table `forecast_scores`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::ForecastSource;
use sea_orm::entity::prelude::*;

/// How good one forecast was, once the day was over.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "forecast_scores")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub product_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_date: NaiveDate,
    #[sea_orm(primary_key, auto_increment = false)]
    pub horizon: i32,
    pub organization_id: Uuid,
    pub issued_on: NaiveDate,
    pub source: ForecastSource,
    pub model_version_id: Option<Uuid>,
    /// Base units.
    pub actual: i64,
    pub mean_milli: i64,
    pub q50_milli: i64,
    pub absolute_error_milli: i64,
    pub quantile_loss_milli: i64,
    /// Whether the actual lay between q10 and q90.
    pub inside_80: bool,
    pub baseline_q50_milli: Option<i64>,
    /// Base units.
    pub override_quantity: Option<i64>,
    pub censored: bool,
    pub scored_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
    #[sea_orm(belongs_to, from = "product_id", to = "id")]
    pub product: BelongsTo<super::product::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
