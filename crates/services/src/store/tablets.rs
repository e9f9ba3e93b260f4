//! Rows of shared devices.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::tablet::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// A device by the digest of what its cookie holds: it has not said yet of which organization it is.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    hash: &str,
) -> ServiceResult<Option<tablet::Model>> {
    Ok(tablet::Entity::find()
        .filter(C::TokenHash.eq(hash))
        .one(db)
        .await?)
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<tablet::Model>> {
    Ok(tablet::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// A device of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<tablet::Model> {
    tablet::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("tablet"))
}

/// Newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<tablet::Model>> {
    Ok(tablet::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        // Ids are made in the order of time.
        .order_by_desc(C::Id)
        .all(db)
        .await?)
}

pub(crate) async fn insert(db: &impl ConnectionTrait, row: tablet::Model) -> ServiceResult<()> {
    let row = tablet::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        store_id: Set(row.store_id),
        name: Set(row.name),
        token_hash: Set(row.token_hash),
        idle_minutes: Set(row.idle_minutes),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
        last_used_at: Set(row.last_used_at),
        revoked_at: Set(row.revoked_at),
    };
    tablet::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    name: &str,
    idle_minutes: i32,
) -> ServiceResult<()> {
    tablet::Entity::update_many()
        .col_expr(C::Name, Expr::value(name))
        .col_expr(C::IdleMinutes, Expr::value(idle_minutes))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_last_used_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    at: DateTime<Utc>,
) -> ServiceResult<()> {
    tablet::Entity::update_many()
        .col_expr(C::LastUsedAt, Expr::value(Some(at)))
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
    tablet::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(Some(at)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}
