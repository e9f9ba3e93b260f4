//! A person's word on a suggestion: another number, yes, or no.

use super::{Suggestions, views};
use crate::production_orders::{self, NewOrder, moment};
use crate::store::{shelves, suggestions};
use crate::{Ctx, ServiceError, ServiceResult, audit, clock, live, receipts};
use chrono::{Days, NaiveDate};
use contract::orders::OrderView;
use contract::suggestions::{
    AcceptSuggestion, AcceptSuggestions, AcceptedSuggestions, AdjustSuggestion, DismissSuggestion,
    MAX_ACCEPTED, MAX_OTHER_DAYS, SuggestionView,
};
use domain::orders::{MAX_QUANTITY, MAX_REASON, OrderRuleError, check_planned, check_reason};
use domain::{OrderSource, Permission, SuggestionStatus};
use entity::{production_order, suggestion};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

fn snapshot(row: &suggestion::Model) -> Value {
    json!({
        "status": row.status,
        "quantity": row.quantity,
        "accepted_quantity": row.accepted_quantity,
        "order_id": row.order_id,
        "dismiss_reason": row.dismiss_reason,
    })
}

pub(super) fn decided(row: &suggestion::Model) -> ServiceError {
    let what = match row.status {
        SuggestionStatus::Accepted => "was accepted already; its order is on the list",
        SuggestionStatus::Dismissed => "was dismissed already",
        SuggestionStatus::Superseded => "was replaced by a newer computation",
        SuggestionStatus::Open => "is open",
    };
    ServiceError::Conflict {
        reason: "suggestion.decided",
        message: format!("This suggestion {what}. Nothing was changed."),
    }
}

fn planned(quantity: i64) -> ServiceResult<i64> {
    check_planned(quantity)
        .map(|()| quantity)
        .map_err(|e| ServiceError::field("quantity", "quantity_out_of_range", e.to_string()))
}

/// The numbers that a person typed, by suggestion; 0 leaves one open.
fn typed(command: &AcceptSuggestions, ids: &BTreeSet<Uuid>) -> ServiceResult<BTreeMap<Uuid, i64>> {
    let numbers: BTreeMap<Uuid, i64> = command
        .quantities
        .iter()
        .map(|number| (number.suggestion_id, number.quantity))
        .collect();
    if numbers.len() != command.quantities.len() || !numbers.keys().all(|id| ids.contains(id)) {
        return Err(ServiceError::field(
            "quantities",
            "not_named",
            "At most one number for each of the suggestions that are named.",
        ));
    }
    if numbers.values().any(|q| !(0..=MAX_QUANTITY).contains(q)) {
        return Err(ServiceError::field(
            "quantities",
            "quantity_out_of_range",
            format!("between 0 and {MAX_QUANTITY}"),
        ));
    }
    Ok(numbers)
}

impl Suggestions<'_> {
    /// Puts a person's number beside the system's.
    ///
    /// # Errors
    /// Forbidden, not found, a quantity out of range, a conflict when it is decided.
    pub async fn adjust(
        &self,
        ctx: &Ctx,
        command: AdjustSuggestion,
    ) -> ServiceResult<SuggestionView> {
        ctx.require(Permission::SuggestionsDecide)?;
        if !(0..=MAX_QUANTITY).contains(&command.quantity) {
            return Err(ServiceError::field(
                "quantity",
                "quantity_out_of_range",
                format!("between 0 and {MAX_QUANTITY}"),
            ));
        }
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = self
                    .get_for_decision(&*tx, ctx, command.suggestion_id)
                    .await?;
                if let Some(answer) = receipts::find(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.adjust",
                    &command,
                )
                .await?
                {
                    return Ok(answer);
                }
                if before.status != SuggestionStatus::Open {
                    return Err(decided(&before));
                }
                let adjusted = (command.quantity != before.quantity).then_some(command.quantity);
                let after = suggestion::Model {
                    accepted_quantity: adjusted,
                    ..before.clone()
                };
                let answer = self
                    .save(&*tx, ctx, "suggestions.adjust", &before, after)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.adjust",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Turns a suggestion into a pending order, once, for its own day or another one.
    ///
    /// # Errors
    /// Forbidden (deciding suggestions and creating orders), not found, a quantity or a day out of range, a conflict when it
    /// is decided.
    pub async fn accept(&self, ctx: &Ctx, command: AcceptSuggestion) -> ServiceResult<OrderView> {
        ctx.require(Permission::SuggestionsDecide)?;
        ctx.require(Permission::OrdersCreate)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let row = self
                    .get_for_decision(&*tx, ctx, command.suggestion_id)
                    .await?;
                if let Some(answer) = receipts::find(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.accept",
                    &command,
                )
                .await?
                {
                    return Ok(answer);
                }
                if row.status != SuggestionStatus::Open {
                    return Err(decided(&row));
                }
                let quantity = planned(
                    command
                        .quantity
                        .or(row.accepted_quantity)
                        .unwrap_or(row.quantity),
                )?;
                let date = self
                    .day_of(&*tx, ctx, &row, command.production_date)
                    .await?;
                let order = self.turn_into_order(&*tx, ctx, row, quantity, date).await?;
                let answer = production_orders::views(&*tx, ctx.organization_id(), &[order])
                    .await?
                    .remove(0);
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.accept",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Turns several suggestions into pending orders, all or none. Those that somebody decided first, and those with
    /// nothing to bake, are skipped and named.
    ///
    /// # Errors
    /// As [`Suggestions::accept`], without the conflict; none or too many suggestions, a number for one that is not named.
    pub async fn accept_many(
        &self,
        ctx: &Ctx,
        command: AcceptSuggestions,
    ) -> ServiceResult<AcceptedSuggestions> {
        ctx.require(Permission::SuggestionsDecide)?;
        ctx.require(Permission::OrdersCreate)?;
        // Ascending, so that two people who accept the same suggestions never wait for each other in a circle.
        let ids: BTreeSet<Uuid> = command.suggestion_ids.iter().copied().collect();
        if ids.is_empty() || ids.len() > MAX_ACCEPTED {
            return Err(ServiceError::field(
                "suggestion_ids",
                "length",
                format!("between 1 and {MAX_ACCEPTED} suggestions"),
            ));
        }
        let numbers = typed(&command, &ids)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let mut rows = Vec::with_capacity(ids.len());
                for id in &ids {
                    rows.push(self.get_for_decision(&*tx, ctx, *id).await?);
                }
                if let Some(answer) = receipts::find(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.accept_many",
                    &command,
                )
                .await?
                {
                    return Ok(answer);
                }
                let (mut orders, mut skipped) = (Vec::new(), Vec::new());
                for row in rows {
                    let quantity = numbers.get(&row.id).copied();
                    let quantity = quantity.or(row.accepted_quantity).unwrap_or(row.quantity);
                    if row.status != SuggestionStatus::Open || check_planned(quantity).is_err() {
                        skipped.push(row.id);
                        continue;
                    }
                    let date = row.production_date;
                    orders.push(self.turn_into_order(&*tx, ctx, row, quantity, date).await?);
                }
                let orders = production_orders::views(&*tx, ctx.organization_id(), &orders).await?;
                let answer = AcceptedSuggestions { orders, skipped };
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.accept_many",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Decides against a suggestion; the reason is kept.
    ///
    /// # Errors
    /// Forbidden, not found, a missing reason, a conflict when it is decided.
    pub async fn dismiss(
        &self,
        ctx: &Ctx,
        command: DismissSuggestion,
    ) -> ServiceResult<SuggestionView> {
        ctx.require(Permission::SuggestionsDecide)?;
        let reason = check_reason(&command.reason).map_err(|e| match e {
            OrderRuleError::TextTooLong { .. } => ServiceError::field(
                "reason",
                "too_long",
                format!("at most {MAX_REASON} characters"),
            ),
            _ => ServiceError::field(
                "reason",
                "required",
                "Say why, so that the next number can be better.",
            ),
        })?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let before = self
                    .get_for_decision(&*tx, ctx, command.suggestion_id)
                    .await?;
                if let Some(answer) = receipts::find(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.dismiss",
                    &command,
                )
                .await?
                {
                    return Ok(answer);
                }
                if before.status != SuggestionStatus::Open {
                    return Err(decided(&before));
                }
                let after = suggestion::Model {
                    status: SuggestionStatus::Dismissed,
                    dismiss_reason: Some(reason.to_owned()),
                    decided_by: ctx.actor.user_id,
                    decided_at: Some(moment(ctx)),
                    ..before.clone()
                };
                let answer = self
                    .save(&*tx, ctx, "suggestions.dismiss", &before, after)
                    .await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "suggestions.dismiss",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// The day for which a suggestion is accepted.
    async fn day_of(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        row: &suggestion::Model,
        wanted: Option<NaiveDate>,
    ) -> ServiceResult<NaiveDate> {
        let Some(wanted) = wanted.filter(|date| *date != row.production_date) else {
            return Ok(row.production_date);
        };
        let store = shelves::get_store(db, ctx.organization_id(), row.store_id).await?;
        let today = ctx.today_in(clock::zone(&store.time_zone)?);
        if (today..=today + Days::new(MAX_OTHER_DAYS)).contains(&wanted) {
            return Ok(wanted);
        }
        Err(ServiceError::field(
            "production_date",
            "date_out_of_range",
            format!("between today and {MAX_OTHER_DAYS} days ahead"),
        ))
    }

    async fn turn_into_order(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        before: suggestion::Model,
        quantity: i64,
        production_date: NaiveDate,
    ) -> ServiceResult<production_order::Model> {
        let new = NewOrder {
            store_id: before.store_id,
            product_id: before.product_id,
            production_date,
            planned_quantity: quantity,
            source: OrderSource::Suggestion,
            suggestion_id: Some(before.id),
            standing: None,
            note: None,
        };
        let order = production_orders::add(db, ctx, new).await?;
        let after = suggestion::Model {
            status: SuggestionStatus::Accepted,
            accepted_quantity: Some(quantity),
            order_id: Some(order.id),
            decided_by: ctx.actor.user_id,
            decided_at: Some(moment(ctx)),
            ..before.clone()
        };
        self.write(db, ctx, "suggestions.accept", &before, &after)
            .await?;
        Ok(order)
    }

    pub(super) async fn get_for_decision(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        id: Uuid,
    ) -> ServiceResult<suggestion::Model> {
        let row = suggestions::get_locked(db, ctx.organization_id(), id).await?;
        ctx.require_store(row.store_id)
            .map_err(|_| ServiceError::NotFound("suggestion"))?;
        Ok(row)
    }

    async fn write(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        action: &'static str,
        before: &suggestion::Model,
        after: &suggestion::Model,
    ) -> ServiceResult<()> {
        suggestions::update(db, after).await?;
        let detail = json!({ "status": after.status, "production_date": after.production_date });
        live::emit(
            db,
            ctx.organization_id(),
            moment(ctx),
            Some(after.store_id),
            "suggestions",
            Some(after.id),
            detail,
        )
        .await?;
        let change = audit::Change {
            action,
            subject_kind: "suggestion",
            subject_id: after.id,
            before: Some(snapshot(before)),
            after: Some(snapshot(after)),
        };
        audit::record(db, ctx, change).await
    }

    pub(super) async fn save(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        action: &'static str,
        before: &suggestion::Model,
        after: suggestion::Model,
    ) -> ServiceResult<SuggestionView> {
        self.write(db, ctx, action, before, &after).await?;
        Ok(views(db, ctx.organization_id(), vec![after])
            .await?
            .remove(0))
    }
}
