//! Rows of second factors and of the recovery codes that stand in for them.

use super::passkeys;
use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::recovery_code::{self, Column as R};
use entity::user_factor::{self, Column as C};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter,
    QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

const NEVER: Option<DateTime<Utc>> = None;

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Option<user_factor::Model>> {
    Ok(user_factor::Entity::find_by_id(user_id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// A person's factor, locked until the transaction ends.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Option<user_factor::Model>> {
    Ok(user_factor::Entity::find_by_id(user_id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?)
}

/// Whether a second factor is asked of a person: they have an authenticator app that was confirmed, or a passkey. One that lets nobody in
/// any more counts: else whoever copied it would have done away with the second step.
pub(crate) async fn is_asked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<bool> {
    let app = find(db, organization_id, user_id).await?;
    if app.is_some_and(|factor| factor.enrolled_at.is_some()) {
        return Ok(true);
    }
    Ok(passkeys::count(db, organization_id, user_id).await? > 0)
}

/// The people of the organization who have a second factor.
pub(crate) async fn list_enrolled(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    let people: Vec<Uuid> = user_factor::Entity::find()
        .select_only()
        .column(C::UserId)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::EnrolledAt.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let mut all = passkeys::list_holders(db, organization_id).await?;
    all.extend(people);
    Ok(all)
}

/// Makes the row of a person's factors where there is none: it counts wrong codes, whatever factor they have.
pub(crate) async fn ensure(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<()> {
    let row = user_factor::ActiveModel {
        user_id: Set(user_id),
        organization_id: Set(organization_id),
        secret_sealed: Set(None),
        enrolled_at: Set(None),
        last_step: Set(0),
        pending_sealed: Set(None),
        pending_at: Set(None),
        failures: Set(0),
        locked_until: Set(None),
    };
    user_factor::Entity::insert(row)
        .on_conflict(
            OnConflict::column(C::UserId)
                .update_column(C::UserId)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets the authenticator app of a person who has passkeys: recovery codes and the count of failures stay.
pub(crate) async fn update_app_removed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<()> {
    user_factor::Entity::update_many()
        .col_expr(C::SecretSealed, Expr::value(Option::<String>::None))
        .col_expr(C::EnrolledAt, Expr::value(NEVER))
        .col_expr(C::PendingSealed, Expr::value(Option::<String>::None))
        .col_expr(C::PendingAt, Expr::value(NEVER))
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Keeps a secret that waits for its first code, in the place of another that does.
pub(crate) async fn update_pending(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    sealed: String,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    let row = user_factor::ActiveModel {
        user_id: Set(user_id),
        organization_id: Set(organization_id),
        secret_sealed: Set(None),
        enrolled_at: Set(None),
        last_step: Set(0),
        pending_sealed: Set(Some(sealed)),
        pending_at: Set(Some(now)),
        failures: Set(0),
        locked_until: Set(None),
    };
    let pending = [C::PendingSealed, C::PendingAt];
    user_factor::Entity::insert(row)
        .on_conflict(
            OnConflict::column(C::UserId)
                .update_columns(pending)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Puts a secret that was confirmed by the code of a step in the place of the one before.
pub(crate) async fn update_enrolled(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    sealed: &str,
    step: i64,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    user_factor::Entity::update_many()
        .col_expr(C::SecretSealed, Expr::value(Some(sealed.to_owned())))
        .col_expr(C::EnrolledAt, Expr::value(Some(now)))
        .col_expr(C::LastStep, Expr::value(step))
        .col_expr(C::PendingSealed, Expr::value(Option::<String>::None))
        .col_expr(C::PendingAt, Expr::value(NEVER))
        .col_expr(C::Failures, Expr::value(0))
        .col_expr(C::LockedUntil, Expr::value(NEVER))
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// A right answer: its step is spent, and the failures before it are forgotten.
pub(crate) async fn update_step(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    step: i64,
) -> ServiceResult<()> {
    user_factor::Entity::update_many()
        .col_expr(C::LastStep, Expr::value(step))
        .col_expr(C::Failures, Expr::value(0))
        .col_expr(C::LockedUntil, Expr::value(NEVER))
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_failures(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    failures: i32,
    locked_until: Option<DateTime<Utc>>,
) -> ServiceResult<()> {
    user_factor::Entity::update_many()
        .col_expr(C::Failures, Expr::value(failures))
        .col_expr(C::LockedUntil, Expr::value(locked_until))
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Deletes a person's factor with its recovery codes.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<()> {
    delete_codes(db, organization_id, user_id).await?;
    user_factor::Entity::delete_many()
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

async fn delete_codes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<()> {
    recovery_code::Entity::delete_many()
        .filter(R::UserId.eq(user_id))
        .filter(R::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Puts new recovery codes in the place of all that a person has.
pub(crate) async fn replace_codes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    hashes: &[String],
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    delete_codes(db, organization_id, user_id).await?;
    let rows = hashes.iter().map(|hash| recovery_code::ActiveModel {
        id: Set(Uuid::now_v7()),
        organization_id: Set(organization_id),
        user_id: Set(user_id),
        code_hash: Set(hash.clone()),
        created_at: Set(now),
        used_at: Set(None),
    });
    recovery_code::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Spends a recovery code; false where there is none such, or it was spent before.
pub(crate) async fn update_code_used(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    hash: &str,
    now: DateTime<Utc>,
) -> ServiceResult<bool> {
    let spent = recovery_code::Entity::update_many()
        .col_expr(R::UsedAt, Expr::value(Some(now)))
        .filter(R::OrganizationId.eq(organization_id))
        .filter(R::UserId.eq(user_id))
        .filter(R::CodeHash.eq(hash))
        .filter(R::UsedAt.is_null())
        .exec(db)
        .await?;
    Ok(spent.rows_affected == 1)
}

/// Recovery codes that were not used yet.
pub(crate) async fn count_codes(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<u64> {
    Ok(recovery_code::Entity::find()
        .filter(R::OrganizationId.eq(organization_id))
        .filter(R::UserId.eq(user_id))
        .filter(R::UsedAt.is_null())
        .count(db)
        .await?)
}
