//! Ingredients: what products are made of, who brings it, what it costs, how much to buy.
//!
//! An ingredient stands on the shelves of a kitchen as a product stands on those of a shop: one ledger, one way of counting, throwing
//! away and moving. It is a product of the kind ingredient; what only ingredients have stands beside it.
//!
//! Order of locks: the organization's row where prices or names change, the ingredient's, level rows, the audit head.

mod buying;
mod delivering;
mod editing;
mod reading;
mod suppliers;

pub(crate) use buying::Foreseen;
pub(crate) use delivering::{Came, put_on_shelves};
pub(crate) use editing::{Faults, MAX_MONEY, NewIngredient, check, check_version, put};
pub(crate) use suppliers::{check_supplier, put_supplier};

use crate::ctx::StoreScope;
use crate::store::shelves;
use crate::{Ctx, ServiceResult, Services, live};
use domain::StoreKind;
use entity::{ingredient, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeSet;
use uuid::Uuid;

/// Ingredients, suppliers, deliveries and what to buy.
#[derive(Debug)]
pub struct Ingredients<'a> {
    services: &'a Services,
}

impl Services {
    /// Ingredients.
    #[must_use]
    pub fn ingredients(&self) -> Ingredients<'_> {
        Ingredients { services: self }
    }
}

/// What a base unit costs, in minor units of money; `None` where no price is known. What no stock is kept of costs nothing.
pub(crate) fn unit_cost(row: &ingredient::Model) -> Option<f64> {
    match row.pack_price_minor {
        Some(price) => Some(price as f64 / row.pack_quantity.max(1) as f64),
        None => (!row.stocked).then_some(0.0),
    }
}

/// Whether somebody bakes in a store: a central kitchen, or a shop that no other kitchen bakes for.
pub(crate) fn is_kitchen(store: &store::Model) -> bool {
    store.kind == StoreKind::CentralKitchen || store.kitchen_store_id.is_none()
}

/// Stores in scope in which somebody bakes: central kitchens first, then shops that no other kitchen bakes for.
pub(crate) async fn kitchens(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    scope: &StoreScope,
) -> ServiceResult<Vec<store::Model>> {
    let mut stores = shelves::list_stores(db, organization_id, scope).await?;
    stores.retain(is_kitchen);
    stores.sort_by_key(|store| store.kind != StoreKind::CentralKitchen);
    Ok(stores)
}

/// Texts as a list of allergens keeps them: trimmed, small letters, each once, in order.
pub(crate) fn allergen_list(texts: &[String]) -> Vec<String> {
    let texts = texts.iter().map(|text| text.trim().to_lowercase());
    let kept: BTreeSet<String> = texts.filter(|text| !text.is_empty()).collect();
    kept.into_iter().collect()
}

/// What a JSON list of allergens holds.
pub(crate) fn allergens_of(list: &serde_json::Value) -> BTreeSet<String> {
    let texts = list.as_array().into_iter().flatten();
    texts
        .filter_map(|text| text.as_str().map(str::to_owned))
        .collect()
}

/// Tells the screens that ingredients or recipes changed.
pub(crate) async fn announce(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    subject_id: Option<Uuid>,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        ctx.now,
        None,
        "recipes",
        subject_id,
        json!({}),
    )
    .await
}
