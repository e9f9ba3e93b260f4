//! Rows of mails that are to be sent. Whoever sends them sends those of all organizations.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::outgoing_mail::{self, Column as C};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait,
    QueryFilter, QueryOrder, QuerySelect,
};
use uuid::Uuid;

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: outgoing_mail::Model,
) -> ServiceResult<()> {
    outgoing_mail::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Mails about one thing that were put there since then.
pub(crate) async fn count_about(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    subject_id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(outgoing_mail::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::SubjectId.eq(subject_id))
        .filter(C::QueuedAt.gt(since))
        .count(db)
        .await?)
}

/// Not finished, and in nobody's hands.
fn free(now: DateTime<Utc>) -> Condition {
    Condition::all().add(C::FinishedAt.is_null()).add(
        Condition::any()
            .add(C::ClaimedUntil.is_null())
            .add(C::ClaimedUntil.lte(now)),
    )
}

/// Mails whose time has come, the longest waiting first.
pub(crate) async fn list_due(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    limit: u64,
) -> ServiceResult<Vec<outgoing_mail::Model>> {
    Ok(outgoing_mail::Entity::find()
        .filter(free(now))
        .filter(C::NextAttemptAt.lte(now))
        .order_by_asc(C::NextAttemptAt)
        .order_by_asc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// Takes a mail into one's hands; `false` when somebody else was quicker.
pub(crate) async fn claim(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
) -> ServiceResult<bool> {
    let result = outgoing_mail::Entity::update_many()
        .col_expr(C::ClaimedUntil, Expr::value(Some(until)))
        .col_expr(C::Attempts, Expr::col(C::Attempts).add(1))
        .filter(C::Id.eq(id))
        .filter(free(now))
        .exec(db)
        .await?;
    Ok(result.rows_affected == 1)
}

/// Puts a mail back that could not be sent.
pub(crate) async fn update_failed(
    db: &impl ConnectionTrait,
    id: Uuid,
    next_attempt_at: DateTime<Utc>,
    error: &str,
) -> ServiceResult<()> {
    outgoing_mail::Entity::update_many()
        .col_expr(C::ClaimedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(C::NextAttemptAt, Expr::value(next_attempt_at))
        .col_expr(C::Error, Expr::value(Some(error.to_owned())))
        .filter(C::Id.eq(id))
        .filter(C::FinishedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Ends a mail: `sent`, `dropped` or `given_up`.
pub(crate) async fn finish(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
    outcome: &str,
    error: Option<&str>,
) -> ServiceResult<()> {
    outgoing_mail::Entity::update_many()
        .col_expr(C::FinishedAt, Expr::value(Some(now)))
        .col_expr(C::Outcome, Expr::value(Some(outcome.to_owned())))
        .col_expr(C::Error, Expr::value(error.map(str::to_owned)))
        .col_expr(C::ClaimedUntil, Expr::value(Option::<DateTime<Utc>>::None))
        .filter(C::Id.eq(id))
        .filter(C::FinishedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes mails that were finished before a moment.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(outgoing_mail::Entity::delete_many()
        .filter(C::FinishedAt.lt(before))
        .exec(db)
        .await?
        .rows_affected)
}
