//! Rows of standing orders, and which days they made orders for.

use super::stock::shelf_condition;
use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::error::ServiceError;
use crate::ledger::Shelf;
use chrono::NaiveDate;
use contract::standing_orders::ListStandingOrders;
use entity::{audit_entry, production_order, standing_order};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use standing_order::Column as C;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Adds a standing order.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: &standing_order::Model,
) -> ServiceResult<()> {
    standing_order::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of a locked standing order.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    row: &standing_order::Model,
) -> ServiceResult<()> {
    row.clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// A standing order of the organization, in scope or not, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<standing_order::Model> {
    standing_order::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("standing order"))
}

/// Standing orders of a page, newest first.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListStandingOrders,
    limit: u64,
) -> ServiceResult<Vec<standing_order::Model>> {
    let mut query = standing_order::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(C::StoreId.is_in(stores.iter().copied()));
    }
    if let Some(store_id) = wanted.store_id {
        query = query.filter(C::StoreId.eq(store_id));
    }
    if let Some(product_id) = wanted.product_id {
        query = query.filter(C::ProductId.eq(product_id));
    }
    if !wanted.ended {
        query = query.filter(C::IsActive.eq(true));
    }
    if let Some(after) = wanted.after {
        query = query.filter(C::Id.lt(after));
    }
    Ok(query.order_by_desc(C::Id).limit(limit).all(db).await?)
}

/// Those of these shelves that nobody ended, oldest first.
pub(crate) async fn list_active_of(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<Vec<standing_order::Model>> {
    Ok(standing_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::IsActive.eq(true))
        .filter(shelf_condition(shelves, C::StoreId, C::ProductId))
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Some of those that are in force on any of the days, oldest first, after one of them.
pub(crate) async fn list_in_force(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (from, until): (NaiveDate, NaiveDate),
    after: Option<Uuid>,
    limit: u64,
) -> ServiceResult<Vec<standing_order::Model>> {
    let mut query = standing_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::IsActive.eq(true))
        .filter(C::ValidFrom.lte(until))
        .filter(
            Condition::any()
                .add(C::ValidUntil.is_null())
                .add(C::ValidUntil.gte(from)),
        );
    if let Some(after) = after {
        query = query.filter(C::Id.gt(after));
    }
    Ok(query.order_by_asc(C::Id).limit(limit).all(db).await?)
}

/// Those of these that nobody ended meanwhile, oldest first, locked until the transaction ends.
pub(crate) async fn list_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<Vec<standing_order::Model>> {
    Ok(standing_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Id.is_in(ids))
        .filter(C::IsActive.eq(true))
        .order_by_asc(C::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?)
}

/// For which days these made an order, whatever became of it.
pub(crate) async fn list_made(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
    (from, until): (NaiveDate, NaiveDate),
) -> ServiceResult<BTreeSet<(Uuid, NaiveDate)>> {
    let rows: Vec<(Option<Uuid>, Option<NaiveDate>)> = production_order::Entity::find()
        .select_only()
        .column(production_order::Column::StandingOrderId)
        .column(production_order::Column::StandingDate)
        .filter(production_order::Column::OrganizationId.eq(organization_id))
        .filter(production_order::Column::StandingOrderId.is_in(ids))
        .filter(production_order::Column::StandingDate.between(from, until))
        .into_tuple()
        .all(db)
        .await?;
    let made = rows.into_iter().filter_map(|(id, date)| id.zip(date));
    Ok(made.collect())
}

/// Everything the audit log says about a standing order, oldest first.
pub(crate) async fn list_history(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Vec<audit_entry::Model>> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization_id))
        .filter(audit_entry::Column::SubjectKind.eq("standing_order"))
        .filter(audit_entry::Column::SubjectId.eq(id))
        .order_by_asc(audit_entry::Column::Sequence)
        .all(db)
        .await?)
}
