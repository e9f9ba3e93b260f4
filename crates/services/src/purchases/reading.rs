//! Purchases as people read them.

use super::Purchases;
use crate::store::{ingredients as rows, purchases, shelves};
use crate::{Ctx, ServiceError, ServiceResult, clock};
use contract::Page;
use contract::purchases::{ListPurchases, PurchaseLineView, PurchaseView};
use domain::Permission;
use domain::purchases::{is_late, outstanding};
use entity::{purchase, purchase_line};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 30;
const MAX_LIMIT: u32 = 100;

impl Purchases<'_> {
    /// Purchases of kitchens in scope, latest first.
    ///
    /// # Errors
    /// Forbidden without `recipes.read`, not found (a store out of scope), an unreadable cursor.
    pub async fn list(
        &self,
        ctx: &Ctx,
        wanted: &ListPurchases,
    ) -> ServiceResult<Page<PurchaseView>> {
        ctx.require(Permission::RecipesRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let below = match wanted.after.as_deref() {
            None => None,
            Some(text) => Some(text.parse::<i64>().map_err(|_| {
                ServiceError::field("after", "unreadable", "This is not a place in the list.")
            })?),
        };
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let db = &self.services.db().of(ctx.organization_id());
        let mut found = purchases::list(
            db,
            ctx.organization_id(),
            &ctx.actor.stores,
            wanted.store_id,
            wanted.open_only,
            (below, limit as u64 + 1),
        )
        .await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found
            .last()
            .filter(|_| more)
            .map(|row| row.number.to_string());
        let items = views(db, ctx, found).await?;
        Ok(Page { items, next })
    }
}

/// What a kitchen still expects from suppliers, the first to come first.
pub(crate) async fn open_of_kitchen(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
) -> ServiceResult<Vec<PurchaseView>> {
    let open = purchases::list_open(db, ctx.organization_id(), store_id).await?;
    views(db, ctx, open).await
}

pub(super) async fn view_of(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    row: purchase::Model,
) -> ServiceResult<PurchaseView> {
    let mut views = views(db, ctx, vec![row]).await?;
    views
        .pop()
        .ok_or_else(|| ServiceError::Internal("a purchase without a view".into()))
}

async fn views(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    found: Vec<purchase::Model>,
) -> ServiceResult<Vec<PurchaseView>> {
    if found.is_empty() {
        return Ok(Vec::new());
    }
    let organization_id = ctx.organization_id();
    let lines = purchases::list_lines(db, organization_id, found.iter().map(|row| row.id)).await?;
    // Names want shelves; the two sides are independent.
    let wanted: BTreeSet<(Uuid, Uuid)> = found
        .iter()
        .map(|row| (row.store_id, Uuid::nil()))
        .chain(lines.iter().map(|line| (Uuid::nil(), line.product_id)))
        .collect();
    let names = shelves::list_names(db, organization_id, wanted).await?;
    let suppliers: BTreeMap<Uuid, String> = rows::list_suppliers(db, organization_id)
        .await?
        .into_iter()
        .map(|supplier| (supplier.id, supplier.name))
        .collect();
    let people: BTreeSet<Uuid> = found
        .iter()
        .flat_map(|row| [row.created_by, row.closed_by])
        .flatten()
        .collect();
    let people = shelves::list_people(db, organization_id, people).await?;
    let mut by_purchase: BTreeMap<Uuid, Vec<purchase_line::Model>> = BTreeMap::new();
    for line in lines {
        by_purchase.entry(line.purchase_id).or_default().push(line);
    }
    let mut views = Vec::with_capacity(found.len());
    for row in found {
        let mut lines = Vec::new();
        for line in by_purchase.remove(&row.id).unwrap_or_default() {
            let product = names.product(line.product_id)?;
            lines.push(PurchaseLineView {
                ingredient_id: line.product_id,
                code: product.sku.clone(),
                name: product.name.clone(),
                unit: product.unit,
                packs: line.packs,
                pack_quantity: line.pack_quantity,
                pack_price_minor: line.pack_price_minor,
                ordered: line.ordered_quantity,
                received: line.received_quantity,
                outstanding: outstanding(row.status, line.ordered_quantity, line.received_quantity),
            });
        }
        lines.sort_by(|a, b| (&a.name, &a.code).cmp(&(&b.name, &b.code)));
        let store = names.store(row.store_id)?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let person = |id: Option<Uuid>| id.and_then(|id| people.get(&id).cloned());
        views.push(PurchaseView {
            store_name: store.name.clone(),
            supplier_name: suppliers.get(&row.supplier_id).cloned().unwrap_or_default(),
            lines,
            created_by: person(row.created_by),
            late: is_late(row.status, row.expected_on, today),
            closed_by: person(row.closed_by),
            id: row.id,
            number: row.number,
            store_id: row.store_id,
            supplier_id: row.supplier_id,
            status: row.status,
            note: row.note,
            ordered_on: row.ordered_on,
            ordered_at: row.ordered_at,
            expected_on: row.expected_on,
            closed_at: row.closed_at,
            close_reason: row.close_reason,
            version: row.version,
        });
    }
    Ok(views)
}
