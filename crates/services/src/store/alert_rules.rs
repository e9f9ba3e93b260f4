//! Rows of alert rules.

use crate::{ServiceError, ServiceResult};
use domain::AlertKind;
use entity::alert_rule::{self, Column as C};
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use uuid::Uuid;

/// Every rule, the oldest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<alert_rule::Model>> {
    Ok(alert_rule::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Rules about these kinds that hold.
pub(crate) async fn list_active(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    kinds: impl IntoIterator<Item = AlertKind>,
) -> ServiceResult<Vec<alert_rule::Model>> {
    Ok(alert_rule::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Active.eq(true))
        .filter(C::Kind.is_in(kinds))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// One rule, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<alert_rule::Model> {
    alert_rule::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock_exclusive()
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("alert rule"))
}

/// A new rule.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: alert_rule::Model) -> ServiceResult<()> {
    alert_rule::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes everything that may change.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    row: &alert_rule::Model,
) -> ServiceResult<()> {
    use sea_orm::ActiveValue::Set;
    let change = alert_rule::ActiveModel {
        kind: Set(row.kind),
        threshold: Set(row.threshold),
        severity: Set(row.severity),
        stores: Set(row.stores.clone()),
        channels: Set(row.channels.clone()),
        active: Set(row.active),
        version: Set(row.version),
        ..Default::default()
    };
    alert_rule::Entity::update_many()
        .set(change)
        .filter(C::OrganizationId.eq(row.organization_id))
        .filter(C::Id.eq(row.id))
        .exec(db)
        .await?;
    Ok(())
}

/// Takes a rule away.
pub(crate) async fn delete(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<()> {
    alert_rule::Entity::delete_many()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}
