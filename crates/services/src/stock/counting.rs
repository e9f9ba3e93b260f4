//! Counts and opening stock.

use super::{Stock, note_of, post};
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::store::shelves::{self, NewCount};
use crate::store::stock;
use crate::{Ctx, ServiceError, ServiceResult, audit, clock, receipts};
use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use contract::stock::{
    CountView, CountedLine, CountedProduct, OpeningView, PostCount, PostOpening, StockChange,
};
use domain::stock::{MAX_QUANTITY, count_difference};
use domain::{MovementKind, Permission};
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Lines of one count: more than any store has shelves.
const MAX_LINES: usize = 10_000;

/// Clocks of tablets run ahead.
const MAX_MINUTES_AHEAD: i64 = 5;

/// A count older than this is a typing error.
const MAX_DAYS_BACK: i64 = 1_100;

impl Stock<'_> {
    /// Writes down what was there at a moment. On hand becomes what was counted, and what happened since stays counted
    /// on top; later counts stay as they were counted.
    ///
    /// # Errors
    /// Forbidden, not found, no or double or negative lines, a moment in the future, a reused command id.
    pub async fn count(&self, ctx: &Ctx, command: PostCount) -> ServiceResult<CountView> {
        ctx.require(Permission::StockCount)?;
        ctx.require_store(command.store_id)?;
        let lines = check_lines(&command.lines)?;
        let note = note_of(command.note.as_deref())?;
        let counted_at = check_moment(ctx, "counted_at", command.counted_at)?;
        self.services.db().retry(|| async {
            let tx = self.services.db().begin().await?;
            let organization_id = ctx.organization_id();
            let store = shelves::get_store(&*tx, organization_id, command.store_id).await?;
            self.check_products(&*tx, ctx, &lines).await?;
            let shelves_of_count = lines.keys().map(|p| (command.store_id, *p));
            ledger::lock_levels(&*tx, organization_id, moment(ctx), shelves_of_count).await?;
            if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, "stock.count", &command).await? {
                return Ok(answer);
            }
            let products: Vec<Uuid> = lines.keys().copied().collect();
            let expected = stock::ledger_at(&*tx, organization_id, command.store_id, &products, counted_at).await?;
            let count = NewCount {
                id: Uuid::now_v7(),
                store_id: command.store_id,
                business_date: clock::business_date(clock::zone(&store.time_zone)?, counted_at),
                counted_at,
                command_id: command.command_id,
                actor_id: ctx.actor.user_id,
                note: note.clone(),
                lines: lines.iter().map(|(p, counted)| (*p, *counted, expected.get(p).copied().unwrap_or(0))).collect(),
            };
            shelves::insert_count(&*tx, organization_id, moment(ctx), &count).await?;
            let movements = count.lines.iter().map(|(product_id, counted, expected)| {
                let difference = count_difference(*counted, *expected);
                let mut m = NewMovement::new((count.store_id, *product_id), MovementKind::Count, difference, counted_at, count.business_date);
                m.count_id = Some(count.id);
                m.command_id = Some(command.command_id);
                m.actor_id = ctx.actor.user_id;
                m
            });
            let levels = post(&*tx, ctx, count.store_id, movements.collect()).await?;
            let answer = CountView { count_id: count.id, counted_at, lines: counted_lines(&count, &levels) };
            let change = audit::Change {
                action: "stock.count",
                subject_kind: "stock_count",
                subject_id: count.id,
                before: None,
                after: Some(json!({ "store_id": count.store_id, "counted_at": counted_at, "lines": answer.lines })),
            };
            audit::record(&*tx, ctx, change).await?;
            receipts::insert(&*tx, ctx, command.command_id, "stock.count", &command, &answer).await?;
            tx.commit().await?;
            Ok(answer)
        }).await
    }

    /// Writes the first stock of products that have no movement yet; others are counted instead.
    ///
    /// # Errors
    /// As [`Stock::count`]; a rule when a product has a history already.
    pub async fn open(&self, ctx: &Ctx, command: PostOpening) -> ServiceResult<OpeningView> {
        ctx.require(Permission::StockAdjust)?;
        ctx.require_store(command.store_id)?;
        let lines = check_lines(&command.lines)?;
        let opened_at = check_moment(ctx, "opened_at", command.opened_at)?;
        self.services.db().retry(|| async {
            let tx = self.services.db().begin().await?;
            let organization_id = ctx.organization_id();
            let store = shelves::get_store(&*tx, organization_id, command.store_id).await?;
            self.check_products(&*tx, ctx, &lines).await?;
            let opened = lines.keys().map(|p| (command.store_id, *p));
            ledger::lock_levels(&*tx, organization_id, moment(ctx), opened).await?;
            if let Some(answer) = receipts::find(&*tx, ctx, command.command_id, "stock.open", &command).await? {
                return Ok(answer);
            }
            let products: Vec<Uuid> = lines.keys().copied().collect();
            if !shelves::list_moved(&*tx, organization_id, command.store_id, &products).await?.is_empty() {
                return Err(ServiceError::rule(
                    "stock.already_open",
                    "Some of these products have movements already. Nothing was changed; count them instead.",
                ));
            }
            let date = clock::business_date(clock::zone(&store.time_zone)?, opened_at);
            let movements: Vec<NewMovement> = lines.iter().map(|(product_id, quantity)| {
                let mut m = NewMovement::new((command.store_id, *product_id), MovementKind::Opening, *quantity, opened_at, date);
                m.command_id = Some(command.command_id);
                m.actor_id = ctx.actor.user_id;
                m
            }).collect();
            let ids: BTreeMap<Uuid, Uuid> = movements.iter().map(|m| (m.product_id, m.id)).collect();
            let levels = post(&*tx, ctx, command.store_id, movements).await?;
            let answer = OpeningView {
                levels: ids.iter().map(|(product_id, movement_id)| StockChange {
                    movement_id: *movement_id,
                    store_id: command.store_id,
                    product_id: *product_id,
                    on_hand: levels.get(&(command.store_id, *product_id)).copied().unwrap_or(0),
                }).collect(),
            };
            let change = audit::Change {
                action: "stock.open",
                subject_kind: "store",
                subject_id: command.store_id,
                before: None,
                after: Some(json!({ "opened_at": opened_at, "levels": answer.levels })),
            };
            audit::record(&*tx, ctx, change).await?;
            receipts::insert(&*tx, ctx, command.command_id, "stock.open", &command, &answer).await?;
            tx.commit().await?;
            Ok(answer)
        }).await
    }

    async fn check_products(
        &self,
        db: &impl ConnectionTrait,
        ctx: &Ctx,
        lines: &BTreeMap<Uuid, i64>,
    ) -> ServiceResult<()> {
        let known: BTreeSet<Uuid> =
            shelves::list_known_products(db, ctx.organization_id(), lines.keys().copied()).await?;
        if known.len() == lines.len() {
            Ok(())
        } else {
            Err(ServiceError::NotFound("product"))
        }
    }
}

fn check_lines(lines: &[CountedProduct]) -> ServiceResult<BTreeMap<Uuid, i64>> {
    if lines.is_empty() || lines.len() > MAX_LINES {
        return Err(ServiceError::field(
            "lines",
            "length",
            format!("between 1 and {MAX_LINES} products"),
        ));
    }
    let mut by_product = BTreeMap::new();
    for line in lines {
        if !(0..=MAX_QUANTITY).contains(&line.counted) {
            return Err(ServiceError::field(
                "lines",
                "quantity_out_of_range",
                format!("a count lies between 0 and {MAX_QUANTITY}"),
            ));
        }
        if by_product.insert(line.product_id, line.counted).is_some() {
            return Err(ServiceError::field(
                "lines",
                "duplicate",
                "a product is counted once",
            ));
        }
    }
    Ok(by_product)
}

fn check_moment(ctx: &Ctx, field: &str, at: Option<DateTime<Utc>>) -> ServiceResult<DateTime<Utc>> {
    let Some(at) = at else { return Ok(moment(ctx)) };
    if at > ctx.now + TimeDelta::minutes(MAX_MINUTES_AHEAD) {
        return Err(ServiceError::field(
            field,
            "in_the_future",
            "This moment has not come yet.",
        ));
    }
    if at < ctx.now - TimeDelta::days(MAX_DAYS_BACK) {
        return Err(ServiceError::field(
            field,
            "too_long_ago",
            "This moment is more than three years ago.",
        ));
    }
    // What happens after this request must not count as having happened before it.
    Ok(at.trunc_subsecs(6).min(moment(ctx)))
}

fn counted_lines(count: &NewCount, levels: &BTreeMap<Shelf, i64>) -> Vec<CountedLine> {
    count
        .lines
        .iter()
        .map(|(product_id, counted, expected)| CountedLine {
            product_id: *product_id,
            counted: *counted,
            expected: *expected,
            difference: count_difference(*counted, *expected),
            on_hand: levels
                .get(&(count.store_id, *product_id))
                .copied()
                .unwrap_or(0),
        })
        .collect()
}
