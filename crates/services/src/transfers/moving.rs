//! Asking, sending, receiving, calling back.

use super::{Transfers, announce, refused, snapshot};
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::stock::{ages, note_of, post};
use crate::store::{shelves, transfers};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts};
use contract::transfers::{
    CancelTransfer, CreateTransfer, ReceiveTransfer, SendTransfer, TransferQuantity, TransferView,
};
use domain::orders::check_reason;
use domain::transfers::{
    Part, TransferMove, TransferRuleError, arrived, check_quantities, check_received, next_status,
    pick,
};
use domain::{MovementKind, Permission, TransferStatus};
use entity::{transfer, transfer_line, transfer_part};
use sea_orm::ConnectionTrait;
use std::collections::BTreeMap;
use uuid::Uuid;

/// Quantities by product; a product twice is refused.
fn quantities(lines: &[TransferQuantity]) -> ServiceResult<BTreeMap<Uuid, i64>> {
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

impl Transfers<'_> {
    /// Asks another store for goods, or sends them at once.
    ///
    /// # Errors
    /// Forbidden; not found: the sender's store out of scope for who sends, both for who asks; rules of quantities; more than can be
    /// spared; a reused command id.
    pub async fn create(&self, ctx: &Ctx, command: CreateTransfer) -> ServiceResult<TransferView> {
        ctx.require(Permission::StockTransfer)?;
        let asks = if command.send_now {
            command.from_store_id
        } else {
            command.to_store_id
        };
        ctx.require_store(asks)?;
        if command.from_store_id == command.to_store_id {
            return Err(refused("to_store_id", TransferRuleError::SameStore));
        }
        let wanted = quantities(&command.lines)?;
        let note = note_of(command.note.as_deref())?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                for store_id in [command.from_store_id, command.to_store_id] {
                    shelves::get_store(&*tx, organization_id, store_id).await?;
                }
                let products = wanted.keys().copied();
                let known = shelves::list_known_products(&*tx, organization_id, products).await?;
                if known.len() != wanted.len() {
                    return Err(ServiceError::NotFound("product"));
                }
                let number = transfers::next_number(&*tx, organization_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "transfers.create", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let mut row = transfer::Model {
                    id: Uuid::now_v7(),
                    organization_id,
                    number,
                    from_store_id: command.from_store_id,
                    to_store_id: command.to_store_id,
                    status: TransferStatus::Requested,
                    note: note.clone(),
                    requested_by: ctx.actor.user_id,
                    requested_at: moment(ctx),
                    sent_by: None,
                    sent_at: None,
                    received_by: None,
                    received_at: None,
                    received_on: None,
                    cancelled_by: None,
                    cancelled_at: None,
                    cancel_reason: None,
                    version: 1,
                };
                let mut lines: Vec<transfer_line::Model> = wanted
                    .iter()
                    .map(|(product_id, quantity)| transfer_line::Model {
                        transfer_id: row.id,
                        product_id: *product_id,
                        organization_id,
                        requested_quantity: *quantity,
                        sent_quantity: None,
                        received_quantity: None,
                        reason: None,
                    })
                    .collect();
                transfers::insert(&*tx, &row).await?;
                transfers::insert_lines(&*tx, &lines).await?;
                if command.send_now {
                    self.leave(&*tx, ctx, &mut row, &mut lines, &wanted, command.command_id)
                        .await?;
                    transfers::update(&*tx, &row).await?;
                    transfers::update_lines(&*tx, &lines).await?;
                }
                announce(&*tx, ctx, "transfers.create", None, &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "transfers.create",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Sends what was asked for, or as much of it as can be spared: on hand falls at the sender, the goods are on the road.
    ///
    /// # Errors
    /// Forbidden, not found (the sender's store out of scope), rules of quantities, more than can be sold there, a conflict when it is not
    /// waiting to be sent.
    pub async fn send(&self, ctx: &Ctx, command: SendTransfer) -> ServiceResult<TransferView> {
        ctx.require(Permission::StockTransfer)?;
        let wanted = quantities(&command.lines)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                let mut row =
                    transfers::get_locked(&*tx, organization_id, command.transfer_id).await?;
                if !ctx.actor.stores.contains(row.from_store_id) {
                    return Err(ServiceError::NotFound("transfer"));
                }
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "transfers.send", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let mut lines =
                    transfers::list_lines(&*tx, organization_id, [command.transfer_id]).await?;
                let before = snapshot(&row, &lines);
                self.leave(&*tx, ctx, &mut row, &mut lines, &wanted, command.command_id)
                    .await?;
                transfers::update(&*tx, &row).await?;
                transfers::update_lines(&*tx, &lines).await?;
                announce(&*tx, ctx, "transfers.send", Some(before), &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "transfers.send",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
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
        ctx.require(Permission::StockTransfer)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                let mut row =
                    transfers::get_locked(&*tx, organization_id, command.transfer_id).await?;
                if !ctx.actor.stores.contains(row.to_store_id) {
                    return Err(ServiceError::NotFound("transfer"));
                }
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "transfers.receive", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let mut lines =
                    transfers::list_lines(&*tx, organization_id, [command.transfer_id]).await?;
                let before = snapshot(&row, &lines);
                self.arrive(&*tx, ctx, &mut row, &mut lines, &command)
                    .await?;
                transfers::update(&*tx, &row).await?;
                transfers::update_lines(&*tx, &lines).await?;
                announce(&*tx, ctx, "transfers.receive", Some(before), &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "transfers.receive",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Nothing is sent after all, or everything on the road comes back: reversing movements at the moment of sending.
    ///
    /// # Errors
    /// Forbidden, not found (for what is on the road the sender's store, else either), a reason missing, a conflict when it is over.
    pub async fn cancel(&self, ctx: &Ctx, command: CancelTransfer) -> ServiceResult<TransferView> {
        ctx.require(Permission::StockTransfer)?;
        let reason = check_reason(&command.reason)
            .map_err(|e| ServiceError::field("reason", "required", e.to_string()))?
            .to_owned();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin().await?;
                let organization_id = ctx.organization_id();
                let mut row =
                    transfers::get_locked(&*tx, organization_id, command.transfer_id).await?;
                if !may_cancel(ctx, &row) {
                    return Err(ServiceError::NotFound("transfer"));
                }
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "transfers.cancel", &command)
                        .await?
                {
                    return Ok(answer);
                }
                let status = next_status(row.status, TransferMove::Cancel)
                    .map_err(|e| refused("transfer_id", e))?;
                let lines =
                    transfers::list_lines(&*tx, organization_id, [command.transfer_id]).await?;
                let before = snapshot(&row, &lines);
                if row.status == TransferStatus::InTransit {
                    let sent =
                        shelves::list_movements_of_transfer(&*tx, organization_id, row.id).await?;
                    let back = sent.into_iter().map(|m| {
                        let mut reversal = NewMovement::new(
                            (m.store_id, m.product_id),
                            MovementKind::Reversal,
                            -m.quantity,
                            m.occurred_at,
                            m.business_date,
                        );
                        reversal.reverses_id = Some(m.id);
                        reversal.transfer_id = Some(row.id);
                        reversal.command_id = Some(command.command_id);
                        reversal.actor_id = ctx.actor.user_id;
                        reversal
                    });
                    post(&*tx, ctx, row.from_store_id, back.collect()).await?;
                }
                row.status = status;
                row.cancelled_by = ctx.actor.user_id;
                row.cancelled_at = Some(moment(ctx));
                row.cancel_reason = Some(reason.clone());
                row.version += 1;
                transfers::update(&*tx, &row).await?;
                announce(&*tx, ctx, "transfers.cancel", Some(before), &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "transfers.cancel",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Takes the goods off the sender's shelves, first to expire first, and marks the transfer as on the road.
    async fn leave(
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
        let ages = ages::of_shelves(db, organization_id, today, &[from], products, &levels).await?;
        let (mut parts, mut movements) = (Vec::new(), Vec::new());
        for line in lines.iter_mut() {
            let quantity = wanted.get(&line.product_id).copied().unwrap_or(0);
            line.sent_quantity = Some(quantity);
            if quantity == 0 {
                continue;
            }
            let shelf = (from, line.product_id);
            let there = ages.get(&shelf).cloned().unwrap_or_default();
            let picked = pick(&there, today, quantity).map_err(|e| refused("lines", e))?;
            parts.extend(picked.into_iter().map(|part| transfer_part::Model {
                id: Uuid::now_v7(),
                transfer_id: row.id,
                product_id: line.product_id,
                organization_id,
                made_on: part.made_on,
                best_before: part.best_before,
                sent_quantity: part.quantity,
                received_quantity: None,
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
        row.version += 1;
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
        let mut parts = transfers::list_parts(db, organization_id, row.id).await?;
        let mut movements = Vec::new();
        for line in lines.iter_mut() {
            let sent = line.sent_quantity.unwrap_or(0);
            let told = command
                .lines
                .iter()
                .find(|l| l.product_id == line.product_id);
            let (received, reason) = told.map_or((sent, None), |l| (l.quantity, l.reason));
            check_received(sent, received, reason).map_err(|e| refused("lines", e))?;
            line.received_quantity = Some(received);
            line.reason = reason.filter(|_| received != sent);
            if let Some(parts) = parts.get_mut(&line.product_id) {
                let ages: Vec<Part> = parts
                    .iter()
                    .map(|part| Part {
                        made_on: part.made_on,
                        best_before: part.best_before,
                        quantity: part.sent_quantity,
                    })
                    .collect();
                for (part, quantity) in parts.iter_mut().zip(arrived(&ages, received)) {
                    part.received_quantity = Some(quantity);
                }
                transfers::update_parts(db, parts).await?;
            }
            if received > 0 {
                let shelf = (to, line.product_id);
                let mut into = NewMovement::new(
                    shelf,
                    MovementKind::TransferIn,
                    received,
                    moment(ctx),
                    today,
                );
                into.transfer_id = Some(row.id);
                into.command_id = Some(command.command_id);
                into.actor_id = ctx.actor.user_id;
                movements.push(into);
            }
        }
        post(db, ctx, to, movements).await?;
        row.received_by = ctx.actor.user_id;
        row.received_at = Some(moment(ctx));
        row.received_on = Some(today);
        row.version += 1;
        Ok(())
    }
}

/// What is only asked for can be taken back by both, what is on the road by who sent it.
pub(super) fn may_cancel(ctx: &Ctx, row: &transfer::Model) -> bool {
    let stores = &ctx.actor.stores;
    stores.contains(row.from_store_id)
        || (row.status == TransferStatus::Requested && stores.contains(row.to_store_id))
}
