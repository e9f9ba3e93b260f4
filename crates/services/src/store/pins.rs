//! Rows of PINs, and of wrong ones.

use crate::ServiceResult;
use chrono::{DateTime, Utc};
use entity::pin::{self, Column as C};
use entity::pin_failure::{self, Column as F};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QuerySelect,
};
use std::collections::BTreeSet;
use uuid::Uuid;

pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Option<pin::Model>> {
    Ok(pin::Entity::find_by_id(user_id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// A person's PIN, locked until the transaction ends: attempts are counted one after the other.
pub(crate) async fn find_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<Option<pin::Model>> {
    Ok(pin::Entity::find_by_id(user_id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?)
}

/// The people of the organization who have a PIN.
pub(crate) async fn list_holders(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    let people: Vec<Uuid> = pin::Entity::find()
        .select_only()
        .column(C::UserId)
        .filter(C::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(people.into_iter().collect())
}

/// Keeps a PIN in the place of the one before, which may have been locked.
pub(crate) async fn replace(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    hash: &str,
    now: DateTime<Utc>,
) -> ServiceResult<()> {
    let row = pin::ActiveModel {
        user_id: Set(user_id),
        organization_id: Set(organization_id),
        pin_hash: Set(hash.to_owned()),
        set_at: Set(now),
        locked_at: Set(None),
    };
    let rest = [C::PinHash, C::SetAt, C::LockedAt];
    pin::Entity::insert(row)
        .on_conflict(
            OnConflict::column(C::UserId)
                .update_columns(rest)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    delete_failures(db, organization_id, user_id, None).await
}

/// Deletes a person's PIN; answers whether there was one.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
) -> ServiceResult<bool> {
    delete_failures(db, organization_id, user_id, None).await?;
    let deleted = pin::Entity::delete_many()
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(deleted.rows_affected > 0)
}

pub(crate) async fn update_locked_at(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    at: Option<DateTime<Utc>>,
) -> ServiceResult<()> {
    pin::Entity::update_many()
        .col_expr(C::LockedAt, Expr::value(at))
        .filter(C::UserId.eq(user_id))
        .filter(C::OrganizationId.eq(organization_id))
        .exec(db)
        .await?;
    Ok(())
}

/// Counts an attempt as a failure until [`delete_failures`] says otherwise; answers how many there are in a row. The caller holds the
/// lock of the PIN.
pub(crate) async fn add_failure(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    tablet_id: Uuid,
    user_id: Uuid,
    now: DateTime<Utc>,
) -> ServiceResult<i32> {
    let before = pin_failure::Entity::find_by_id((tablet_id, user_id))
        .filter(F::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .map_or(0, |row| row.failures);
    let failures = before.saturating_add(1);
    let row = pin_failure::ActiveModel {
        tablet_id: Set(tablet_id),
        user_id: Set(user_id),
        organization_id: Set(organization_id),
        failures: Set(failures),
        last_at: Set(now),
    };
    let rest = [F::Failures, F::LastAt];
    pin_failure::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([F::TabletId, F::UserId])
                .update_columns(rest)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(failures)
}

/// Forgets a person's failures, on one tablet or on all of them.
pub(crate) async fn delete_failures(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    user_id: Uuid,
    tablet_id: Option<Uuid>,
) -> ServiceResult<()> {
    let mut query = pin_failure::Entity::delete_many()
        .filter(F::UserId.eq(user_id))
        .filter(F::OrganizationId.eq(organization_id));
    if let Some(tablet_id) = tablet_id {
        query = query.filter(F::TabletId.eq(tablet_id));
    }
    query.exec(db).await?;
    Ok(())
}
