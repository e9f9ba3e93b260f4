//! Rows of stores, categories, products, and of what is set up with them.

use crate::ServiceResult;
use chrono::{DateTime, NaiveDate, Utc};
use domain::ProductKind;
use entity::{calendar_entry, category, product, promotion, store, store_product, weather_day};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder,
    QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Rows per statement: SQLite allows 32,766 bound values, PostgreSQL 65,535.
const ROWS_PER_STATEMENT: usize = 1_000;

/// Stores by code.
pub(crate) async fn list_stores(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<store::Model>> {
    Ok(store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .order_by_asc(store::Column::Code)
        .all(db)
        .await?)
}

/// Those of these codes that stores have.
pub(crate) async fn list_stores_by_code(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    codes: impl IntoIterator<Item = &str>,
) -> ServiceResult<Vec<store::Model>> {
    Ok(store::Entity::find()
        .filter(store::Column::OrganizationId.eq(organization_id))
        .filter(store::Column::Code.is_in(codes))
        .all(db)
        .await?)
}

/// Those of these skus that products on sale have, with the products.
pub(crate) async fn list_products_by_sku(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    skus: impl IntoIterator<Item = &str>,
) -> ServiceResult<Vec<(String, Uuid)>> {
    Ok(product::Entity::find()
        .select_only()
        .columns([product::Column::Sku, product::Column::Id])
        .filter(product::Column::OrganizationId.eq(organization_id))
        .filter(product::Column::Kind.eq(ProductKind::Product))
        .filter(product::Column::Sku.is_in(skus))
        .into_tuple()
        .all(db)
        .await?)
}

pub(crate) async fn list_store_ids(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    Ok(store::Entity::find()
        .select_only()
        .column(store::Column::Id)
        .filter(store::Column::OrganizationId.eq(organization_id))
        .into_tuple::<Uuid>()
        .all(db)
        .await?
        .into_iter()
        .collect())
}

/// Categories as lists show them.
pub(crate) async fn list_categories(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<category::Model>> {
    Ok(category::Entity::find()
        .filter(category::Column::OrganizationId.eq(organization_id))
        .order_by_asc(category::Column::Position)
        .order_by_asc(category::Column::Name)
        .all(db)
        .await?)
}

/// Products by sku.
pub(crate) async fn list_products(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<product::Model>> {
    Ok(product::Entity::find()
        .filter(product::Column::OrganizationId.eq(organization_id))
        .order_by_asc(product::Column::Sku)
        .all(db)
        .await?)
}

pub(crate) async fn list_listings(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<(Uuid, Uuid), bool>> {
    Ok(store_product::Entity::find()
        .filter(store_product::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?
        .into_iter()
        .map(|row| ((row.store_id, row.product_id), row.listed))
        .collect())
}

pub(crate) async fn insert_store(
    db: &impl ConnectionTrait,
    row: store::Model,
) -> ServiceResult<()> {
    store::Entity::insert(store_values(row))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_store(
    db: &impl ConnectionTrait,
    row: store::Model,
) -> ServiceResult<()> {
    store::Entity::update(store_values(row)).exec(db).await?;
    Ok(())
}

fn store_values(row: store::Model) -> store::ActiveModel {
    store::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        code: Set(row.code),
        name: Set(row.name),
        kind: Set(row.kind),
        city: Set(row.city),
        region: Set(row.region),
        time_zone: Set(row.time_zone),
        latitude_e6: Set(row.latitude_e6),
        longitude_e6: Set(row.longitude_e6),
        opening_days: Set(row.opening_days),
        opens_at_minute: Set(row.opens_at_minute),
        closes_at_minute: Set(row.closes_at_minute),
        kitchen_store_id: Set(row.kitchen_store_id),
        active: Set(row.active),
        oven_trays_per_hour: Set(row.oven_trays_per_hour),
        bakes_from_minute: Set(row.bakes_from_minute),
        mixer_capacity: Set(row.mixer_capacity),
        created_at: Set(row.created_at),
        version: Set(row.version),
    }
}

pub(crate) async fn insert_category(
    db: &impl ConnectionTrait,
    row: category::Model,
) -> ServiceResult<()> {
    category::Entity::insert(category_values(row))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_category(
    db: &impl ConnectionTrait,
    row: category::Model,
) -> ServiceResult<()> {
    category::Entity::update(category_values(row))
        .exec(db)
        .await?;
    Ok(())
}

fn category_values(row: category::Model) -> category::ActiveModel {
    category::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        name: Set(row.name),
        position: Set(row.position),
        version: Set(row.version),
    }
}

pub(crate) async fn insert_product(
    db: &impl ConnectionTrait,
    row: product::Model,
) -> ServiceResult<()> {
    product::Entity::insert(product_values(row))
        .exec_without_returning(db)
        .await?;
    Ok(())
}

pub(crate) async fn update_product(
    db: &impl ConnectionTrait,
    row: product::Model,
) -> ServiceResult<()> {
    product::Entity::update(product_values(row))
        .exec(db)
        .await?;
    Ok(())
}

fn product_values(row: product::Model) -> product::ActiveModel {
    product::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        category_id: Set(row.category_id),
        kind: Set(row.kind),
        sku: Set(row.sku),
        name: Set(row.name),
        unit: Set(row.unit),
        price_minor: Set(row.price_minor),
        unit_cost_minor: Set(row.unit_cost_minor),
        salvage_minor: Set(row.salvage_minor),
        shelf_life_days: Set(row.shelf_life_days),
        tray_size: Set(row.tray_size),
        lead_time_days: Set(row.lead_time_days),
        policy: Set(row.policy),
        service_level_bp: Set(row.service_level_bp),
        allergens: Set(row.allergens),
        introduced_on: Set(row.introduced_on),
        discontinued_on: Set(row.discontinued_on),
        active: Set(row.active),
        version: Set(row.version),
        created_at: Set(row.created_at),
        substitution_share_bp: Set(row.substitution_share_bp),
        barcodes: Set(row.barcodes),
    }
}

/// Says of each (store, product) whether it is listed; what is chosen for rows that exist stays.
pub(crate) async fn upsert_listings(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    now: DateTime<Utc>,
    listings: &[((Uuid, Uuid), bool)],
) -> ServiceResult<()> {
    for chunk in listings.chunks(ROWS_PER_STATEMENT) {
        let rows =
            chunk.iter().map(
                |((store_id, product_id), listed)| store_product::ActiveModel {
                    store_id: Set(*store_id),
                    product_id: Set(*product_id),
                    organization_id: Set(organization_id),
                    listed: Set(*listed),
                    reorder_point: Set(None),
                    order_up_to: Set(None),
                    updated_at: Set(now),
                    policy: Set(None),
                    ratio_by: Set(None),
                    service_level_bp: Set(None),
                    salvage_minor: Set(None),
                    substitution_share_bp: Set(None),
                    policy_version: Set(0),
                },
            );
        store_product::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([
                    store_product::Column::StoreId,
                    store_product::Column::ProductId,
                ])
                .update_columns([
                    store_product::Column::Listed,
                    store_product::Column::UpdatedAt,
                ])
                .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn list_calendar(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<calendar_entry::Model>> {
    Ok(calendar_entry::Entity::find()
        .filter(calendar_entry::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

pub(crate) async fn insert_calendar(
    db: &impl ConnectionTrait,
    rows: Vec<calendar_entry::Model>,
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk
            .iter()
            .cloned()
            .map(|row| calendar_entry::ActiveModel {
                id: Set(row.id),
                organization_id: Set(row.organization_id),
                store_id: Set(row.store_id),
                kind: Set(row.kind),
                name: Set(row.name),
                starts_on: Set(row.starts_on),
                ends_on: Set(row.ends_on),
                note: Set(row.note),
                created_by: Set(row.created_by),
                created_at: Set(row.created_at),
            });
        calendar_entry::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn update_calendar_end(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    id: Uuid,
    ends_on: NaiveDate,
) -> ServiceResult<()> {
    calendar_entry::Entity::update_many()
        .col_expr(calendar_entry::Column::EndsOn, Expr::value(ends_on))
        .filter(calendar_entry::Column::OrganizationId.eq(organization_id))
        .filter(calendar_entry::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// Weather that is known, by store and day.
pub(crate) async fn list_weather(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<BTreeMap<(Uuid, NaiveDate), (Option<i32>, Option<i32>, bool)>> {
    Ok(weather_day::Entity::find()
        .filter(weather_day::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?
        .into_iter()
        .map(|w| {
            (
                (w.store_id, w.date),
                (w.temperature_c_x10, w.precipitation_mm_x10, w.is_forecast),
            )
        })
        .collect())
}

pub(crate) async fn upsert_weather(
    db: &impl ConnectionTrait,
    rows: &[weather_day::Model],
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        let rows = chunk.iter().map(|row| weather_day::ActiveModel {
            store_id: Set(row.store_id),
            date: Set(row.date),
            organization_id: Set(row.organization_id),
            temperature_c_x10: Set(row.temperature_c_x10),
            precipitation_mm_x10: Set(row.precipitation_mm_x10),
            is_forecast: Set(row.is_forecast),
            updated_at: Set(row.updated_at),
        });
        weather_day::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([weather_day::Column::StoreId, weather_day::Column::Date])
                    .update_columns([
                        weather_day::Column::TemperatureCX10,
                        weather_day::Column::PrecipitationMmX10,
                        weather_day::Column::IsForecast,
                        weather_day::Column::UpdatedAt,
                    ])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn list_promotions(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<Vec<promotion::Model>> {
    Ok(promotion::Entity::find()
        .filter(promotion::Column::OrganizationId.eq(organization_id))
        .all(db)
        .await?)
}

fn promotion_values(row: promotion::Model) -> promotion::ActiveModel {
    promotion::ActiveModel {
        id: Set(row.id),
        organization_id: Set(row.organization_id),
        code: Set(row.code),
        name: Set(row.name),
        store_id: Set(row.store_id),
        product_id: Set(row.product_id),
        category_id: Set(row.category_id),
        discount_bp: Set(row.discount_bp),
        starts_on: Set(row.starts_on),
        ends_on: Set(row.ends_on),
        created_by: Set(row.created_by),
        created_at: Set(row.created_at),
    }
}

pub(crate) async fn insert_promotions(
    db: &impl ConnectionTrait,
    rows: Vec<promotion::Model>,
) -> ServiceResult<()> {
    for chunk in rows.chunks(ROWS_PER_STATEMENT) {
        promotion::Entity::insert_many(chunk.iter().cloned().map(promotion_values))
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

pub(crate) async fn update_promotion(
    db: &impl ConnectionTrait,
    row: promotion::Model,
) -> ServiceResult<()> {
    promotion::Entity::update(promotion_values(row))
        .exec(db)
        .await?;
    Ok(())
}
