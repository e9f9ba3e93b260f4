//! Table `model_versions`.

use chrono::{DateTime, NaiveDate, Utc};
use sea_orm::entity::prelude::*;

/// A trained model with everything that is needed to explain and repeat it.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "model_versions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    /// Counts up from 1 in the organization.
    pub number: i32,
    #[sea_orm(column_type = "Text")]
    pub family: String,
    #[sea_orm(column_type = "Text")]
    pub artifact_path: String,
    #[sea_orm(column_type = "JsonBinary")]
    pub manifest: Json,
    #[sea_orm(column_type = "Text")]
    pub schema_hash: String,
    #[sea_orm(column_type = "Text")]
    pub data_version: String,
    #[sea_orm(column_type = "Text")]
    pub code_version: String,
    pub seed: i64,
    /// Last trading day that training saw.
    pub trained_on: NaiveDate,
    #[sea_orm(column_type = "JsonBinary")]
    pub metrics: Json,
    #[sea_orm(column_type = "JsonBinary")]
    pub baseline_metrics: Json,
    /// Everything the backtest found, by window, store and horizon.
    #[sea_orm(column_type = "JsonBinary", nullable)]
    pub report: Option<Json>,
    pub passed_gate: bool,
    /// Why it passed or did not, for people.
    #[sea_orm(column_type = "Text")]
    pub reason: String,
    pub parameter_count: i64,
    pub duration_ms: i64,
    /// Set when the artifact is no longer kept; the row stays.
    pub artifact_removed_at: Option<DateTime<Utc>>,
    pub created_at: DateTime<Utc>,
}

impl ActiveModelBehavior for ActiveModel {}
