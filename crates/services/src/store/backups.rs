//! Rows of backups. They belong to no organization: a set holds all of them, and the operator takes it.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::{backup, import, model_version};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// A new row.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: backup::Model) -> ServiceResult<()> {
    backup::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The one that is not finished.
pub(crate) async fn find_running(
    db: &impl ConnectionTrait,
) -> ServiceResult<Option<backup::Model>> {
    Ok(backup::Entity::find()
        .filter(backup::Column::FinishedAt.is_null())
        .one(db)
        .await?)
}

/// Newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    limit: u64,
) -> ServiceResult<Vec<backup::Model>> {
    Ok(backup::Entity::find()
        .order_by_desc(backup::Column::StartedAt)
        .order_by_desc(backup::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// The newest complete one.
pub(crate) async fn find_last_done(
    db: &impl ConnectionTrait,
) -> ServiceResult<Option<backup::Model>> {
    Ok(backup::Entity::find()
        .filter(backup::Column::FinishedAt.is_not_null())
        .filter(backup::Column::Error.is_null())
        .order_by_desc(backup::Column::StartedAt)
        .one(db)
        .await?)
}

/// Those that the clock began at or after a moment, newest first.
pub(crate) async fn list_of_clock_since(
    db: &impl ConnectionTrait,
    since: DateTime<Utc>,
) -> ServiceResult<Vec<backup::Model>> {
    Ok(backup::Entity::find()
        .filter(backup::Column::Cause.eq("clock"))
        .filter(backup::Column::StartedAt.gte(since))
        .order_by_desc(backup::Column::StartedAt)
        .all(db)
        .await?)
}

/// A sign of life; `false` when it is over, or was taken from this process.
pub(crate) async fn beat(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = backup::Entity::update_many()
        .col_expr(backup::Column::HeartbeatAt, Expr::value(now))
        .filter(backup::Column::Id.eq(id))
        .filter(backup::Column::FinishedAt.is_null())
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// What a finished one is known by.
pub(crate) struct Done<'a> {
    pub name: &'a str,
    pub bytes: i64,
    pub sha256: &'a str,
}

/// Ends one that is not finished, with a set or with why there is none; `false` when it was ended already.
pub(crate) async fn finish(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    outcome: Result<Done<'_>, &str>,
) -> ServiceResult<bool> {
    use backup::Column as C;
    let update = backup::Entity::update_many()
        .col_expr(C::FinishedAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .filter(C::FinishedAt.is_null());
    let update = match outcome {
        Ok(done) => update
            .col_expr(C::Name, Expr::value(Some(done.name.to_owned())))
            .col_expr(C::Bytes, Expr::value(Some(done.bytes)))
            .col_expr(C::Sha256, Expr::value(Some(done.sha256.to_owned()))),
        Err(why) => update.col_expr(C::Error, Expr::value(Some(why.to_owned()))),
    };
    Ok(update.exec(db).await?.rows_affected == 1)
}

/// Files of uploads, of all organizations: path, size and digest.
pub(crate) async fn list_uploads(
    db: &impl ConnectionTrait,
) -> ServiceResult<Vec<(String, i64, Option<String>)>> {
    Ok(import::Entity::find()
        .select_only()
        .column(import::Column::Path)
        .column(import::Column::SizeBytes)
        .column(import::Column::Sha256)
        .into_tuple()
        .all(db)
        .await?)
}

/// Folders of models that were registered, of all organizations.
pub(crate) async fn list_artifacts(db: &impl ConnectionTrait) -> ServiceResult<Vec<String>> {
    Ok(model_version::Entity::find()
        .select_only()
        .column(model_version::Column::ArtifactPath)
        .into_tuple()
        .all(db)
        .await?)
}
