//! Stores, categories, products, and which store carries which product.

use super::id_of;
use crate::catalog::barcodes_of;
use crate::store::{catalog, organizations, recipes};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::catalog::{SetupCount, SetupFile, SetupProduct, SetupStore};
use domain::ProductKind;
use domain::barcodes::{MAX_BARCODES, is_barcode};
use domain::stock::MAX_QUANTITY;
use entity::{category, product, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Nineteen days in twenty, the usual choice for goods that keep.
const DEFAULT_SERVICE_LEVEL_BP: i32 = 9_500;

/// What cannot be of an oven or a mixer: field, words.
pub(super) fn kitchen_faults(s: &SetupStore) -> Vec<(&'static str, &'static str)> {
    let checks = [
        (
            s.oven_trays_per_hour
                .is_none_or(|trays| (1..=10_000).contains(&trays)),
            "oven_trays_per_hour",
            "an oven bakes 1 to 10000 trays an hour",
        ),
        (
            s.bakes_from_minute
                .is_none_or(|minute| (0..=1_440).contains(&minute)),
            "bakes_from_minute",
            "a minute of the day is 0 to 1440",
        ),
        (
            s.mixer_capacity
                .is_none_or(|grams| (1_000..=MAX_QUANTITY).contains(&grams)),
            "mixer_capacity",
            "a mixer holds at least 1000 grams of dough",
        ),
    ];
    let wrong = checks.into_iter().filter(|(is_fine, _, _)| !is_fine);
    wrong.map(|(_, field, text)| (field, text)).collect()
}

/// What cannot be of the codes on products, or means two of them: sku, words.
pub(super) fn barcode_faults(products: &[SetupProduct]) -> Vec<(&str, String)> {
    let mut faults = Vec::new();
    let mut taken: BTreeMap<&str, &str> = BTreeMap::new();
    for p in products {
        let codes = p.barcodes.as_deref().unwrap_or_default();
        if codes.len() > MAX_BARCODES {
            let text = format!("a product has at most {MAX_BARCODES} barcodes");
            faults.push((p.sku.as_str(), text));
        }
        for code in codes {
            if !is_barcode(code) {
                let text = format!(
                    "{code:?} is no code of 8, 12, 13 or 14 digits with the right last one"
                );
                faults.push((p.sku.as_str(), text));
            } else if let Some(other) = taken.insert(bare(code), &p.sku) {
                let text = format!("{code} stands on {other:?} already");
                faults.push((p.sku.as_str(), text));
            }
        }
    }
    faults
}

/// A code as it is compared.
fn bare(code: &str) -> &str {
    code.trim_start_matches('0')
}

/// Refuses a code of the file that stands on another product which the file does not name, or leaves as it is.
fn check_barcodes(known: &BTreeMap<String, product::Model>, file: &SetupFile) -> ServiceResult<()> {
    let named: BTreeSet<&str> = file
        .products
        .iter()
        .filter(|p| p.barcodes.is_some())
        .map(|p| p.sku.as_str())
        .collect();
    let mut taken: BTreeMap<String, &str> = BTreeMap::new();
    for (sku, row) in known {
        if !named.contains(sku.as_str()) {
            let codes = barcodes_of(&row.barcodes).into_iter();
            taken.extend(codes.map(|code| (bare(&code).to_owned(), sku.as_str())));
        }
    }
    for p in &file.products {
        for code in p.barcodes.iter().flatten() {
            if let Some(other) = taken.get(bare(code)) {
                return Err(ServiceError::field(
                    &format!("products.{}.barcodes", p.sku),
                    "barcode",
                    format!("{code} stands on {other:?} already"),
                ));
            }
        }
    }
    Ok(())
}

pub(super) async fn set_up_stores(
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
        let mut row = store::Model {
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
            latitude_e6: s.latitude_e6.unwrap_or(0),
            longitude_e6: s.longitude_e6.unwrap_or(0),
            opening_days: s.opening_days,
            opens_at_minute: s.opens_at_minute,
            closes_at_minute: s.closes_at_minute,
            kitchen_store_id: s
                .kitchen
                .as_ref()
                .map(|code| id_of(&ids, code, "store"))
                .transpose()?,
            active: s.active,
            // What the file leaves out stays as it is.
            oven_trays_per_hour: s
                .oven_trays_per_hour
                .or(old.and_then(|o| o.oven_trays_per_hour)),
            bakes_from_minute: s
                .bakes_from_minute
                .or(old.and_then(|o| o.bakes_from_minute)),
            mixer_capacity: s.mixer_capacity.or(old.and_then(|o| o.mixer_capacity)),
            created_at: old.map_or(ctx.now, |o| o.created_at),
            version: old.map_or(1, |o| o.version),
        };
        match old {
            None => {
                catalog::insert_store(db, row).await?;
                count.created += 1;
            }
            Some(old) if *old != row => {
                row.version += 1;
                catalog::update_store(db, row).await?;
                count.changed += 1;
            }
            Some(_) => count.unchanged += 1,
        }
    }
    Ok((ids, count))
}

pub(super) async fn set_up_categories(
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
        let mut row = category::Model {
            id: old.map_or_else(Uuid::now_v7, |c| c.id),
            organization_id: ctx.organization_id(),
            name: name.clone(),
            position: position.unwrap_or(place),
            version: old.map_or(1, |c| c.version),
        };
        ids.insert(name, row.id);
        match old {
            None => {
                catalog::insert_category(db, row).await?;
                count.created += 1;
            }
            Some(old) if *old != row => {
                row.version += 1;
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
        kind: ProductKind::Product,
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
        service_level_bp: p.service_level_bp.unwrap_or(DEFAULT_SERVICE_LEVEL_BP),
        allergens: json!(p.allergens),
        introduced_on: p.introduced_on,
        discontinued_on: p.discontinued_on,
        active: p.active,
        version: old.map_or(1, |o| o.version),
        created_at: old.map_or(ctx.now, |o| o.created_at),
        substitution_share_bp: p.substitution_share_bp,
        // What the file leaves out stays as it is.
        barcodes: p.barcodes.as_ref().map_or_else(
            || old.map_or_else(|| json!([]), |o| o.barcodes.clone()),
            |codes| json!(codes),
        ),
    }
}

pub(super) async fn set_up_products(
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
    check_barcodes(&known, file)?;
    let mut ids: BTreeMap<String, Uuid> =
        known.iter().map(|(sku, p)| (sku.clone(), p.id)).collect();
    let recipes = recipes::list(db, ctx.organization_id()).await?;
    let rolled_up: BTreeSet<Uuid> = recipes.iter().filter_map(|r| r.product_id).collect();
    let mut count = SetupCount::default();
    for p in &file.products {
        let old = known.get(&p.sku);
        if old.is_some_and(|old| old.kind != ProductKind::Product) {
            return Err(ServiceError::field(
                &format!("products.{}", p.sku),
                "sku",
                "an ingredient has this code",
            ));
        }
        let mut row = product_row(ctx, p, id_of(categories, &p.category, "category")?, old);
        if let Some(old) = old
            && rolled_up.contains(&old.id)
        {
            if row.unit != old.unit {
                return Err(ServiceError::field(
                    &format!("products.{}", p.sku),
                    "unit",
                    "its recipe is in this unit, which cannot change any more",
                ));
            }
            // What the recipe says counts.
            row.unit_cost_minor = old.unit_cost_minor;
            row.allergens = old.allergens.clone();
        }
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

pub(super) async fn set_up_listings(
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
