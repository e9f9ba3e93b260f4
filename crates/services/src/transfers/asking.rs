//! Asking another store for goods, or sending some unasked.

use super::moving::quantities;
use super::{Transfers, announce, refused};
use crate::production_orders::moment;
use crate::stock::note_of;
use crate::store::{shelves, transfers};
use crate::{Ctx, ServiceError, ServiceResult, receipts};
use contract::transfers::{CreateTransfer, TransferView};
use domain::transfers::TransferRuleError;
use domain::{Permission, TransferStatus};
use entity::{transfer, transfer_line};
use uuid::Uuid;

const OPERATION: &str = "transfers.create";

impl Transfers<'_> {
    /// Asks another store for goods, or sends them at once.
    ///
    /// # Errors
    /// Forbidden; not found: the sender's store out of scope for who sends, both for who asks; rules of quantities; more than can be
    /// spared; a store that is closed for good, unless what is left there is sent away; a reused command id.
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
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let sender =
                    shelves::get_store(&*tx, organization_id, command.from_store_id).await?;
                let receiver =
                    shelves::get_store(&*tx, organization_id, command.to_store_id).await?;
                let products = wanted.keys().copied();
                let known = shelves::list_known_products(&*tx, organization_id, products).await?;
                if known.len() != wanted.len() {
                    return Err(ServiceError::NotFound("product"));
                }
                let number = transfers::next_number(&*tx, organization_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, OPERATION, &command).await?
                {
                    return Ok(answer);
                }
                // What is left in a store that has closed may still leave it.
                if !receiver.active || (!sender.active && !command.send_now) {
                    return Err(ServiceError::rule(
                        "store.closed",
                        "One of these stores is closed for good.",
                    ));
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
                announce(&*tx, ctx, OPERATION, None, &row, &lines).await?;
                let answer = self.view_of(&*tx, ctx, row).await?;
                receipts::insert(&*tx, ctx, command.command_id, OPERATION, &command, &answer)
                    .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}
