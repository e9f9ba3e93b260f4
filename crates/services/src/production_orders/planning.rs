//! Planning: create, edit, cancel.

use super::batches::baked;
use super::reading::with_parts;
use super::{ProductionOrders, announce, moment, refused, story, view};
use crate::store::{orders, shelves};
use crate::{Ctx, ServiceError, ServiceResult, receipts, recipes};
use chrono::{Days, NaiveDate, TimeDelta};
use contract::orders::{CancelOrder, CreateOrder, EditOrder, OrderView};
use domain::batches::check_cancel;
use domain::orders::{
    MAX_DAYS_AHEAD, OrderMove, check_note, check_planned, check_reason, next_status,
};
use domain::{OrderSource, OrderStatus, Permission, ProductKind};
use entity::{production_order, store};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

/// How far back an order may be planned by hand: what was forgotten yesterday can still be written down.
const MAX_DAYS_BACK: u64 = 7;

/// An order about to be written.
pub(crate) struct NewOrder {
    pub store_id: Uuid,
    pub product_id: Uuid,
    pub production_date: NaiveDate,
    pub planned_quantity: i64,
    pub source: OrderSource,
    pub suggestion_id: Option<Uuid>,
    /// The standing order, and the day for which it asks.
    pub standing: Option<(Uuid, NaiveDate)>,
    pub note: Option<String>,
}

/// Writes a pending order and tells screens and audit log, in the caller's transaction.
pub(crate) async fn add(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    new: NewOrder,
) -> ServiceResult<production_order::Model> {
    let number = orders::next_number(db, ctx.organization_id()).await?;
    let order = production_order::Model {
        id: Uuid::now_v7(),
        organization_id: ctx.organization_id(),
        number,
        store_id: new.store_id,
        product_id: new.product_id,
        production_date: new.production_date,
        planned_quantity: new.planned_quantity,
        produced_quantity: None,
        lost_quantity: None,
        status: OrderStatus::Pending,
        source: new.source,
        suggestion_id: new.suggestion_id,
        version: 1,
        note: new.note,
        created_by: ctx.actor.user_id,
        created_at: moment(ctx),
        started_by: None,
        started_at: None,
        completed_by: None,
        completed_at: None,
        cancelled_by: None,
        cancelled_at: None,
        cancel_reason: None,
        updated_at: moment(ctx),
        standing_order_id: new.standing.map(|(id, _)| id),
        standing_date: new.standing.map(|(_, date)| date),
    };
    orders::insert(db, &order).await?;
    announce(db, ctx, "orders.create", None, &order).await?;
    Ok(order)
}

pub(super) fn check_date(ctx: &Ctx, store: &store::Model, date: NaiveDate) -> ServiceResult<()> {
    let today = ctx.today_in(crate::clock::zone(&store.time_zone)?);
    if date < today - Days::new(MAX_DAYS_BACK) || date > today + TimeDelta::days(MAX_DAYS_AHEAD) {
        return Err(ServiceError::field(
            "production_date",
            "date_out_of_range",
            format!(
                "The date must lie between {MAX_DAYS_BACK} days ago and {MAX_DAYS_AHEAD} days ahead."
            ),
        ));
    }
    Ok(())
}

impl ProductionOrders<'_> {
    /// Plans a batch.
    ///
    /// # Errors
    /// Forbidden, not found (store out of scope, product of somebody else), invalid fields, a store that is closed for good, a reused
    /// command id.
    pub async fn create(&self, ctx: &Ctx, command: CreateOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersCreate)?;
        ctx.require_store(command.store_id)?;
        check_planned(command.planned_quantity).map_err(|e| refused("planned_quantity", e))?;
        let note = check_note(command.note.as_deref())
            .map_err(|e| refused("note", e))?
            .map(str::to_owned);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let store = shelves::get_store(&*tx, organization_id, command.store_id).await?;
                let product =
                    shelves::get_product(&*tx, organization_id, command.product_id).await?;
                if product.kind != ProductKind::Product {
                    return Err(ServiceError::NotFound("product"));
                }
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.create", &command).await?
                {
                    return Ok(answer);
                }
                if !store.active {
                    return Err(ServiceError::rule(
                        "store.closed",
                        "This store is closed for good; nothing is baked for it any more.",
                    ));
                }
                check_date(ctx, &store, command.production_date)?;
                let new = NewOrder {
                    store_id: command.store_id,
                    product_id: command.product_id,
                    production_date: command.production_date,
                    planned_quantity: command.planned_quantity,
                    source: OrderSource::Manual,
                    suggestion_id: None,
                    standing: None,
                    note: note.clone(),
                };
                let order = add(&*tx, ctx, new).await?;
                let names = shelves::list_names(
                    &*tx,
                    organization_id,
                    [(order.store_id, order.product_id)],
                )
                .await?;
                let answer = view(&order, &names)?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.create",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Changes quantity, date or note of a pending order.
    ///
    /// # Errors
    /// As [`ProductionOrders::create`]; a conflict that names who changed what when the version is not the latest, or
    /// who started it when it is not pending any more.
    pub async fn edit(&self, ctx: &Ctx, command: EditOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersCreate)?;
        check_planned(command.planned_quantity).map_err(|e| refused("planned_quantity", e))?;
        let note = check_note(command.note.as_deref())
            .map_err(|e| refused("note", e))?
            .map(str::to_owned);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.edit", &command).await?
                {
                    return Ok(answer);
                }
                if next_status(before.status, OrderMove::Edit).is_err() {
                    return Err(story::moved_on(&*tx, organization_id, &before).await?);
                }
                if before.version != command.version {
                    return Err(
                        story::stale(&*tx, organization_id, &before, command.version).await?,
                    );
                }
                let store = shelves::get_store(&*tx, organization_id, before.store_id).await?;
                if command.production_date != before.production_date {
                    check_date(ctx, &store, command.production_date)?;
                }
                let after = production_order::Model {
                    production_date: command.production_date,
                    planned_quantity: command.planned_quantity,
                    note: note.clone(),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = self.save(&*tx, ctx, "orders.edit", &before, &after).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.edit",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Gives an order up of which nothing came out; the reason is kept.
    ///
    /// # Errors
    /// Forbidden, not found, a missing reason, a broken rule when a part of it came out, a conflict when it is already completed or
    /// cancelled.
    pub async fn cancel(&self, ctx: &Ctx, command: CancelOrder) -> ServiceResult<OrderView> {
        ctx.require(Permission::OrdersCancel)?;
        let reason = check_reason(&command.reason).map_err(|e| refused("reason", e))?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = self.get_for_change(&*tx, ctx, command.order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "orders.cancel", &command).await?
                {
                    return Ok(answer);
                }
                let Ok(status) = next_status(before.status, OrderMove::Cancel) else {
                    return Err(story::moved_on(&*tx, ctx.organization_id(), &before).await?);
                };
                check_cancel(baked(&before)).map_err(|e| refused("order_id", e))?;
                let after = production_order::Model {
                    status,
                    cancelled_by: ctx.actor.user_id,
                    cancelled_at: Some(moment(ctx)),
                    cancel_reason: Some(reason.to_owned()),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                recipes::release(&*tx, &after).await?;
                let answer = self
                    .save(&*tx, ctx, "orders.cancel", &before, &after)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "orders.cancel",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// A locked order in the caller's scope.
    pub(super) async fn get_for_change(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        order_id: Uuid,
    ) -> ServiceResult<production_order::Model> {
        let order = orders::get_locked(db, ctx.organization_id(), order_id).await?;
        ctx.require_store(order.store_id)
            .map_err(|_| ServiceError::NotFound("order"))?;
        Ok(order)
    }

    /// Writes a changed order, tells screens and audit log, and answers with it.
    pub(super) async fn save(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        action: &'static str,
        before: &production_order::Model,
        after: &production_order::Model,
    ) -> ServiceResult<OrderView> {
        orders::update(db, after).await?;
        announce(db, ctx, action, Some(before), after).await?;
        let names = shelves::list_names(
            db,
            ctx.organization_id(),
            [(after.store_id, after.product_id)],
        )
        .await?;
        let shown = with_parts(db, ctx.organization_id(), vec![view(after, &names)?]);
        Ok(shown.await?.remove(0))
    }
}
