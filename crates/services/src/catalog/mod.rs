//! Stores, categories and products.

mod categories;
mod products;
mod settings;
mod setup;
mod stores;

use crate::store::catalog;
use crate::{Ctx, ServiceError, ServiceResult, Services};
use contract::catalog::{CategoryView, ProductView, StoreView};
use domain::{Permission, ProductKind};
use entity::{category, product, store};
use std::collections::BTreeMap;

/// Use cases of master data; see [`Services::catalog`].
#[derive(Clone, Debug)]
pub struct Catalog<'a> {
    services: &'a Services,
}

impl Services {
    /// Stores, categories and products.
    #[must_use]
    pub fn catalog(&self) -> Catalog<'_> {
        Catalog { services: self }
    }
}

fn store_view(row: store::Model) -> StoreView {
    StoreView {
        id: row.id,
        code: row.code,
        name: row.name,
        kind: row.kind,
        city: row.city,
        region: row.region,
        time_zone: row.time_zone,
        latitude_e6: row.latitude_e6,
        longitude_e6: row.longitude_e6,
        opening_days: row.opening_days,
        opens_at_minute: row.opens_at_minute,
        closes_at_minute: row.closes_at_minute,
        kitchen_store_id: row.kitchen_store_id,
        active: row.active,
        oven_trays_per_hour: row.oven_trays_per_hour,
        bakes_from_minute: row.bakes_from_minute,
        mixer_capacity: row.mixer_capacity,
        version: row.version,
    }
}

fn category_view(row: category::Model) -> CategoryView {
    CategoryView {
        id: row.id,
        name: row.name,
        position: row.position,
        version: row.version,
    }
}

/// Somebody else changed it since it was read.
fn check_version(what: &'static str, now: i32, known: i32) -> ServiceResult<()> {
    if now == known {
        return Ok(());
    }
    Err(ServiceError::Conflict {
        reason: "catalog.stale",
        message: format!(
            "Somebody else changed this {what} meanwhile: it is of version {now}, not {known}. Nothing was saved; look at it again."
        ),
    })
}

/// The codes that stand as bars on a product.
pub(crate) fn barcodes_of(list: &serde_json::Value) -> Vec<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

fn product_view(row: product::Model, category_name: String) -> ServiceResult<ProductView> {
    Ok(ProductView {
        id: row.id,
        sku: row.sku,
        name: row.name,
        category_id: row.category_id,
        category_name,
        unit: row.unit,
        price_minor: row.price_minor,
        unit_cost_minor: row.unit_cost_minor,
        salvage_minor: row.salvage_minor,
        shelf_life_days: row.shelf_life_days,
        tray_size: row.tray_size,
        lead_time_days: row.lead_time_days,
        policy: row.policy,
        service_level_bp: row.service_level_bp,
        substitution_share_bp: row.substitution_share_bp,
        barcodes: barcodes_of(&row.barcodes),
        allergens: serde_json::from_value(row.allergens).map_err(|e| {
            ServiceError::Internal(format!(
                "allergens of product {} cannot be read: {e}",
                row.id
            ))
        })?,
        introduced_on: row.introduced_on,
        discontinued_on: row.discontinued_on,
        active: row.active,
        version: row.version,
    })
}

impl Catalog<'_> {
    /// Stores in the caller's scope, by code.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `catalog.read`.
    pub async fn stores(&self, ctx: &Ctx) -> ServiceResult<Vec<StoreView>> {
        ctx.require(Permission::CatalogRead)?;
        let rows = catalog::list_stores(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        )
        .await?;
        Ok(rows
            .into_iter()
            .filter(|s| ctx.actor.stores.contains(s.id))
            .map(store_view)
            .collect())
    }

    /// Categories in the order of lists.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `catalog.read`.
    pub async fn categories(&self, ctx: &Ctx) -> ServiceResult<Vec<CategoryView>> {
        ctx.require(Permission::CatalogRead)?;
        let rows = catalog::list_categories(
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        )
        .await?;
        Ok(rows.into_iter().map(category_view).collect())
    }

    /// Products that are sold, by sku.
    ///
    /// # Errors
    /// [`ServiceError::Forbidden`] without `catalog.read`.
    pub async fn products(&self, ctx: &Ctx) -> ServiceResult<Vec<ProductView>> {
        ctx.require(Permission::CatalogRead)?;
        let db = &self.services.db().of(ctx.organization_id());
        let names: BTreeMap<_, _> = catalog::list_categories(db, ctx.organization_id())
            .await?
            .into_iter()
            .map(|c| (c.id, c.name))
            .collect();
        catalog::list_products(db, ctx.organization_id())
            .await?
            .into_iter()
            .filter(|row| row.kind == ProductKind::Product)
            .map(|row| {
                let name = names.get(&row.category_id).cloned().unwrap_or_default();
                product_view(row, name)
            })
            .collect()
    }
}
