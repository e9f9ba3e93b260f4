//! Master data from a file, found again by code, sku and name: the same file twice changes nothing.

mod assortment;
mod days;
mod recipes;
pub(super) mod settings;

use super::Catalog;
use crate::audit::{self, Change};
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult};
use contract::FieldError;
use contract::catalog::{SetupFile, SetupReport};
use domain::Permission;
use domain::replenish::MAX_SUBSTITUTION_SHARE_BP;
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
    for (field, kind, text) in settings::faults(&file.organization) {
        wrong(field.to_owned(), kind, text);
    }
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
        for (field, text) in assortment::kitchen_faults(s) {
            wrong(format!("stores.{}.{field}", s.code), "range", text.into());
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
        if p.service_level_bp
            .is_some_and(|bp| !(1..10_000).contains(&bp))
        {
            wrong(
                format!("products.{}.service_level_bp", p.sku),
                "range",
                "a service level is 1 to 9999 basis points".into(),
            );
        }
        if !(0..=MAX_SUBSTITUTION_SHARE_BP).contains(&p.substitution_share_bp) {
            wrong(
                format!("products.{}.substitution_share_bp", p.sku),
                "range",
                format!("a share of substitutes is 0 to {MAX_SUBSTITUTION_SHARE_BP} basis points"),
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
    for (sku, text) in assortment::barcode_faults(&file.products) {
        wrong(format!("products.{sku}.barcodes"), "barcode", text);
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
        if w.store
            .as_ref()
            .is_some_and(|code| !codes.contains(code.as_str()))
        {
            wrong(
                "weather".into(),
                "store",
                format!("the file has no store {:?}", w.store),
            );
        }
        if !days.insert((w.store.as_deref(), w.date)) {
            wrong(
                "weather".into(),
                "twice",
                format!("{} of {:?} stands twice", w.date, w.store),
            );
        }
    }
    let mut promotions = BTreeSet::new();
    for p in &file.promotions {
        let field = format!("promotions.{}", p.code);
        if p.code.trim().is_empty() || !promotions.insert(p.code.as_str()) {
            wrong(
                field.clone(),
                "code",
                "a promotion's code is empty or stands twice".into(),
            );
        }
        if p.ends_on < p.starts_on || !(0..=10_000).contains(&p.discount_bp) {
            wrong(
                field.clone(),
                "range",
                "the last day is before the first, or the discount is not 0 to 10000".into(),
            );
        }
        if p.store
            .as_ref()
            .is_some_and(|code| !codes.contains(code.as_str()))
        {
            wrong(
                field.clone(),
                "store",
                format!("the file has no store {:?}", p.store),
            );
        }
        if p.product
            .as_ref()
            .is_some_and(|sku| !skus.contains(sku.as_str()))
        {
            wrong(
                field,
                "sku",
                format!("the file has no product {:?}", p.product),
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
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                organizations::lock(&*tx, ctx.organization_id()).await?;
                settings::set_up(&*tx, ctx, &file.organization).await?;
                let (store_ids, stores) = assortment::set_up_stores(&*tx, ctx, file).await?;
                let (category_ids, categories) =
                    assortment::set_up_categories(&*tx, ctx, file).await?;
                let (product_ids, products) =
                    assortment::set_up_products(&*tx, ctx, file, &category_ids).await?;
                let listings =
                    assortment::set_up_listings(&*tx, ctx, file, &store_ids, &product_ids).await?;
                let (suppliers, ingredients, recipes, rolled_up) =
                    recipes::set_up(&*tx, ctx, file, &product_ids).await?;
                let promotions = days::set_up_promotions(
                    &*tx,
                    ctx,
                    file,
                    &store_ids,
                    &category_ids,
                    &product_ids,
                )
                .await?;
                let calendar = days::set_up_calendar(&*tx, ctx, file, &store_ids).await?;
                let weather = days::set_up_weather(&*tx, ctx, file, &store_ids).await?;
                let report = SetupReport {
                    stores,
                    categories,
                    products,
                    listings,
                    suppliers,
                    ingredients,
                    recipes,
                    promotions,
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
                crate::recipes::record(&*tx, ctx, rolled_up).await?;
                tx.commit().await?;
                Ok(report)
            })
            .await
    }
}

fn id_of(ids: &BTreeMap<String, Uuid>, key: &str, what: &'static str) -> ServiceResult<Uuid> {
    ids.get(key).copied().ok_or(ServiceError::NotFound(what))
}
