//! Rows of refresh tokens and of what access tokens are signed with.

use crate::tokens::Subject;
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::refresh_token::{self, Column as C};
use entity::{signing_key, user};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// A refresh token by its digest: who brings one has not said yet of which organization they are.
pub(crate) async fn find_by_hash(
    db: &impl ConnectionTrait,
    hash: &str,
) -> ServiceResult<Option<refresh_token::Model>> {
    Ok(refresh_token::Entity::find()
        .filter(C::TokenHash.eq(hash))
        .one(db)
        .await?)
}

/// A refresh token of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<refresh_token::Model> {
    refresh_token::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("refresh token"))
}

/// Whether a family of this person or key is there and was not ended.
pub(crate) async fn has_family(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    family_id: Uuid,
    subject: Subject,
) -> ServiceResult<bool> {
    let of = match subject {
        Subject::Person(id) => C::UserId.eq(id),
        Subject::Key(id) => C::ApiKeyId.eq(id),
    };
    let row: Option<Uuid> = refresh_token::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::FamilyId.eq(family_id))
        .filter(of)
        .filter(C::RevokedAt.is_null())
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.is_some())
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: refresh_token::Model,
) -> ServiceResult<()> {
    let row = refresh_token::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        family_id: Set(row.family_id),
        user_id: Set(row.user_id),
        api_key_id: Set(row.api_key_id),
        token_epoch: Set(row.token_epoch),
        token_hash: Set(row.token_hash),
        issued_at: Set(row.issued_at),
        expires_at: Set(row.expires_at),
        used_at: Set(row.used_at),
        revoked_at: Set(row.revoked_at),
    };
    refresh_token::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_used_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    refresh_token::Entity::update_many()
        .col_expr(C::UsedAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Ends a family; answers how many of its tokens stood. Again until none stands: a token that was being exchanged at that moment has a
/// successor, which the statement that waited for it did not see.
pub(crate) async fn update_family_revoked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    family_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    let mut all = 0;
    loop {
        let ended = refresh_token::Entity::update_many()
            .col_expr(C::RevokedAt, Expr::value(Some(now)))
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::FamilyId.eq(family_id))
            .filter(C::RevokedAt.is_null())
            .exec(db)
            .await?
            .rows_affected;
        if ended == 0 {
            return Ok(all);
        }
        all += ended;
    }
}

/// Ends everything that was issued to a person: the refresh tokens by their rows, access tokens by the number that they carry.
pub(crate) async fn update_of_user_revoked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    user::Entity::update_many()
        .col_expr(
            user::Column::TokenEpoch,
            Expr::col(user::Column::TokenEpoch).add(1),
        )
        .filter(user::Column::Id.eq(user_id))
        .filter(user::Column::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    refresh_token::Entity::update_many()
        .col_expr(C::RevokedAt, Expr::value(Some(now)))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .filter(C::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes refresh tokens of all organizations that nobody can use any more.
pub(crate) async fn delete_expired(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(refresh_token::Entity::delete_many()
        .filter(C::ExpiresAt.lte(now))
        .exec(db)
        .await?
        .rows_affected)
}

/// What access tokens are signed with, newest first.
pub(crate) async fn list_signing_keys(
    db: &impl ConnectionTrait,
) -> ServiceResult<Vec<signing_key::Model>> {
    Ok(signing_key::Entity::find()
        .order_by_desc(signing_key::Column::CreatedAt)
        .order_by_desc(signing_key::Column::Id)
        .all(db)
        .await?)
}

pub(crate) async fn insert_signing_key(
    db: &impl ConnectionTrait,
    row: signing_key::Model,
) -> ServiceResult<()> {
    let row = signing_key::ActiveModel {
        id: Set(row.id),
        secret: Set(row.secret),
        created_at: Set(row.created_at),
    };
    signing_key::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn delete_signing_keys_before(
    db: &impl ConnectionTrait,
    before: DateTime<Utc>,
) -> ServiceResult<u64> {
    Ok(signing_key::Entity::delete_many()
        .filter(signing_key::Column::CreatedAt.lt(before))
        .exec(db)
        .await?
        .rows_affected)
}
