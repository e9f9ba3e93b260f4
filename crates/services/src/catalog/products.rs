//! Products: listed page by page, added, changed, taken off sale.

use super::{Catalog, barcodes_of, check_version, product_view};
use crate::audit::{self, Change};
use crate::forecasts::fold;
use crate::ingredients::{Faults, MAX_MONEY};
use crate::pages::{limit_of, page};
use crate::production_orders::moment;
use crate::store::assortment::{self as rows, Wanted};
use crate::store::{catalog, organizations, recipes};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::Page;
use contract::assortment::{ListInStores, ListProducts, ListedStores, ProductValues, SaveProduct};
use contract::catalog::ProductView;
use domain::barcodes::{MAX_BARCODES, is_barcode};
use domain::replenish::MAX_SUBSTITUTION_SHARE_BP;
use domain::stock::MAX_QUANTITY;
use domain::{Permission, ProductKind};
use entity::product;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const SAVE: &str = "catalog.save_product";
const LIST: &str = "catalog.list_in_stores";
const SUBJECT: &str = "product";
const LONGEST_SKU: usize = 40;
const LONGEST_NAME: usize = 120;
const MOST_ALLERGENS: usize = 30;
/// Ten years.
const LONGEST_LIFE_DAYS: i32 = 3_660;
const LONGEST_LEAD_DAYS: i32 = 365;

/// Products that are read at a time while one is searched for.
const READ_AT_ONCE: u64 = 500;

fn check(values: &ProductValues) -> ServiceResult<()> {
    let mut faults = Faults::default();
    faults.name("sku", &values.sku, LONGEST_SKU);
    faults.name("name", &values.name, LONGEST_NAME);
    for (field, money) in [
        ("price_minor", values.price_minor),
        ("unit_cost_minor", values.unit_cost_minor),
        ("salvage_minor", values.salvage_minor),
    ] {
        let message = "Money is not negative and at most ten million.";
        faults.unless(
            (0..=MAX_MONEY).contains(&money),
            field,
            "number.range",
            message,
        );
    }
    let range = "number.range";
    faults.unless(
        (1..=LONGEST_LIFE_DAYS).contains(&values.shelf_life_days),
        "shelf_life_days",
        range,
        "It keeps 1 to 3,660 days.",
    );
    faults.unless(
        (1..=MAX_QUANTITY).contains(&values.tray_size),
        "tray_size",
        range,
        "A tray holds 1 to 1,000,000,000.",
    );
    faults.unless(
        (0..=LONGEST_LEAD_DAYS).contains(&values.lead_time_days),
        "lead_time_days",
        range,
        "From baking to sale it takes 0 to 365 days.",
    );
    faults.unless(
        (1..10_000).contains(&values.service_level_bp),
        "service_level_bp",
        range,
        "A service level is 1 to 9,999 basis points.",
    );
    faults.unless(
        (0..=MAX_SUBSTITUTION_SHARE_BP).contains(&values.substitution_share_bp),
        "substitution_share_bp",
        range,
        "A share of substitutes is 0 to 9,000 basis points.",
    );
    faults.unless(
        values.barcodes.len() <= MAX_BARCODES
            && values.barcodes.iter().all(|code| is_barcode(code)),
        "barcodes",
        "barcode",
        "At most 20 codes of 8, 12, 13 or 14 digits with the right last one.",
    );
    faults.unless(
        values.allergens.len() <= MOST_ALLERGENS
            && values
                .allergens
                .iter()
                .all(|a| a.chars().count() <= LONGEST_SKU && !a.chars().any(char::is_control)),
        "allergens",
        "text.too_long",
        "At most 30 allergens of 40 characters.",
    );
    let backwards = values
        .introduced_on
        .zip(values.discontinued_on)
        .is_some_and(|(first, last)| last < first);
    faults.unless(
        !backwards,
        "discontinued_on",
        "range.backwards",
        "It ends before it begins.",
    );
    faults.answer()
}

/// A code as it is compared.
fn bare(code: &str) -> &str {
    code.trim_start_matches('0')
}

/// Refuses a sku or a code that another product has, and a code that stands twice.
fn check_unique(
    values: &ProductValues,
    id: Option<Uuid>,
    all: &[product::Model],
) -> ServiceResult<()> {
    let others: Vec<&product::Model> = all.iter().filter(|p| Some(p.id) != id).collect();
    if let Some(other) = others.iter().find(|p| p.sku == values.sku.trim()) {
        return Err(ServiceError::Conflict {
            reason: "product.sku_taken",
            message: format!("{:?} has this sku. Nothing was saved.", other.name),
        });
    }
    let mut taken: BTreeMap<String, String> = BTreeMap::new();
    for other in others {
        let codes = barcodes_of(&other.barcodes).into_iter();
        taken.extend(codes.map(|code| (bare(&code).to_owned(), other.sku.clone())));
    }
    for code in &values.barcodes {
        if let Some(other) = taken.insert(bare(code).to_owned(), values.sku.clone()) {
            let message = format!("{code} stands on {other:?} already.");
            return Err(ServiceError::field("barcodes", "barcode", message));
        }
    }
    Ok(())
}

impl Catalog<'_> {
    /// Products that are or were sold, by sku.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`.
    pub async fn list_products(
        &self,
        ctx: &Ctx,
        wanted: &ListProducts,
    ) -> ServiceResult<Page<ProductView>> {
        ctx.require(Permission::CatalogRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let limit = limit_of(wanted.limit);
        let search = wanted.search.as_deref().map(|text| fold(text.trim()));
        let mut after = wanted.after.clone();
        let mut found: Vec<product::Model> = Vec::new();
        // Databases do not leave accents out when they compare: what is searched for is looked for here, until the page is full.
        loop {
            let some = Wanted {
                category_id: wanted.category_id,
                active: wanted.active,
                after: after.as_deref(),
            };
            let read = rows::list_products(&*db, organization_id, some, READ_AT_ONCE).await?;
            let is_last = (read.len() as u64) < READ_AT_ONCE;
            after = read.last().map(|row| row.sku.clone());
            found.extend(read.into_iter().filter(|row| {
                search.as_ref().is_none_or(|text| {
                    fold(&row.name).contains(text) || fold(&row.sku).contains(text)
                })
            }));
            if is_last || found.len() > limit {
                break;
            }
        }
        found.truncate(limit + 1);
        let names: BTreeMap<Uuid, String> = catalog::list_categories(&*db, organization_id)
            .await?
            .into_iter()
            .map(|c| (c.id, c.name))
            .collect();
        let place = |row: &product::Model| row.sku.clone();
        let views = page(found, limit, place, |row| {
            let name = names.get(&row.category_id).cloned().unwrap_or_default();
            product_view(row, name)
        });
        let items: ServiceResult<Vec<ProductView>> = views.items.into_iter().collect();
        Ok(Page {
            items: items?,
            next: views.next,
        })
    }

    /// One product.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`; not found.
    pub async fn product(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ProductView> {
        ctx.require(Permission::CatalogRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let row = rows::get_product(&*db, organization_id, id).await?;
        view_of(&*db, row).await
    }

    /// Adds a product or changes one. What was sold, baked and forecast of it keeps its numbers.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; invalid fields, another unit than before; not found (the product, its category); a conflict
    /// when the sku is taken or somebody else changed it.
    pub async fn save_product(
        &self,
        ctx: &Ctx,
        command: &SaveProduct,
    ) -> ServiceResult<ProductView> {
        ctx.require(Permission::SettingsWrite)?;
        check(&command.values)?;
        self.services
            .db()
            .retry(|| self.save_product_once(ctx, command))
            .await
    }

    async fn save_product_once(
        &self,
        ctx: &Ctx,
        command: &SaveProduct,
    ) -> ServiceResult<ProductView> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let old = match command.product_id {
            Some(id) => Some(rows::get_product_locked(&*tx, organization_id, id).await?),
            None => None,
        };
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, SAVE, command).await? {
            return Ok(answer);
        }
        if let Some(old) = &old {
            check_version("product", old.version, command.version)?;
        }
        let values = &command.values;
        rows::get_category_locked(&*tx, organization_id, values.category_id).await?;
        let all = catalog::list_products(&*tx, organization_id).await?;
        check_unique(values, command.product_id, &all)?;
        if old.as_ref().is_some_and(|old| old.unit != values.unit) {
            return Err(ServiceError::field(
                "unit",
                "fixed",
                "Every quantity of it is in its unit, which cannot change any more.",
            ));
        }
        let mut row = row_of(ctx, values, old.as_ref());
        if let Some(old) = &old {
            let recipes = recipes::list(&*tx, organization_id).await?;
            if recipes.iter().any(|r| r.product_id == Some(old.id)) {
                // What the recipe says counts.
                row.unit_cost_minor = old.unit_cost_minor;
                row.allergens = old.allergens.clone();
            }
        }
        let before = match &old {
            Some(old) => Some(view_of(&*tx, old.clone()).await?),
            None => None,
        };
        let changed = old.as_ref() != Some(&row);
        match &old {
            None => catalog::insert_product(&*tx, row.clone()).await?,
            Some(_) if changed => {
                row.version += 1;
                catalog::update_product(&*tx, row.clone()).await?;
            }
            Some(_) => {}
        }
        let answer = view_of(&*tx, row).await?;
        if changed {
            let change = Change {
                action: "catalog.write",
                subject_kind: SUBJECT,
                subject_id: answer.id,
                before: before.map(|view| json!(view)),
                after: Some(json!(answer)),
            };
            audit::record(&*tx, ctx, change).await?;
        }
        receipts::insert(&*tx, ctx, command.command_id, SAVE, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }

    /// Which stores in scope carry a product.
    ///
    /// # Errors
    /// Forbidden without `catalog.read`; not found.
    pub async fn listed_stores(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<ListedStores> {
        ctx.require(Permission::CatalogRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        rows::get_product(&*db, organization_id, id).await?;
        let listed = listed_in(&*db, ctx, id).await?;
        Ok(ListedStores {
            product_id: id,
            stores: listed.into_iter().collect(),
        })
    }

    /// Says which stores carry a product. Stores out of the caller's scope stay as they are.
    ///
    /// # Errors
    /// Forbidden without `settings.write`; not found (the product, a store).
    pub async fn list_in_stores(
        &self,
        ctx: &Ctx,
        command: &ListInStores,
    ) -> ServiceResult<ListedStores> {
        ctx.require(Permission::SettingsWrite)?;
        for store_id in &command.stores {
            ctx.require_store(*store_id)?;
        }
        self.services
            .db()
            .retry(|| self.list_in_stores_once(ctx, command))
            .await
    }

    async fn list_in_stores_once(
        &self,
        ctx: &Ctx,
        command: &ListInStores,
    ) -> ServiceResult<ListedStores> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(organization_id).await?;
        organizations::lock_numbers(&*tx, organization_id).await?;
        let product = rows::get_product_locked(&*tx, organization_id, command.product_id).await?;
        if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, LIST, command).await? {
            return Ok(answer);
        }
        let known = catalog::list_store_ids(&*tx, organization_id).await?;
        let wanted: BTreeSet<Uuid> = command.stores.iter().copied().collect();
        if !wanted.is_subset(&known) {
            return Err(ServiceError::NotFound("store"));
        }
        let listed = listed_in(&*tx, ctx, product.id).await?;
        let changes: Vec<((Uuid, Uuid), bool)> = listed
            .symmetric_difference(&wanted)
            .map(|store_id| ((*store_id, product.id), wanted.contains(store_id)))
            .collect();
        let answer = ListedStores {
            product_id: product.id,
            stores: wanted.into_iter().collect(),
        };
        if !changes.is_empty() {
            catalog::upsert_listings(&*tx, organization_id, moment(ctx), &changes).await?;
            let change = Change {
                action: "catalog.write",
                subject_kind: SUBJECT,
                subject_id: product.id,
                before: Some(json!({ "stores": listed })),
                after: Some(json!({ "stores": answer.stores })),
            };
            audit::record(&*tx, ctx, change).await?;
        }
        receipts::insert(&*tx, ctx, command.command_id, LIST, command, &answer).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

/// Stores in scope that carry a product.
async fn listed_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    product_id: Uuid,
) -> ServiceResult<BTreeSet<Uuid>> {
    let all = catalog::list_listings(db, ctx.organization_id()).await?;
    let listed = all
        .into_iter()
        .filter(|((_, product), listed)| *product == product_id && *listed)
        .map(|((store, _), _)| store);
    Ok(listed
        .filter(|store| ctx.actor.stores.contains(*store))
        .collect())
}

async fn view_of(db: &impl ConnectionTrait, row: product::Model) -> ServiceResult<ProductView> {
    let categories = catalog::list_categories(db, row.organization_id).await?;
    let name = categories
        .into_iter()
        .find(|category| category.id == row.category_id)
        .map(|category| category.name);
    product_view(row, name.unwrap_or_default())
}

fn row_of(ctx: &Ctx, values: &ProductValues, old: Option<&product::Model>) -> product::Model {
    product::Model {
        id: old.map_or_else(Uuid::now_v7, |old| old.id),
        organization_id: ctx.organization_id(),
        category_id: values.category_id,
        kind: ProductKind::Product,
        sku: values.sku.trim().to_owned(),
        name: values.name.trim().to_owned(),
        unit: values.unit,
        price_minor: values.price_minor,
        unit_cost_minor: values.unit_cost_minor,
        salvage_minor: values.salvage_minor,
        shelf_life_days: values.shelf_life_days,
        tray_size: values.tray_size,
        lead_time_days: values.lead_time_days,
        policy: values.policy,
        service_level_bp: values.service_level_bp,
        allergens: json!(values.allergens),
        introduced_on: values.introduced_on,
        discontinued_on: values.discontinued_on,
        active: values.active,
        version: old.map_or(1, |old| old.version),
        created_at: old.map_or_else(|| moment(ctx), |old| old.created_at),
        substitution_share_bp: values.substitution_share_bp,
        barcodes: json!(values.barcodes),
    }
}
