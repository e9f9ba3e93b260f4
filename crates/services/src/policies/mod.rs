//! On which terms shelves are filled: the product's own, and what somebody chose for one shelf instead.
//!
//! Order of locks: the shelves' own rows by store and product, level rows where levels are set, the audit head.

mod choosing;
mod costing;
mod reading;

use crate::Services;
use contract::policies::ShelfPolicyView;
use domain::RatioBy;
use domain::replenish::{ShelfChoice, Terms};
use entity::{product, store, store_product};

/// Lists and sets the terms of shelves, and tells what others would have cost.
#[derive(Debug)]
pub struct Policies<'a> {
    services: &'a Services,
}

impl Services {
    /// The terms of shelves.
    #[must_use]
    pub fn policies(&self) -> Policies<'_> {
        Policies { services: self }
    }
}

/// The product's own terms.
fn terms_of_product(product: &product::Model) -> Terms {
    Terms {
        policy: product.policy,
        ratio_by: RatioBy::Costs,
        service_level_bp: product.service_level_bp,
        salvage_minor: product.salvage_minor,
        substitution_share_bp: product.substitution_share_bp,
    }
}

fn choice_of(row: &store_product::Model) -> ShelfChoice {
    ShelfChoice {
        policy: row.policy,
        ratio_by: row.ratio_by,
        service_level_bp: row.service_level_bp,
        salvage_minor: row.salvage_minor,
        substitution_share_bp: row.substitution_share_bp,
    }
}

/// The terms that hold for a shelf.
pub(crate) fn terms_of(product: &product::Model, carried: Option<&store_product::Model>) -> Terms {
    let choice = carried.map(choice_of).unwrap_or_default();
    terms_of_product(product).with(choice)
}

/// A shelf as people see it.
fn view(
    row: &store_product::Model,
    store: &store::Model,
    product: &product::Model,
    category_name: String,
) -> ShelfPolicyView {
    let effective = terms_of(product, Some(row));
    let ratio = effective.ratio(product.price_minor, product.unit_cost_minor);
    ShelfPolicyView {
        store_id: store.id,
        store_code: store.code.clone(),
        store_name: store.name.clone(),
        product_id: product.id,
        sku: product.sku.clone(),
        product_name: product.name.clone(),
        category_name,
        unit: product.unit,
        tray_size: product.tray_size,
        shelf_life_days: product.shelf_life_days,
        price_minor: product.price_minor,
        unit_cost_minor: product.unit_cost_minor,
        of_product: terms_of_product(product),
        choice: choice_of(row),
        effective,
        ratio_bp: basis_points(ratio.value),
        ratio_case: ratio.case,
        reorder_point: row.reorder_point,
        order_up_to: row.order_up_to,
        version: row.policy_version,
    }
}

fn basis_points(share: f64) -> i32 {
    (share * 10_000.0).round() as i32
}
