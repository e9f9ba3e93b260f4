//! Table `job_steps`.

use chrono::{DateTime, Utc};
use domain::JobStatus;
use sea_orm::entity::prelude::*;

/// One step of a job run.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_steps")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub run_id: Uuid,
    #[sea_orm(primary_key, auto_increment = false, column_type = "Text")]
    pub name: String,
    pub organization_id: Uuid,
    /// Order in which the steps run.
    pub position: i32,
    pub status: JobStatus,
    pub attempts: i32,
    #[sea_orm(column_type = "Text")]
    pub input_hash: Option<String>,
    #[sea_orm(column_type = "JsonBinary")]
    pub detail: Json,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    #[sea_orm(belongs_to, from = "run_id", to = "id")]
    pub run: BelongsTo<super::job_run::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
