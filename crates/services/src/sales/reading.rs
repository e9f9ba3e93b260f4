//! Tickets as they are stored.

use super::Sales;
use crate::pages::{cut, join, limit_of, split};
use crate::store::ticket_lists as rows;
use crate::{Ctx, ServiceError, ServiceResult};
use contract::Page;
use contract::tickets::{ListSales, SaleLineView, SaleView};
use domain::Permission;
use entity::{sale, sale_line};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

fn line_view(row: sale_line::Model) -> SaleLineView {
    SaleLineView {
        line: row.line,
        product_id: row.product_id,
        quantity: row.quantity,
        unit_price_minor: row.unit_price_minor,
        total_minor: row.total_minor,
        promotion_code: row.promotion_code,
        return_to: row.return_to,
    }
}

async fn views(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    found: Vec<sale::Model>,
) -> ServiceResult<Vec<SaleView>> {
    let mut lines: BTreeMap<Uuid, Vec<SaleLineView>> = BTreeMap::new();
    for line in rows::list_lines(db, organization_id, found.iter().map(|row| row.id)).await? {
        let sale_id = line.sale_id;
        lines.entry(sale_id).or_default().push(line_view(line));
    }
    let views = found.into_iter().map(|row| SaleView {
        lines: lines.remove(&row.id).unwrap_or_default(),
        id: row.id,
        store_id: row.store_id,
        transaction_id: row.transaction_id,
        business_date: row.business_date,
        sold_at: row.sold_at,
        source: row.source,
        import_id: row.import_id,
        payment_method: row.payment_method,
        total_minor: row.total_minor,
        recorded_at: row.recorded_at,
    });
    Ok(views.collect())
}

impl Sales<'_> {
    /// Tickets in scope with their lines, the latest trading day first; those of tills and those of files.
    ///
    /// # Errors
    /// Forbidden without `imports.read`; not found (a store out of scope); an unreadable cursor.
    pub async fn list(&self, ctx: &Ctx, wanted: &ListSales) -> ServiceResult<Page<SaleView>> {
        ctx.require(Permission::ImportsRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let after = wanted.after.as_deref().map(split).transpose()?;
        let limit = limit_of(wanted.limit);
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let found = rows::list(
            &*db,
            organization_id,
            &ctx.actor.stores,
            wanted,
            after,
            limit as u64 + 1,
        )
        .await?;
        let (found, next) = cut(found, limit, |row| join(row.business_date, row.id));
        let items = views(&*db, organization_id, found).await?;
        Ok(Page { items, next })
    }

    /// One ticket with its lines.
    ///
    /// # Errors
    /// Forbidden without `imports.read`; not found.
    pub async fn get(&self, ctx: &Ctx, id: Uuid) -> ServiceResult<SaleView> {
        ctx.require(Permission::ImportsRead)?;
        let organization_id = ctx.organization_id();
        let db = self.services.db().of(organization_id);
        let row = rows::find(&*db, organization_id, id)
            .await?
            .filter(|row| ctx.actor.stores.contains(row.store_id))
            .ok_or(ServiceError::NotFound("sale"))?;
        let mut found = views(&*db, organization_id, vec![row]).await?;
        found.pop().ok_or(ServiceError::NotFound("sale"))
    }
}
