//! A ticket that was taken back at the till: what it took from the shelves or brought back to them and added to the day is undone, once.

use super::Sales;
use super::recording::is_code;
use crate::audit::{self, Change};
use crate::ledger::{self, NewMovement};
use crate::store::days::{self, DayChange};
use crate::store::{catalog, tickets};
use crate::{Ctx, ServiceError, ServiceResult, live, receipts};
use chrono::NaiveDate;
use contract::sales::{VoidSale, VoidedSale};
use domain::orders::{OrderRuleError, check_reason};
use domain::{MovementKind, Permission};
use entity::{sale_line, stock_movement};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

const OPERATION: &str = "sales.void";

impl Sales<'_> {
    /// Voids a ticket as a whole: its lines go, its movements are reversed where they happened (a count taken since then stays as it was
    /// counted), the sums of its day follow. Its number stays taken: sent again, it is refused.
    ///
    /// # Errors
    /// Forbidden; invalid: no reason, or one that is too long; not found: no such store or ticket; conflict: it is voided already, or a line came to it meanwhile;
    /// a rule: lines of it came with a file.
    pub async fn void(&self, ctx: &Ctx, command: VoidSale) -> ServiceResult<VoidedSale> {
        ctx.require(Permission::SalesRecord)?;
        let reason = check_reason(&command.reason).map_err(|e| {
            let rule = match e {
                OrderRuleError::TextTooLong { .. } => "too_long",
                _ => "required",
            };
            ServiceError::field("reason", rule, e.to_string())
        })?;
        let (code, number) = (command.store_code.trim(), command.transaction_id.trim());
        if !is_code(&code) || number.chars().any(char::is_control) {
            return Err(ServiceError::NotFound("ticket"));
        }
        let db = &self.services.db().of(ctx.organization_id());
        let stores = catalog::list_stores_by_code(db, ctx.organization_id(), [code]).await?;
        // A store out of scope does not exist for who asks.
        let store = stores
            .into_iter()
            .find(|store| ctx.actor.stores.contains(store.id))
            .ok_or(ServiceError::NotFound("store"))?;
        self.services
            .db()
            .retry(|| self.void_once(ctx, &command, (store.id, number), reason))
            .await
    }

    async fn void_once(
        &self,
        ctx: &Ctx,
        command: &VoidSale,
        (store_id, number): (Uuid, &str),
        reason: &str,
    ) -> ServiceResult<VoidedSale> {
        let organization_id = ctx.organization_id();
        let tx = self.services.db().begin_for(ctx.organization_id()).await?;
        let found = tickets::find_tickets(&*tx, organization_id, store_id, &[number]).await?;
        let sale_id = found
            .get(number)
            .map(|ticket| ticket.id)
            .ok_or(ServiceError::NotFound("ticket"))?;
        // Shelves before tickets, as who sells.
        let shelves: BTreeSet<_> = shelves_of(&tickets::list_lines(&*tx, sale_id).await?);
        if !shelves.is_empty() {
            ledger::lock_levels(&*tx, organization_id, ctx.now, shelves.iter().copied()).await?;
        }
        tickets::lock(&*tx, organization_id, &[sale_id]).await?;
        let answered = receipts::find(&*tx, ctx, command.command_id, OPERATION, command).await?;
        if let Some(answer) = answered {
            return Ok(answer);
        }
        let lines = tickets::list_lines(&*tx, sale_id).await?;
        check(&lines, &shelves)?;
        let movements = tickets::list_movements(&*tx, sale_id).await?;
        let reversals = movements.into_iter().map(|m| reversal(ctx, &m)).collect();
        let changes = changes(&lines);
        tickets::empty(&*tx, sale_id).await?;
        days::add(&*tx, organization_id, ctx.now, &changes).await?;
        days::settle(&*tx, changes.into_keys()).await?;
        ledger::post(&*tx, organization_id, ctx.now, reversals).await?;
        let answer = VoidedSale {
            transaction_id: number.to_owned(),
            store_code: command.store_code.trim().to_owned(),
            lines: u32::try_from(lines.len()).unwrap_or(u32::MAX),
            total_minor: lines.iter().map(|line| line.total_minor).sum(),
        };
        receipts::insert(&*tx, ctx, command.command_id, OPERATION, command, &answer).await?;
        let detail = json!({ "sales": true });
        live::emit(
            &*tx,
            organization_id,
            ctx.now,
            Some(store_id),
            "stock",
            None,
            detail,
        )
        .await?;
        let sold: Vec<_> = lines
            .iter()
            .map(|line| json!({ "product_id": line.product_id, "quantity": line.quantity, "total_minor": line.total_minor }))
            .collect();
        let change = Change {
            action: OPERATION,
            subject_kind: "sale",
            subject_id: sale_id,
            before: Some(json!({ "transaction_id": number, "store_id": store_id, "lines": sold })),
            after: Some(json!({ "voided": true, "reason": reason })),
        };
        audit::record(&*tx, ctx, change).await?;
        tx.commit().await?;
        Ok(answer)
    }
}

fn shelves_of(lines: &[sale_line::Model]) -> BTreeSet<(Uuid, Uuid)> {
    let shelves = lines.iter().map(|line| (line.store_id, line.product_id));
    shelves.collect()
}

/// Whether a ticket with these lines can be voided, while these shelves are locked.
fn check(lines: &[sale_line::Model], locked: &BTreeSet<(Uuid, Uuid)>) -> ServiceResult<()> {
    if lines.is_empty() {
        return Err(ServiceError::Conflict {
            reason: "sale.voided",
            message: "This ticket was voided already. Nothing was changed.".into(),
        });
    }
    if lines.iter().any(|line| line.import_id.is_some()) {
        return Err(ServiceError::rule(
            "sale.of_import",
            "Lines of this ticket came with a file. Undo that import instead.",
        ));
    }
    if !shelves_of(lines).is_subset(locked) {
        return Err(ServiceError::Conflict {
            reason: "sale.changed",
            message: "A line came to this ticket meanwhile. Nothing was changed; send it again."
                .into(),
        });
    }
    Ok(())
}

fn reversal(ctx: &Ctx, original: &stock_movement::Model) -> NewMovement {
    let mut reversal = NewMovement::new(
        (original.store_id, original.product_id),
        MovementKind::Reversal,
        -original.quantity,
        original.occurred_at,
        original.business_date,
    );
    reversal.reverses_id = Some(original.id);
    reversal.sale_id = original.sale_id;
    reversal.actor_id = ctx.actor.user_id;
    reversal
}

/// What the days lose.
fn changes(lines: &[sale_line::Model]) -> BTreeMap<(Uuid, Uuid, NaiveDate), DayChange> {
    let mut changes: BTreeMap<(Uuid, Uuid, NaiveDate), DayChange> = BTreeMap::new();
    for line in lines {
        let key = (line.store_id, line.product_id, line.business_date);
        let day = changes.entry(key).or_default();
        day.take_line(line.quantity, line.total_minor);
    }
    changes
}
