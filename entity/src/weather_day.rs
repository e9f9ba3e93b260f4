//! Table `weather_days`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// Weather at a store on one day.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "weather_days")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub store_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub date: NaiveDate,
    pub organization_id: Uuid,
    /// Tenths of a degree Celsius.
    pub temperature_c_x10: Option<i32>,
    /// Tenths of a millimetre.
    pub precipitation_mm_x10: Option<i32>,
    pub is_forecast: bool,
    pub updated_at: DateTime<Utc>,
    #[sea_orm(belongs_to, from = "store_id", to = "id")]
    pub store: BelongsTo<super::store::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
