//! Rows of exports: files with everything that an organization owns, and the work on them.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::{import, model_version, organization_export as export};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// A new row.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: export::Model) -> ServiceResult<()> {
    export::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    limit: u64,
) -> ServiceResult<Vec<export::Model>> {
    Ok(export::Entity::find()
        .filter(export::Column::OrganizationId.eq(organization_id))
        .order_by_desc(export::Column::RequestedAt)
        .order_by_desc(export::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<export::Model> {
    export::Entity::find_by_id(id)
        .filter(export::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("export"))
}

/// The one that is not finished.
pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<export::Model>> {
    Ok(export::Entity::find()
        .filter(export::Column::OrganizationId.eq(organization_id))
        .filter(export::Column::FinishedAt.is_null())
        .one(db)
        .await?)
}

/// Of all organizations those that nobody works on: never begun, or without a sign of life since a moment. Oldest first.
pub(crate) async fn list_waiting(
    db: &impl ConnectionTrait,
    silent_since: DateTime<Utc>,
) -> ServiceResult<Vec<export::Model>> {
    Ok(export::Entity::find()
        .filter(export::Column::FinishedAt.is_null())
        .filter(nobody_at_it(silent_since))
        .order_by_asc(export::Column::RequestedAt)
        .all(db)
        .await?)
}

fn nobody_at_it(silent_since: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(export::Column::HeartbeatAt.is_null())
        .add(export::Column::HeartbeatAt.lt(silent_since))
}

/// Makes a process the one who writes it, from the start; false where another one is at it.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    silent_since: DateTime<Utc>,
) -> ServiceResult<bool> {
    let claimed = export::Entity::update_many()
        .col_expr(export::Column::Status, Expr::value("running"))
        .col_expr(export::Column::Owner, Expr::value(owner))
        .col_expr(export::Column::HeartbeatAt, Expr::value(now))
        .col_expr(export::Column::TablesDone, Expr::value(0))
        .col_expr(export::Column::RowsDone, Expr::value(0_i64))
        .filter(export::Column::Id.eq(id))
        .filter(export::Column::OrganizationId.eq(organization_id))
        .filter(export::Column::FinishedAt.is_null())
        .filter(nobody_at_it(silent_since))
        .exec(db)
        .await?;
    Ok(claimed.rows_affected == 1)
}

/// Gives a sign of life; false where another process has taken the work over.
pub(crate) async fn update_progress(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    (tables, rows): (i32, i64),
) -> ServiceResult<bool> {
    let updated = export::Entity::update_many()
        .col_expr(export::Column::HeartbeatAt, Expr::value(now))
        .col_expr(export::Column::TablesDone, Expr::value(tables))
        .col_expr(export::Column::RowsDone, Expr::value(rows))
        .filter(export::Column::Id.eq(id))
        .filter(export::Column::OrganizationId.eq(organization_id))
        .filter(export::Column::Owner.eq(owner))
        .filter(export::Column::FinishedAt.is_null())
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// A file that is complete.
#[derive(Clone, Debug)]
pub(crate) struct Written<'a> {
    pub path: &'a str,
    pub bytes: i64,
    pub sha256: &'a str,
    pub expires_at: DateTime<Utc>,
}

/// Finishes it, with a file or with the reason why there is none; false where another process has taken the work over.
pub(crate) async fn update_finished(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    result: Result<Written<'_>, &str>,
) -> ServiceResult<bool> {
    let update = export::Entity::update_many()
        .col_expr(export::Column::FinishedAt, Expr::value(now))
        .filter(export::Column::Id.eq(id))
        .filter(export::Column::OrganizationId.eq(organization_id))
        .filter(export::Column::Owner.eq(owner))
        .filter(export::Column::FinishedAt.is_null());
    let update = match result {
        Ok(written) => update
            .col_expr(export::Column::Status, Expr::value("succeeded"))
            .col_expr(export::Column::Path, Expr::value(written.path))
            .col_expr(export::Column::Bytes, Expr::value(written.bytes))
            .col_expr(export::Column::Sha256, Expr::value(written.sha256))
            .col_expr(export::Column::ExpiresAt, Expr::value(written.expires_at)),
        Err(error) => update
            .col_expr(export::Column::Status, Expr::value("failed"))
            .col_expr(export::Column::Error, Expr::value(error)),
    };
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Of all organizations those whose file is to be deleted.
pub(crate) async fn list_expired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<Vec<export::Model>> {
    Ok(export::Entity::find()
        .filter(export::Column::ExpiresAt.lte(now))
        .filter(export::Column::RemovedAt.is_null())
        .all(db)
        .await?)
}

/// Writes down that the file is gone.
pub(crate) async fn update_removed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    export::Entity::update_many()
        .col_expr(export::Column::RemovedAt, Expr::value(now))
        .filter(export::Column::Id.eq(id))
        .filter(export::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Files of an organization's uploads, below the data folder.
pub(crate) async fn list_uploads(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<String>> {
    Ok(import::Entity::find()
        .select_only()
        .column(import::Column::Path)
        .filter(import::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?)
}

/// Folders of an organization's models, below the data folder.
pub(crate) async fn list_artifacts(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<String>> {
    Ok(model_version::Entity::find()
        .select_only()
        .column(model_version::Column::ArtifactPath)
        .filter(model_version::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?)
}

/// Every export of an organization, whatever became of it.
pub(crate) async fn list_ids(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<Uuid>> {
    Ok(export::Entity::find()
        .select_only()
        .column(export::Column::Id)
        .filter(export::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?)
}

/// How many an organization asked for since a moment, but for those of which nothing came.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(export::Entity::find()
        .filter(export::Column::OrganizationId.eq(organization_id))
        .filter(export::Column::RequestedAt.gte(since))
        .filter(export::Column::Status.ne("failed"))
        .count(db)
        .await?)
}
