//! Master data from a file, found again by code, sku and name: the same file twice changes nothing.

use super::Catalog;
use crate::audit::{self, Change};
use crate::store::{catalog, organizations};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::FieldError;
use contract::catalog::{SetupCount, SetupFile, SetupProduct, SetupReport, SetupStore};
use domain::Permission;
use entity::{calendar_entry, category, product, store, weather_day};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Errors that are reported at once; a file with more is wrong throughout.
const MOST_ERRORS: usize = 50;

fn check(file: &SetupFile) -> ServiceResult<()> {
    let mut errors: Vec<FieldError> = Vec::new();
    let mut wrong = |field: String, reason: &str, message: String| {
        if errors.len() < MOST_ERRORS {
            errors.push(FieldError {
                field,
                reason: reason.to_owned(),
                message,
            });
        }
    };
    let mut codes = BTreeSet::new();
    for s in &file.stores {
        if s.code.trim().is_empty() || !codes.insert(s.code.as_str()) {
            wrong(
                format!("stores.{}", s.code),
                "code",
                "a store's code is empty or stands twice".into(),
            );
        }
        if s.time_zone
            .as_ref()
            .is_some_and(|z| z.parse::<chrono_tz::Tz>().is_err())
        {
            wrong(
                format!("stores.{}.time_zone", s.code),
                "time_zone",
                "not an IANA time zone".into(),
            );
        }
    }
    for s in &file.stores {
        if let Some(kitchen) = &s.kitchen
            && !codes.contains(kitchen.as_str())
        {
            wrong(
                format!("stores.{}.kitchen", s.code),
                "store",
                format!("the file has no store {kitchen:?}"),
            );
        }
    }
    let mut skus = BTreeSet::new();
    for p in &file.products {
        if p.sku.trim().is_empty() || !skus.insert(p.sku.as_str()) {
            wrong(
                format!("products.{}", p.sku),
                "sku",
                "a product's sku is empty or stands twice".into(),
            );
        }
        if p.price_minor < 0 || p.unit_cost_minor < 0 || p.salvage_minor < 0 {
            wrong(
                format!("products.{}", p.sku),
                "money",
                "price, cost and salvage are not negative".into(),
            );
        }
        if p.tray_size < 1 || p.shelf_life_days < 1 || p.lead_time_days < 0 {
            wrong(
                format!("products.{}", p.sku),
                "range",
                "tray size and shelf life are at least 1, lead time at least 0".into(),
            );
        }
        if !(1..10_000).contains(&p.service_level_bp) {
            wrong(
                format!("products.{}.service_level_bp", p.sku),
                "range",
                "a service level is 1 to 9999 basis points".into(),
            );
        }
        for code in p.stores.iter().flatten() {
            if !codes.contains(code.as_str()) {
                wrong(
                    format!("products.{}.stores", p.sku),
                    "store",
                    format!("the file has no store {code:?}"),
                );
            }
        }
    }
    for c in &file.calendar {
        if c.ends_on.is_some_and(|end| end < c.starts_on) {
            wrong(
                format!("calendar.{}", c.name),
                "range",
                "the last day is before the first".into(),
            );
        }
        if c.store
            .as_ref()
            .is_some_and(|code| !codes.contains(code.as_str()))
        {
            wrong(
                format!("calendar.{}", c.name),
                "store",
                format!("the file has no store {:?}", c.store),
            );
        }
    }
    let mut days = BTreeSet::new();
    for w in &file.weather {
        if !codes.contains(w.store.as_str()) {
            wrong(
                "weather".into(),
                "store",
                format!("the file has no store {:?}", w.store),
            );
        }
        if !days.insert((w.store.as_str(), w.date)) {
            wrong(
                "weather".into(),
                "twice",
                format!("{} of {} stands twice", w.date, w.store),
            );
        }
    }
    if errors.is_empty() {
        Ok(())
    } else {
        Err(ServiceError::Invalid(errors))
    }
}

impl Catalog<'_> {
    /// Brings stores, categories, products, listings, calendar and weather to what the file says, all or nothing.
    /// What the file does not mention stays as it is.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `settings.write`; [`ServiceError::Invalid`] naming each wrong entry.
    pub async fn set_up(&self, ctx: &Ctx, file: &SetupFile) -> ServiceResult<SetupReport> {
        ctx.require(Permission::SettingsWrite)?;
        check(file)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                organizations::lock(&*tx, ctx.organization_id()).await?;
                let (store_ids, stores) = set_up_stores(&*tx, ctx, file).await?;
                let (category_ids, categories) = set_up_categories(&*tx, ctx, file).await?;
                let (product_ids, products) =
                    set_up_products(&*tx, ctx, file, &category_ids).await?;
                let listings = set_up_listings(&*tx, ctx, file, &store_ids, &product_ids).await?;
                let calendar = set_up_calendar(&*tx, ctx, file, &store_ids).await?;
                let weather = set_up_weather(&*tx, ctx, file, &store_ids).await?;
                let report = SetupReport {
                    stores,
                    categories,
                    products,
                    listings,
                    calendar,
                    weather,
                };
                let change = Change {
                    action: "catalog.set_up",
                    subject_kind: "organization",
                    subject_id: ctx.organization_id(),
                    before: None,
                    after: Some(json!(report)),
                };
                audit::record(&*tx, ctx, change).await?;
                tx.commit().await?;
                Ok(report)
            })
            .await
    }
}

fn id_of(ids: &BTreeMap<String, Uuid>, key: &str, what: &'static str) -> ServiceResult<Uuid> {
    ids.get(key).copied().ok_or(ServiceError::NotFound(what))
}

async fn set_up_stores(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
) -> ServiceResult<(BTreeMap<String, Uuid>, SetupCount)> {
    let organization = organizations::get(db, ctx.organization_id()).await?;
    let known: BTreeMap<String, store::Model> = catalog::list_stores(db, organization.id)
        .await?
        .into_iter()
        .map(|s| (s.code.clone(), s))
        .collect();
    let mut ids: BTreeMap<String, Uuid> =
        known.iter().map(|(code, s)| (code.clone(), s.id)).collect();
    for s in &file.stores {
        ids.entry(s.code.clone()).or_insert_with(Uuid::now_v7);
    }
    // Kitchens first: other stores refer to them.
    let mut ordered: Vec<&SetupStore> = file.stores.iter().collect();
    ordered.sort_by_key(|s| s.kitchen.is_some());
    let mut count = SetupCount::default();
    for s in ordered {
        let old = known.get(&s.code);
        let row = store::Model {
            id: id_of(&ids, &s.code, "store")?,
            organization_id: organization.id,
            code: s.code.clone(),
            name: s.name.clone(),
            kind: s.kind,
            city: s.city.clone(),
            region: s.region.clone(),
            time_zone: s
                .time_zone
                .clone()
                .unwrap_or_else(|| organization.time_zone.clone()),
            latitude_e6: s.latitude_e6,
            longitude_e6: s.longitude_e6,
            opening_days: s.opening_days,
            opens_at_minute: s.opens_at_minute,
            closes_at_minute: s.closes_at_minute,
            kitchen_store_id: s
                .kitchen
                .as_ref()
                .map(|code| id_of(&ids, code, "store"))
                .transpose()?,
            active: s.active,
            created_at: old.map_or(ctx.now, |o| o.created_at),
        };
        match old {
            None => {
                catalog::insert_store(db, row).await?;
                count.created += 1;
            }
            Some(old) if *old != row => {
                catalog::update_store(db, row).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    Ok((ids, count))
}

async fn set_up_categories(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
) -> ServiceResult<(BTreeMap<String, Uuid>, SetupCount)> {
    let known: BTreeMap<String, category::Model> =
        catalog::list_categories(db, ctx.organization_id())
            .await?
            .into_iter()
            .map(|c| (c.name.clone(), c))
            .collect();
    let mut wanted: Vec<(String, Option<i32>)> = Vec::new();
    let mut seen = BTreeSet::new();
    for c in &file.categories {
        if seen.insert(c.name.clone()) {
            wanted.push((c.name.clone(), c.position));
        }
    }
    for p in &file.products {
        if seen.insert(p.category.clone()) {
            wanted.push((p.category.clone(), None));
        }
    }
    let mut ids: BTreeMap<String, Uuid> =
        known.iter().map(|(name, c)| (name.clone(), c.id)).collect();
    let mut count = SetupCount::default();
    for (place, (name, position)) in (0_i32..).zip(wanted) {
        let old = known.get(&name);
        let row = category::Model {
            id: old.map_or_else(Uuid::now_v7, |c| c.id),
            organization_id: ctx.organization_id(),
            name: name.clone(),
            position: position.unwrap_or(place),
        };
        ids.insert(name, row.id);
        match old {
            None => {
                catalog::insert_category(db, row).await?;
                count.created += 1;
            }
            Some(old) if *old != row => {
                catalog::update_category(db, row).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    Ok((ids, count))
}

fn product_row(
    ctx: &Ctx,
    p: &SetupProduct,
    category_id: Uuid,
    old: Option<&product::Model>,
) -> product::Model {
    product::Model {
        id: old.map_or_else(Uuid::now_v7, |o| o.id),
        organization_id: ctx.organization_id(),
        category_id,
        sku: p.sku.clone(),
        name: p.name.clone(),
        unit: p.unit,
        price_minor: p.price_minor,
        unit_cost_minor: p.unit_cost_minor,
        salvage_minor: p.salvage_minor,
        shelf_life_days: p.shelf_life_days,
        tray_size: p.tray_size,
        lead_time_days: p.lead_time_days,
        policy: p.policy,
        service_level_bp: p.service_level_bp,
        allergens: json!(p.allergens),
        introduced_on: p.introduced_on,
        discontinued_on: p.discontinued_on,
        active: p.active,
        version: old.map_or(1, |o| o.version),
        created_at: old.map_or(ctx.now, |o| o.created_at),
    }
}

async fn set_up_products(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    categories: &BTreeMap<String, Uuid>,
) -> ServiceResult<(BTreeMap<String, Uuid>, SetupCount)> {
    let known: BTreeMap<String, product::Model> = catalog::list_products(db, ctx.organization_id())
        .await?
        .into_iter()
        .map(|p| (p.sku.clone(), p))
        .collect();
    let mut ids: BTreeMap<String, Uuid> =
        known.iter().map(|(sku, p)| (sku.clone(), p.id)).collect();
    let mut count = SetupCount::default();
    for p in &file.products {
        let old = known.get(&p.sku);
        let mut row = product_row(ctx, p, id_of(categories, &p.category, "category")?, old);
        ids.insert(p.sku.clone(), row.id);
        match old {
            None => {
                catalog::insert_product(db, row).await?;
                count.created += 1;
            }
            Some(old) if *old != row => {
                row.version += 1;
                catalog::update_product(db, row).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    Ok((ids, count))
}

async fn set_up_listings(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    stores: &BTreeMap<String, Uuid>,
    products: &BTreeMap<String, Uuid>,
) -> ServiceResult<SetupCount> {
    let known = catalog::list_listings(db, ctx.organization_id()).await?;
    let mut count = SetupCount::default();
    let mut changes = Vec::new();
    for p in &file.products {
        let product_id = id_of(products, &p.sku, "product")?;
        for s in &file.stores {
            let listed = p
                .stores
                .as_ref()
                .is_none_or(|codes| codes.contains(&s.code));
            let key = (id_of(stores, &s.code, "store")?, product_id);
            match known.get(&key) {
                None if listed => {
                    count.created += 1;
                    changes.push((key, true));
                }
                Some(old) if *old != listed => {
                    count.changed += 1;
                    changes.push((key, listed));
                }
                Some(_) => count.unchanged += 1,
                None => {}
            }
        }
    }
    catalog::upsert_listings(db, ctx.organization_id(), ctx.now, &changes).await?;
    Ok(count)
}

async fn set_up_calendar(
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

async fn set_up_weather(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    file: &SetupFile,
    stores: &BTreeMap<String, Uuid>,
) -> ServiceResult<SetupCount> {
    if file.weather.is_empty() {
        return Ok(SetupCount::default());
    }
    let known = catalog::list_weather(db, ctx.organization_id()).await?;
    let mut count = SetupCount::default();
    let mut changes = Vec::new();
    for w in &file.weather {
        let store_id = id_of(stores, &w.store, "store")?;
        match known.get(&(store_id, w.date)) {
            Some(old) if *old == (w.temperature_c_x10, w.precipitation_mm_x10, w.is_forecast) => {
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
    catalog::upsert_weather(db, &changes).await?;
    Ok(count)
}
