//! Rows of transfers, their lines and the goods of one age in them.

use super::{lots, organizations};
use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::error::ServiceError;
use crate::ledger::Shelf;
use chrono::NaiveDate;
use domain::TransferStatus;
use domain::lots::Arrival;
use entity::{transfer, transfer_line, transfer_part};
use sea_orm::sea_query::{ExprTrait, LockType};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use transfer::Column as C;
use uuid::Uuid;

/// The next free number; the organization's row stays locked until the transaction ends.
pub(crate) async fn next_number(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i64> {
    organizations::lock_numbers(db, organization_id).await?;
    let last: Option<i64> = transfer::Entity::find()
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

/// A transfer of the organization, in scope or not, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<transfer::Model> {
    transfer::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("transfer"))
}

/// A transfer of the organization.
pub(crate) async fn get(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<transfer::Model> {
    transfer::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("transfer"))
}

/// Transfers from or to stores in scope, latest first, below a number.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    store_id: Option<Uuid>,
    statuses: &[TransferStatus],
    (below, limit): (Option<i64>, u64),
) -> ServiceResult<Vec<transfer::Model>> {
    let mut query = transfer::Entity::find().filter(C::OrganizationId.eq(organization_id));
    let touching = |stores: Vec<Uuid>| {
        Condition::any()
            .add(C::FromStoreId.is_in(stores.clone()))
            .add(C::ToStoreId.is_in(stores))
    };
    if let StoreScope::Only(stores) = scope {
        query = query.filter(touching(stores.iter().copied().collect()));
    }
    if let Some(store_id) = store_id {
        query = query.filter(touching(vec![store_id]));
    }
    if !statuses.is_empty() {
        query = query.filter(C::Status.is_in(statuses.iter().copied()));
    }
    if let Some(below) = below {
        query = query.filter(C::Number.lt(below));
    }
    Ok(query.order_by_desc(C::Number).limit(limit).all(db).await?)
}

/// Lines of some transfers.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    transfers: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<Vec<transfer_line::Model>> {
    let transfers: Vec<Uuid> = transfers.into_iter().collect();
    // A condition that nothing meets says nothing of the index that it would use.
    if transfers.is_empty() {
        return Ok(Vec::new());
    }
    Ok(transfer_line::Entity::find()
        .filter(transfer_line::Column::OrganizationId.eq(organization_id))
        .filter(transfer_line::Column::TransferId.is_in(transfers))
        .all(db)
        .await?)
}

/// Adds a transfer.
pub(crate) async fn insert(db: &impl ConnectionTrait, row: &transfer::Model) -> ServiceResult<()> {
    transfer::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of a locked transfer.
pub(crate) async fn update(db: &impl ConnectionTrait, row: &transfer::Model) -> ServiceResult<()> {
    row.clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// Adds lines.
pub(crate) async fn insert_lines(
    db: &impl ConnectionTrait,
    lines: &[transfer_line::Model],
) -> ServiceResult<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let rows = lines.iter().map(|line| line.clone().into_active_model());
    transfer_line::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of the lines of a locked transfer.
pub(crate) async fn update_lines(
    db: &impl ConnectionTrait,
    lines: &[transfer_line::Model],
) -> ServiceResult<()> {
    for line in lines {
        line.clone()
            .into_active_model()
            .reset_all()
            .update(db)
            .await?;
    }
    Ok(())
}

/// Adds goods of one age.
pub(crate) async fn insert_parts(
    db: &impl ConnectionTrait,
    parts: &[transfer_part::Model],
) -> ServiceResult<()> {
    if parts.is_empty() {
        return Ok(());
    }
    let rows = parts.iter().map(|part| part.clone().into_active_model());
    transfer_part::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Batches of these products that came to these stores by transfer since their day, by shelf.
pub(crate) async fn list_arrivals(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    products: &[lots::Since],
) -> ServiceResult<HashMap<Shelf, Vec<Arrival>>> {
    use transfer_part::Column as P;
    let rows = transfer_part::Entity::find()
        .find_also_related(transfer::Entity)
        .filter(P::OrganizationId.eq(organization_id))
        .filter(C::ToStoreId.is_in(stores.iter().copied()))
        .filter(C::Status.eq(TransferStatus::Received))
        .filter(C::ReceivedOn.gte(lots::earliest(products)))
        .filter(lots::since(products, C::ReceivedOn, P::ProductId))
        .all(db)
        .await?;
    let mut arrivals: HashMap<Shelf, Vec<Arrival>> = HashMap::new();
    for (part, transfer) in rows {
        let Some((to, day)) = transfer.and_then(|t| Some((t.to_store_id, t.received_on?))) else {
            continue;
        };
        let arrival = Arrival {
            lot_id: part.id,
            day,
            best_before: part.best_before,
            quantity: part.sent_quantity,
        };
        arrivals
            .entry((to, part.product_id))
            .or_default()
            .push(arrival);
    }
    Ok(arrivals)
}

/// What is on the road to some stores, by shelf and best-before date, in base units.
pub(crate) async fn list_in_transit(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<HashMap<Shelf, Vec<(NaiveDate, i64)>>> {
    let rows = transfer_part::Entity::find()
        .find_also_related(transfer::Entity)
        .filter(transfer_part::Column::OrganizationId.eq(organization_id))
        .filter(C::ToStoreId.is_in(stores.iter().copied()))
        .filter(C::Status.eq(TransferStatus::InTransit))
        .all(db)
        .await?;
    let mut coming: HashMap<Shelf, Vec<(NaiveDate, i64)>> = HashMap::new();
    for (part, transfer) in rows {
        if let Some(transfer) = transfer {
            coming
                .entry((transfer.to_store_id, part.product_id))
                .or_default()
                .push((part.best_before, part.sent_quantity));
        }
    }
    Ok(coming)
}

/// What other stores asked these for and nobody has sent yet, by shelf of the store that was asked, in base units.
pub(crate) async fn list_promised(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<HashMap<Shelf, i64>> {
    use transfer_line::Column as L;
    let rows: Vec<(Uuid, Uuid, i64)> = transfer_line::Entity::find()
        .select_only()
        .column(C::FromStoreId)
        .column(L::ProductId)
        .column_as(L::RequestedQuantity.sum().cast_as("bigint"), "promised")
        .inner_join(transfer::Entity)
        .filter(L::OrganizationId.eq(organization_id))
        .filter(C::FromStoreId.is_in(stores.iter().copied()))
        .filter(C::Status.eq(TransferStatus::Requested))
        .group_by(C::FromStoreId)
        .group_by(L::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|(s, p, n)| ((s, p), n)).collect())
}
