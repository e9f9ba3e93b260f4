//! Baking: start, complete part by part or at once, recall. A completion raises stock once, whatever is repeated.

use super::batches::{baked, came_out, sum_without};
use super::{ProductionOrders, moment, refused, story};
use crate::recipes::{self, Kitchen};
use crate::store::{batches, shelves};
use crate::{Ctx, ServiceResult, receipts};
use contract::orders::{CompleteOrder, OrderView, RecallOrder, StartOrder};
use domain::batches::{Baked, check_batch, knows_the_rest};
use domain::orders::{OrderMove, check_recall, next_status};
use domain::{OrderStatus, Permission};
use entity::production_order;
use sea_orm::ConnectionTrait;

impl ProductionOrders<'_> {
    /// Begins baking.
    ///
    /// # Errors
    /// Forbidden, not found, a conflict that names who started, finished or cancelled it first.
    pub async fn start(&self, ctx: &Ctx, command: StartOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersStart)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.start", &command).await?
                {
                    return Ok(answer);
                }
                let Ok(status) = next_status(before.status, OrderMove::Start) else {
                    return Err(story::moved_on(&*tx, ctx.organization_id(), &before).await?);
                };
                let after = production_order::Model {
                    status,
                    started_by: ctx.actor.user_id,
                    started_at: Some(moment(ctx)),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                if let Some(kitchen) = kitchen_of(&*tx, &after).await? {
                    kitchen.reserve(&*tx, &after).await?;
                }
                let answer = self
                    .save(&*tx, ctx, "orders.start", &before, &after)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.start",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Books a batch that came out: in one transaction the order, who and when, the destination's stock, the lot with its best-before
    /// date, the ingredients used, the audit log, the screens and the receipt. The order is finished unless more follows. Ingredients may
    /// go below zero, with an alert: what came out of the oven did use them, whatever the books said was there.
    ///
    /// # Errors
    /// Forbidden, not found, quantities out of range, a moment in the future or more than a week ago, a conflict when the order is not
    /// in progress, or when whoever ends it did not know all that had come out of it.
    pub async fn complete(&self, ctx: &Ctx, command: CompleteOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersComplete)?;
        let (action, wanted) = if command.more_follows {
            ("orders.part", OrderMove::Part)
        } else {
            ("orders.complete", OrderMove::Complete)
        };
        let batch = Baked {
            produced: command.produced_quantity,
            lost: command.lost_quantity,
        };
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.complete", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let Ok(status) = next_status(before.status, wanted) else {
                    return Err(story::moved_on(&*tx, organization_id, &before).await?);
                };
                let earlier = baked(&before);
                if !knows_the_rest(command.baked_before, command.more_follows, earlier) {
                    let seen = before.version - 1;
                    return Err(story::stale(&*tx, organization_id, &before, seen).await?);
                }
                check_batch(batch, command.more_follows, earlier)
                    .map_err(|e| refused("produced_quantity", e))?;
                let store = shelves::get_store(&*tx, organization_id, before.store_id).await?;
                let at = came_out(ctx, &store, &command)?;
                let used = match kitchen_of(&*tx, &before).await? {
                    Some(kitchen) => kitchen.consume(&*tx, ctx, &before, &command, at).await?,
                    None => {
                        recipes::release(&*tx, &before).await?;
                        Vec::new()
                    }
                };
                self.book_batch(&*tx, ctx, (&before, &store), &command, at, used)
                    .await?;
                let sum = Baked::sum(earlier.into_iter().chain([batch])).unwrap_or(batch);
                let is_finished = status == OrderStatus::Completed;
                let after = production_order::Model {
                    status,
                    produced_quantity: Some(sum.produced),
                    lost_quantity: Some(sum.lost),
                    completed_by: ctx.actor.user_id.filter(|_| is_finished),
                    completed_at: is_finished.then(|| moment(ctx)),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = self.save(&*tx, ctx, action, &before, &after).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.complete",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Takes the last batch back while it is fresh: a reversing movement at the moment of the batch, its lot removed, what it used given
    /// back, the order in progress again. What was sold meanwhile stays sold.
    ///
    /// # Errors
    /// Forbidden, not found, a broken rule once the window is over, a conflict when the batch that is meant is not the last one that
    /// stands.
    pub async fn recall(&self, ctx: &Ctx, command: RecallOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersComplete)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.recall", &command).await?
                {
                    return Ok(answer);
                }
                let all = batches::list(&*tx, organization_id, before.id).await?;
                let last = all.iter().rfind(|batch| batch.reversed_at.is_none());
                let last = last.filter(|last| match command.completion {
                    Some(completion) => last.command_id == Some(completion),
                    None => before.status == OrderStatus::Completed,
                });
                let (Ok(status), Some(last)) =
                    (next_status(before.status, OrderMove::Recall), last)
                else {
                    return Err(story::moved_on(&*tx, organization_id, &before).await?);
                };
                check_recall(last.recorded_at, ctx.now).map_err(|e| refused("order_id", e))?;
                let used = self
                    .unbook_batch(&*tx, ctx, &before, last, command.command_id)
                    .await?;
                recipes::give_back(&*tx, &before, &used).await?;
                if let Some(kitchen) = kitchen_of(&*tx, &before).await? {
                    kitchen.reserve(&*tx, &before).await?;
                }
                let sum = sum_without(&all, last.id);
                let after = production_order::Model {
                    status,
                    produced_quantity: sum.map(|sum| sum.produced),
                    lost_quantity: sum.map(|sum| sum.lost),
                    completed_by: None,
                    completed_at: None,
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = self
                    .save(&*tx, ctx, "orders.recall", &before, &after)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.recall",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// Where the ingredients of an order lie, if its product has a recipe.
pub(super) async fn kitchen_of(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<Option<Kitchen>> {
    Kitchen::find(db, order.organization_id, order.store_id, order.product_id).await
}
