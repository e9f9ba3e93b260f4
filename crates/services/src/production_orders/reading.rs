//! Reading orders: the list, one with its history, the kitchen's board.

use super::batches::{batch_views, fresh_view};
use super::{ProductionOrders, check_day, moment, story, view};
use crate::ctx::StoreScope;
use crate::store::{batches, orders, outlook, shelves, stock, suggestions};
use crate::{Ctx, ServiceError, ServiceResult, recipes};
use chrono::{NaiveDate, TimeDelta};
use contract::Page;
use contract::orders::{BoardView, ListOrders, OrderDetail, OrderView, ProductTotal, ReadBoard};
use contract::suggestions::SuggestionView;
use domain::day_parts::scaled;
use domain::orders::RECALL_MINUTES;
use domain::{OrderStatus, Permission, SuggestionStatus};
use entity::production_order;
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const DEFAULT_LIMIT: u32 = 50;
const MAX_LIMIT: u32 = 200;

/// Orders with their names and parts of the day, in the same order: three statements at most, whatever their number.
pub(crate) async fn views(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    rows: &[production_order::Model],
) -> ServiceResult<Vec<OrderView>> {
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let names = shelves::list_names(
        db,
        organization_id,
        rows.iter().map(|o| (o.store_id, o.product_id)),
    )
    .await?;
    let views: ServiceResult<Vec<OrderView>> =
        rows.iter().map(|order| view(order, &names)).collect();
    with_parts(db, organization_id, views?).await
}

/// Orders with what of them is for which part of the day, where they come from suggestions that say so: one statement.
pub(super) async fn with_parts(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
    mut views: Vec<OrderView>,
) -> ServiceResult<Vec<OrderView>> {
    let ids = views.iter().filter_map(|order| order.suggestion_id);
    let reasons = suggestions::list_reasons(db, organization_id, ids).await?;
    for order in &mut views {
        let known = order.suggestion_id.and_then(|id| reasons.get(&id));
        if let Some(known) = known {
            order.parts = scaled(&known.parts, order.planned_quantity, known.tray);
        }
    }
    Ok(views)
}

/// The stores that a question is about: the one that it names, or all that the caller sees.
pub(super) fn stores_of(ctx: &Ctx, store_id: Option<Uuid>) -> ServiceResult<StoreScope> {
    Ok(match store_id {
        Some(store_id) => {
            ctx.require_store(store_id)?;
            StoreScope::Only([store_id].into())
        }
        None => ctx.actor.stores.clone(),
    })
}

impl ProductionOrders<'_> {
    /// Orders in scope, latest production date first.
    ///
    /// # Errors
    /// Forbidden, a store out of scope, an unreadable cursor.
    pub async fn list(&self, ctx: &Ctx, wanted: ListOrders) -> ServiceResult<Page<OrderView>> {
        ctx.require(Permission::OrdersRead)?;
        if let Some(store_id) = wanted.store_id {
            ctx.require_store(store_id)?;
        }
        let after = wanted.after.as_deref().map(read_cursor).transpose()?;
        let limit = wanted.limit.unwrap_or(DEFAULT_LIMIT).clamp(1, MAX_LIMIT) as usize;
        let db = &self.services.db().of(ctx.organization_id());
        let organization_id = ctx.organization_id();
        if let Some(store_id) = wanted.store_id {
            outlook::get_store(db, organization_id, store_id).await?;
        }
        let mut rows = orders::list(
            db,
            organization_id,
            &ctx.actor.stores,
            &wanted,
            after,
            limit as u64 + 1,
        )
        .await?;
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next = rows
            .last()
            .filter(|_| more)
            .map(|o| format!("{}~{}", o.production_date, o.number));
        Ok(Page {
            items: views(db, organization_id, &rows).await?,
            next,
        })
    }

    /// One order with everything that happened to it.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn get(&self, ctx: &Ctx, order_id: Uuid) -> ServiceResult<OrderDetail> {
        ctx.require(Permission::OrdersRead)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let order = orders::get(db, organization_id, order_id).await?;
        ctx.require_store(order.store_id)
            .map_err(|_| ServiceError::NotFound("order"))?;
        let shelf = (order.store_id, order.product_id);
        let names = shelves::list_names(db, organization_id, [shelf]).await?;
        let levels = stock::list_levels_of(db, organization_id, [shelf]).await?;
        let lots = batches::list_lots(db, organization_id, order.id).await?;
        let all = batches::list(db, organization_id, order.id).await?;
        let shown = with_parts(db, organization_id, vec![view(&order, &names)?]);
        let shown = shown.await?.remove(0);
        Ok(OrderDetail {
            order: shown,
            history: story::history(orders::list_history(db, organization_id, order.id).await?),
            on_hand: levels.get(&shelf).copied().unwrap_or(0),
            best_before: lots.iter().map(|lot| lot.best_before).min(),
            batches: batch_views(&order, all, &lots),
        })
    }

    /// The kitchen's board of a day: what is suggested, waiting, in the oven and done, over all stores in scope or in one.
    ///
    /// # Errors
    /// Forbidden, a store outside the scope, or a day beyond ten years.
    pub async fn board(&self, ctx: &Ctx, wanted: ReadBoard) -> ServiceResult<BoardView> {
        ctx.require(Permission::OrdersRead)?;
        let date = wanted.date;
        check_day(ctx, "date", date)?;
        let stores = stores_of(ctx, wanted.store_id)?;
        let db = &self.services.db().read_for(ctx.organization_id()).await?;
        let organization_id = ctx.organization_id();
        let rows = orders::list_for_board(db, organization_id, &stores, date).await?;
        let orders = views(db, organization_id, &rows).await?;
        let (mut shortages, mut read) = (Vec::new(), Vec::new());
        if !rows.is_empty() && ctx.require(Permission::RecipesRead).is_ok() {
            let library = recipes::Library::read(db, organization_id).await?;
            let products: BTreeSet<Uuid> = rows.iter().map(|order| order.product_id).collect();
            read = recipes::of_board(&library, &products);
            let mut waiting = rows;
            waiting.retain(|order| order.status == OrderStatus::Pending);
            shortages = recipes::shortages_of(db, ctx, &library, &waiting, date).await?;
        }
        let suggestions = if ctx.actor.permissions.contains(&Permission::SuggestionsRead) {
            let open = suggestions::list(
                db,
                organization_id,
                &stores,
                date,
                &[SuggestionStatus::Open],
            )
            .await?;
            let mut open = crate::suggestions::views(db, organization_id, open).await?;
            open.retain(|s| s.planned() > 0);
            open
        } else {
            Vec::new()
        };
        let since = moment(ctx) - TimeDelta::minutes(RECALL_MINUTES);
        let fresh = batches::list_fresh(db, organization_id, &stores, since).await?;
        Ok(BoardView {
            date,
            now: ctx.now,
            totals: totals(&orders, &suggestions),
            orders,
            suggestions,
            shortages,
            recipes: read,
            fresh: fresh.into_iter().map(fresh_view).collect(),
        })
    }
}

fn totals(orders: &[OrderView], suggestions: &[SuggestionView]) -> Vec<ProductTotal> {
    let mut by_product: BTreeMap<(&str, Uuid), ProductTotal> = BTreeMap::new();
    for s in suggestions {
        total(&mut by_product, &s.product_name, s.product_id, s.unit).suggested += s.planned();
    }
    for o in orders {
        total(&mut by_product, &o.product_name, o.product_id, o.unit).count(o, 1);
    }
    by_product.into_values().collect()
}

fn total<'m, 'n>(
    totals: &'m mut BTreeMap<(&'n str, Uuid), ProductTotal>,
    name: &'n str,
    product_id: Uuid,
    unit: domain::Unit,
) -> &'m mut ProductTotal {
    totals
        .entry((name, product_id))
        .or_insert_with(|| ProductTotal {
            product_id,
            product_name: name.to_owned(),
            unit,
            suggested: 0,
            pending: 0,
            in_progress: 0,
            produced: 0,
            lost: 0,
        })
}

fn read_cursor(text: &str) -> ServiceResult<(NaiveDate, i64)> {
    text.split_once('~')
        .and_then(|(date, number)| Some((date.parse().ok()?, number.parse().ok()?)))
        .ok_or_else(|| {
            ServiceError::field(
                "after",
                "unreadable",
                "This place in the list is not known; start from the top.",
            )
        })
}
