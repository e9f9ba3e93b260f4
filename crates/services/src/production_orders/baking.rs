//! Baking: start, complete, recall. A completion raises stock once, whatever is repeated.

use super::{ProductionOrders, moment, refused, story};
use crate::ledger::{self, NewMovement};
use crate::recipes::{self, Kitchen};
use crate::store::{orders, shelves};
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use chrono::Days;
use contract::orders::{CompleteOrder, OrderView, RecallOrder, StartOrder};
use domain::orders::{OrderMove, best_before, check_outcome, check_recall, next_status};
use domain::{MovementKind, Permission};
use entity::{lot, production_order};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

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
                let tx = self.services.db().begin().await?;
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

    /// Ends baking: in one transaction the status, who and when, the destination's stock, the lot with its best-before
    /// date, the ingredients used, the audit log, the screens and the receipt. Ingredients may go below zero, with an alert: what came
    /// out of the oven did use them, whatever the books said was there.
    ///
    /// # Errors
    /// Forbidden, not found, quantities out of range, a conflict when the order is not in progress.
    pub async fn complete(&self, ctx: &Ctx, command: CompleteOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersComplete)?;
        check_outcome(command.produced_quantity, command.lost_quantity)
            .map_err(|e| refused("produced_quantity", e))?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.complete", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let Ok(status) = next_status(before.status, OrderMove::Complete) else {
                    return Err(story::moved_on(&*tx, organization_id, &before).await?);
                };
                let used = match kitchen_of(&*tx, &before).await? {
                    Some(kitchen) => kitchen.consume(&*tx, ctx, &before, &command).await?,
                    None => {
                        recipes::release(&*tx, &before).await?;
                        Vec::new()
                    }
                };
                self.book_batch(&*tx, ctx, &before, &command, used).await?;
                let after = production_order::Model {
                    status,
                    produced_quantity: Some(command.produced_quantity),
                    lost_quantity: Some(command.lost_quantity),
                    completed_by: ctx.actor.user_id,
                    completed_at: Some(moment(ctx)),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = self
                    .save(&*tx, ctx, "orders.complete", &before, &after)
                    .await?;
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

    /// Takes a fresh completion back: a reversing movement at the moment of the production, the lot removed, the order
    /// in progress again. What was sold meanwhile stays sold.
    ///
    /// # Errors
    /// Forbidden, not found, a broken rule once the window is over, a conflict when it is not completed.
    pub async fn recall(&self, ctx: &Ctx, command: RecallOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersComplete)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.recall", &command).await?
                {
                    return Ok(answer);
                }
                let Ok(status) = next_status(before.status, OrderMove::Recall) else {
                    return Err(story::moved_on(&*tx, organization_id, &before).await?);
                };
                let completed_at = before.completed_at.ok_or_else(|| {
                    ServiceError::Internal("a completed order without its time".into())
                })?;
                check_recall(completed_at, ctx.now).map_err(|e| refused("order_id", e))?;
                let standing =
                    shelves::list_standing_of_order(&*tx, organization_id, before.id).await?;
                if !standing.is_empty() {
                    let reversals = standing.iter().map(|movement| {
                        let mut reversal = NewMovement::new(
                            (movement.store_id, movement.product_id),
                            MovementKind::Reversal,
                            -movement.quantity,
                            movement.occurred_at,
                            movement.business_date,
                        );
                        reversal.reverses_id = Some(movement.id);
                        reversal.order_id = Some(before.id);
                        reversal.command_id = Some(command.command_id);
                        reversal.actor_id = ctx.actor.user_id;
                        reversal
                    });
                    self.move_stock(&*tx, ctx, reversals.collect()).await?;
                    orders::delete_lot(&*tx, organization_id, before.id).await?;
                }
                if let Some(kitchen) = kitchen_of(&*tx, &before).await? {
                    kitchen.reserve(&*tx, &before).await?;
                }
                let after = production_order::Model {
                    status,
                    produced_quantity: None,
                    lost_quantity: None,
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

    /// One posting for the shelf of the shop and those of the kitchen: level rows are locked in their order.
    async fn book_batch(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        order: &production_order::Model,
        command: &CompleteOrder,
        used: Vec<NewMovement>,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let mut movements = used;
        if command.produced_quantity > 0 {
            let store = shelves::get_store(db, organization_id, order.store_id).await?;
            let product = shelves::get_product(db, organization_id, order.product_id).await?;
            let produced_on = ctx.today_in(crate::clock::zone(&store.time_zone)?);
            let mut production = NewMovement::new(
                (order.store_id, order.product_id),
                MovementKind::Production,
                command.produced_quantity,
                moment(ctx),
                produced_on,
            );
            production.order_id = Some(order.id);
            production.command_id = Some(command.command_id);
            production.actor_id = ctx.actor.user_id;
            movements.push(production);
            let lead = Days::new(u64::try_from(product.lead_time_days.max(0)).unwrap_or(0));
            let batch = lot::Model {
                id: Uuid::now_v7(),
                organization_id,
                store_id: order.store_id,
                product_id: order.product_id,
                order_id: order.id,
                produced_quantity: command.produced_quantity,
                produced_on,
                // What is baked tonight for tomorrow keeps from tomorrow on.
                best_before: best_before(
                    produced_on.max(order.production_date + lead),
                    product.shelf_life_days,
                ),
            };
            orders::insert_lot(db, batch).await?;
        }
        self.move_stock(db, ctx, movements).await
    }

    /// Posts movements and tells the screens of every store that they touch.
    async fn move_stock(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        movements: Vec<NewMovement>,
    ) -> ServiceResult<()> {
        let levels = ledger::post(db, ctx.organization_id(), moment(ctx), movements).await?;
        let mut by_store: BTreeMap<Uuid, Vec<(Uuid, i64)>> = BTreeMap::new();
        for ((store_id, product_id), on_hand) in levels {
            by_store
                .entry(store_id)
                .or_default()
                .push((product_id, on_hand));
        }
        for (store_id, products) in by_store {
            let (subject, detail) = match products.as_slice() {
                [(product_id, on_hand)] => (
                    Some(*product_id),
                    json!({ "product_id": product_id, "on_hand": on_hand }),
                ),
                _ => (None, json!({})),
            };
            live::emit(
                db,
                ctx.organization_id(),
                moment(ctx),
                Some(store_id),
                "stock",
                subject,
                detail,
            )
            .await?;
        }
        Ok(())
    }
}

/// Where the ingredients of an order lie, if its product has a recipe.
pub(super) async fn kitchen_of(
    db: &impl ConnectionTrait,
    order: &production_order::Model,
) -> ServiceResult<Option<Kitchen>> {
    Kitchen::find(db, order.organization_id, order.store_id, order.product_id).await
}
