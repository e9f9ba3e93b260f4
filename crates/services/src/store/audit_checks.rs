//! Rows of checks of the audit log.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::audit_check::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// The newest check.
pub(crate) async fn find_newest(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<audit_check::Model>> {
    Ok(audit_check::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_desc(C::Id)
        .limit(1)
        .one(db)
        .await?)
}

/// The check that is under way.
pub(crate) async fn find_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<audit_check::Model>> {
    Ok(audit_check::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::FinishedAt.is_null())
        .one(db)
        .await?)
}

/// A new check.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: audit_check::Model,
) -> ServiceResult<()> {
    audit_check::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Checks that nobody works on: without a sign of life since a moment.
fn left_lying(dead_before: DateTime<Utc>) -> Condition {
    Condition::any()
        .add(C::HeartbeatAt.is_null())
        .add(C::HeartbeatAt.lt(dead_before))
}

/// Organizations with a check that nobody works on, at most so many.
pub(crate) async fn list_organizations_left_lying(
    db: &impl ConnectionTrait,
    dead_before: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<Vec<Uuid>> {
    Ok(audit_check::Entity::find()
        .select_only()
        .column(C::OrganizationId)
        .filter(C::FinishedAt.is_null())
        .filter(left_lying(dead_before))
        .order_by_asc(C::OrganizationId)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?)
}

/// Takes a check for a process; `false` where another one is at it.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    dead_before: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = audit_check::Entity::update_many()
        .col_expr(C::Owner, Expr::value(Some(owner.to_owned())))
        .col_expr(C::HeartbeatAt, Expr::value(Some(now)))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Id.eq(id))
        .filter(C::FinishedAt.is_null())
        .filter(left_lying(dead_before))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// How far a check is, or how it ended.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    pub checked: i64,
    pub checked_hash: String,
    pub finished_at: Option<DateTime<Utc>>,
    pub broken_at: Option<i64>,
    pub message: Option<String>,
}

/// Writes down how far a check is; `false` where it is no longer this process's.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    owner: &str,
    now: DateTime<Utc>,
    progress: Progress,
) -> ServiceResult<bool> {
    let result = audit_check::Entity::update_many()
        .col_expr(C::Checked, Expr::value(progress.checked))
        .col_expr(C::CheckedHash, Expr::value(progress.checked_hash))
        .col_expr(C::HeartbeatAt, Expr::value(Some(now)))
        .col_expr(C::FinishedAt, Expr::value(progress.finished_at))
        .col_expr(C::BrokenAt, Expr::value(progress.broken_at))
        .col_expr(C::Message, Expr::value(progress.message))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Id.eq(id))
        .filter(C::Owner.eq(owner))
        .filter(C::FinishedAt.is_null())
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}
