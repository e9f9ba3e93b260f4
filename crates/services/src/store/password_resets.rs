//! Rows of links for new passwords.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::password_reset::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QuerySelect,
};
use uuid::Uuid;

/// A link by its digest: who follows one has not said of which organization they are.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    hash: &str,
) -> ServiceResult<Option<password_reset::Model>> {
    Ok(password_reset::Entity::find()
        .filter(C::TokenHash.eq(hash))
        .one(db)
        .await?)
}

/// A link of the organization, locked until the transaction ends.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<password_reset::Model>> {
    Ok(password_reset::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?)
}

/// Links that were made for a person since a moment.
pub(crate) async fn count_since(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(password_reset::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .filter(C::CreatedAt.gt(since))
        .count(db)
        .await?)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: password_reset::Model,
) -> ServiceResult<()> {
    password_reset::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Puts a new link in the place of one that may not have arrived.
pub(crate) async fn update_token(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    hash: &str,
    expires_at: DateTime<Utc>,
) -> ServiceResult<()> {
    password_reset::Entity::update_many()
        .col_expr(C::TokenHash, Expr::value(hash))
        .col_expr(C::ExpiresAt, Expr::value(expires_at))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends every link of a person.
pub(crate) async fn update_of_user_used(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    password_reset::Entity::update_many()
        .col_expr(C::UsedAt, Expr::value(Some(now)))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .filter(C::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes links of all organizations that ended before a moment.
pub(crate) async fn delete_expired(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(password_reset::Entity::delete_many()
        .filter(C::ExpiresAt.lte(before))
        .exec(db)
        .await?
        .rows_affected)
}
