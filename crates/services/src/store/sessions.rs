//! Rows of sessions.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::{session, user};
use sea_orm::sea_query::{Expr, Query};
use sea_orm::{ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter};
use serde_json::Value;
use uuid::Uuid;

async fn organization_of(
    db: &impl ConnectionTrait,
    user_id: Option<Uuid>,
) -> ServiceResult<Option<Uuid>> {
    let Some(user_id) = user_id else {
        return Ok(None);
    };
    Ok(user::Entity::find_by_id(user_id)
        .one(db)
        .await?
        .map(|u| u.organization_id))
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    id: &str,
    user_id: Option<Uuid>,
    data: Value,
    now: DateTime<Utc>,
    expires_at: DateTime<Utc>,
) -> ServiceResult<()> {
    let row = session::ActiveModel {
        id: Set(id.to_owned()),
        user_id: Set(user_id),
        organization_id: Set(organization_of(db, user_id).await?),
        data: Set(data),
        created_at: Set(now),
        expires_at: Set(expires_at),
    };
    session::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update(
    db: &impl ConnectionTrait,
    id: &str,
    user_id: Option<Uuid>,
    data: Value,
    expires_at: DateTime<Utc>,
) -> ServiceResult<()> {
    let organization_id = organization_of(db, user_id).await?;
    session::Entity::update_many()
        .col_expr(session::Column::UserId, Expr::value(user_id))
        .col_expr(
            session::Column::OrganizationId,
            Expr::value(organization_id),
        )
        .col_expr(session::Column::Data, Expr::value(data))
        .col_expr(session::Column::ExpiresAt, Expr::value(expires_at))
        .filter(session::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    id: &str,
) -> ServiceResult<Option<session::Model>> {
    Ok(session::Entity::find_by_id(id.to_owned()).one(db).await?)
}

/// Sessions of a person that have not ended.
pub(crate) async fn list_of_user(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<Vec<session::Model>> {
    Ok(session::Entity::find()
        .filter(session::Column::UserId.eq(user_id))
        .filter(session::Column::OrganizationId.eq(organization_id))
        .filter(session::Column::ExpiresAt.gt(now))
        .all(db)
        .await?)
}

pub(crate) async fn delete(db: &impl ConnectionTrait, id: &str) -> ServiceResult<()> {
    session::Entity::delete_by_id(id.to_owned())
        .exec(db)
        .await?;
    Ok(())
}

/// Ends every session of a person.
pub(crate) async fn delete_of_user(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<u64> {
    let deleted = session::Entity::delete_many()
        .filter(session::Column::UserId.eq(user_id))
        .filter(
            session::Column::UserId.in_subquery(
                Query::select()
                    .column(user::Column::Id)
                    .from(user::Entity)
                    .and_where(user::Column::OrganizationId.eq(organization_id))
                    .to_owned(),
            ),
        )
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// Ends every session of an organization's people.
pub(crate) async fn delete_of_organization(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<u64> {
    let deleted = session::Entity::delete_many()
        .filter(session::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

pub(crate) async fn delete_expired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(session::Entity::delete_many()
        .filter(session::Column::ExpiresAt.lte(now))
        .exec(db)
        .await?
        .rows_affected)
}
