//! Rows behind a store's day: the store itself, what lies on its shelves and what is on its way.

use crate::{ServiceError, ServiceResult};
use chrono::NaiveDate;
use contract::forecasts::Band;
use domain::{OrderStatus, ProductKind};
use entity::{
    calendar_entry, category, daily_sales, forecast, job_run, product, production_order, promotion,
    store, weather_day,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::HashMap;
use uuid::Uuid;

/// A store of the organization.
pub(crate) async fn get_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
) -> ServiceResult<store::Model> {
    store::Entity::find_by_id(store_id)
        .filter(store::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("store"))
}

/// A product of the organization, with its category.
pub(crate) async fn get_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    product_id: Uuid,
) -> ServiceResult<(product::Model, Option<category::Model>)> {
    product::Entity::find_by_id(product_id)
        .find_also_related(category::Entity)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .one(db)
        .await?
        .ok_or(ServiceError::NotFound("product"))
}

/// Every product that is sold, with its category.
pub(crate) async fn list_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(product::Model, Option<category::Model>)>> {
    Ok(product::Entity::find()
        .find_also_related(category::Entity)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Product))
        .all(db)
        .await?)
}

/// Orders for a store that are not finished, by production date.
pub(crate) async fn list_coming_orders(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<production_order::Model>> {
    use production_order::Column as C;
    Ok(production_order::Entity::find()
        .filter(C::StoreId.eq(store_id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::ProductionDate.between(from, until))
        .filter(C::Status.is_in([OrderStatus::Pending, OrderStatus::InProgress]))
        .order_by_asc(C::ProductionDate)
        .all(db)
        .await?)
}

/// Holidays, events and closures of a store, and of all stores, that touch the days.
pub(crate) async fn list_calendar_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<calendar_entry::Model>> {
    use calendar_entry::Column as C;
    Ok(calendar_entry::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(
            Condition::any()
                .add(C::StoreId.is_null())
                .add(C::StoreId.eq(store_id)),
        )
        .filter(C::StartsOn.lte(until))
        .filter(C::EndsOn.gte(from))
        .order_by_asc(C::StartsOn)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Promotions that run in a store on the days.
pub(crate) async fn list_promotions_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<promotion::Model>> {
    use promotion::Column as C;
    Ok(promotion::Entity::find()
        .filter(C::OrganizationId.eq(organization_id))
        .filter(
            Condition::any()
                .add(C::StoreId.is_null())
                .add(C::StoreId.eq(store_id)),
        )
        .filter(C::StartsOn.lte(until))
        .filter(C::EndsOn.gte(from))
        .order_by_asc(C::StartsOn)
        .order_by_asc(C::Id)
        .all(db)
        .await?)
}

/// Weather of a store.
pub(crate) async fn list_weather_of_store(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<weather_day::Model>> {
    use weather_day::Column as C;
    Ok(weather_day::Entity::find()
        .filter(C::StoreId.eq(store_id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::Date.between(from, until))
        .order_by_asc(C::Date)
        .all(db)
        .await?)
}

/// The latest night, whatever became of it.
pub(crate) async fn find_last_run(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Option<job_run::Model>> {
    Ok(job_run::Entity::find()
        .filter(job_run::Column::OrganizationId.eq(organization_id))
        .order_by_desc(job_run::Column::BusinessDate)
        .limit(1)
        .one(db)
        .await?)
}

/// Days on which a store sold anything, ascending.
pub(crate) async fn list_open_dates(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<NaiveDate>> {
    use daily_sales::Column as C;
    Ok(daily_sales::Entity::find()
        .select_only()
        .column(C::BusinessDate)
        .distinct()
        .filter(C::StoreId.eq(store_id))
        .filter(C::OrganizationId.eq(organization_id))
        .filter(C::BusinessDate.between(from, until))
        .order_by_asc(C::BusinessDate)
        .into_tuple()
        .all(db)
        .await?)
}

/// The middle and the edges of one night's distributions for a store, by product and target: all products until `until`, those in
/// `keeping` until `keeping_until`. A page shows no more than that, and reading whole rows takes several times as long.
pub(crate) async fn list_bands_of_store(
    db: &impl ConnectionTrait,
    (organization_id, store_id): (Uuid, Uuid),
    issued_on: NaiveDate,
    (from, until): (NaiveDate, NaiveDate),
    (keeping, keeping_until): (&[Uuid], NaiveDate),
) -> ServiceResult<HashMap<(Uuid, NaiveDate), Band>> {
    let rows: Vec<(Uuid, NaiveDate, i64, i64, i64, i64)> = forecast::Entity::find()
        .select_only()
        .column(forecast::Column::ProductId)
        .column(forecast::Column::TargetDate)
        .column(forecast::Column::Q10Milli)
        .column(forecast::Column::Q50Milli)
        .column(forecast::Column::Q90Milli)
        .column(forecast::Column::MeanMilli)
        .filter(forecast::Column::StoreId.eq(store_id))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .filter(forecast::Column::TargetDate.between(from, keeping_until))
        .filter(
            Condition::any()
                .add(forecast::Column::TargetDate.lte(until))
                .add(forecast::Column::ProductId.is_in(keeping.iter().copied())),
        )
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(
            |(product_id, date, low_milli, median_milli, high_milli, mean_milli)| {
                let band = Band {
                    low_milli,
                    median_milli,
                    high_milli,
                    mean_milli,
                };
                ((product_id, date), band)
            },
        )
        .collect())
}

/// What was forecast on a day for one product on one target day: some stores and their means, in thousandths.
pub(crate) async fn list_means_of_product(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    issued_on: NaiveDate,
    product_id: Uuid,
    stores: &[Uuid],
    target: NaiveDate,
) -> ServiceResult<Vec<(Uuid, i64)>> {
    Ok(forecast::Entity::find()
        .select_only()
        .column(forecast::Column::StoreId)
        .column(forecast::Column::MeanMilli)
        .filter(forecast::Column::StoreId.is_in(stores.iter().copied()))
        .filter(forecast::Column::ProductId.eq(product_id))
        .filter(forecast::Column::IssuedOn.eq(issued_on))
        .filter(forecast::Column::TargetDate.eq(target))
        .filter(forecast::Column::OrganizationId.eq(organization_id))
        .into_tuple()
        .all(db)
        .await?)
}
