//! Rows of production orders.

use super::organizations;
use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::error::ServiceError;
use chrono::{Days, NaiveDate};
use contract::orders::ListOrders;
use domain::{OrderSource, OrderStatus};
use entity::{audit_entry, production_order};
use production_order::Column as C;
use sea_orm::sea_query::{Expr, ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

/// Well below what SQLite takes as values (32,766).
const IDS_PER_STATEMENT: usize = 20_000;

/// How far back unfinished orders stay on the board, in days.
const BOARD_LOOK_BACK: u64 = 7;

/// What is late for longer than this, in days, was forgotten and is looked at no more.
const OVERDUE_DAYS: u64 = 31;

/// The next free number; the organization's row stays locked until the transaction ends, so that two orders never
/// race for one.
pub(crate) async fn next_number(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i64> {
    organizations::lock_numbers(db, organization_id).await?;
    let last: Option<i64> = production_order::Entity::find()
        .select_only()
        .column(C::Number)
        .filter(C::OrganizationId.eq(organization_id))
        .order_by_desc(C::Number)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0) + 1)
}

/// Adds an order.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<()> {
    production_order::Entity::insert(order.clone().into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of a locked order.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<()> {
    order
        .clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// An order of the organization, in scope or not.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<production_order::Model> {
    find(organization_id, id)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("order"))
}

/// Like [`get`], locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<production_order::Model> {
    find(organization_id, id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("order"))
}

fn find(organization_id: Uuid, id: Uuid) -> Select<production_order::Entity> {
    production_order::Entity::find_by_id(id).filter(C::OrganizationId.eq(organization_id))
}

/// Orders of a page, latest production date first, then latest number.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    wanted: &ListOrders,
    after: Option<(NaiveDate, i64)>,
    limit: u64,
) -> ServiceResult<Vec<production_order::Model>> {
    let mut query = scoped(organization_id, scope);
    if !wanted.statuses.is_empty() {
        query = query.filter(C::Status.is_in(wanted.statuses.iter().copied()));
    }
    if let Some(store_id) = wanted.store_id {
        query = query.filter(C::StoreId.eq(store_id));
    }
    if let Some(product_id) = wanted.product_id {
        query = query.filter(C::ProductId.eq(product_id));
    }
    if let Some(from) = wanted.from {
        query = query.filter(C::ProductionDate.gte(from));
    }
    if let Some(until) = wanted.until {
        query = query.filter(C::ProductionDate.lte(until));
    }
    if let Some((date, number)) = after {
        query = query.filter(
            Condition::any()
                .add(C::ProductionDate.lt(date))
                .add(C::ProductionDate.eq(date).and(C::Number.lt(number))),
        );
    }
    Ok(query
        .order_by_desc(C::ProductionDate)
        .order_by_desc(C::Number)
        .limit(limit)
        .all(db)
        .await?)
}

fn scoped(organization_id: Uuid, scope: &StoreScope) -> Select<production_order::Entity> {
    let query = production_order::Entity::find().filter(C::OrganizationId.eq(organization_id));
    match scope {
        StoreScope::All => query,
        StoreScope::Only(stores) => query.filter(C::StoreId.is_in(stores.iter().copied())),
    }
}

/// Orders of a day and unfinished ones of the week before, without cancelled ones, by number.
pub(crate) async fn list_for_board(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    date: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    let unfinished = C::Status
        .is_in([OrderStatus::Pending, OrderStatus::InProgress])
        .and(C::ProductionDate.between(date - Days::new(BOARD_LOOK_BACK), date));
    Ok(scoped(organization_id, scope)
        .filter(C::Status.ne(OrderStatus::Cancelled))
        .filter(
            Condition::any()
                .add(C::ProductionDate.eq(date))
                .add(unfinished),
        )
        .order_by_asc(C::Number)
        .all(db)
        .await?)
}

/// Orders of a day without cancelled ones, by number.
pub(crate) async fn list_of_day(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    date: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    Ok(scoped(organization_id, scope)
        .filter(C::Status.ne(OrderStatus::Cancelled))
        .filter(C::ProductionDate.eq(date))
        .order_by_asc(C::Number)
        .all(db)
        .await?)
}

/// How many orders of a day each shop has in each state, cancelled ones left out.
pub(crate) async fn count_of_day(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    date: NaiveDate,
) -> ServiceResult<Vec<(Uuid, OrderStatus, i64)>> {
    Ok(scoped(organization_id, scope)
        .select_only()
        .column(C::StoreId)
        .column(C::Status)
        .column_as(Expr::cust("COUNT(*)"), "orders")
        .filter(C::Status.ne(OrderStatus::Cancelled))
        .filter(C::ProductionDate.eq(date))
        .group_by(C::StoreId)
        .group_by(C::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// What is still expected (of those not finished) and what came out of each product on a day, by state, cancelled orders left out.
pub(crate) async fn sum_of_day(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    date: NaiveDate,
) -> ServiceResult<Vec<(Uuid, OrderStatus, i64, i64)>> {
    // PostgreSQL sums bigint into numeric; the cast keeps one type on both engines.
    let sum = |what: &str| Expr::cust(format!("CAST(COALESCE(SUM({what}), 0) AS BIGINT)"));
    // As `domain::batches::Baked::rest_of`: of the parts that are out nothing more is expected.
    let rest = "CASE WHEN planned_quantity > COALESCE(produced_quantity, 0) + COALESCE(lost_quantity, 0) \
                THEN planned_quantity - COALESCE(produced_quantity, 0) - COALESCE(lost_quantity, 0) ELSE 0 END";
    Ok(scoped(organization_id, scope)
        .select_only()
        .column(C::ProductId)
        .column(C::Status)
        .column_as(sum(rest), "expected")
        .column_as(sum("produced_quantity"), "produced")
        .filter(C::Status.ne(OrderStatus::Cancelled))
        .filter(C::ProductionDate.eq(date))
        .group_by(C::ProductId)
        .group_by(C::Status)
        .into_tuple()
        .all(db)
        .await?)
}

/// These orders.
pub(crate) async fn list_named(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: &[Uuid],
) -> ServiceResult<Vec<production_order::Model>> {
    let mut found = Vec::with_capacity(ids.len());
    for chunk in ids.chunks(IDS_PER_STATEMENT) {
        let rows = production_order::Entity::find()
            .filter(C::OrganizationId.eq(organization_id))
            .filter(C::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Orders that somebody wrote by hand for some stores, with a production date in a range; cancelled ones left out.
pub(crate) async fn list_by_hand(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    Ok(production_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::Source.eq(OrderSource::Manual))
        .filter(C::Status.ne(OrderStatus::Cancelled))
        .filter(C::ProductionDate.between(from, until))
        .all(db)
        .await?)
}

/// Unfinished orders of some stores with a production date in a range.
pub(crate) async fn list_unfinished(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    Ok(production_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::Status.is_in([OrderStatus::Pending, OrderStatus::InProgress]))
        .filter(C::ProductionDate.between(from, until))
        .all(db)
        .await?)
}

/// Unfinished orders of a day and of those before it, a month back; and of the day after, which may be over already further east.
pub(crate) async fn list_overdue(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    today: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    Ok(production_order::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Status.is_in([OrderStatus::Pending, OrderStatus::InProgress]))
        .filter(C::ProductionDate.between(today - Days::new(OVERDUE_DAYS), today + Days::new(1)))
        .all(db)
        .await?)
}

/// Everything the audit log says about an order, oldest first.
pub(crate) async fn list_history(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<Vec<audit_entry::Model>> {
    Ok(audit_entry::Entity::find()
        .filter(audit_entry::Column::OrganizationId.eq(organization_id))
        .filter(audit_entry::Column::SubjectKind.eq("production_order"))
        .filter(audit_entry::Column::SubjectId.eq(order_id))
        .order_by_asc(audit_entry::Column::Sequence)
        .all(db)
        .await?)
}
