//! Rows of purchases, their lines and what came of them.

use super::{lots, organizations};
use crate::ctx::StoreScope;
use crate::ledger::Shelf;
use crate::{ServiceError, ServiceResult};
use chrono::NaiveDate;
use domain::PurchaseStatus;
use domain::lots::Arrival;
use domain::purchases::outstanding;
use entity::{purchase, purchase_line, purchase_receipt};
use purchase::Column as C;
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter,
    QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, HashMap};
use uuid::Uuid;

/// States in which something is still expected.
pub(crate) const OPEN: [PurchaseStatus; 2] = [PurchaseStatus::Open, PurchaseStatus::PartlyReceived];

/// The next free number; the organization's row stays locked until the transaction ends.
pub(crate) async fn next_number(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<i64> {
    organizations::lock_numbers(db, organization_id).await?;
    let last: Option<i64> = purchase::Entity::find()
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

/// The highest number among the open purchases of a kitchen from a supplier; 0 for none.
pub(crate) async fn latest_open_number(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    supplier_id: Uuid,
) -> ServiceResult<i64> {
    let last: Option<i64> = purchase::Entity::find()
        .select_only()
        .column(C::Number)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.eq(store_id))
        .filter(C::SupplierId.eq(supplier_id))
        .filter(C::Status.is_in(OPEN))
        .order_by_desc(C::Number)
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(last.unwrap_or(0))
}

/// A purchase of the organization, in scope or not, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<purchase::Model> {
    purchase::Entity::find_by_id(id)
        .filter(C::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("purchase"))
}

/// Purchases of stores in scope, latest first, below a number.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
    store_id: Option<Uuid>,
    open_only: bool,
    (below, limit): (Option<i64>, u64),
) -> ServiceResult<Vec<purchase::Model>> {
    let mut query = purchase::Entity::find().filter(C::OrganizationId.eq(organization_id));
    if let StoreScope::Only(stores) = scope {
        query = query.filter(C::StoreId.is_in(stores.iter().copied()));
    }
    if let Some(store_id) = store_id {
        query = query.filter(C::StoreId.eq(store_id));
    }
    if open_only {
        query = query.filter(C::Status.is_in(OPEN));
    }
    if let Some(below) = below {
        query = query.filter(C::Number.lt(below));
    }
    Ok(query.order_by_desc(C::Number).limit(limit).all(db).await?)
}

/// Purchases of a kitchen of which something is still expected, the first to come first.
pub(crate) async fn list_open(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<Vec<purchase::Model>> {
    Ok(purchase::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.eq(store_id))
        .filter(C::Status.is_in(OPEN))
        .order_by_asc(C::ExpectedOn)
        .order_by_asc(C::Number)
        .all(db)
        .await?)
}

/// Lines of some purchases.
pub(crate) async fn list_lines(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    purchases: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<Vec<purchase_line::Model>> {
    Ok(purchase_line::Entity::find()
        .filter(purchase_line::Column::OrganizationId.eq(organization_id))
        .filter(purchase_line::Column::PurchaseId.is_in(purchases))
        .order_by_asc(purchase_line::Column::ProductId)
        .all(db)
        .await?)
}

/// Adds a purchase with its lines.
pub(crate) async fn insert(
    db: &impl ConnectionTrait,
    row: &purchase::Model,
    lines: &[purchase_line::Model],
) -> ServiceResult<()> {
    purchase::Entity::insert(row.clone().into_active_model())
        .exec_without_returning(db)
        .await?;
    let lines = lines.iter().map(|line| line.clone().into_active_model());
    purchase_line::Entity::insert_many(lines)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes every column of a locked purchase.
pub(crate) async fn update(db: &impl ConnectionTrait, row: &purchase::Model) -> ServiceResult<()> {
    row.clone()
        .into_active_model()
        .reset_all()
        .update(db)
        .await?;
    Ok(())
}

/// Writes every column of the lines of a locked purchase.
pub(crate) async fn update_lines(
    db: &impl ConnectionTrait,
    lines: &[purchase_line::Model],
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

/// Adds what came.
pub(crate) async fn insert_receipts(
    db: &impl ConnectionTrait,
    receipts: &[purchase_receipt::Model],
) -> ServiceResult<()> {
    if receipts.is_empty() {
        return Ok(());
    }
    let rows = receipts.iter().map(|row| row.clone().into_active_model());
    purchase_receipt::Entity::insert_many(rows)
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// What is on order of an ingredient for a kitchen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct OnOrder {
    /// Base units, more than zero, over all purchases; also what is late.
    pub quantity: i64,
    /// The day on which the first of it should come, or should have come.
    pub expected_on: NaiveDate,
}

/// What is on order for some kitchens, by kitchen and ingredient: ordered and not received, in purchases that are neither over nor cancelled.
pub(crate) async fn open_purchases_by_ingredient(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<BTreeMap<Shelf, OnOrder>> {
    let rows = purchase_line::Entity::find()
        .find_also_related(purchase::Entity)
        .filter(purchase_line::Column::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::Status.is_in(OPEN))
        .all(db)
        .await?;
    let mut coming: BTreeMap<Shelf, OnOrder> = BTreeMap::new();
    for (line, purchase) in rows {
        let Some(purchase) = purchase else { continue };
        let quantity = outstanding(
            purchase.status,
            line.ordered_quantity,
            line.received_quantity,
        );
        if quantity == 0 {
            continue;
        }
        let day = purchase.expected_on;
        coming
            .entry((purchase.store_id, line.product_id))
            .and_modify(|sum| {
                sum.quantity = sum.quantity.saturating_add(quantity);
                sum.expected_on = sum.expected_on.min(day);
            })
            .or_insert(OnOrder {
                quantity,
                expected_on: day,
            });
    }
    Ok(coming)
}

/// Goods of these ingredients that came to these stores with purchases since their day, by shelf.
pub(crate) async fn list_arrivals(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &[Uuid],
    products: &[lots::Since],
) -> ServiceResult<HashMap<Shelf, Vec<Arrival>>> {
    use purchase_receipt::Column as R;
    let rows = purchase_receipt::Entity::find()
        .filter(R::OrganizationId.eq(organization_id))
        .filter(R::StoreId.is_in(stores.iter().copied()))
        .filter(R::Quantity.gt(0))
        .filter(R::ReceivedOn.gte(lots::earliest(products)))
        .filter(lots::since(products, R::ReceivedOn, R::ProductId))
        .order_by_asc(R::BestBefore)
        .order_by_asc(R::Id)
        .all(db)
        .await?;
    let mut arrivals: HashMap<Shelf, Vec<Arrival>> = HashMap::new();
    for row in rows {
        let arrival = Arrival {
            lot_id: row.id,
            day: row.received_on,
            best_before: row.best_before,
            quantity: row.quantity,
        };
        arrivals
            .entry((row.store_id, row.product_id))
            .or_default()
            .push(arrival);
    }
    Ok(arrivals)
}
