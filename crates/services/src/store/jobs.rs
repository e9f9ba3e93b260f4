//! Rows of job runs and their steps.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{JobKind, JobStatus};
use entity::{job_run, job_step, organization};
use sea_orm::sea_query::{Expr, ExprTrait, LockType, OnConflict};
use sea_orm::{
    ActiveEnum, ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait,
    IntoActiveModel, QueryFilter, QueryOrder, QuerySelect,
};
use serde_json::Value;
use uuid::Uuid;

/// The run of one night.
pub(crate) async fn find_run(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    kind: JobKind,
    business_date: NaiveDate,
) -> ServiceResult<Option<job_run::Model>> {
    Ok(job_run::Entity::find()
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .filter(job_run::Column::Kind.eq(kind))
        .filter(job_run::Column::BusinessDate.eq(business_date))
        .one(db)
        .await?)
}

/// A run by its identifier.
pub(crate) async fn find_run_by_id(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
) -> ServiceResult<Option<job_run::Model>> {
    Ok(job_run::Entity::find_by_id(run_id)
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// A new run.
pub(crate) async fn insert_run(
    db: &impl ConnectionTrait,
    run: job_run::Model,
) -> ServiceResult<()> {
    job_run::Entity::insert(run.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Runs of an organization, newest night first.
pub(crate) async fn list_runs(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    before: Option<NaiveDate>,
    limit: u64,
) -> ServiceResult<Vec<job_run::Model>> {
    let mut query =
        job_run::Entity::find().filter(job_run::Column::OrganizationId.eq(organization_id));
    if let Some(before) = before {
        query = query.filter(job_run::Column::BusinessDate.lt(before));
    }
    Ok(query
        .order_by_desc(job_run::Column::BusinessDate)
        .limit(limit)
        .all(db)
        .await?)
}

/// Steps of these runs, in order.
pub(crate) async fn list_steps(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    runs: &[Uuid],
) -> ServiceResult<Vec<job_step::Model>> {
    // As with lines of no transfers.
    if runs.is_empty() {
        return Ok(Vec::new());
    }
    Ok(job_step::Entity::find()
        .filter(job_step::Column::RunId.is_in(runs.iter().copied()))
        .filter(job_step::Column::OrganizationId.eq(organization_id))
        .order_by_asc(job_step::Column::RunId)
        .order_by_asc(job_step::Column::Position)
        .all(db)
        .await?)
}

/// Serialises claims of an organization: on PostgreSQL its row stays locked until the transaction ends.
pub(crate) async fn lock_claims(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<()> {
    organization::Entity::find_by_id(organization_id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?;
    Ok(())
}

/// Whether another run of the organization shows a sign of life since an instant.
pub(crate) async fn other_is_alive(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<bool> {
    Ok(job_run::Entity::find()
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .filter(job_run::Column::Id.ne(run_id))
        .filter(job_run::Column::Status.eq(JobStatus::Running))
        .filter(job_run::Column::HeartbeatAt.gte(since))
        .one(db)
        .await?
        .is_some())
}

/// Takes a run for a process, unless a living process has it or it is done; `false` = not taken.
pub(crate) async fn claim_run(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    dead_before: DateTime<Utc>,
) -> ServiceResult<bool> {
    use job_run::Column as C;
    let free = Condition::any().add(C::Status.eq(JobStatus::Queued)).add(
        C::Status.eq(JobStatus::Running).and(
            C::HeartbeatAt
                .is_null()
                .or(C::HeartbeatAt.lt(dead_before))
                .or(C::Owner.eq(owner)),
        ),
    );
    let result = job_run::Entity::update_many()
        .col_expr(C::Status, Expr::value(JobStatus::Running.to_value()))
        .col_expr(C::Owner, Expr::value(Some(owner.to_owned())))
        .col_expr(C::HeartbeatAt, Expr::value(Some(now)))
        .col_expr(C::StartedAt, Expr::value(Some(now)))
        .col_expr(C::FinishedAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(C::Error, Expr::value(Option::<String>::None))
        .filter(C::Id.eq(run_id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(free)
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// A sign of life; `false` when another process has taken the run over.
pub(crate) async fn beat(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = job_run::Entity::update_many()
        .col_expr(job_run::Column::HeartbeatAt, Expr::value(Some(now)))
        .filter(job_run::Column::Id.eq(run_id))
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .filter(job_run::Column::Owner.eq(owner))
        .filter(job_run::Column::Status.eq(JobStatus::Running))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Ends a run that this process owns, or puts it back into the queue; `false` when it is no longer the owner.
pub(crate) async fn set_status(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    owner: Option<&str>,
    status: JobStatus,
    finished_at: Option<DateTime<Utc>>,
    error: Option<String>,
) -> ServiceResult<bool> {
    let mut update = job_run::Entity::update_many()
        .col_expr(job_run::Column::Status, Expr::value(status.to_value()))
        .col_expr(job_run::Column::FinishedAt, Expr::value(finished_at))
        .col_expr(job_run::Column::Error, Expr::value(error))
        .filter(job_run::Column::Id.eq(run_id))
        .filter(job_run::Column::OrganizationId.eq(organization_id));
    if let Some(owner) = owner {
        update = update.filter(job_run::Column::Owner.eq(owner));
    }
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// One step of a run.
pub(crate) async fn find_step(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    name: &str,
) -> ServiceResult<Option<job_step::Model>> {
    Ok(job_step::Entity::find_by_id((run_id, name.to_owned()))
        .filter(job_step::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// Writes a step as it stands now.
pub(crate) async fn upsert_step(
    db: &impl ConnectionTrait,
    step: job_step::Model,
) -> ServiceResult<()> {
    use job_step::Column as C;
    job_step::Entity::insert(step.into_active_model())
        .on_conflict(
            OnConflict::columns([C::RunId, C::Name])
                .update_columns([
                    C::Position,
                    C::Status,
                    C::Attempts,
                    C::InputHash,
                    C::Detail,
                    C::StartedAt,
                    C::FinishedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Replaces the detail of a running step.
pub(crate) async fn update_step_detail(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
    name: &str,
    detail: Value,
) -> ServiceResult<()> {
    job_step::Entity::update_many()
        .set(job_step::ActiveModel {
            detail: Set(detail),
            ..Default::default()
        })
        .filter(job_step::Column::RunId.eq(run_id))
        .filter(job_step::Column::OrganizationId.eq(organization_id))
        .filter(job_step::Column::Name.eq(name))
        .exec(db)
        .await?;
    Ok(())
}

/// Forgets the steps of a run from a position on, so that they run again.
pub(crate) async fn delete_steps(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    run_id: Uuid,
) -> ServiceResult<()> {
    job_step::Entity::delete_many()
        .filter(job_step::Column::RunId.eq(run_id))
        .filter(job_step::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// IANA name of the organization's time zone.
pub(crate) async fn get_time_zone(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<String> {
    organization::Entity::find_by_id(organization_id)
        .select_only()
        .column(organization::Column::TimeZone)
        .into_tuple()
        .one(db)
        .await?
        .ok_or(crate::ServiceError::NotFound("organization"))
}

/// Queued runs and running ones without a sign of life since an instant, oldest night first; none while one lives.
pub(crate) async fn list_waiting(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    dead_before: DateTime<Utc>,
) -> ServiceResult<Vec<Uuid>> {
    let open = job_run::Entity::find()
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .filter(job_run::Column::Status.is_in([JobStatus::Queued, JobStatus::Running]))
        .order_by_asc(job_run::Column::BusinessDate)
        .all(db)
        .await?;
    let lives = |r: &job_run::Model| {
        r.status == JobStatus::Running && r.heartbeat_at.is_some_and(|at| at >= dead_before)
    };
    if open.iter().any(lives) {
        return Ok(Vec::new());
    }
    Ok(open.into_iter().map(|r| r.id).collect())
}
