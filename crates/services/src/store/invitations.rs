//! Rows of invitations.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::invitation::{self, Column as C};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect, Select,
};
use uuid::Uuid;

/// Those that are neither accepted nor revoked.
fn open(organization_id: Uuid) -> Select<invitation::Entity> {
    invitation::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::AcceptedAt.is_null())
        .filter(C::RevokedAt.is_null())
}

/// An invitation by the digest of its link: who follows one has not said of which organization.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    hash: &str,
) -> ServiceResult<Option<invitation::Model>> {
    Ok(invitation::Entity::find()
        .filter(C::TokenHash.eq(hash))
        .one(db)
        .await?)
}

pub(crate) async fn find_open_by_email(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    email: &str,
) -> ServiceResult<Option<invitation::Model>> {
    Ok(open(organization_id)
        .filter(C::Email.eq(email))
        .one(db)
        .await?)
}

/// An open invitation, locked until the transaction ends.
pub(crate) async fn get_open_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<invitation::Model> {
    open(organization_id)
        .filter(C::Id.eq(id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("invitation"))
}

/// Open invitations, newest first.
pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<invitation::Model>> {
    Ok(open(organization_id)
        .order_by_desc(C::CreatedAt)
        .order_by_desc(C::Id)
        .all(db)
        .await?)
}

pub(crate) async fn insert(db: &impl ConnectionTrait, row: invitation::Model) -> ServiceResult<()> {
    invitation::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Ends the link that was sent and gives more time for the next, for which whoever sends it again answers.
pub(crate) async fn update_renewed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    invited_by: Option<Uuid>,
    expires_at: DateTime<Utc>,
) -> ServiceResult<()> {
    invitation::Entity::update_many()
        .col_expr(C::TokenHash, Expr::value(Option::<String>::None))
        .col_expr(C::SentAt, Expr::value(Option::<DateTime<Utc>>::None))
        .col_expr(C::InvitedBy, Expr::value(invited_by))
        .col_expr(C::ExpiresAt, Expr::value(expires_at))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Puts the digest of a new link in the place of the one before.
pub(crate) async fn update_token(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    hash: &str,
) -> ServiceResult<()> {
    invitation::Entity::update_many()
        .col_expr(C::TokenHash, Expr::value(Some(hash.to_owned())))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_sent(
    db: &impl ConnectionTrait,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    invitation::Entity::update_many()
        .col_expr(C::SentAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_accepted(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    invitation::Entity::update_many()
        .col_expr(C::AcceptedAt, Expr::value(Some(now)))
        .col_expr(C::AcceptedBy, Expr::value(Some(user_id)))
        .col_expr(C::TokenHash, Expr::value(Option::<String>::None))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_revoked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    invitation::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(Some(now)))
        .col_expr(C::TokenHash, Expr::value(Option::<String>::None))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}
