//! Rows from which the forecaster's panel is built.

use crate::ServiceResult;
use chrono::NaiveDate;
use domain::{ProductKind, StoreKind};
use entity::{
    calendar_entry, category, daily_sales, product, promotion, store, store_product, weather_day,
};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, DerivePartialModel, EntityTrait, QueryFilter,
    QueryOrder, QuerySelect,
};
use uuid::Uuid;

/// What the panel needs of a day's sales.
#[derive(Clone, Debug, DerivePartialModel)]
#[sea_orm(entity = "daily_sales::Entity")]
pub(crate) struct SoldDay {
    pub product_id: Uuid,
    pub business_date: NaiveDate,
    pub quantity: i64,
    pub unit_price_minor: Option<i64>,
    pub promotion: Option<String>,
    pub censored: bool,
}

/// Shops that sell; the central kitchen does not.
pub(crate) async fn list_shops(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<store::Model>> {
    Ok(store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .filter(store::Column::Active.eq(true))
        .filter(store::Column::Kind.eq(StoreKind::Shop))
        .order_by_asc(store::Column::Code)
        .all(db)
        .await?)
}

/// Every product that is sold, with its category's name.
pub(crate) async fn list_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<(product::Model, String)>> {
    let rows = product::Entity::find()
        .find_also_related(category::Entity)
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Product))
        .order_by_asc(product::Column::Sku)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(p, c)| (p, c.map(|c| c.name).unwrap_or_default()))
        .collect())
}

/// Which shop carries which product.
pub(crate) async fn list_listings(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<store_product::Model>> {
    Ok(store_product::Entity::find()
        .filter(store_product::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

/// Days on which goods only came back are none of the history: money was paid back, and nothing was sold.
fn not_only_returned() -> Condition {
    Condition::any()
        .add(daily_sales::Column::Quantity.ne(0))
        .add(daily_sales::Column::RevenueMinor.gte(0))
}

/// Sold days until a date, by store, product and date. Read store by store, so that memory holds one store's rows.
pub(crate) async fn list_sold_days(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    store_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<SoldDay>> {
    Ok(daily_sales::Entity::find()
        .filter(daily_sales::Column::StoreId.eq(store_id))
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.between(from, until))
        .filter(not_only_returned())
        .order_by_asc(daily_sales::Column::ProductId)
        .order_by_asc(daily_sales::Column::BusinessDate)
        .into_partial_model::<SoldDay>()
        .all(db)
        .await?)
}

/// First and last day with sales.
pub(crate) async fn sold_range(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    until: NaiveDate,
) -> ServiceResult<Option<(NaiveDate, NaiveDate)>> {
    let row: Option<(Option<NaiveDate>, Option<NaiveDate>)> = daily_sales::Entity::find()
        .select_only()
        .column_as(daily_sales::Column::BusinessDate.min(), "first")
        .column_as(daily_sales::Column::BusinessDate.max(), "last")
        .filter(daily_sales::Column::OrganizationId.eq(organization_id))
        .filter(daily_sales::Column::BusinessDate.lte(until))
        .into_tuple()
        .one(db)
        .await?;
    Ok(row.and_then(|(first, last)| first.zip(last)))
}

/// Holidays, events and closures that touch the days.
pub(crate) async fn list_calendar(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<calendar_entry::Model>> {
    Ok(calendar_entry::Entity::find()
        .filter(calendar_entry::Column::OrganizationId.eq(organization_id))
        .filter(calendar_entry::Column::StartsOn.lte(until))
        .filter(calendar_entry::Column::EndsOn.gte(from))
        .order_by_asc(calendar_entry::Column::StartsOn)
        .order_by_asc(calendar_entry::Column::Id)
        .all(db)
        .await?)
}

/// Promotions that touch the days.
pub(crate) async fn list_promotions(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<promotion::Model>> {
    Ok(promotion::Entity::find()
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .filter(promotion::Column::StartsOn.lte(until))
        .filter(promotion::Column::EndsOn.gte(from))
        .order_by_asc(promotion::Column::StartsOn)
        .order_by_asc(promotion::Column::Id)
        .all(db)
        .await?)
}

/// Weather of the days, observed or forecast.
pub(crate) async fn list_weather(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    from: NaiveDate,
    until: NaiveDate,
) -> ServiceResult<Vec<weather_day::Model>> {
    Ok(weather_day::Entity::find()
        .filter(weather_day::Column::OrganizationId.eq(organization_id))
        .filter(weather_day::Column::Date.between(from, until))
        .order_by_asc(weather_day::Column::Date)
        .order_by_asc(weather_day::Column::StoreId)
        .all(db)
        .await?)
}
