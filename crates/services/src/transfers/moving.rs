//! Sending, receiving, calling back.

use super::{Transfers, announce, refused, snapshot};
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::stock::{ages, post};
use crate::store::{shelves, stock, transfers};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts};
use contract::transfers::{
    CancelTransfer, ReceiveTransfer, SendTransfer, TransferQuantity, TransferView,
};
use domain::orders::check_reason;
use domain::transfers::{
    TransferMove, TransferRuleError, check_quantities, check_received, kind_of_difference,
    next_status, pick,
};
use domain::{MovementKind, Permission, StockReason, TransferStatus};
use entity::{transfer, transfer_line, transfer_part};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Quantities by product; a product twice is refused.
pub(super) fn quantities(lines: &[TransferQuantity]) -> ServiceResult<BTreeMap<Uuid, i64>> {
    check_quantities(lines.iter().map(|line| line.quantity)).map_err(|e| refused("lines", e))?;
    let by_product: BTreeMap<Uuid, i64> = lines
        .iter()
        .map(|line| (line.product_id, line.quantity))
        .collect();
    if by_product.len() == lines.len() {
        Ok(by_product)
    } else {
        Err(refused("lines", TransferRuleError::Lines))
    }
}

/// What is done with a transfer that is there. Receipts know each as the command that came in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Change {
    Send(SendTransfer),
    Receive(ReceiveTransfer),
    Cancel(CancelTransfer),
}

impl Change {
    const fn ids(&self) -> (Uuid, Uuid) {
        match self {
            Self::Send(command) => (command.command_id, command.transfer_id),
            Self::Receive(command) => (command.command_id, command.transfer_id),
            Self::Cancel(command) => (command.command_id, command.transfer_id),
        }
    }

    const fn operation(&self) -> &'static str {
        match self {
            Self::Send(_) => "transfers.send",
            Self::Receive(_) => "transfers.receive",
            Self::Cancel(_) => "transfers.cancel",
        }
    }

    fn is_allowed(&self, ctx: &Ctx, row: &transfer::Model) -> bool {
        match self {
            Self::Send(_) => ctx.actor.stores.contains(row.from_store_id),
            Self::Receive(_) => ctx.actor.stores.contains(row.to_store_id),
            Self::Cancel(_) => may_cancel(ctx, row),
        }
    }
}

impl Transfers<'_> {
    /// Sends what was asked for, or as much of it as can be spared: on hand falls at the sender, the goods are on the road.
    ///
    /// # Errors
    /// Forbidden, not found (the sender's store out of scope), rules of quantities, more than can be sold there, a conflict when it is not
    /// waiting to be sent.
    pub async fn send(&self, ctx: &Ctx, command: SendTransfer) -> ServiceResult<TransferView> {
        self.change(ctx, Change::Send(command)).await
    }

    /// Puts what arrived onto the shelves, as old as it was at the sender. Less or more than was sent needs a reason.
    ///
    /// # Errors
    /// Forbidden, not found (the receiver's store out of scope), a reason missing, a product that was not sent, a conflict when it
    /// is not on the road.
    pub async fn receive(
        &self,
        ctx: &Ctx,
        command: ReceiveTransfer,
    ) -> ServiceResult<TransferView> {
        self.change(ctx, Change::Receive(command)).await
    }

    /// Nothing is sent after all, or everything on the road comes back by reversing movements.
    ///
    /// # Errors
    /// Forbidden, not found (for what is on the road the sender's store, else either), a reason missing, a conflict when it is over.
    pub async fn cancel(&self, ctx: &Ctx, command: CancelTransfer) -> ServiceResult<TransferView> {
        self.change(ctx, Change::Cancel(command)).await
    }

    /// The one way of changing a transfer: locked, once for each command, told to both stores and to the audit log.
    async fn change(&self, ctx: &Ctx, change: Change) -> ServiceResult<TransferView> {
        ctx.require(Permission::StockTransfer)?;
        let (command_id, transfer_id) = change.ids();
        let operation = change.operation();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let mut row = transfers::get_locked(&*tx, organization_id, transfer_id).await?;
                let stores = &ctx.actor.stores;
                if !stores.contains(row.from_store_id) && !stores.contains(row.to_store_id) {
                    return Err(ServiceError::NotFound("transfer"));
                }
                // Before the state is looked at: who asks again after a lost answer has changed it.
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command_id, operation, &change).await?
                {
                    return Ok(answer);
                }
                if !change.is_allowed(ctx, &row) {
                    return Err(ServiceError::NotFound("transfer"));
                }
                let mut lines = transfers::list_lines(&*tx, organization_id, [transfer_id]).await?;
                let before = snapshot(&row, &lines);
                match &change {
                    Change::Send(command) => {
                        let wanted = quantities(&command.lines)?;
                        self.leave(&*tx, ctx, &mut row, &mut lines, &wanted, command_id)
                            .await?;
                    }
                    Change::Receive(command) => {
                        self.arrive(&*tx, ctx, &mut row, &mut lines, command)
                            .await?;
                    }
                    Change::Cancel(command) => {
                        self.come_back(&*tx, ctx, &mut row, command).await?;
                    }
                }
                row.version += 1;
                transfers::update(&*tx, &row).await?;
                transfers::update_lines(&*tx, &lines).await?;
                announce(&*tx, ctx, operation, Some(before), &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(&*tx, ctx, command_id, operation, &change, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Takes the goods off the sender's shelves, first to expire first, and marks the transfer as on the road.
    pub(super) async fn leave(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        row: &mut transfer::Model,
        lines: &mut [transfer_line::Model],
        wanted: &BTreeMap<Uuid, i64>,
        command_id: Uuid,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        row.status =
            next_status(row.status, TransferMove::Send).map_err(|e| refused("transfer_id", e))?;
        if wanted
            .keys()
            .any(|id| !lines.iter().any(|line| line.product_id == *id))
        {
            return Err(refused("lines", TransferRuleError::ForeignLine));
        }
        let from = row.from_store_id;
        let store = shelves::get_store(db, organization_id, from).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let shelves_of = wanted.keys().map(|product_id| (from, *product_id));
        let levels: BTreeMap<Shelf, i64> =
            ledger::lock_levels(db, organization_id, moment(ctx), shelves_of).await?;
        let names = shelves::list_names(db, organization_id, levels.keys().copied()).await?;
        let products = names.products.values();
        let ages = ages::of_shelves(db, organization_id, today, &[from], products).await?;
        let (mut parts, mut movements) = (Vec::new(), Vec::new());
        for line in lines.iter_mut() {
            let quantity = wanted.get(&line.product_id).copied().unwrap_or(0);
            line.sent_quantity = Some(quantity);
            if quantity == 0 {
                continue;
            }
            let shelf = (from, line.product_id);
            let there = ages.get(&shelf).cloned().unwrap_or_default();
            let picked =
                pick(&there, today, quantity).map_err(|e| refused(&line_of(line.product_id), e))?;
            parts.extend(picked.into_iter().map(|part| transfer_part::Model {
                id: Uuid::now_v7(),
                transfer_id: row.id,
                product_id: line.product_id,
                organization_id,
                made_on: part.made_on,
                best_before: part.best_before,
                sent_quantity: part.quantity,
            }));
            let mut out = NewMovement::new(
                shelf,
                MovementKind::TransferOut,
                -quantity,
                moment(ctx),
                today,
            );
            out.transfer_id = Some(row.id);
            out.command_id = Some(command_id);
            out.actor_id = ctx.actor.user_id;
            movements.push(out);
        }
        transfers::insert_parts(db, &parts).await?;
        post(db, ctx, from, movements).await?;
        row.sent_by = ctx.actor.user_id;
        row.sent_at = Some(moment(ctx));
        Ok(())
    }

    /// Puts the goods onto the receiver's shelves.
    async fn arrive(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        row: &mut transfer::Model,
        lines: &mut [transfer_line::Model],
        command: &ReceiveTransfer,
    ) -> ServiceResult<()> {
        let organization_id = ctx.organization_id();
        row.status = next_status(row.status, TransferMove::Receive)
            .map_err(|e| refused("transfer_id", e))?;
        let was_sent = |id: Uuid| lines.iter().any(|line| line.product_id == id);
        if command.lines.iter().any(|line| !was_sent(line.product_id)) {
            return Err(refused("lines", TransferRuleError::ForeignLine));
        }
        let to = row.to_store_id;
        let store = shelves::get_store(db, organization_id, to).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        let mut movements = Vec::new();
        for line in lines.iter_mut() {
            let sent = line.sent_quantity.unwrap_or(0);
            let told = command
                .lines
                .iter()
                .find(|l| l.product_id == line.product_id);
            let (received, reason) = told.map_or((sent, None), |l| (l.quantity, l.reason));
            check_received(sent, received, reason)
                .map_err(|e| refused(&line_of(line.product_id), e))?;
            line.received_quantity = Some(received);
            line.reason = reason.filter(|_| received != sent);
            let mut write = |kind: MovementKind, quantity: i64, reason: Option<StockReason>| {
                let shelf = (to, line.product_id);
                let mut movement = NewMovement::new(shelf, kind, quantity, moment(ctx), today);
                movement.reason = reason;
                movement.transfer_id = Some(row.id);
                movement.command_id = Some(command.command_id);
                movement.actor_id = ctx.actor.user_id;
                movements.push(movement);
            };
            // All that left arrives, and what is missing or too much is a fact of its own, with its reason: nothing disappears on the road.
            if sent > 0 {
                write(MovementKind::TransferIn, sent, None);
            }
            if let Some(reason) = line.reason {
                let difference = received - sent;
                write(
                    kind_of_difference(reason, difference),
                    difference,
                    Some(reason),
                );
            }
        }
        post(db, ctx, to, movements).await?;
        row.received_by = ctx.actor.user_id;
        row.received_at = Some(moment(ctx));
        row.received_on = Some(today);
        Ok(())
    }
    /// Closes a transfer; what is on the road is on the sender's shelves again.
    async fn come_back(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        row: &mut transfer::Model,
        command: &CancelTransfer,
    ) -> ServiceResult<()> {
        let reason = check_reason(&command.reason)
            .map_err(|e| ServiceError::field("reason", "required", e.to_string()))?;
        let organization_id = ctx.organization_id();
        let status =
            next_status(row.status, TransferMove::Cancel).map_err(|e| refused("transfer_id", e))?;
        if row.status == TransferStatus::InTransit {
            let sent = shelves::list_movements_of_transfer(db, organization_id, row.id).await?;
            let shelves_of = sent.iter().map(|m| (m.store_id, m.product_id));
            ledger::lock_levels(db, organization_id, moment(ctx), shelves_of.clone()).await?;
            let since = row.sent_at.unwrap_or(ctx.now);
            let counted = stock::list_counts_since(db, organization_id, shelves_of, since).await?;
            let store = shelves::get_store(db, organization_id, row.from_store_id).await?;
            let today = ctx.today_in(clock::zone(&store.time_zone)?);
            let back = sent.iter().map(|m| {
                let shelf = (m.store_id, m.product_id);
                // A count since then did not see what was on the road: it comes back now, and as if it had never left where
                // nobody has counted.
                let (at, day) = if counted.contains_key(&shelf) {
                    (moment(ctx), today)
                } else {
                    (m.occurred_at, m.business_date)
                };
                let mut reversal =
                    NewMovement::new(shelf, MovementKind::Reversal, -m.quantity, at, day);
                reversal.reverses_id = Some(m.id);
                reversal.transfer_id = Some(row.id);
                reversal.command_id = Some(command.command_id);
                reversal.actor_id = ctx.actor.user_id;
                reversal
            });
            let back = back.collect();
            post(db, ctx, row.from_store_id, back).await?;
        }
        row.status = status;
        row.cancelled_by = ctx.actor.user_id;
        row.cancelled_at = Some(moment(ctx));
        row.cancel_reason = Some(reason.to_owned());
        Ok(())
    }
}

/// The field of a refusal that is about one product.
fn line_of(product_id: Uuid) -> String {
    format!("lines.{product_id}")
}

/// What is only asked for can be taken back by both, what is on the road by who sent it.
pub(super) fn may_cancel(ctx: &Ctx, row: &transfer::Model) -> bool {
    let stores = &ctx.actor.stores;
    stores.contains(row.from_store_id)
        || (row.status == TransferStatus::Requested && stores.contains(row.to_store_id))
}
