//! Handing a sheet in, agreeing to it, dropping it.

use super::approving::{may_agree, weigh};
use super::reading::{Found, differences_of, entered_by, found};
use super::{CountSheets, answer, limits, moved_on, record, snapshot, tell, waiting_key};
use crate::alerting::{self, NewAlert};
use crate::ledger;
use crate::production_orders::moment;
use crate::stock::{counting, note_of};
use crate::store::counts::{NewCount, NewCountLine};
use crate::store::{counts, shelves};
use crate::{Ctx, ServiceError, ServiceResult, clock, receipts};
use contract::counts::{DecideCount, DropCount, HandInCount, SheetAnswer};
use contract::stock::CountView;
use domain::counts::{Approval, CountLimits, SheetMove, next_status};
use domain::{AlertKind, CountSheetStatus, Permission, Severity};
use entity::count_sheet;
use sea_orm::ConnectionTrait;
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

/// What is done with a sheet as a whole. Receipts know each as the command that came in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Change {
    HandIn(HandInCount),
    Decide(DecideCount),
    Drop(DropCount),
}

impl Change {
    const fn ids(&self) -> (Uuid, Uuid) {
        match self {
            Self::HandIn(command) => (command.command_id, command.sheet_id),
            Self::Decide(command) => (command.command_id, command.sheet_id),
            Self::Drop(command) => (command.command_id, command.sheet_id),
        }
    }

    const fn operation(&self) -> &'static str {
        match self {
            Self::HandIn(_) => "counts.hand_in",
            Self::Decide(_) => "counts.decide",
            Self::Drop(_) => "counts.drop",
        }
    }

    /// The version of the sheet that was looked at, where it matters.
    const fn version(&self) -> Option<i32> {
        match self {
            Self::HandIn(command) => Some(command.version),
            Self::Decide(command) => Some(command.version),
            Self::Drop(_) => None,
        }
    }
}

impl CountSheets<'_> {
    /// Hands a sheet in. It is booked at once, each product as of when it was counted, unless a difference is large: then that product
    /// is to be counted again; or unless the differences, with those that the same people found in the store within a day and nobody
    /// approved, are large together and who hands it in may not approve them: then it waits for somebody who may. Nobody approves
    /// numbers of their own unless nobody else could.
    ///
    /// # Errors
    /// Forbidden, not found, nothing counted, a conflict when somebody counted on meanwhile or it is closed.
    pub async fn hand_in(&self, ctx: &Ctx, command: HandInCount) -> ServiceResult<SheetAnswer> {
        ctx.require(Permission::StockCount)?;
        self.change(ctx, Change::HandIn(command)).await
    }

    /// Books a sheet that waits, or has it counted again.
    ///
    /// # Errors
    /// Forbidden, not found, a note that is too long, a rule when the caller counted and somebody else could agree, a conflict when it
    /// does not wait or is another than was looked at.
    pub async fn decide(&self, ctx: &Ctx, command: DecideCount) -> ServiceResult<SheetAnswer> {
        ctx.require(Permission::StockApprove)?;
        self.change(ctx, Change::Decide(command)).await
    }

    /// Closes a sheet without booking anything of it.
    ///
    /// # Errors
    /// Forbidden, not found, a conflict when it is closed.
    pub async fn drop_sheet(&self, ctx: &Ctx, command: DropCount) -> ServiceResult<SheetAnswer> {
        ctx.require(Permission::StockCount)?;
        self.change(ctx, Change::Drop(command)).await
    }

    async fn change(&self, ctx: &Ctx, change: Change) -> ServiceResult<SheetAnswer> {
        let (command_id, sheet_id) = change.ids();
        let operation = change.operation();
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let store_id = counts::get_store_id(&*tx, ctx.organization_id(), sheet_id).await?;
                // Two counts of one person at once, on two devices, are weighed one after the other.
                counts::lock_store(&*tx, ctx.organization_id(), store_id).await?;
                let mut sheet = counts::get_locked(&*tx, ctx.organization_id(), sheet_id).await?;
                if !ctx.actor.stores.contains(sheet.store_id) {
                    return Err(ServiceError::NotFound("count"));
                }
                // Before the state is looked at: who asks again after a lost answer has changed it.
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command_id, operation, &change).await?
                {
                    return Ok(answer);
                }
                if change.version().is_some_and(|seen| seen != sheet.version) {
                    return Err(ServiceError::Conflict {
                        reason: "count.stale",
                        message: "Somebody counted on meanwhile. Look at the count again.".into(),
                    });
                }
                let before = snapshot(&sheet);
                let (to_recount, count) = match &change {
                    Change::HandIn(command) => {
                        hand_in(&*tx, ctx, &mut sheet, command.command_id).await?
                    }
                    Change::Decide(command) => {
                        (Vec::new(), decide(&*tx, ctx, &mut sheet, command).await?)
                    }
                    Change::Drop(_) => {
                        sheet.status =
                            next_status(sheet.status, SheetMove::Drop).map_err(moved_on)?;
                        sheet.decided_by = ctx.actor.user_id;
                        sheet.decided_at = Some(moment(ctx));
                        (Vec::new(), None)
                    }
                };
                sheet.version += 1;
                counts::update_sheet(&*tx, &sheet).await?;
                sync_waiting(&*tx, ctx, &sheet).await?;
                tell(&*tx, ctx, &sheet).await?;
                record(&*tx, ctx, operation, Some(before), &sheet).await?;
                let answer = answer(&sheet, to_recount, count);
                receipts::insert(&*tx, ctx, command_id, operation, &change, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

/// A sheet that waits has an open alert, any other has none.
async fn sync_waiting(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &count_sheet::Model,
) -> ServiceResult<()> {
    let (organization_id, key) = (ctx.organization_id(), waiting_key(sheet.store_id));
    if sheet.status != CountSheetStatus::Waiting {
        return alerting::resolve(db, organization_id, moment(ctx), &[key]).await;
    }
    let alert = NewAlert {
        store_id: Some(sheet.store_id),
        product_id: None,
        kind: AlertKind::CountDifference,
        severity: Severity::Warning,
        dedup_key: key,
        detail: json!({ "money_minor": sheet.difference_minor }),
    };
    alerting::open(db, organization_id, moment(ctx), vec![alert]).await
}

type Outcome = (Vec<Uuid>, Option<CountView>);

async fn hand_in(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &mut count_sheet::Model,
    command_id: Uuid,
) -> ServiceResult<Outcome> {
    // Refused here, before anything is looked at: a closed sheet, and one that waits already.
    next_status(sheet.status, SheetMove::HandIn).map_err(moved_on)?;
    let limits = limits(db, ctx.organization_id()).await?;
    let lines = locked(db, ctx, sheet).await?;
    if lines.is_empty() {
        let text = "Nothing is counted yet.";
        return Err(ServiceError::rule("count.empty", text));
    }
    sheet.handed_in_by = ctx.actor.user_id;
    sheet.handed_in_at = Some(moment(ctx));
    let large = |found: &&Found| {
        let is_twice = found.line.first_counted.is_some() && !found.line.recount;
        !is_twice && limits.wants_recount(found.worth_minor)
    };
    let to_recount: Vec<_> = lines.iter().filter(large).collect();
    if !to_recount.is_empty() {
        let asked: Vec<_> = to_recount
            .iter()
            .map(|found| {
                let mut line = found.line.clone();
                line.recount = true;
                line
            })
            .collect();
        counts::put_lines(db, &asked).await?;
        let asked = asked.iter().map(|line| line.product_id).collect();
        return Ok((asked, None));
    }
    // What was decided about it before is not decided about this.
    (sheet.decided_by, sheet.decided_at, sheet.decision_note) = (None, None, None);
    let worth = total_worth(&lines);
    sheet.difference_minor = Some(worth);
    let mut self_approved = false;
    if is_large(db, ctx, sheet, &lines, limits).await? {
        match may_agree(db, ctx, sheet.store_id, &entered_by(&lines)).await? {
            Approval::Refused => {
                sheet.status = next_status(sheet.status, SheetMove::HandIn).map_err(moved_on)?;
                return Ok((Vec::new(), None));
            }
            approval => self_approved = approval == Approval::OwnForLackOfOthers,
        }
        sheet.decided_by = ctx.actor.user_id;
        sheet.decided_at = Some(moment(ctx));
    }
    let count = post(db, ctx, sheet, lines, (command_id, self_approved)).await?;
    Ok((Vec::new(), Some(count)))
}

async fn decide(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &mut count_sheet::Model,
    command: &DecideCount,
) -> ServiceResult<Option<CountView>> {
    // Refused here, whichever way it is decided: a sheet that nobody handed in.
    let back = next_status(sheet.status, SheetMove::SendBack).map_err(moved_on)?;
    sheet.decision_note = note_of(command.note.as_deref())?;
    sheet.decided_by = ctx.actor.user_id;
    sheet.decided_at = Some(moment(ctx));
    if !command.agree {
        sheet.status = back;
        return Ok(None);
    }
    let lines = locked(db, ctx, sheet).await?;
    let approval = may_agree(db, ctx, sheet.store_id, &entered_by(&lines)).await?;
    if approval == Approval::Refused {
        let text =
            "Whoever counted does not agree to it. Nothing was booked; somebody else has to look.";
        return Err(ServiceError::rule("count.own", text));
    }
    sheet.difference_minor = Some(total_worth(&lines));
    let self_approved = approval == Approval::OwnForLackOfOthers;
    post(db, ctx, sheet, lines, (command.command_id, self_approved))
        .await
        .map(Some)
}

/// Whether somebody has to agree to these lines.
async fn is_large(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &count_sheet::Model,
    lines: &[Found],
    limits: CountLimits,
) -> ServiceResult<bool> {
    if limits.approval_minor.is_none() {
        return Ok(false);
    }
    let differences = differences_of(lines);
    let weighed = weigh(db, ctx, sheet.store_id, &differences, &entered_by(lines)).await?;
    Ok(limits.wants_approval(weighed))
}

/// What all differences are worth together, without signs.
pub(super) fn total_worth(lines: &[Found]) -> i64 {
    lines
        .iter()
        .fold(0, |sum: i64, found| sum.saturating_add(found.worth_minor))
}

/// The counted lines, with their shelves locked.
async fn locked(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &count_sheet::Model,
) -> ServiceResult<Vec<Found>> {
    let lines = counts::list_lines(db, sheet, None).await?;
    let counted = lines.values().filter(|line| line.counted.is_some());
    let counted = counted.map(|line| (sheet.store_id, line.product_id));
    ledger::lock_levels(db, ctx.organization_id(), moment(ctx), counted).await?;
    let mut found = found(db, sheet, lines).await?;
    found.retain(|found| found.line.counted.is_some());
    Ok(found)
}

async fn post(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &mut count_sheet::Model,
    lines: Vec<Found>,
    (command_id, self_approved): (Uuid, bool),
) -> ServiceResult<CountView> {
    let store = shelves::get_store(db, ctx.organization_id(), sheet.store_id).await?;
    let zone = clock::zone(&store.time_zone)?;
    let lines: Vec<NewCountLine> = lines
        .iter()
        .filter_map(|found| {
            let counted_at = found.line.counted_at?;
            Some(NewCountLine {
                product_id: found.line.product_id,
                counted: found.line.counted?,
                expected: found.expected?,
                counted_at,
                business_date: clock::business_date(zone, counted_at),
            })
        })
        .collect();
    let last = lines.iter().map(|line| line.counted_at).max();
    let counted_at = last.unwrap_or_else(|| moment(ctx));
    let count = NewCount {
        id: Uuid::now_v7(),
        store_id: sheet.store_id,
        business_date: clock::business_date(zone, counted_at),
        counted_at,
        command_id,
        actor_id: sheet.handed_in_by,
        note: None,
        self_approved,
        lines,
    };
    sheet.status = next_status(sheet.status, SheetMove::Post).map_err(moved_on)?;
    sheet.count_id = Some(count.id);
    counting::write(db, ctx, &count).await
}
