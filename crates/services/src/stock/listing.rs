//! Movements and counts of many shelves.

use super::Stock;
use crate::pages::{at, cut, limit_of, page, split};
use crate::store::stock_lists as rows;
use crate::{Ctx, ServiceResult};
use contract::Page;
use contract::ledger::{FoundLine, ListCounts, ListMovements, PostedCountView, ShelfMovementView};
use domain::Permission;
use entity::stock_movement;
use std::collections::BTreeMap;
use uuid::Uuid;

fn movement_view(row: stock_movement::Model) -> ShelfMovementView {
    ShelfMovementView {
        id: row.id,
        store_id: row.store_id,
        product_id: row.product_id,
        kind: row.kind,
        quantity: row.quantity,
        occurred_at: row.occurred_at,
        recorded_at: row.recorded_at,
        business_date: row.business_date,
        reason: row.reason,
        note: row.note,
        actor_id: row.actor_id,
        order_id: row.order_id,
        sale_id: row.sale_id,
        import_id: row.import_id,
        transfer_id: row.transfer_id,
        count_id: row.count_id,
        reverses_id: row.reverses_id,
    }
}

impl Stock<'_> {
    /// Movements of the shelves in scope, the latest written down first: whoever reads page by page until the end has every one that
    /// was there when they began.
    ///
    /// # Errors
    /// Forbidden without `stock.read`; not found (a store out of scope); an unreadable cursor.
    pub async fn movements(
        &self,
        ctx: &Ctx,
        wanted: &ListMovements,
    ) -> ServiceResult<Page<ShelfMovementView>> {
        ctx.require(Permission::StockRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let after = wanted.after.as_deref().map(split).transpose()?;
        let limit = limit_of(wanted.limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::list_movements(
            &*db,
            organization_id,
            &ctx.actor.stores,
            wanted,
            after,
            limit as u64 + 1,
        )
        .await?;
        let place = |row: &stock_movement::Model| at(row.recorded_at, row.id);
        Ok(page(found, limit, place, movement_view))
    }

    /// Counts that were booked in the stores in scope, with what was found, the latest first.
    ///
    /// # Errors
    /// Forbidden without `stock.read`; not found (a store out of scope); an unreadable cursor.
    pub async fn counts(
        &self,
        ctx: &Ctx,
        wanted: &ListCounts,
    ) -> ServiceResult<Page<PostedCountView>> {
        ctx.require(Permission::StockRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let after = wanted.after.as_deref().map(split).transpose()?;
        let limit = limit_of(wanted.limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::list_counts(
            &*db,
            organization_id,
            &ctx.actor.stores,
            wanted,
            after,
            limit as u64 + 1,
        )
        .await?;
        let (found, next) = cut(found, limit, |row| at(row.counted_at, row.id));
        let ids = found.iter().map(|row| row.id);
        let mut lines: BTreeMap<Uuid, Vec<FoundLine>> = BTreeMap::new();
        for line in rows::list_count_lines(&*db, organization_id, ids).await? {
            lines.entry(line.count_id).or_default().push(FoundLine {
                product_id: line.product_id,
                counted: line.counted,
                expected: line.expected,
                difference: line.counted - line.expected,
            });
        }
        let items = found.into_iter().map(|row| PostedCountView {
            lines: lines.remove(&row.id).unwrap_or_default(),
            id: row.id,
            store_id: row.store_id,
            business_date: row.business_date,
            counted_at: row.counted_at,
            recorded_at: row.recorded_at,
            actor_id: row.actor_id,
            note: row.note,
        });
        Ok(Page {
            items: items.collect(),
            next,
        })
    }
}
