//! Rows of organizations.

use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, Utc};
use entity::{daily_sales, organization, sale};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

pub(crate) async fn get(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<organization::Model> {
    organization::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("organization"))
}

/// Serialises changes that look at several people at once: on PostgreSQL the row stays locked until the end.
pub(crate) async fn lock(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<()> {
    organization::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?
        .map(|_| ())
        .ok_or(ServiceError::NotFound("organization"))
}

/// Serialises the giving of numbers and the changing of recipes: on PostgreSQL the row stays locked until the end, for those who want
/// to do so too; whoever only names the organization passes.
pub(crate) async fn lock_numbers(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<()> {
    organization::Entity::find_by_id(id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .map(|_| ())
        .ok_or(ServiceError::NotFound("organization"))
}

pub(crate) async fn find_by_slug(
    db: &impl ConnectionTrait,
    slug: &str,
) -> ServiceResult<Option<organization::Model>> {
    Ok(organization::Entity::find()
        .filter(organization::Column::Slug.eq(slug))
        .one(db)
        .await?)
}

pub(crate) async fn list(db: &impl ConnectionTrait) -> ServiceResult<Vec<organization::Model>> {
    Ok(organization::Entity::find()
        .order_by_asc(organization::Column::Slug)
        .all(db)
        .await?)
}

pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: organization::Model,
) -> ServiceResult<()> {
    let row = organization::ActiveModel {
        id: Set(row.id),
        slug: Set(row.slug),
        name: Set(row.name),
        currency: Set(row.currency),
        language: Set(row.language),
        time_zone: Set(row.time_zone),
        night_hour: Set(row.night_hour),
        deadline_hour: Set(row.deadline_hour),
        import_error_threshold_bp: Set(row.import_error_threshold_bp),
        allow_oversell: Set(row.allow_oversell),
        waste_alert_minor: Set(row.waste_alert_minor),
        count_recount_minor: Set(row.count_recount_minor),
        count_approval_minor: Set(row.count_approval_minor),
        midday_minute: Set(row.midday_minute),
        afternoon_minute: Set(row.afternoon_minute),
        created_at: Set(row.created_at),
        version: Set(row.version),
        keep_months: Set(row.keep_months),
        suspended_at: Set(row.suspended_at),
        suspended_for: Set(row.suspended_for),
        deletion_asked_at: Set(row.deletion_asked_at),
        deletion_asked_by: Set(row.deletion_asked_by),
        erase_after: Set(row.erase_after),
        erasing_since: Set(row.erasing_since),
    };
    organization::Entity::insert(row)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes the settings that may change.
pub(crate) async fn update_settings(
    db: &impl ConnectionTrait,
    row: &organization::Model,
) -> ServiceResult<()> {
    let change = organization::ActiveModel {
        name: Set(row.name.clone()),
        currency: Set(row.currency.clone()),
        language: Set(row.language),
        time_zone: Set(row.time_zone.clone()),
        night_hour: Set(row.night_hour),
        deadline_hour: Set(row.deadline_hour),
        import_error_threshold_bp: Set(row.import_error_threshold_bp),
        allow_oversell: Set(row.allow_oversell),
        waste_alert_minor: Set(row.waste_alert_minor),
        count_recount_minor: Set(row.count_recount_minor),
        count_approval_minor: Set(row.count_approval_minor),
        midday_minute: Set(row.midday_minute),
        afternoon_minute: Set(row.afternoon_minute),
        keep_months: Set(row.keep_months),
        version: Set(row.version),
        ..Default::default()
    };
    organization::Entity::update_many()
        .set(change)
        .filter(organization::Column::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Whether nobody of it is let in.
pub(crate) async fn is_shut(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<bool> {
    let row = organization::Entity::find_by_id(id).one(db).await?;
    Ok(row.is_none_or(|row| row.suspended_at.is_some() || row.erasing_since.is_some()))
}

/// The row, locked until the end of the transaction.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    id: Uuid,
) -> ServiceResult<organization::Model> {
    organization::Entity::find_by_id(id)
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("organization"))
}

/// Suspends it, with a reason, or lets it work again.
pub(crate) async fn update_suspension(
    db: &impl ConnectionTrait,
    id: Uuid,
    suspended: Option<(DateTime<Utc>, String)>,
) -> ServiceResult<()> {
    let (suspended_at, suspended_for) = suspended.unzip();
    let change = organization::ActiveModel {
        suspended_at: Set(suspended_at),
        suspended_for: Set(suspended_for),
        ..Default::default()
    };
    update(db, id, change).await
}

/// Who asked when for its deletion, and from when on it is erased.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Deletion {
    pub asked_at: DateTime<Utc>,
    pub asked_by: Option<Uuid>,
    pub erase_after: DateTime<Utc>,
}

/// Writes down that it is to be deleted, or no longer.
pub(crate) async fn update_deletion(
    db: &impl ConnectionTrait,
    id: Uuid,
    deletion: Option<Deletion>,
) -> ServiceResult<()> {
    let change = organization::ActiveModel {
        deletion_asked_at: Set(deletion.map(|d| d.asked_at)),
        deletion_asked_by: Set(deletion.and_then(|d| d.asked_by)),
        erase_after: Set(deletion.map(|d| d.erase_after)),
        ..Default::default()
    };
    update(db, id, change).await
}

/// Writes down that the erasing has begun.
pub(crate) async fn update_erasing_since(
    db: &impl ConnectionTrait,
    id: Uuid,
    since: DateTime<Utc>,
) -> ServiceResult<()> {
    let change = organization::ActiveModel {
        erasing_since: Set(Some(since)),
        ..Default::default()
    };
    update(db, id, change).await
}

async fn update(
    db: &impl ConnectionTrait,
    id: Uuid,
    change: organization::ActiveModel,
) -> ServiceResult<()> {
    organization::Entity::update_many()
        .set(change)
        .filter(organization::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Those whose waiting period is over, or whose erasing has begun.
pub(crate) async fn list_to_erase(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
) -> ServiceResult<Vec<organization::Model>> {
    Ok(organization::Entity::find()
        .filter(organization::Column::EraseAfter.lte(now))
        .order_by_asc(organization::Column::EraseAfter)
        .all(db)
        .await?)
}

/// Removes the row itself, which nothing may name any more.
pub(crate) async fn delete(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<()> {
    organization::Entity::delete_by_id(id).exec(db).await?;
    Ok(())
}

/// Whether anything was sold: then its money is of a currency for good.
pub(crate) async fn has_sold(db: &impl ConnectionTrait, id: Uuid) -> ServiceResult<bool> {
    let ticket = sale::Entity::find()
        .filter(sale::Column::OrganizationId.eq(id))
        .limit(1)
        .one(db)
        .await?;
    if ticket.is_some() {
        return Ok(true);
    }
    let day = daily_sales::Entity::find()
        .filter(daily_sales::Column::OrganizationId.eq(id))
        .limit(1)
        .one(db)
        .await?;
    Ok(day.is_some())
}
