//! Rows of answers that are given again under the same `Idempotency-Key`.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::idempotent_answer::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use uuid::Uuid;

/// What is known under a caller's key, locked until the transaction ends.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    caller: &str,
    key: &str,
) -> ServiceResult<Option<idempotent_answer::Model>> {
    Ok(
        idempotent_answer::Entity::find_by_id((organization_id, caller.to_owned(), key.to_owned()))
            .lock_exclusive()
            .one(db)
            .await?,
    )
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: idempotent_answer::Model,
) -> ServiceResult<()> {
    let row = idempotent_answer::ActiveModel {
        organization_id: Set(row.organization_id),
        caller: Set(row.caller),
        idempotency_key: Set(row.idempotency_key),
        request_hash: Set(row.request_hash),
        status: Set(row.status),
        content_type: Set(row.content_type),
        body: Set(row.body),
        created_at: Set(row.created_at),
    };
    idempotent_answer::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_answer(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    caller: &str,
    key: &str,
    status: i32,
    content_type: Option<&str>,
    body: Option<&str>,
) -> ServiceResult<()> {
    idempotent_answer::Entity::update_many()
        .col_expr(C::Status, Expr::value(Some(status)))
        .col_expr(C::ContentType, Expr::value(content_type.map(str::to_owned)))
        .col_expr(C::Body, Expr::value(body.map(str::to_owned)))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Caller.eq(caller))
        .filter(C::IdempotencyKey.eq(key))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    caller: &str,
    key: &str,
) -> ServiceResult<()> {
    idempotent_answer::Entity::delete_many()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Caller.eq(caller))
        .filter(C::IdempotencyKey.eq(key))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes what all organizations were answered before a moment.
pub(crate) async fn delete_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(idempotent_answer::Entity::delete_many()
        .filter(C::CreatedAt.lte(before))
        .exec(db)
        .await?
        .rows_affected)
}
