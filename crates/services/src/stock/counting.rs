//! Counts and opening stock.

use super::differences::sync_differences;
use super::{Stock, note_of, post};
use crate::count_sheets::approving::{self, Difference};
use crate::count_sheets::limits;
use crate::ledger::{self, NewMovement, Shelf};
use crate::production_orders::moment;
use crate::store::counts::{self, NewCount, NewCountLine};
use crate::store::{shelves, stock};
use crate::{Ctx, ServiceError, ServiceResult, audit, clock, receipts};
use chrono::{DateTime, NaiveDateTime, SubsecRound, TimeDelta, Utc};
use contract::stock::{
    CountView, CountedLine, CountedProduct, OpeningView, PostCount, PostOpening, StockChange,
};
use domain::counts::{Approval, MAX_LINES};
use domain::stock::{MAX_QUANTITY, count_difference};
use domain::{MovementKind, Permission};
use entity::store;
use sea_orm::ConnectionTrait;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// Clocks of tablets run ahead.
const MAX_MINUTES_AHEAD: i64 = 5;

/// A count older than this is a typing error.
const MAX_DAYS_BACK: i64 = 1_100;

impl Stock<'_> {
    /// Writes down what was there at a moment. On hand becomes what was counted, and what happened since stays counted
    /// on top; later counts stay as they were counted.
    ///
    /// # Errors
    /// Forbidden, not found, no or double or negative lines, a moment in the future, differences that somebody who may has to approve, a
    /// reused command id.
    pub async fn count(&self, ctx: &Ctx, command: PostCount) -> ServiceResult<CountView> {
        ctx.require(Permission::StockCount)?;
        ctx.require_store(command.store_id)?;
        let lines = check_lines(&command.lines)?;
        let note = note_of(command.note.as_deref())?;
        let counted_at = check_moment(ctx, "counted_at", command.counted_at)?;
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                let store = shelves::get_store(&*tx, organization_id, command.store_id).await?;
                // Two counts of one person at once are weighed one after the other.
                counts::lock_store(&*tx, organization_id, command.store_id).await?;
                self.check_products(&*tx, ctx, &lines).await?;
                let shelves_of_count = lines.keys().map(|p| (command.store_id, *p));
                ledger::lock_levels(&*tx, organization_id, moment(ctx), shelves_of_count).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command.command_id, "stock.count", &command).await?
                {
                    return Ok(answer);
                }
                let products: Vec<Uuid> = lines.keys().copied().collect();
                let expected = stock::ledger_at(
                    &*tx,
                    organization_id,
                    command.store_id,
                    &products,
                    counted_at,
                )
                .await?;
                let business_date =
                    clock::business_date(clock::zone(&store.time_zone)?, counted_at);
                let mut count = NewCount {
                    id: Uuid::now_v7(),
                    store_id: command.store_id,
                    business_date,
                    counted_at,
                    command_id: command.command_id,
                    actor_id: ctx.actor.user_id,
                    note: note.clone(),
                    self_approved: false,
                    lines: lines
                        .iter()
                        .map(|(product_id, counted)| NewCountLine {
                            product_id: *product_id,
                            counted: *counted,
                            expected: expected.get(product_id).copied().unwrap_or(0),
                            counted_at,
                            business_date,
                        })
                        .collect(),
                };
                count.self_approved = check_approved(&*tx, ctx, &count).await?;
                let answer = write(&*tx, ctx, &count).await?;
                receipts::insert(
                    &*tx,
                    ctx,
                    command.command_id,
                    "stock.count",
                    &command,
                    &answer,
                )
                .await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }

    /// Writes the first stock of products that have no movement yet; others are counted instead.
    ///
    /// # Errors
    /// As [`Stock::count`]; a rule when a product has a history already.
    pub async fn open(&self, ctx: &Ctx, command: PostOpening) -> ServiceResult<OpeningView> {
        ctx.require(Permission::StockAdjust)?;
        ctx.require_store(command.store_id)?;
        let lines = check_lines(&command.lines)?;
        if command.opened_at.is_some() && command.at.is_some() {
            return Err(ServiceError::field(
                "at",
                "both",
                "The moment is named once: as an instant or on the store's clock.",
            ));
        }
        let instant = check_moment(ctx, "opened_at", command.opened_at)?;
        self.services.db().retry(|| async {
            let tx = self.services.db().begin_for(ctx.organization_id()).await?;
            let organization_id = ctx.organization_id();
            let store = shelves::get_store(&*tx, organization_id, command.store_id).await?;
            let opened_at = match command.at {
                Some(at) => on_the_wall(ctx, &store, at, MAX_DAYS_BACK)?,
                None => instant,
            };
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

pub(crate) fn check_moment(
    ctx: &Ctx,
    field: &str,
    at: Option<DateTime<Utc>>,
) -> ServiceResult<DateTime<Utc>> {
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

/// The instant of a moment that somebody names on the store's clock: not ahead of it, and not longer ago than so many days.
pub(super) fn on_the_wall(
    ctx: &Ctx,
    store: &store::Model,
    at: NaiveDateTime,
    days_back: i64,
) -> ServiceResult<DateTime<Utc>> {
    let zone = clock::zone(&store.time_zone)?;
    let now = ctx.now.with_timezone(&zone).naive_local();
    let ahead = TimeDelta::minutes(MAX_MINUTES_AHEAD);
    // No calendar reaches everything that can be typed; and where the clock was set back, an hour that it shows ahead has passed once.
    let is_close = at <= now + TimeDelta::days(1);
    if at > now + ahead && !(is_close && clock::instant(zone, at) <= ctx.now + ahead) {
        return Err(ServiceError::field(
            "at",
            "in_the_future",
            "This moment has not come yet.",
        ));
    }
    if at < now - TimeDelta::days(days_back) {
        return Err(ServiceError::field(
            "at",
            "too_long_ago",
            format!("This moment is more than {days_back} days ago."),
        ));
    }
    // What happens after this request must not count as having happened before it.
    Ok(clock::instant(zone, at).trunc_subsecs(6).min(moment(ctx)))
}

/// Writes a count into the books, each product as of when it was counted, and looks after the alerts about large differences. The shelves
/// are locked.
pub(crate) async fn write(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    count: &NewCount,
) -> ServiceResult<CountView> {
    counts::insert(db, ctx.organization_id(), moment(ctx), count).await?;
    let movements = count.lines.iter().map(|line| {
        let difference = count_difference(line.counted, line.expected);
        let mut m = NewMovement::new(
            (count.store_id, line.product_id),
            MovementKind::Count,
            difference,
            line.counted_at,
            line.business_date,
        );
        m.count_id = Some(count.id);
        m.command_id = Some(count.command_id);
        m.actor_id = count.actor_id;
        m
    });
    let levels = post(db, ctx, count.store_id, movements.collect()).await?;
    sync_differences(db, ctx, count).await?;
    let answer = CountView {
        count_id: count.id,
        counted_at: count.counted_at,
        lines: counted_lines(count, &levels),
    };
    let change = audit::Change {
        action: "stock.count",
        subject_kind: "stock_count",
        subject_id: count.id,
        before: None,
        after: Some(json!({
            "store_id": count.store_id, "counted_at": count.counted_at, "lines": answer.lines,
            "self_approved": count.self_approved,
        })),
    };
    audit::record(db, ctx, change).await?;
    Ok(answer)
}

/// Large differences go over the sheet, where somebody else sees them before they are booked. Answers whether the caller agrees to their own
/// for lack of others who could.
async fn check_approved(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    count: &NewCount,
) -> ServiceResult<bool> {
    let limits = limits(db, ctx.organization_id()).await?;
    if limits.approval_minor.is_none() {
        return Ok(false);
    }
    let difference = |line: &NewCountLine| Difference {
        product_id: line.product_id,
        counted_at: line.counted_at,
        quantity: count_difference(line.counted, line.expected),
    };
    let differences: Vec<Difference> = count.lines.iter().map(difference).collect();
    let entered: BTreeSet<Uuid> = count.actor_id.into_iter().collect();
    let weighed = approving::weigh(db, ctx, count.store_id, &differences, &entered).await?;
    if !limits.wants_approval(weighed) {
        return Ok(false);
    }
    match approving::may_agree(db, ctx, count.store_id, &entered).await? {
        Approval::Refused => Err(ServiceError::rule(
            "count.needs_approval",
            "The differences of this count need somebody's approval. Nothing was booked; hand it in on a count sheet.",
        )),
        approval => Ok(approval == Approval::OwnForLackOfOthers),
    }
}

fn counted_lines(count: &NewCount, levels: &BTreeMap<Shelf, i64>) -> Vec<CountedLine> {
    let line = |line: &NewCountLine| CountedLine {
        product_id: line.product_id,
        counted: line.counted,
        expected: line.expected,
        difference: count_difference(line.counted, line.expected),
        on_hand: levels
            .get(&(count.store_id, line.product_id))
            .copied()
            .unwrap_or(0),
    };
    count.lines.iter().map(line).collect()
}
