//! The list of standing orders.

use super::{StandingOrders, views};
use crate::store::{shelves, standing_orders as rows};
use crate::{Ctx, ServiceResult};
use contract::Page;
use contract::standing_orders::{ListStandingOrders, StandingOrderView};
use domain::Permission;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

impl StandingOrders<'_> {
    /// Standing orders in scope, newest first; those that somebody ended only where they are asked for.
    ///
    /// # Errors
    /// Forbidden, a store out of scope.
    pub async fn list(
        &self,
        ctx: &Ctx,
        wanted: ListStandingOrders,
    ) -> ServiceResult<Page<StandingOrderView>> {
        ctx.require(Permission::OrdersRead)?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
            shelves::get_store(db, organization_id, store_id).await?;
        }
        let mut found = rows::list(
            db,
            organization_id,
            &ctx.actor.stores,
            &wanted,
            limit as u64 + 1,
        )
        .await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|row| row.id.to_string());
        Ok(Page {
            items: views(db, ctx, &found).await?,
            next,
        })
    }
}
