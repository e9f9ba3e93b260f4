//! Rows of invitations to make an organization. They belong to the operator: there is no organization yet.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::organization_invitation as invitation;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder,
};
use uuid::Uuid;

/// A new one in the place of whatever the address had.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    row: invitation::Model,
) -> ServiceResult<()> {
    invitation::Entity::delete_many()
        .filter(invitation::Column::Email.eq(row.email.as_str()))
        .exec(db)
        .await?;
    invitation::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Those that can still be used, the newest first.
pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<Vec<invitation::Model>> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::ExpiresAt.gt(now))
        .order_by_desc(invitation::Column::CreatedAt)
        .order_by_desc(invitation::Column::Id)
        .all(db)
        .await?)
}

/// The one of an address.
pub(crate) async fn find_by_email(
    db: &impl ConnectionTrait,
    email: &str,
) -> ServiceResult<Option<invitation::Model>> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::Email.eq(email))
        .one(db)
        .await?)
}

/// The one of a token.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    token_hash: &str,
) -> ServiceResult<Option<invitation::Model>> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::TokenHash.eq(token_hash))
        .one(db)
        .await?)
}

/// Gives one another token; `false` where it was used or replaced, or works no more.
pub(crate) async fn update_token(
    db: &impl ConnectionTrait,
    id: Uuid,
    token_hash: &str,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let updated = invitation::Entity::update_many()
        .col_expr(
            invitation::Column::TokenHash,
            Expr::value(token_hash.to_owned()),
        )
        .filter(invitation::Column::Id.eq(id))
        .filter(invitation::Column::ExpiresAt.gt(now))
        .exec(db)
        .await?;
    Ok(updated.rows_affected == 1)
}

/// So many came of this cause and can still be used.
pub(crate) async fn count_open(
    db: &impl ConnectionTrait,
    cause: &str,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(invitation::Entity::find()
        .filter(invitation::Column::Cause.eq(cause))
        .filter(invitation::Column::ExpiresAt.gt(now))
        .count(db)
        .await?)
}

/// Uses one up; false where somebody else was faster.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<bool> {
    let deleted = invitation::Entity::delete_by_id(id).exec(db).await?;
    Ok(deleted.rows_affected == 1)
}

/// Deletes those that can no longer be used.
pub(crate) async fn delete_expired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    let deleted = invitation::Entity::delete_many()
        .filter(invitation::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
