//! Rows of stores, categories and products, one at a time and page by page.

use crate::{ServiceError, ServiceResult};
use domain::{OrderStatus, ProductKind, TransferStatus};
use entity::{category, product, production_order, store, transfer};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
    Select,
};
use uuid::Uuid;

/// Which products.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted<'a> {
    pub category_id: Option<Uuid>,
    pub active: Option<bool>,
    /// Only those whose sku comes behind this one.
    pub after: Option<&'a str>,
}

/// Products on sale of a page, by sku.
pub(crate) async fn list_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    wanted: Wanted<'_>,
    limit: u64,
) -> ServiceResult<Vec<product::Model>> {
    use product::Column as C;
    let mut query = product::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Kind.eq(ProductKind::Product));
    if let Some(category_id) = wanted.category_id {
        query = query.filter(C::CategoryId.eq(category_id));
    }
    if let Some(active) = wanted.active {
        query = query.filter(C::Active.eq(active));
    }
    if let Some(sku) = wanted.after {
        query = query.filter(C::Sku.gt(sku));
    }
    Ok(query.order_by_asc(C::Sku).limit(limit).all(db).await?)
}

fn product_of(organization_id: Uuid, id: Uuid) -> Select<product::Entity> {
    product::Entity::find_by_id(id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Product))
}

/// A product on sale of the organization.
pub(crate) async fn get_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<product::Model> {
    product_of(organization_id, id)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("product"))
}

/// Like [`get_product`], locked until the transaction ends.
pub(crate) async fn get_product_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<product::Model> {
    product_of(organization_id, id)
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("product"))
}

/// A category of the organization, locked until the transaction ends.
pub(crate) async fn get_category_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<category::Model> {
    category::Entity::find_by_id(id)
        .filter(category::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("category"))
}

/// A store of the organization, locked until the transaction ends.
pub(crate) async fn get_store_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<store::Model> {
    store::Entity::find_by_id(id)
        .filter(store::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("store"))
}

/// Whether a store still has orders that are not over, or transfers that were asked for or are on the road.
pub(crate) async fn has_work_left(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<bool> {
    use production_order::Column as O;
    use transfer::Column as T;
    let order = production_order::Entity::find()
        .filter(O::OrganizationId.eq(organization_id))
        .filter(O::StoreId.eq(store_id))
        .filter(O::Status.is_in([OrderStatus::Pending, OrderStatus::InProgress]))
        .one(db)
        .await?;
    if order.is_some() {
        return Ok(true);
    }
    let transfer = transfer::Entity::find()
        .filter(T::OrganizationId.eq(organization_id))
        .filter(
            Condition::any()
                .add(T::FromStoreId.eq(store_id))
                .add(T::ToStoreId.eq(store_id)),
        )
        .filter(T::Status.is_in([TransferStatus::Requested, TransferStatus::InTransit]))
        .one(db)
        .await?;
    Ok(transfer.is_some())
}
