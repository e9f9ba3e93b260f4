//! Rows of organizations.

use crate::{ServiceError, ServiceResult};
use entity::organization;
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
        ..Default::default()
    };
    organization::Entity::update_many()
        .set(change)
        .filter(organization::Column::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}
