//! Counts over all organizations, for whoever watches the installation: no names, no contents, bounded in size.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::{AlertKind, AlertStatus, ImportStatus, JobKind, JobStatus, ModelAlias};
use entity::{alert, import, job_run, job_step, model_alias, model_version};
use sea_orm::sea_query::{Alias, Query};
use sea_orm::{
    ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Statement,
};
use serde_json::Value;
use uuid::Uuid;

/// A night that is over and left forecasts.
const FINISHED: [JobStatus; 2] = [JobStatus::Succeeded, JobStatus::Degraded];

/// Runs made since an instant, by status.
pub(crate) async fn list_run_counts(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> ServiceResult<Vec<(JobStatus, i64)>> {
    use job_run::Column as C;
    Ok(job_run::Entity::find()
        .select_only()
        .column(C::Status)
        .column_as(C::Id.count(), "runs")
        .filter(C::CreatedAt.gte(since))
        .group_by(C::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// Runs that wait for a worker, and when the first of them was made.
pub(crate) async fn get_queue(
    db: &impl ConnectionTrait,
) -> ServiceResult<(i64, Option<DateTime<Utc>>)> {
    use job_run::Column as C;
    let row: Option<(i64, Option<DateTime<Utc>>)> = job_run::Entity::find()
        .select_only()
        .column_as(C::Id.count(), "runs")
        .column_as(C::CreatedAt.min(), "oldest")
        .filter(C::Status.eq(JobStatus::Queued))
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.unwrap_or_default())
}

/// The run that was finished last, whoever it belongs to.
pub(crate) async fn find_last_finished(
    db: &impl ConnectionTrait,
) -> ServiceResult<Option<job_run::Model>> {
    use job_run::Column as C;
    Ok(job_run::Entity::find()
        .filter(C::Status.is_in(FINISHED))
        .filter(C::FinishedAt.is_not_null())
        .order_by_desc(C::FinishedAt)
        .one(db)
        .await?)
}

/// Name, beginning and end of the steps of a run, in order.
pub(crate) async fn list_step_times(
    db: &impl ConnectionTrait,
    run_id: Uuid,
) -> ServiceResult<Vec<(String, Option<DateTime<Utc>>, Option<DateTime<Utc>>)>> {
    use job_step::Column as C;
    Ok(job_step::Entity::find()
        .select_only()
        .column(C::Name)
        .column(C::StartedAt)
        .column(C::FinishedAt)
        .filter(C::RunId.eq(run_id))
        .order_by_asc(C::Position)
        .into_tuple()
        .all(db)
        .await?)
}

/// The last trading day that a night was finished for, by organization.
pub(crate) async fn list_last_days(
    db: &impl ConnectionTrait,
) -> ServiceResult<Vec<(Uuid, Option<NaiveDate>)>> {
    use job_run::Column as C;
    Ok(job_run::Entity::find()
        .select_only()
        .column(C::OrganizationId)
        .column_as(C::BusinessDate.max(), "last_day")
        .filter(C::Kind.eq(JobKind::Nightly))
        .filter(C::Status.is_in(FINISHED))
        .group_by(C::OrganizationId)
        .into_tuple()
        .all(db)
        .await?)
}

/// What finished steps of these names found in the latest nights of an organization, the oldest night first.
pub(crate) async fn list_findings(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    names: &[&str],
    nights: u64,
) -> ServiceResult<Vec<(NaiveDate, String, Value)>> {
    let runs: Vec<(Uuid, NaiveDate)> = job_run::Entity::find()
        .select_only()
        .column(job_run::Column::Id)
        .column(job_run::Column::BusinessDate)
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .filter(job_run::Column::Kind.eq(JobKind::Nightly))
        .filter(job_run::Column::Status.is_in(FINISHED))
        .order_by_desc(job_run::Column::BusinessDate)
        .limit(nights)
        .into_tuple()
        .all(db)
        .await?;
    let steps: Vec<(Uuid, String, Value)> = job_step::Entity::find()
        .select_only()
        .column(job_step::Column::RunId)
        .column(job_step::Column::Name)
        .column(job_step::Column::Detail)
        .filter(job_step::Column::RunId.is_in(runs.iter().map(|(id, _)| *id)))
        .filter(job_step::Column::Name.is_in(names.iter().copied()))
        .filter(job_step::Column::Status.eq(JobStatus::Succeeded))
        .into_tuple()
        .all(db)
        .await?;
    let mut found: Vec<(NaiveDate, String, Value)> = steps
        .into_iter()
        .filter_map(|(run, name, detail)| {
            let (_, day) = runs.iter().find(|(id, _)| *id == run)?;
            Some((*day, name, detail))
        })
        .collect();
    found.sort_by_key(|(day, _, _)| *day);
    Ok(found)
}

/// Alerts that are not resolved, by kind.
pub(crate) async fn list_alert_counts(
    db: &impl ConnectionTrait,
) -> ServiceResult<Vec<(AlertKind, i64)>> {
    use alert::Column as C;
    Ok(alert::Entity::find()
        .select_only()
        .column(C::Kind)
        .column_as(C::Id.count(), "alerts")
        .filter(C::Status.ne(AlertStatus::Resolved))
        .group_by(C::Kind)
        .into_tuple()
        .all(db)
        .await?)
}

/// Imports in these states, by state.
pub(crate) async fn list_import_counts(
    db: &impl ConnectionTrait,
    states: &[ImportStatus],
) -> ServiceResult<Vec<(ImportStatus, i64)>> {
    use import::Column as C;
    Ok(import::Entity::find()
        .select_only()
        .column(C::Status)
        .column_as(C::Id.count(), "imports")
        .filter(C::Status.is_in(states.iter().copied()))
        .group_by(C::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// The last trading day that each serving model was trained on.
pub(crate) async fn list_trained_on(db: &impl ConnectionTrait) -> ServiceResult<Vec<NaiveDate>> {
    let serving: Vec<Uuid> = model_alias::Entity::find()
        .select_only()
        .column(model_alias::Column::ModelVersionId)
        .filter(model_alias::Column::Alias.eq(ModelAlias::Champion))
        .into_tuple()
        .all(db)
        .await?;
    Ok(model_version::Entity::find()
        .select_only()
        .column(model_version::Column::TrainedOn)
        .filter(model_version::Column::Id.is_in(serving))
        .into_tuple()
        .all(db)
        .await?)
}

/// Names of the changes of the schema that this database has seen.
pub(crate) async fn list_migrations(db: &impl ConnectionTrait) -> ServiceResult<Vec<String>> {
    let select = Query::select()
        .column(Alias::new("version"))
        .from(Alias::new("seaql_migrations"))
        .to_owned();
    let mut names = Vec::new();
    for row in db.query_all(&select).await? {
        names.push(row.try_get("", "version")?);
    }
    Ok(names)
}

/// Bytes of the database.
pub(crate) async fn find_size(db: &impl ConnectionTrait) -> ServiceResult<Option<i64>> {
    let backend = db.get_database_backend();
    let query = match backend {
        DbBackend::Postgres => "SELECT pg_database_size(current_database()) AS bytes",
        _ => {
            "SELECT p.page_count * s.page_size AS bytes FROM pragma_page_count() p, pragma_page_size() s"
        }
    };
    let row = db
        .query_one_raw(Statement::from_string(backend, query))
        .await?;
    Ok(row.map(|row| row.try_get("", "bytes")).transpose()?)
}
