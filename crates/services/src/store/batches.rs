//! Rows of what came out of production orders, and of the lots that it made.

use crate::ServiceResult;
use crate::ctx::StoreScope;
use chrono::{DateTime, NaiveDate, Utc};
use entity::{lot, order_batch, production_order};
use order_batch::Column as C;
use sea_orm::sea_query::Expr;
use sea_orm::{
    ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Adds a batch.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    batch: order_batch::Model,
) -> ServiceResult<()> {
    order_batch::Entity::insert(batch.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What came out of an order, in the order in which it did, with what was taken back.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<Vec<order_batch::Model>> {
    Ok(order_batch::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::OrderId.eq(order_id))
        .order_by_asc(C::Part)
        .all(db)
        .await?)
}

/// What came out of orders of these stores since a moment and nobody took back, in the order in which it did.
pub(crate) async fn list_fresh(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    since: DateTime<Utc>,
) -> ServiceResult<Vec<order_batch::Model>> {
    let mut query = order_batch::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::RecordedAt.gte(since))
        .filter(C::ReversedAt.is_null());
    if let StoreScope::Only(stores) = scope {
        query = query
            .inner_join(production_order::Entity)
            .filter(production_order::Column::StoreId.is_in(stores.iter().copied()));
    }
    Ok(query
        .order_by_asc(C::RecordedAt)
        .order_by_asc(C::Part)
        .all(db)
        .await?)
}

/// Marks a batch as taken back; its lot is gone.
pub(crate) async fn take_back(
    db: &impl ConnectionTrait,
    batch: &order_batch::Model,
    at: DateTime<Utc>,
) -> ServiceResult<()> {
    order_batch::Entity::update_many()
        .col_expr(C::ReversedAt, Expr::value(at))
        .col_expr(C::LotId, Expr::value(None::<Uuid>))
        .filter(C::OrganizationId.eq(batch.organization_id))
        .filter(C::Id.eq(batch.id))
        .exec(db)
        .await?;
    if let Some(lot_id) = batch.lot_id {
        lot::Entity::delete_many()
            .filter(lot::Column::OrganizationId.eq(batch.organization_id))
            .filter(lot::Column::Id.eq(lot_id))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// Adds the lot of a batch.
pub(crate) async fn insert_lot(db: &impl ConnectionTrait, row: lot::Model) -> ServiceResult<()> {
    lot::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// The lots of an order, part by part.
pub(crate) async fn list_lots(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<Vec<lot::Model>> {
    Ok(lot::Entity::find()
        .filter(lot::Column::OrganizationId.eq(organization_id))
        .filter(lot::Column::OrderId.eq(order_id))
        .order_by_asc(lot::Column::Part)
        .all(db)
        .await?)
}

/// The lots that the orders of a day made, by order, part by part.
pub(crate) async fn list_lots_of_day(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    date: NaiveDate,
) -> ServiceResult<BTreeMap<Uuid, Vec<lot::Model>>> {
    use production_order::Column as O;
    // Through the orders: an index leads from the day to them and from each of them to its lots, however many lots there are.
    let mut query = lot::Entity::find()
        .inner_join(production_order::Entity)
        .filter(O::OrganizationId.eq(organization_id))
        .filter(O::ProductionDate.eq(date));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(O::StoreId.is_in(stores.iter().copied()));
    }
    let mut lots: BTreeMap<Uuid, Vec<lot::Model>> = BTreeMap::new();
    for lot in query.order_by_asc(lot::Column::Part).all(db).await? {
        lots.entry(lot.order_id).or_default().push(lot);
    }
    Ok(lots)
}
