//! Rows behind the stock pages: shelves with their names, movements as people read them, counts.

use crate::ServiceResult;
use crate::ctx::StoreScope;
use crate::error::ServiceError;
use crate::ledger::Shelf;
use chrono::{DateTime, Utc};
use domain::{MovementKind, OrderStatus};
use entity::{
    category, product, production_order, stock_level, stock_movement, store, store_product, user,
};
use sea_orm::sea_query::{Expr, ExprTrait, Query};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Stores and products by identifier, for the names in views.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub stores: BTreeMap<Uuid, store::Model>,
    pub products: BTreeMap<Uuid, product::Model>,
}

impl Names {
    pub(crate) fn store(&self, id: Uuid) -> ServiceResult<&store::Model> {
        self.stores.get(&id).ok_or(ServiceError::NotFound("store"))
    }

    pub(crate) fn product(&self, id: Uuid) -> ServiceResult<&product::Model> {
        self.products
            .get(&id)
            .ok_or(ServiceError::NotFound("product"))
    }
}

/// The stores and products of some shelves: two statements, whatever their number.
pub(crate) async fn list_names(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<Names> {
    let (stores, products): (BTreeSet<Uuid>, BTreeSet<Uuid>) = shelves.into_iter().unzip();
    let stores = store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .filter(store::Column::Id.is_in(stores))
        .all(db)
        .await?;
    let products = product::Entity::find()
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Id.is_in(products))
        .all(db)
        .await?;
    Ok(Names {
        stores: stores.into_iter().map(|s| (s.id, s)).collect(),
        products: products.into_iter().map(|p| (p.id, p)).collect(),
    })
}

/// A store of the organization.
pub(crate) async fn get_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<store::Model> {
    store::Entity::find_by_id(id)
        .filter(store::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("store"))
}

/// A product of the organization.
pub(crate) async fn get_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<product::Model> {
    product::Entity::find_by_id(id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("product"))
}

/// Which of these products exist.
pub(crate) async fn list_known_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    products: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<BTreeSet<Uuid>> {
    let rows: Vec<Uuid> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Id.is_in(products))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Products with their category, by category and name.
pub(crate) async fn list_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(product::Model, Option<category::Model>)>> {
    Ok(product::Entity::find()
        .find_also_related(category::Entity)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .order_by_asc(category::Column::Position)
        .order_by_asc(product::Column::Name)
        .all(db)
        .await?)
}

/// Active stores in scope, by code.
pub(crate) async fn list_stores(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
) -> ServiceResult<Vec<store::Model>> {
    let mut query = store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .filter(store::Column::Active.eq(true));
    if let StoreScope::Only(ids) = scope {
        query = query.filter(store::Column::Id.is_in(ids.iter().copied()));
    }
    Ok(query.order_by_asc(store::Column::Code).all(db).await?)
}

/// Level rows of some stores.
pub(crate) async fn list_levels(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<BTreeMap<Shelf, stock_level::Model>> {
    let rows = stock_level::Entity::find()
        .filter(stock_level::Column::OrganizationId.eq(organization_id))
        .filter(stock_level::Column::StoreId.is_in(stores.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|l| ((l.store_id, l.product_id), l))
        .collect())
}

/// How some stores carry their products.
pub(crate) async fn list_carried(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<BTreeMap<Shelf, store_product::Model>> {
    let rows = store_product::Entity::find()
        .filter(store_product::Column::OrganizationId.eq(organization_id))
        .filter(store_product::Column::StoreId.is_in(stores.iter().copied()))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|l| ((l.store_id, l.product_id), l))
        .collect())
}

/// Reorder points that are set on these shelves.
pub(crate) async fn list_reorder_points(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<BTreeMap<Shelf, i64>> {
    let mut by_store: BTreeMap<Uuid, Vec<Uuid>> = BTreeMap::new();
    for (store_id, product_id) in shelves {
        by_store.entry(store_id).or_default().push(product_id);
    }
    if by_store.is_empty() {
        return Ok(BTreeMap::new());
    }
    let shelves = by_store
        .into_iter()
        .fold(Condition::any(), |any, (store_id, products)| {
            any.add(
                store_product::Column::StoreId
                    .eq(store_id)
                    .and(store_product::Column::ProductId.is_in(products)),
            )
        });
    let rows: Vec<(Uuid, Uuid, i64)> = store_product::Entity::find()
        .select_only()
        .column(store_product::Column::StoreId)
        .column(store_product::Column::ProductId)
        .column(store_product::Column::ReorderPoint)
        .filter(store_product::Column::OrganizationId.eq(organization_id))
        .filter(store_product::Column::ReorderPoint.is_not_null())
        .filter(shelves)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(s, p, point)| ((s, p), point))
        .collect())
}

/// What unfinished orders will still bring, by product: of an order that is partly out, the rest. See `domain::batches`.
pub(crate) async fn list_arriving(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let rows: Vec<(Uuid, i64)> = production_order::Entity::find()
        .select_only()
        .column(production_order::Column::ProductId)
        .column_as(
            Expr::cust(
                "CAST(SUM(CASE WHEN planned_quantity > COALESCE(produced_quantity, 0) + COALESCE(lost_quantity, 0) \
                 THEN planned_quantity - COALESCE(produced_quantity, 0) - COALESCE(lost_quantity, 0) ELSE 0 END) AS BIGINT)",
            ),
            "arriving",
        )
        .filter(production_order::Column::OrganizationId.eq(organization_id))
        .filter(production_order::Column::StoreId.eq(store_id))
        .filter(
            production_order::Column::Status.is_in([OrderStatus::Pending, OrderStatus::InProgress]),
        )
        .group_by(production_order::Column::ProductId)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// A movement, if it is the organization's.
pub(crate) async fn find_movement(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<Option<stock_movement::Model>> {
    Ok(stock_movement::Entity::find_by_id(id)
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?)
}

/// Which of these movements were undone.
pub(crate) async fn list_reversed(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    movements: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<BTreeSet<Uuid>> {
    let rows: Vec<Option<Uuid>> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::ReversesId)
        .filter(stock_movement::Column::ReversesId.is_in(movements))
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().flatten().collect())
}

/// What a completed order moved and nobody took back: what it made, and what it used.
pub(crate) async fn list_standing_of_order(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    order_id: Uuid,
) -> ServiceResult<Vec<stock_movement::Model>> {
    let mut rows = stock_movement::Entity::find()
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .filter(stock_movement::Column::OrderId.eq(order_id))
        .all(db)
        .await?;
    let undone: BTreeSet<Uuid> = rows.iter().filter_map(|m| m.reverses_id).collect();
    rows.retain(|m| m.kind != MovementKind::Reversal && !undone.contains(&m.id));
    Ok(rows)
}

/// Movements of a shelf from a place in time backwards.
pub(crate) async fn list_movements(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelf: Shelf,
    before: Option<(DateTime<Utc>, Uuid)>,
    limit: u64,
) -> ServiceResult<Vec<stock_movement::Model>> {
    let mut query = stock_movement::Entity::find()
        .filter(stock_movement::Column::StoreId.eq(shelf.0))
        .filter(stock_movement::Column::ProductId.eq(shelf.1))
        .filter(stock_movement::Column::OrganizationId.eq(organization_id));
    if let Some(place) = before {
        query = query.filter(earlier_than(place));
    }
    Ok(query
        .order_by_desc(stock_movement::Column::OccurredAt)
        .order_by_desc(stock_movement::Column::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// What sending a transfer took off the sender's shelves.
pub(crate) async fn list_movements_of_transfer(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    transfer_id: Uuid,
) -> ServiceResult<Vec<stock_movement::Model>> {
    Ok(stock_movement::Entity::find()
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .filter(stock_movement::Column::TransferId.eq(transfer_id))
        .filter(stock_movement::Column::Kind.eq(MovementKind::TransferOut))
        .all(db)
        .await?)
}

/// On hand at a place in time: the sum of every movement before it.
pub(crate) async fn sum_before(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelf: Shelf,
    before: Option<(DateTime<Utc>, Uuid)>,
) -> ServiceResult<i64> {
    let mut query = stock_movement::Entity::find()
        .select_only()
        .column_as(
            Expr::cust("CAST(COALESCE(SUM(quantity), 0) AS BIGINT)"),
            "total",
        )
        .filter(stock_movement::Column::StoreId.eq(shelf.0))
        .filter(stock_movement::Column::ProductId.eq(shelf.1))
        .filter(stock_movement::Column::OrganizationId.eq(organization_id));
    if let Some(place) = before {
        query = query.filter(earlier_than(place));
    }
    Ok(query.into_tuple::<i64>().one(db).await?.unwrap_or(0))
}

fn earlier_than((at, id): (DateTime<Utc>, Uuid)) -> Condition {
    Condition::any()
        .add(stock_movement::Column::OccurredAt.lt(at))
        .add(
            stock_movement::Column::OccurredAt
                .eq(at)
                .and(stock_movement::Column::Id.lt(id)),
        )
}

/// Which of these products have any movement in a store.
pub(crate) async fn list_moved(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    products: &[Uuid],
) -> ServiceResult<BTreeSet<Uuid>> {
    let rows: Vec<Uuid> = stock_movement::Entity::find()
        .select_only()
        .column(stock_movement::Column::ProductId)
        .distinct()
        .filter(stock_movement::Column::OrganizationId.eq(organization_id))
        .filter(stock_movement::Column::StoreId.eq(store_id))
        .filter(stock_movement::Column::ProductId.is_in(products.iter().copied()))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// Products that anything ever moved of in a store. Asked product by product, so that a long ledger costs no more than a short one.
pub(crate) async fn list_with_history(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    use stock_movement::Column as M;
    let of = |column: M| Expr::col((stock_movement::Entity, column));
    let moved = Query::select()
        .expr(Expr::value(1_i32))
        .from(stock_movement::Entity)
        .and_where(of(M::StoreId).eq(store_id))
        .and_where(of(M::ProductId).equals((product::Entity, product::Column::Id)))
        .to_owned();
    let rows: Vec<Uuid> = product::Entity::find()
        .select_only()
        .column(product::Column::Id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(Expr::exists(moved))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}

/// People's names.
pub(crate) async fn list_people(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: BTreeSet<Uuid>,
) -> ServiceResult<BTreeMap<Uuid, String>> {
    if ids.is_empty() {
        return Ok(BTreeMap::new());
    }
    let rows: Vec<(Uuid, String)> = user::Entity::find()
        .select_only()
        .column(user::Column::Id)
        .column(user::Column::DisplayName)
        .filter(user::Column::OrganizationId.eq(organization_id))
        .filter(user::Column::Id.is_in(ids))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().collect())
}
