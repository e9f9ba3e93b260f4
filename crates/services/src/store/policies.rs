//! Rows of what somebody chose for shelves.

use crate::ServiceResult;
use crate::ledger::Shelf;
use domain::ReplenishmentPolicy;
use entity::store_product;
use sea_orm::sea_query::{ExprTrait, LockType, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use store_product::Column as C;
use uuid::Uuid;

fn of_shelves(shelves: impl IntoIterator<Item = Shelf>) -> Condition {
    let mut by_store: BTreeMap<Uuid, BTreeSet<Uuid>> = BTreeMap::new();
    for (store_id, product_id) in shelves {
        by_store.entry(store_id).or_default().insert(product_id);
    }
    by_store
        .into_iter()
        .fold(Condition::any(), |any, (store_id, products)| {
            any.add(C::StoreId.eq(store_id).and(C::ProductId.is_in(products)))
        })
}

/// How some stores carry one product.
pub(crate) async fn list_of_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    product_id: Uuid,
    stores: &[Uuid],
) -> ServiceResult<Vec<store_product::Model>> {
    Ok(store_product::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductId.eq(product_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .all(db)
        .await?)
}

/// Shelves of some stores for which somebody chose a policy, with what they chose.
pub(crate) async fn list_chosen(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    stores: &BTreeSet<Uuid>,
) -> ServiceResult<BTreeMap<Shelf, ReplenishmentPolicy>> {
    let rows: Vec<(Uuid, Uuid, ReplenishmentPolicy)> = store_product::Entity::find()
        .select_only()
        .column(C::StoreId)
        .column(C::ProductId)
        .column(C::Policy)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::Policy.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let chosen = rows.into_iter();
    Ok(chosen
        .map(|(store_id, product_id, policy)| ((store_id, product_id), policy))
        .collect())
}

/// How one store carries one product, if it does.
pub(crate) async fn find(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    (store_id, product_id): Shelf,
) -> ServiceResult<Option<store_product::Model>> {
    Ok(store_product::Entity::find_by_id((store_id, product_id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Listed.eq(true))
        .one(db)
        .await?)
}

/// Those of these shelves that stores carry, by store and product, locked until the transaction ends.
pub(crate) async fn list_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    shelves: impl IntoIterator<Item = Shelf>,
) -> ServiceResult<Vec<store_product::Model>> {
    Ok(store_product::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Listed.eq(true))
        .filter(of_shelves(shelves))
        .order_by_asc(C::StoreId)
        .order_by_asc(C::ProductId)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?)
}

/// Writes what is chosen for locked shelves: one statement.
pub(crate) async fn update(
    db: &impl ConnectionTrait,
    rows: &[store_product::Model],
) -> ServiceResult<()> {
    if rows.is_empty() {
        return Ok(());
    }
    let models = rows.iter().map(|row| row.clone().into_active_model());
    store_product::Entity::insert_many(models)
        .on_conflict(
            OnConflict::columns([C::StoreId, C::ProductId])
                .update_columns([
                    C::ReorderPoint,
                    C::OrderUpTo,
                    C::Policy,
                    C::RatioBy,
                    C::ServiceLevelBp,
                    C::SalvageMinor,
                    C::SubstitutionShareBp,
                    C::PolicyVersion,
                    C::UpdatedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}
