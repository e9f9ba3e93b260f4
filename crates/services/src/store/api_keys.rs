//! Rows of keys of programs.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::api_key::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// A key by the digest of its text: who brings one has not said yet of which organization they are.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    hash: &str,
) -> ServiceResult<Option<api_key::Model>> {
    Ok(api_key::Entity::find()
        .filter(C::SecretHash.eq(hash))
        .one(db)
        .await?)
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<api_key::Model>> {
    Ok(api_key::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// A key of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<api_key::Model> {
    api_key::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("api key"))
}

/// Newest first; at most so many, beginning after the one that is named.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    after: Option<Uuid>,
    limit: u64,
) -> ServiceResult<Vec<api_key::Model>> {
    let mut query = api_key::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let Some(after) = after {
        query = query.filter(C::Id.lt(after));
    }
    // Ids are made in the order of time.
    Ok(query.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// Whether another key already stands in the place of this one.
pub(crate) async fn has_successor(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<bool> {
    Ok(api_key::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::RotatedFrom.eq(id))
        .one(db)
        .await?
        .is_some())
}

pub(crate) async fn insert(db: &impl ConnectionTrait, row: api_key::Model) -> ServiceResult<()> {
    let row = api_key::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        name: Set(row.name),
        prefix: Set(row.prefix),
        secret_hash: Set(row.secret_hash),
        permissions: Set(row.permissions),
        all_stores: Set(row.all_stores),
        stores: Set(row.stores),
        rate_per_minute: Set(row.rate_per_minute),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
        expires_at: Set(row.expires_at),
        last_used_at: Set(row.last_used_at),
        revoked_at: Set(row.revoked_at),
        rotated_from: Set(row.rotated_from),
    };
    api_key::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_expires_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
) -> ServiceResult<()> {
    api_key::Entity::update_many()
        .col_expr(C::ExpiresAt, Expr::value(Some(at)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_revoked_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
) -> ServiceResult<()> {
    api_key::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(Some(at)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Writes down that a key was used, unless another process did so since `before`.
pub(crate) async fn update_last_used_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
    before: DateTime<Utc>,
) -> ServiceResult<()> {
    let is_due = Condition::any()
        .add(C::LastUsedAt.is_null())
        .add(C::LastUsedAt.lte(before));
    api_key::Entity::update_many()
        .col_expr(C::LastUsedAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(is_due)
        .exec(db)
        .await?;
    Ok(())
}
