//! The list of shelves with their terms, and one of them.

use super::{Policies, choice_of, view};
use crate::forecasts::fold;
use crate::ledger::Shelf;
use crate::store::{outlook, policies as rows, shelves};
use crate::{Ctx, ServiceError, ServiceResult};
use contract::Page;
use contract::forecasts::CategoryOption;
use contract::policies::{ListPolicies, PoliciesView, ReadPolicy, ShelfPolicyView};
use domain::{Permission, ProductKind};
use entity::{category, product, store, store_product};
use std::collections::BTreeMap;
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// A shelf with everything that its view is made of.
pub(super) struct Found {
    pub row: store_product::Model,
    pub store: store::Model,
    pub product: product::Model,
    pub category: Option<category::Model>,
}

impl Found {
    fn view(&self) -> ShelfPolicyView {
        let category = self.category.as_ref().map(|category| category.name.clone());
        view(
            &self.row,
            &self.store,
            &self.product,
            category.unwrap_or_default(),
        )
    }
}

impl Policies<'_> {
    /// Shelves that stores carry with their terms: those of a store by category and name, or those of a product by store.
    ///
    /// # Errors
    /// Forbidden without `suggestions.read`; neither a store nor a product named; not found (a store out of scope, a product of
    /// somebody else).
    pub async fn list(&self, ctx: &Ctx, wanted: ListPolicies) -> ServiceResult<PoliciesView> {
        ctx.require(Permission::SuggestionsRead)?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let (mut found, categories) = match (wanted.store_id, wanted.product_id) {
            (Some(store_id), product_id) => self.of_store(ctx, store_id, product_id).await?,
            (None, Some(product_id)) => self.of_product(ctx, product_id).await?,
            (None, None) => {
                return Err(ServiceError::field(
                    "store_id",
                    "required",
                    "Name a store or a product.",
                ));
            }
        };
        // In the list of a store a product names the place, in that of a product a store does.
        let by_store = wanted.store_id.is_none();
        let place = |one: &Found| {
            if by_store {
                one.store.id
            } else {
                one.product.id
            }
        };
        if let Some(after) = wanted.after {
            // Before anything is left out: what ended the last part may not be among the wanted any more.
            let last = found.iter().position(|one| place(one) == after);
            found.drain(..last.map_or(found.len(), |last| last + 1));
        }
        let search = wanted.search.as_deref().map(|text| fold(text.trim()));
        found.retain(|one| {
            let named = |text: &String| {
                fold(&one.product.name).contains(text) || fold(&one.product.sku).contains(text)
            };
            wanted
                .category_id
                .is_none_or(|id| one.product.category_id == id)
                && search.as_ref().is_none_or(named)
                && (!wanted.chosen || is_chosen(&one.row))
        });
        let page = found.get(..limit).unwrap_or(&found);
        let next = page.last().filter(|_| found.len() > limit);
        Ok(PoliciesView {
            page: Page {
                items: page.iter().map(Found::view).collect(),
                next: next.map(|one| place(one).to_string()),
            },
            categories,
        })
    }

    /// One shelf with its terms.
    ///
    /// # Errors
    /// Forbidden without `suggestions.read`; not found (a store out of scope, a product that it does not carry).
    pub async fn read(&self, ctx: &Ctx, wanted: ReadPolicy) -> ServiceResult<ShelfPolicyView> {
        ctx.require(Permission::SuggestionsRead)?;
        let found = self.find(ctx, (wanted.store_id, wanted.product_id)).await?;
        Ok(found.view())
    }

    /// A shelf in scope that its store carries: three statements.
    pub(super) async fn find(&self, ctx: &Ctx, shelf: Shelf) -> ServiceResult<Found> {
        ctx.require_store(shelf.0)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, shelf.0).await?;
        let (product, category) = outlook::get_product(db, organization_id, shelf.1).await?;
        let row = rows::find(db, organization_id, shelf).await?;
        let row = row.filter(|_| product.kind == ProductKind::Product);
        Ok(Found {
            row: row.ok_or(ServiceError::NotFound("shelf"))?,
            store,
            product,
            category,
        })
    }

    async fn of_store(
        &self,
        ctx: &Ctx,
        store_id: Uuid,
        product_id: Option<Uuid>,
    ) -> ServiceResult<(Vec<Found>, Vec<CategoryOption>)> {
        ctx.require_store(store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, store_id).await?;
        let mut carried = shelves::list_carried(db, organization_id, &[store_id]).await?;
        let mut categories: Vec<CategoryOption> = Vec::new();
        let mut found = Vec::new();
        for (product, category) in shelves::list_products(db, organization_id).await? {
            let row = carried.remove(&(store_id, product.id));
            let Some(row) = row.filter(|row| row.listed && is_sold(&product)) else {
                continue;
            };
            if let Some(category) = &category
                && categories.last().is_none_or(|last| last.id != category.id)
            {
                categories.push(CategoryOption {
                    id: category.id,
                    name: category.name.clone(),
                });
            }
            if product_id.is_none_or(|id| id == product.id) {
                let store = store.clone();
                found.push(Found {
                    row,
                    store,
                    product,
                    category,
                });
            }
        }
        if found.is_empty() && product_id.is_some() {
            return Err(ServiceError::NotFound("shelf"));
        }
        Ok((found, distinct(categories)))
    }

    async fn of_product(
        &self,
        ctx: &Ctx,
        product_id: Uuid,
    ) -> ServiceResult<(Vec<Found>, Vec<CategoryOption>)> {
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let (product, category) = outlook::get_product(db, organization_id, product_id).await?;
        if !is_sold(&product) {
            return Err(ServiceError::NotFound("product"));
        }
        let stores = shelves::list_stores(db, organization_id, &ctx.actor.stores).await?;
        let ids: Vec<Uuid> = stores.iter().map(|store| store.id).collect();
        let carried = rows::list_of_product(db, organization_id, product_id, &ids).await?;
        let mut carried: BTreeMap<Uuid, store_product::Model> = carried
            .into_iter()
            .filter(|row| row.listed)
            .map(|row| (row.store_id, row))
            .collect();
        let found = stores.into_iter().filter_map(|store| {
            let row = carried.remove(&store.id)?;
            Some(Found {
                row,
                store,
                product: product.clone(),
                category: category.clone(),
            })
        });
        let found: Vec<Found> = found.collect();
        let categories = category.iter().map(|category| CategoryOption {
            id: category.id,
            name: category.name.clone(),
        });
        Ok((found, categories.collect()))
    }
}

fn is_sold(product: &product::Model) -> bool {
    product.active && product.kind == ProductKind::Product
}

fn is_chosen(row: &store_product::Model) -> bool {
    !choice_of(row).is_none() || row.reorder_point.is_some() || row.order_up_to.is_some()
}

/// Categories with the same position may alternate in the list of products.
fn distinct(categories: Vec<CategoryOption>) -> Vec<CategoryOption> {
    let mut known: Vec<CategoryOption> = Vec::with_capacity(categories.len());
    for category in categories {
        if known.iter().all(|one| one.id != category.id) {
            known.push(category);
        }
    }
    known
}
