//! What a batch does to the books: the shelf rises, the lot is made, what it used is gone; and all of it back again.

use super::{ProductionOrders, moment, refused};
use crate::ledger::{self, NewMovement};
use crate::stock::counting::check_moment;
use crate::store::{batches, shelves};
use crate::{Ctx, ServiceResult, clock, live};
use chrono::{DateTime, Days, TimeDelta, Utc};
use contract::dispatch::LotView;
use contract::orders::{BatchView, CompleteOrder, FreshBatch};
use domain::MovementKind;
use domain::batches::{Baked, check_came_out, loss_reason};
use domain::labels::lot_number;
use domain::orders::best_before;
use entity::{lot, order_batch, production_order, store};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What came out of an order so far; nothing where nothing did.
pub(crate) fn baked(order: &production_order::Model) -> Option<Baked> {
    order.produced_quantity.map(|produced| Baked {
        produced,
        lost: order.lost_quantity.unwrap_or(0),
    })
}

/// What is still expected of an order that is not finished.
pub(crate) fn rest(order: &production_order::Model) -> i64 {
    baked(order)
        .unwrap_or_default()
        .rest_of(order.planned_quantity)
}

/// All batches of an order that nobody took back, but for one.
pub(super) fn sum_without(batches: &[order_batch::Model], gone: Uuid) -> Option<Baked> {
    let standing = batches
        .iter()
        .filter(|batch| batch.reversed_at.is_none() && batch.id != gone);
    Baked::sum(standing.map(|batch| Baked {
        produced: batch.produced_quantity,
        lost: batch.lost_quantity,
    }))
}

/// When the batch of a command came out.
pub(super) fn came_out(
    ctx: &Ctx,
    store: &store::Model,
    command: &CompleteOrder,
) -> ServiceResult<DateTime<Utc>> {
    let zone = clock::zone(&store.time_zone)?;
    let now = ctx.now.naive_utc();
    // What lies further away is refused all the same, and no calendar reaches everything that can be typed.
    let near = |local: chrono::NaiveDateTime| {
        local.clamp(now - TimeDelta::days(30), now + TimeDelta::days(2))
    };
    let said = command.completed_at.or_else(|| {
        command
            .completed_local
            .map(|local| clock::instant(zone, near(local)))
    });
    let at = check_moment(ctx, "completed_at", said)?;
    check_came_out(at, ctx.now).map_err(|e| refused("completed_at", e))?;
    Ok(at)
}

pub(super) fn lot_view(order: &production_order::Model, lot: &lot::Model) -> LotView {
    LotView {
        number: lot_number(lot.produced_on, order.number, lot.part),
        produced_on: lot.produced_on,
        best_before: lot.best_before,
    }
}

pub(super) fn batch_views(
    order: &production_order::Model,
    batches: Vec<order_batch::Model>,
    lots: &[lot::Model],
) -> Vec<BatchView> {
    let lot_of = |batch: &order_batch::Model| {
        let id = batch.lot_id?;
        let lot = lots.iter().find(|lot| lot.id == id)?;
        Some(lot_view(order, lot))
    };
    batches
        .into_iter()
        .map(|batch| BatchView {
            lot: lot_of(&batch),
            part: batch.part,
            produced_quantity: batch.produced_quantity,
            lost_quantity: batch.lost_quantity,
            loss_reason: batch.loss_reason,
            completed_at: batch.completed_at,
            recorded_at: batch.recorded_at,
            command_id: batch.command_id,
            reversed_at: batch.reversed_at,
        })
        .collect()
}

pub(super) fn fresh_view(batch: order_batch::Model) -> FreshBatch {
    FreshBatch {
        order_id: batch.order_id,
        produced_quantity: batch.produced_quantity,
        lost_quantity: batch.lost_quantity,
        recorded_at: batch.recorded_at,
        command_id: batch.command_id,
    }
}

impl ProductionOrders<'_> {
    /// Writes a batch with its lot, and posts it together with what it used: one posting for the shelf of the shop and those of the
    /// kitchen, whose level rows are locked in their order.
    pub(super) async fn book_batch(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        (order, store): (&production_order::Model, &store::Model),
        command: &CompleteOrder,
        came_out: DateTime<Utc>,
        used: Vec<NewMovement>,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        let earlier = batches::list(db, organization_id, order.id).await?;
        let mut batch = order_batch::Model {
            id: Uuid::now_v7(),
            organization_id,
            order_id: order.id,
            part: earlier.last().map_or(1, |last| last.part + 1),
            produced_quantity: command.produced_quantity,
            lost_quantity: command.lost_quantity,
            loss_reason: loss_reason(command.lost_quantity, command.loss_reason),
            completed_at: came_out,
            recorded_at: moment(ctx),
            completed_by: ctx.actor.user_id,
            command_id: Some(command.command_id),
            lot_id: None,
            reversed_at: None,
        };
        let mut movements = used;
        if command.produced_quantity > 0 {
            let product = shelves::get_product(db, organization_id, order.product_id).await?;
            let produced_on = clock::business_date(clock::zone(&store.time_zone)?, came_out);
            let mut production = NewMovement::new(
                (order.store_id, order.product_id),
                MovementKind::Production,
                command.produced_quantity,
                came_out,
                produced_on,
            );
            production.order_id = Some(order.id);
            production.command_id = Some(command.command_id);
            production.actor_id = ctx.actor.user_id;
            movements.push(production);
            let lead = Days::new(u64::try_from(product.lead_time_days.max(0)).unwrap_or(0));
            let lot = lot::Model {
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
                part: batch.part,
            };
            batch.lot_id = Some(lot.id);
            batches::insert_lot(db, lot).await?;
        }
        batches::insert(db, batch).await?;
        self.move_stock(db, ctx, movements).await
    }

    /// Takes a batch back: reversing movements at the moment of the batch, its lot removed, what it used given back.
    pub(super) async fn unbook_batch(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        order: &production_order::Model,
        batch: &order_batch::Model,
        command_id: Uuid,
    ) -> ServiceResult<BTreeMap<Uuid, i64>> {
        let organization_id = ctx.organization_id();
        let mut standing = shelves::list_standing_of_order(db, organization_id, order.id).await?;
        // A batch without a command is older than parts: all that the order moved is its own.
        standing.retain(|m| batch.command_id.is_none() || m.command_id == batch.command_id);
        let mut used: BTreeMap<Uuid, i64> = BTreeMap::new();
        for movement in standing
            .iter()
            .filter(|m| m.kind == MovementKind::Adjustment)
        {
            *used.entry(movement.product_id).or_default() -= movement.quantity;
        }
        let reversals = standing.iter().map(|movement| {
            let mut reversal = NewMovement::new(
                (movement.store_id, movement.product_id),
                MovementKind::Reversal,
                -movement.quantity,
                movement.occurred_at,
                movement.business_date,
            );
            reversal.reverses_id = Some(movement.id);
            reversal.order_id = Some(order.id);
            reversal.command_id = Some(command_id);
            reversal.actor_id = ctx.actor.user_id;
            reversal
        });
        self.move_stock(db, ctx, reversals.collect()).await?;
        batches::take_back(db, batch, moment(ctx)).await?;
        Ok(used)
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
