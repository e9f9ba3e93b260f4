//! Table `forecast_totals`.

use chrono::NaiveDate;
use domain::{TotalLevel, Unit};
use sea_orm::entity::prelude::*;

/// What a shop, a product or the chain sells in all on a day, in thousandths of the base unit; one row by unit.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "forecast_totals")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub level: TotalLevel,
    /// The store, the product, or the organization itself.
    #[sea_orm(primary_key, auto_increment = false)]
    pub subject_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false)]
    pub unit: Unit,
    #[sea_orm(primary_key, auto_increment = false)]
    pub issued_on: NaiveDate,
    #[sea_orm(primary_key, auto_increment = false)]
    pub target_date: NaiveDate,
    pub organization_id: Uuid,
    /// Forecasts that are added up.
    pub shelves: i32,
    /// Exactly the sum of theirs.
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
}

impl ActiveModelBehavior for ActiveModel {}
