//! Writing standing orders down, changing and ending them.

use super::{StandingOrders, announce, views};
use crate::production_orders::{moment, refused, told_since};
use crate::store::{shelves, standing_orders as rows};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts};
use chrono::{NaiveDate, TimeDelta};
use contract::standing_orders::{
    CreateStandingOrder, EditStandingOrder, EndStandingOrder, StandingOrderView,
};
use domain::orders::{MAX_DAYS_AHEAD, check_note, check_planned};
use domain::standing::{check_days, check_weekdays};
use domain::{Permission, ProductKind};
use entity::{standing_order, store};
use sea_orm::ConnectionTrait;
use uuid::Uuid;

const CREATE: &str = "standing_orders.create";
const EDIT: &str = "standing_orders.edit";
const END: &str = "standing_orders.end";

/// What a person writes down, checked.
struct Plan {
    weekdays: i32,
    quantity: i64,
    valid_from: NaiveDate,
    valid_until: Option<NaiveDate>,
    note: Option<String>,
}

impl Plan {
    fn checked(
        weekdays: i32,
        quantity: i64,
        (valid_from, valid_until): (NaiveDate, Option<NaiveDate>),
        note: Option<&str>,
    ) -> ServiceResult<Self> {
        check_weekdays(weekdays)
            .map_err(|e| ServiceError::field("weekdays", "no_weekday", e.to_string()))?;
        check_planned(quantity).map_err(|e| refused("quantity", e))?;
        check_days(valid_from, valid_until)
            .map_err(|e| ServiceError::field("valid_until", "wrong_end", e.to_string()))?;
        let note = check_note(note).map_err(|e| refused("note", e))?;
        Ok(Self {
            weekdays,
            quantity,
            valid_from,
            valid_until,
            note: note.map(str::to_owned),
        })
    }
}

/// A first day that somebody can mean, seen from the store's today.
fn check_first_day(ctx: &Ctx, store: &store::Model, date: NaiveDate) -> ServiceResult<()> {
    let today = ctx.today_in(clock::zone(&store.time_zone)?);
    let far = TimeDelta::days(MAX_DAYS_AHEAD);
    if date < today - far || date > today + far {
        return Err(ServiceError::field(
            "valid_from",
            "date_out_of_range",
            format!("The first day must lie within {MAX_DAYS_AHEAD} days of today."),
        ));
    }
    Ok(())
}

impl StandingOrders<'_> {
    /// Has a product baked for a store on the same days of the week. The orders of today and tomorrow are there within a minute.
    ///
    /// # Errors
    /// Forbidden without `orders.create`; not found (store out of scope, product of somebody else); invalid fields; a reused command id.
    pub async fn create(
        &self,
        ctx: &Ctx,
        command: CreateStandingOrder,
    ) -> ServiceResult<StandingOrderView> {
        ctx.require(Permission::OrdersCreate)?;
        ctx.require_store(command.store_id)?;
        let days = (command.valid_from, command.valid_until);
        let note = command.note.as_deref();
        let plan = Plan::checked(command.weekdays, command.quantity, days, note)?;
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
                    receipts::find(&*tx, ctx, command.command_id, CREATE, &command).await?
                {
                    return Ok(answer);
                }
                check_first_day(ctx, &store, plan.valid_from)?;
                let row = standing_order::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    store_id: store.id,
                    product_id: product.id,
                    weekdays: plan.weekdays,
                    quantity: plan.quantity,
                    valid_from: plan.valid_from,
                    valid_until: plan.valid_until,
                    note: plan.note.clone(),
                    is_active: true,
                    version: 1,
                    created_by: ctx.actor.user_id,
                    created_at: moment(ctx),
                    updated_at: moment(ctx),
                };
                rows::insert(&*tx, &row).await?;
                announce(&*tx, ctx, CREATE, None, &row).await?;
                let answer = answer(&*tx, ctx, &row).await?;
                receipts::insert(&*tx, ctx, command.command_id, CREATE, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Changes what is made from now on. Orders that are there already stay as they are.
    ///
    /// # Errors
    /// As [`StandingOrders::create`]; a conflict that names who changed what when the version is not the latest, or when it is ended.
    pub async fn edit(
        &self,
        ctx: &Ctx,
        command: EditStandingOrder,
    ) -> ServiceResult<StandingOrderView> {
        ctx.require(Permission::OrdersCreate)?;
        let days = (command.valid_from, command.valid_until);
        let note = command.note.as_deref();
        let plan = Plan::checked(command.weekdays, command.quantity, days, note)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = get_for_change(&*tx, ctx, command.standing_order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, EDIT, &command).await?
                {
                    return Ok(answer);
                }
                check_standing(&*tx, &before, command.version).await?;
                if plan.valid_from != before.valid_from {
                    let store =
                        shelves::get_store(&*tx, ctx.organization_id(), before.store_id).await?;
                    check_first_day(ctx, &store, plan.valid_from)?;
                }
                let after = standing_order::Model {
                    weekdays: plan.weekdays,
                    quantity: plan.quantity,
                    valid_from: plan.valid_from,
                    valid_until: plan.valid_until,
                    note: plan.note.clone(),
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = save(&*tx, ctx, EDIT, &before, &after).await?;
                receipts::insert(&*tx, ctx, command.command_id, EDIT, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Makes no more orders. Those that are there already stay.
    ///
    /// # Errors
    /// Forbidden without `orders.create`, not found, a conflict when the version is not the latest or it is ended already.
    pub async fn end(
        &self,
        ctx: &Ctx,
        command: EndStandingOrder,
    ) -> ServiceResult<StandingOrderView> {
        ctx.require(Permission::OrdersCreate)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = get_for_change(&*tx, ctx, command.standing_order_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, END, &command).await?
                {
                    return Ok(answer);
                }
                check_standing(&*tx, &before, command.version).await?;
                let after = standing_order::Model {
                    is_active: false,
                    version: before.version + 1,
                    updated_at: moment(ctx),
                    ..before.clone()
                };
                let answer = save(&*tx, ctx, END, &before, &after).await?;
                receipts::insert(&*tx, ctx, command.command_id, END, &command, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// A locked standing order in the caller's scope.
async fn get_for_change(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    id: Uuid,
) -> ServiceResult<standing_order::Model> {
    let row = rows::get_locked(db, ctx.organization_id(), id).await?;
    ctx.require_store(row.store_id)
        .map_err(|_| ServiceError::NotFound("standing order"))?;
    Ok(row)
}

/// Refuses to change what is ended, or what looks different from what the person saw.
async fn check_standing(
    db: &impl ConnectionTrait,
    row: &standing_order::Model,
    seen_version: i32,
) -> ServiceResult<()> {
    if !row.is_active {
        return Err(ServiceError::Conflict {
            reason: "standing_order.ended",
            message: "This standing order is ended already. Nothing was changed.".into(),
        });
    }
    if row.version == seen_version {
        return Ok(());
    }
    let entries = rows::list_history(db, row.organization_id, row.id).await?;
    let what = told_since(entries, seen_version);
    Err(ServiceError::Conflict {
        reason: "standing_order.stale",
        message: format!(
            "{what}. Your change was not saved; look at the standing order as it is now and try again."
        ),
    })
}

async fn answer(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    row: &standing_order::Model,
) -> ServiceResult<StandingOrderView> {
    let mut views = views(db, ctx, std::slice::from_ref(row)).await?;
    views.pop().ok_or(ServiceError::NotFound("standing order"))
}

/// Writes a changed standing order, tells screens and audit log, and answers with it.
async fn save(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: &standing_order::Model,
    after: &standing_order::Model,
) -> ServiceResult<StandingOrderView> {
    rows::update(db, after).await?;
    announce(db, ctx, action, Some(before), after).await?;
    answer(db, ctx, after).await
}
