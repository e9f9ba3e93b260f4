//! Rows of passkeys, and of the questions that wait for their answers.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::passkey::{self, Column as C};
use entity::passkey_challenge::{self, Column as Q};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, PaginatorTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) async fn insert(db: &impl ConnectionTrait, row: passkey::Model) -> ServiceResult<()> {
    passkey::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A person's passkeys, the oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Vec<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .order_by_asc(C::AddedAt)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// How many passkeys a person has, those that let nobody in any more too.
pub(crate) async fn count(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<u64> {
    Ok(passkey::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .count(db)
        .await?)
}

/// The people of the organization who have a passkey.
pub(crate) async fn list_holders(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    let people: Vec<Uuid> = passkey::Entity::find()
        .select_only()
        .column(C::UserId)
        .filter(C::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().collect())
}

/// A passkey of a person.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<passkey::Model>> {
    Ok(passkey::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .one(db)
        .await?)
}

/// The passkey that its device knows by this name, whosever it is: who signs in by it has no organization until it is found.
pub(crate) async fn find_by_credential(
    db: &impl ConnectionTrait,
    credential_id: &str,
) -> ServiceResult<Option<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(C::CredentialId.eq(credential_id))
        .one(db)
        .await?)
}

/// A person's passkey by its device's name for it, locked until the transaction ends: its counter is compared and raised in one go.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    credential_id: &str,
) -> ServiceResult<Option<passkey::Model>> {
    Ok(passkey::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .filter(C::CredentialId.eq(credential_id))
        .lock_exclusive()
        .one(db)
        .await?)
}

/// Keeps what an answer changed: the counter, and when it was.
pub(crate) async fn update_used(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    credential: String,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    passkey::Entity::update_many()
        .col_expr(C::Credential, Expr::value(credential))
        .col_expr(C::LastUsedAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Lets a passkey let nobody in any more.
pub(crate) async fn update_suspect(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    passkey::Entity::update_many()
        .col_expr(C::SuspectAt, Expr::value(Some(now)))
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes a person's passkey; answers whether there was one.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    id: Uuid,
) -> ServiceResult<bool> {
    let deleted = passkey::Entity::delete_many()
        .filter(C::Id.eq(id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected > 0)
}

/// Deletes all passkeys of a person; answers how many there were.
pub(crate) async fn delete_all(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<u64> {
    let deleted = passkey::Entity::delete_many()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::UserId.eq(user_id))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}

/// Keeps a question in the place of the one before with which the same session asked for the same.
pub(crate) async fn replace_challenge(
    db: &impl ConnectionTrait,
    row: passkey_challenge::Model,
) -> ServiceResult<()> {
    let rest = [Q::OrganizationId, Q::UserId, Q::State, Q::ExpiresAt];
    passkey_challenge::Entity::insert(row.into_active_model())
        .on_conflict(
            OnConflict::columns([Q::Holder, Q::Purpose])
                .update_columns(rest)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Takes a question away, and gives it to whoever took it: of two who come with its answer one finds it.
pub(crate) async fn take_challenge(
    db: &impl ConnectionTrait,
    holder: Uuid,
    purpose: &str,
) -> ServiceResult<Option<passkey_challenge::Model>> {
    let found = passkey_challenge::Entity::find_by_id((holder, purpose.to_owned()))
        .one(db)
        .await?;
    let Some(row) = found else {
        return Ok(None);
    };
    let taken = passkey_challenge::Entity::delete_many()
        .filter(Q::Holder.eq(holder))
        .filter(Q::Purpose.eq(purpose))
        .filter(Q::State.eq(row.state.as_str()))
        .exec(db)
        .await?;
    Ok((taken.rows_affected == 1).then_some(row))
}

/// Deletes questions, of all organizations and of nobody, that nobody may answer any more.
pub(crate) async fn delete_expired_challenges(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<u64> {
    let deleted = passkey_challenge::Entity::delete_many()
        .filter(Q::ExpiresAt.lte(now))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected)
}
