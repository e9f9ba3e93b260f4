//! Bookings by hand: waste, donations, adjustments, and taking a fresh one back.

use super::counting::on_the_wall;
use super::{Stock, ages, note_of, post, refused};
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::store::{shelves, stock};
use crate::{Ctx, ServiceError, ServiceResult, audit, clock, receipts};
use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use contract::stock::{AdjustStock, RemoveStock, ReverseMovement, StockChange};
use domain::stock::{
    LATE_BOOKING_DAYS, REVERSAL_HOURS, StockRuleError, check_good, check_quantity, check_removal,
    is_reversible, least_since,
};
use domain::{MovementKind, Permission};
use sea_orm::ConnectionTrait;
use serde_json::json;
use uuid::Uuid;

/// Which permission a booking of this kind needs, to make it and to take it back.
pub(super) fn permission_for(kind: MovementKind) -> Permission {
    match kind {
        MovementKind::Waste | MovementKind::Donation => Permission::StockWaste,
        _ => Permission::StockAdjust,
    }
}

/// When a booking happened, as whoever made it says.
#[derive(Clone, Copy, Debug)]
enum Said {
    Now,
    /// On the store's own clock.
    OnTheWall(NaiveDateTime),
    /// On a device, which may send it late.
    Pressed(DateTime<Utc>),
}

impl Said {
    fn of(command: &RemoveStock) -> ServiceResult<Self> {
        match (command.at, command.pressed_at) {
            (Some(_), Some(_)) => Err(ServiceError::field(
                "at",
                "both",
                "The moment is named once: on the store's clock or by the device.",
            )),
            (Some(at), None) => Ok(Self::OnTheWall(at)),
            (None, Some(at)) => Ok(Self::Pressed(at)),
            (None, None) => Ok(Self::Now),
        }
    }
}

/// A command whose id says that it was made longer ago is looked for in the ledger as well, in days: its receipt may have been cleared
/// away. Well below how long receipts stay, as the id was made by the clock of a device.
const OLD_COMMAND_DAYS: i64 = 30;

fn is_old(command_id: Uuid, now: DateTime<Utc>) -> bool {
    let made = command_id.get_timestamp().map(|made| made.to_unix().0);
    let made = made.and_then(|seconds| i64::try_from(seconds).ok());
    let made = made.and_then(|seconds| DateTime::from_timestamp(seconds, 0));
    made.is_some_and(|made| made < now - TimeDelta::days(OLD_COMMAND_DAYS))
}

/// What a command booked whose receipt has gone: a device that heard no answer may keep it in its queue for longer than receipts stay, and
/// the ledger knows for ever which command made a movement. On hand is that of now. The shelf is locked.
async fn booked_before(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    command_id: Uuid,
    shelf: Shelf,
    what: (MovementKind, i64),
    on_hand: i64,
) -> ServiceResult<Option<StockChange>> {
    if !is_old(command_id, ctx.now) {
        return Ok(None);
    }
    let organization_id = ctx.organization_id();
    let booked = stock::find_booking(db, organization_id, shelf, command_id).await?;
    let Some(booked) = booked else {
        return Ok(None);
    };
    if (booked.kind, booked.quantity) != what {
        return Err(receipts::reused());
    }
    Ok(Some(StockChange {
        movement_id: booked.id,
        store_id: shelf.0,
        product_id: shelf.1,
        on_hand,
    }))
}

impl Stock<'_> {
    /// Books waste or a donation. What is not there cannot be thrown away; what was thrown away at an earlier moment must have been there
    /// then and ever since, see [`least_since`]. Of what a device sends late and where that does not hold, as what it was taken from may
    /// be written down later still, it is asked whether it is there now, unless somebody counted in between.
    ///
    /// # Errors
    /// Forbidden, not found, a quantity out of range or beyond what is on hand, a moment in the future or more than a week ago, a reused
    /// command id.
    pub async fn remove(&self, ctx: &Ctx, command: RemoveStock) -> ServiceResult<StockChange> {
        ctx.require(Permission::StockWaste)?;
        ctx.require_store(command.store_id)?;
        if !matches!(command.kind, MovementKind::Waste | MovementKind::Donation) {
            return Err(ServiceError::field(
                "kind",
                "not_a_removal",
                "Only waste and donations are booked here.",
            ));
        }
        check_quantity(command.quantity).map_err(|e| refused("quantity", e))?;
        let note = note_of(command.note.as_deref())?;
        let said = Said::of(&command)?;
        let shelf = (command.store_id, command.product_id);
        let what = (command.kind, -command.quantity);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let on_hand = self.lock_shelf(&*tx, ctx, shelf).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "stock.remove", &command).await?
                {
                    return Ok(answer);
                }
                let before = booked_before(&*tx, ctx, command.command_id, shelf, what, on_hand);
                if let Some(answer) = before.await? {
                    return Ok(answer);
                }
                let mut movement = self.by_hand(&*tx, ctx, shelf, what, said).await?;
                let mut there = self.check_there(&*tx, ctx, &movement, on_hand).await?;
                if there.is_err()
                    && matches!(said, Said::Pressed(_))
                    && !self.is_counted_since(&*tx, ctx, &movement).await?
                {
                    movement = self.by_hand(&*tx, ctx, shelf, what, Said::Now).await?;
                    there = check_removal(on_hand, command.quantity);
                }
                there.map_err(|e| refused("quantity", e))?;
                movement.reason = Some(command.reason);
                movement.note = note.clone();
                movement.command_id = Some(command.command_id);
                let answer = self
                    .book(&*tx, ctx, "stock.remove", movement, on_hand)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "stock.remove",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Corrects on hand by a difference; taking away stops at zero, and before what expired: that leaves as waste or as a donation. A count
    /// says what is there, whatever became of the rest.
    ///
    /// # Errors
    /// As [`Stock::remove`]; more taken away than was good then.
    pub async fn adjust(&self, ctx: &Ctx, command: AdjustStock) -> ServiceResult<StockChange> {
        ctx.require(Permission::StockAdjust)?;
        ctx.require_store(command.store_id)?;
        check_quantity(command.change.saturating_abs()).map_err(|e| refused("change", e))?;
        let note = note_of(command.note.as_deref())?;
        let shelf = (command.store_id, command.product_id);
        let what = (MovementKind::Adjustment, command.change);
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let on_hand = self.lock_shelf(&*tx, ctx, shelf).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "stock.adjust", &command).await?
                {
                    return Ok(answer);
                }
                let before = booked_before(&*tx, ctx, command.command_id, shelf, what, on_hand);
                if let Some(answer) = before.await? {
                    return Ok(answer);
                }
                let said = command.at.map_or(Said::Now, Said::OnTheWall);
                let mut movement = self.by_hand(&*tx, ctx, shelf, what, said).await?;
                let mut without = 0;
                if command.change < 0 {
                    self.check_there(&*tx, ctx, &movement, on_hand)
                        .await?
                        .map_err(|e| refused("change", e))?;
                    without = self.sold_expired(&*tx, ctx, shelf).await?;
                }
                movement.reason = Some(command.reason);
                movement.note = note.clone();
                movement.command_id = Some(command.command_id);
                let answer = self
                    .book(&*tx, ctx, "stock.adjust", movement, on_hand)
                    .await?;
                // Asked after the booking, as only it knows what counts and sales since then make of it.
                if command.change < 0 {
                    let with = self.sold_expired(&*tx, ctx, shelf).await?;
                    check_good((without, with), -command.change)
                        .map_err(|e| refused("change", e))?;
                }
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "stock.adjust",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Undoes a fresh booking made by hand. The reversing movement stands at the same moment as the booking: a count
    /// taken since then stays as it was counted.
    ///
    /// # Errors
    /// Forbidden (the booking's own permission), not found, a rule when it is too old, of another kind or already undone; invalid when what
    /// was added is not there any more.
    pub async fn reverse(&self, ctx: &Ctx, command: ReverseMovement) -> ServiceResult<StockChange> {
        if ctx.require(Permission::StockWaste).is_err() {
            ctx.require(Permission::StockAdjust)?;
        }
        let note = note_of(command.note.as_deref())?;
        self.services.db().retry(|| async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let organization_id = ctx.organization_id();
            let original = shelves::find_movement(&*tx, organization_id, command.movement_id)
                .await?
                .filter(|m| ctx.actor.stores.contains(m.store_id))
                .ok_or(ServiceError::NotFound("movement"))?;
            ctx.require(permission_for(original.kind))?;
            let shelf = (original.store_id, original.product_id);
            let on_hand = self.lock_shelf(&*tx, ctx, shelf).await?;
            if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, "stock.reverse", &command).await? {
                return Ok(answer);
            }
            if shelves::list_reversed(&*tx, organization_id, [original.id]).await?.contains(&original.id) {
                return Err(ServiceError::Conflict {
                    reason: "stock.already_reversed",
                    message: "This booking was already taken back. Nothing was changed.".into(),
                });
            }
            // What a batch used goes back with the batch.
            if original.order_id.is_some()
                || !is_reversible(original.kind, original.recorded_at, ctx.now)
            {
                return Err(ServiceError::rule(
                    "stock.not_reversible",
                    format!("Only waste, donations and adjustments can be taken back, for {REVERSAL_HOURS} hours. Count the shelf or book a correction instead."),
                ));
            }
            let mut movement =
                NewMovement::new(shelf, MovementKind::Reversal, -original.quantity, original.occurred_at, original.business_date);
            movement.reverses_id = Some(original.id);
            movement.note = note.clone();
            movement.command_id = Some(command.command_id);
            movement.actor_id = ctx.actor.user_id;
            let takes = -movement.quantity;
            let answer = self.book(&*tx, ctx, "stock.reverse", movement, on_hand).await?;
            // What was added by mistake may be sold by now, and then the mistake lies elsewhere. Asked after the booking, as only it knows
            // whether a count since then stays as it was counted.
            if takes > 0 && answer.on_hand < on_hand.min(0) {
                return Err(refused("movement_id", StockRuleError::ExceedsOnHand { on_hand, asked: takes }));
            }
            receipts::insert(&*tx, ctx, command.command_id, "stock.reverse", &command, &answer).await?;
            tx.commit().await?;
            Ok(answer)
        }).await
    }

    /// Checks that store and product exist, locks the shelf and returns what is on it.
    async fn lock_shelf(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        shelf: Shelf,
    ) -> ServiceResult<i64> {
        let organization_id = ctx.organization_id();
        shelves::get_store(db, organization_id, shelf.0).await?;
        shelves::get_product(db, organization_id, shelf.1).await?;
        let levels = ledger::lock_levels(db, organization_id, moment(ctx), [shelf]).await?;
        Ok(levels.get(&shelf).copied().unwrap_or(0))
    }

    /// A movement made by a person, when they say that it happened.
    async fn by_hand(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        shelf: Shelf,
        (kind, quantity): (MovementKind, i64),
        said: Said,
    ) -> ServiceResult<NewMovement> {
        let store = shelves::get_store(db, ctx.organization_id(), shelf.0).await?;
        let now = moment(ctx);
        let occurred_at = match said {
            Said::Now => now,
            Said::OnTheWall(at) => on_the_wall(ctx, &store, at, LATE_BOOKING_DAYS)?,
            // Who pressed it is not there any more to be asked for another moment.
            Said::Pressed(at) => at
                .trunc_subsecs(6)
                .clamp(now - TimeDelta::days(LATE_BOOKING_DAYS), now),
        };
        let date = clock::business_date(clock::zone(&store.time_zone)?, occurred_at);
        let mut movement = NewMovement::new(shelf, kind, quantity, occurred_at, date);
        movement.actor_id = ctx.actor.user_id;
        Ok(movement)
    }

    /// Whether what a movement takes away is there, or was when it happened and ever since. The shelf is locked.
    async fn check_there(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        movement: &NewMovement,
        on_hand: i64,
    ) -> ServiceResult<Result<(), StockRuleError>> {
        let (asked, at) = (-movement.quantity, movement.occurred_at);
        if at >= moment(ctx) {
            return Ok(check_removal(on_hand, asked));
        }
        let organization_id = ctx.organization_id();
        let shelf = (movement.store_id, movement.product_id);
        let counts = stock::list_counts_since(db, organization_id, [shelf], at).await?;
        let first = counts.get(&shelf).and_then(|marks| marks.first());
        let first = first.map(|(mark, _)| mark.counted_at);
        let steps = stock::list_steps_since(db, organization_id, shelf, at).await?;
        Ok(check_removal(
            least_since(on_hand, at, first, &steps),
            asked,
        ))
    }

    /// What left a shelf although it had expired, as far back as its goods can still be good. The shelf is locked.
    async fn sold_expired(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        shelf: Shelf,
    ) -> ServiceResult<i64> {
        let organization_id = ctx.organization_id();
        let store = shelves::get_store(db, organization_id, shelf.0).await?;
        let product = shelves::get_product(db, organization_id, shelf.1).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let found = ages::of_shelves(db, organization_id, today, &[shelf.0], [&product]).await?;
        Ok(found.get(&shelf).map_or(0, |ages| ages.sold_expired))
    }

    /// Whether a count of the shelf was taken at or after a movement. The shelf is locked.
    async fn is_counted_since(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        movement: &NewMovement,
    ) -> ServiceResult<bool> {
        let shelf = (movement.store_id, movement.product_id);
        let at = movement.occurred_at;
        let counts = stock::list_counts_since(db, ctx.organization_id(), [shelf], at).await?;
        Ok(!counts.is_empty())
    }

    async fn book(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        action: &'static str,
        movement: NewMovement,
        before: i64,
    ) -> ServiceResult<StockChange> {
        let shelf = (movement.store_id, movement.product_id);
        let (id, kind, quantity, reason) = (
            movement.id,
            movement.kind,
            movement.quantity,
            movement.reason,
        );
        let (reverses_id, occurred_at) = (movement.reverses_id, movement.occurred_at);
        let levels = post(db, ctx, shelf.0, vec![movement]).await?;
        let on_hand = levels.get(&shelf).copied().unwrap_or(0);
        let change = audit::Change {
            action,
            subject_kind: "stock_movement",
            subject_id: id,
            before: Some(json!({ "on_hand": before })),
            after: Some(json!({
                "store_id": shelf.0, "product_id": shelf.1, "kind": kind, "quantity": quantity, "reason": reason,
                "reverses_id": reverses_id, "occurred_at": occurred_at, "on_hand": on_hand,
            })),
        };
        audit::record(db, ctx, change).await?;
        Ok(StockChange {
            movement_id: id,
            store_id: shelf.0,
            product_id: shelf.1,
            on_hand,
        })
    }
}
