//! Table `job_runs`.

use chrono::{DateTime, NaiveDate, Utc};
use domain::{JobKind, JobStatus, JobTrigger};
use sea_orm::entity::prelude::*;

/// One night, or another job, of one organization.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "job_runs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub organization_id: Uuid,
    pub kind: JobKind,
    pub business_date: NaiveDate,
    pub status: JobStatus,
    pub trigger: JobTrigger,
    pub requested_by: Option<Uuid>,
    /// The process that works on it.
    #[sea_orm(column_type = "Text")]
    pub owner: Option<String>,
    /// Last sign of life of the owner.
    pub heartbeat_at: Option<DateTime<Utc>>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
    #[sea_orm(column_type = "Text")]
    pub error: Option<String>,
    pub created_at: DateTime<Utc>,
    #[sea_orm(has_many)]
    pub steps: HasMany<super::job_step::Entity>,
}

impl ActiveModelBehavior for ActiveModel {}
