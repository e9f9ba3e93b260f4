//! What is known of days: promotions, calendar, weather.

use super::id_of;
use crate::store::catalog;
use crate::{Ctx, ServiceResult};
use contract::catalog::{SetupCount, SetupFile};
use entity::{calendar_entry, promotion, weather_day};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

pub(super) async fn set_up_calendar(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    stores: &BTreeMap<String, Uuid>,
) -> ServiceResult<SetupCount> {
    let mut known: BTreeMap<_, _> = catalog::list_calendar(db, ctx.organization_id())
        .await?
        .into_iter()
        .map(|c| ((c.store_id, c.kind, c.name, c.starts_on), (c.id, c.ends_on)))
        .collect();
    let mut count = SetupCount::default();
    let mut new = Vec::new();
    for c in &file.calendar {
        let store_id = c
            .store
            .as_ref()
            .map(|code| id_of(stores, code, "store"))
            .transpose()?;
        let ends_on = c.ends_on.unwrap_or(c.starts_on);
        let key = (store_id, c.kind, c.name.clone(), c.starts_on);
        match known.get(&key) {
            None => {
                let id = Uuid::now_v7();
                known.insert(key, (id, ends_on));
                new.push(calendar_entry::Model {
                    id,
                    organization_id: ctx.organization_id(),
                    store_id,
                    kind: c.kind,
                    name: c.name.clone(),
                    starts_on: c.starts_on,
                    ends_on,
                    note: None,
                    created_by: ctx.actor.user_id,
                    created_at: ctx.now,
                });
                count.created += 1;
            }
            Some((id, end)) if *end != ends_on => {
                catalog::update_calendar_end(db, ctx.organization_id(), *id, ends_on).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    catalog::insert_calendar(db, new).await?;
    Ok(count)
}

pub(super) async fn set_up_weather(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    stores: &BTreeMap<String, Uuid>,
) -> ServiceResult<SetupCount> {
    let mut count = SetupCount::default();
    if file.weather.is_empty() {
        return Ok(count);
    }
    let known = catalog::list_weather(db, ctx.organization_id()).await?;
    let mut changes = Vec::new();
    for w in &file.weather {
        let codes: Vec<&str> = match &w.store {
            Some(code) => vec![code],
            None => file.stores.iter().map(|s| s.code.as_str()).collect(),
        };
        for code in codes {
            let store_id = id_of(stores, code, "store")?;
            match known.get(&(store_id, w.date)) {
                Some(old)
                    if *old == (w.temperature_c_x10, w.precipitation_mm_x10, w.is_forecast) =>
                {
                    count.unchanged += 1;
                    continue;
                }
                Some(_) => count.changed += 1,
                None => count.created += 1,
            }
            changes.push(weather_day::Model {
                store_id,
                date: w.date,
                organization_id: ctx.organization_id(),
                temperature_c_x10: w.temperature_c_x10,
                precipitation_mm_x10: w.precipitation_mm_x10,
                is_forecast: w.is_forecast,
                updated_at: ctx.now,
            });
        }
    }
    catalog::upsert_weather(db, &changes).await?;
    Ok(count)
}

pub(super) async fn set_up_promotions(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    stores: &BTreeMap<String, Uuid>,
    categories: &BTreeMap<String, Uuid>,
    products: &BTreeMap<String, Uuid>,
) -> ServiceResult<SetupCount> {
    let known: BTreeMap<String, promotion::Model> =
        catalog::list_promotions(db, ctx.organization_id())
            .await?
            .into_iter()
            .map(|p| (p.code.clone(), p))
            .collect();
    let mut count = SetupCount::default();
    let mut new = Vec::new();
    for p in &file.promotions {
        let old = known.get(&p.code);
        let row = promotion::Model {
            id: old.map_or_else(Uuid::now_v7, |o| o.id),
            organization_id: ctx.organization_id(),
            code: p.code.clone(),
            name: p.name.clone(),
            store_id: p
                .store
                .as_ref()
                .map(|code| id_of(stores, code, "store"))
                .transpose()?,
            product_id: p
                .product
                .as_ref()
                .map(|sku| id_of(products, sku, "product"))
                .transpose()?,
            category_id: p
                .category
                .as_ref()
                .map(|name| id_of(categories, name, "category"))
                .transpose()?,
            discount_bp: p.discount_bp,
            starts_on: p.starts_on,
            ends_on: p.ends_on,
            created_by: old.map_or(ctx.actor.user_id, |o| o.created_by),
            created_at: old.map_or(ctx.now, |o| o.created_at),
        };
        match old {
            None => {
                count.created += 1;
                new.push(row);
            }
            Some(old) if *old != row => {
                catalog::update_promotion(db, row).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    catalog::insert_promotions(db, new).await?;
    Ok(count)
}
