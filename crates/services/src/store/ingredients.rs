//! Rows of ingredients, their prices and suppliers.

use crate::{ServiceError, ServiceResult};
use domain::ProductKind;
use entity::{category, forecast, ingredient, ingredient_price, product, store, supplier};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, IntoActiveModel,
    QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// Suppliers by name.
pub(crate) async fn list_suppliers(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<supplier::Model>> {
    Ok(supplier::Entity::find()
        .filter(supplier::Column::OrganizationId.eq(organization_id))
        .order_by_asc(supplier::Column::Name)
        .all(db)
        .await?)
}

/// A supplier of the organization, locked until the transaction ends.
pub(crate) async fn get_supplier_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<supplier::Model> {
    supplier::Entity::find_by_id(id)
        .filter(supplier::Column::OrganizationId.eq(organization_id))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("supplier"))
}

/// Adds a supplier, or writes every column of a locked one.
pub(crate) async fn write_supplier(
    db: &impl ConnectionTrait,
    is_new: bool,
    row: &supplier::Model,
) -> ServiceResult<()> {
    let active = row.clone().into_active_model();
    if is_new {
        supplier::Entity::insert(active)
            .exec_without_returning(db)
            .await?;
    } else {
        active.reset_all().update(db).await?;
    }
    Ok(())
}

/// Ingredients with what they share with products, by name.
pub(crate) async fn list(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(product::Model, ingredient::Model)>> {
    let rows = ingredient::Entity::find()
        .find_also_related(product::Entity)
        .filter(ingredient::Column::OrganizationId.eq(organization_id))
        .order_by_asc(product::Column::Name)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .filter_map(|(ingredient, product)| Some((product?, ingredient)))
        .collect())
}

/// Whether one of these is an ingredient.
pub(crate) async fn is_any(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: impl IntoIterator<Item = Uuid>,
) -> ServiceResult<bool> {
    let first: Option<Uuid> = ingredient::Entity::find()
        .select_only()
        .column(ingredient::Column::ProductId)
        .filter(ingredient::Column::OrganizationId.eq(organization_id))
        .filter(ingredient::Column::ProductId.is_in(ids))
        .limit(1)
        .into_tuple()
        .one(db)
        .await?;
    Ok(first.is_some())
}

/// An ingredient of the organization, locked until the transaction ends.
pub(crate) async fn get_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
) -> ServiceResult<(product::Model, ingredient::Model)> {
    let product = product::Entity::find_by_id(id)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Ingredient))
        .lock(LockType::NoKeyUpdate)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("ingredient"))?;
    let ingredient = ingredient::Entity::find_by_id(id)
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("ingredient"))?;
    Ok((product, ingredient))
}

/// Like [`get_locked`], of several: locked in the order of their ids. Not found when one of them is no ingredient.
pub(crate) async fn list_locked(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    ids: &[Uuid],
) -> ServiceResult<Vec<(product::Model, ingredient::Model)>> {
    let products = product::Entity::find()
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Ingredient))
        .filter(product::Column::Id.is_in(ids.iter().copied()))
        .order_by_asc(product::Column::Id)
        .lock(LockType::NoKeyUpdate)
        .all(db)
        .await?;
    let rows = ingredient::Entity::find()
        .filter(ingredient::Column::OrganizationId.eq(organization_id))
        .filter(ingredient::Column::ProductId.is_in(ids.iter().copied()))
        .all(db)
        .await?;
    let mut rows: BTreeMap<Uuid, ingredient::Model> =
        rows.into_iter().map(|row| (row.product_id, row)).collect();
    let pair = |product: product::Model| rows.remove(&product.id).map(|row| (product, row));
    let found: Vec<_> = products.into_iter().filter_map(pair).collect();
    if found.len() == ids.len() {
        Ok(found)
    } else {
        Err(ServiceError::NotFound("ingredient"))
    }
}

/// Adds how an ingredient is bought, or writes every column of it.
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    is_new: bool,
    row: &ingredient::Model,
) -> ServiceResult<()> {
    let active = row.clone().into_active_model();
    if is_new {
        ingredient::Entity::insert(active)
            .exec_without_returning(db)
            .await?;
    } else {
        active.reset_all().update(db).await?;
    }
    Ok(())
}

/// Adds a price to an ingredient's history.
pub(crate) async fn insert_price(
    db: &impl ConnectionTrait,
    row: ingredient_price::Model,
) -> ServiceResult<()> {
    ingredient_price::Entity::insert(row.into_active_model())
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Prices of an ingredient, latest first.
pub(crate) async fn list_prices(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    product_id: Uuid,
    limit: u64,
) -> ServiceResult<Vec<ingredient_price::Model>> {
    use ingredient_price::Column as C;
    Ok(ingredient_price::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductId.eq(product_id))
        .order_by_desc(C::RecordedAt)
        .order_by_desc(C::Id)
        .limit(limit)
        .all(db)
        .await?)
}

/// What has this code, sold or not.
pub(crate) async fn find_by_code(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    code: &str,
) -> ServiceResult<Option<product::Model>> {
    Ok(product::Entity::find()
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Sku.eq(code))
        .one(db)
        .await?)
}

/// The category of this name, where there is one.
pub(crate) async fn find_category(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    name: &str,
) -> ServiceResult<Option<category::Model>> {
    Ok(category::Entity::find()
        .filter(category::Column::OrganizationId.eq(organization_id))
        .filter(category::Column::Name.eq(name))
        .one(db)
        .await?)
}

/// Stores whose batches take their ingredients from this one: itself, and those for which it bakes.
pub(crate) async fn list_fed_by(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    kitchen_id: Uuid,
) -> ServiceResult<Vec<Uuid>> {
    use store::Column as C;
    Ok(store::Entity::find()
        .select_only()
        .column(C::Id)
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Active.eq(true))
        .filter(
            Condition::any().add(C::KitchenStoreId.eq(kitchen_id)).add(
                Condition::all()
                    .add(C::Id.eq(kitchen_id))
                    .add(C::KitchenStoreId.is_null()),
            ),
        )
        .into_tuple()
        .all(db)
        .await?)
}

/// What a forecast says of one product on one day over some stores, added up: mean, and width of the middle 80 %.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DayNeed {
    pub mean_milli: i64,
    /// Between the 10 % and the 90 % quantile.
    pub width_milli: i64,
}

/// Forecast days by product and target date, over some stores.
pub(crate) type NeedDays = BTreeMap<(Uuid, chrono::NaiveDate), DayNeed>;

/// Forecasts that were issued on a day, added up over some stores.
pub(crate) async fn list_need_days(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    issued_on: chrono::NaiveDate,
    stores: &[Uuid],
    until: chrono::NaiveDate,
) -> ServiceResult<NeedDays> {
    use forecast::Column as C;
    use sea_orm::sea_query::ExprTrait;
    let rows: Vec<(Uuid, chrono::NaiveDate, i64, i64, i64)> = forecast::Entity::find()
        .select_only()
        .column(C::ProductId)
        .column(C::TargetDate)
        .column_as(C::MeanMilli.sum().cast_as("bigint"), "mean")
        .column_as(C::Q10Milli.sum().cast_as("bigint"), "low")
        .column_as(C::Q90Milli.sum().cast_as("bigint"), "high")
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::StoreId.is_in(stores.iter().copied()))
        .filter(C::IssuedOn.eq(issued_on))
        .filter(C::TargetDate.lte(until))
        .group_by(C::ProductId)
        .group_by(C::TargetDate)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(product, day, mean_milli, low, high)| {
            let need = DayNeed {
                mean_milli,
                width_milli: high - low,
            };
            ((product, day), need)
        })
        .collect())
}
