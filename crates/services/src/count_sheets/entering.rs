//! What is to be counted, and what was found.

use super::{CountSheets, answer, moved_on, record, tell, waiting_key};
use crate::production_orders::moment;
use crate::stock::counting::check_moment;
use crate::store::{counts, shelves};
use crate::{Ctx, ServiceError, ServiceResult, alerting, receipts};
use chrono::{DateTime, Utc};
use contract::counts::{EnterCounts, EnteredCount, PlanCount, SheetAnswer};
use domain::counts::{MAX_LINES, SheetMove, next_status};
use domain::stock::MAX_QUANTITY;
use domain::{CountSheetStatus, Permission};
use entity::{count_sheet, count_sheet_line};
use sea_orm::ConnectionTrait;
use serde::Serialize;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What is written onto a sheet. Receipts know each as the command that came in.
#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Change {
    Plan(PlanCount),
    Enter(EnterCounts),
}

impl CountSheets<'_> {
    /// Puts products onto the sheet of a store, and opens one where none is.
    ///
    /// # Errors
    /// Forbidden, not found, no product or too many, a reused command id.
    pub async fn plan(&self, ctx: &Ctx, command: PlanCount) -> ServiceResult<SheetAnswer> {
        let products = command
            .products
            .iter()
            .map(|product_id| (*product_id, None));
        let (command_id, store_id) = (command.command_id, command.store_id);
        let products = products.collect();
        self.write(
            ctx,
            (command_id, store_id),
            "counts.plan",
            Change::Plan(command),
            products,
            None,
        )
        .await
    }

    /// Writes what was found onto the sheet of a store, and opens one where none is.
    ///
    /// # Errors
    /// Forbidden, not found, no line, a product twice, a quantity that nobody means, a moment in the future, a reused command id.
    pub async fn enter(&self, ctx: &Ctx, command: EnterCounts) -> ServiceResult<SheetAnswer> {
        let counted_at = check_moment(ctx, "counted_at", command.counted_at)?;
        let entered = check_entered(&command.lines)?;
        let (command_id, store_id) = (command.command_id, command.store_id);
        self.write(
            ctx,
            (command_id, store_id),
            "counts.enter",
            Change::Enter(command),
            entered,
            Some(counted_at),
        )
        .await
    }

    async fn write(
        &self,
        ctx: &Ctx,
        (command_id, store_id): (Uuid, Uuid),
        operation: &'static str,
        change: Change,
        wanted: BTreeMap<Uuid, Option<i64>>,
        counted_at: Option<DateTime<Utc>>,
    ) -> ServiceResult<SheetAnswer> {
        ctx.require(Permission::StockCount)?;
        ctx.require_store(store_id)?;
        if wanted.is_empty() || wanted.len() > MAX_LINES {
            return Err(too_many());
        }
        self.services
            .db()
            .retry(|| async {
                let tx = self.services.db().begin_for(ctx.organization_id()).await?;
                let organization_id = ctx.organization_id();
                counts::lock_store(&*tx, organization_id, store_id).await?;
                if let Some(answer) =
                    receipts::find(&*tx, ctx, command_id, operation, &change).await?
                {
                    return Ok(answer);
                }
                let products = wanted.keys().copied();
                let known = shelves::list_known_products(&*tx, organization_id, products).await?;
                if known.len() != wanted.len() {
                    return Err(ServiceError::NotFound("product"));
                }
                let (mut sheet, is_new) = open_sheet(&*tx, ctx, store_id).await?;
                let chosen = Some(wanted.keys().copied().collect());
                let before = counts::list_lines(&*tx, &sheet, chosen).await?;
                let added = wanted.len() - before.len();
                if !is_new && counts::count_lines(&*tx, &sheet).await? + added > MAX_LINES {
                    return Err(too_many());
                }
                let lines: Vec<_> = wanted
                    .iter()
                    .filter_map(|(product_id, counted)| {
                        let line = before.get(product_id);
                        match counted_at {
                            Some(at) => entered(ctx, &sheet, line, (*product_id, *counted), at),
                            // What is on the sheet already stays as it is.
                            None => line.is_none().then(|| blank(&sheet, *product_id)),
                        }
                    })
                    .collect();
                counts::put_lines(&*tx, &lines).await?;
                if !is_new && !lines.is_empty() {
                    if sheet.status == CountSheetStatus::Waiting {
                        let key = waiting_key(store_id);
                        alerting::resolve(&*tx, organization_id, moment(ctx), &[key]).await?;
                    }
                    sheet.status = next_status(sheet.status, SheetMove::Enter).map_err(moved_on)?;
                    sheet.version += 1;
                    counts::update_sheet(&*tx, &sheet).await?;
                }
                tell(&*tx, ctx, &sheet).await?;
                if is_new {
                    record(&*tx, ctx, "counts.open", None, &sheet).await?;
                }
                let answer = answer(&sheet, Vec::new(), None);
                receipts::insert(&*tx, ctx, command_id, operation, &change, &answer).await?;
                tx.commit().await?;
                Ok(answer)
            })
            .await
    }
}

fn too_many() -> ServiceError {
    ServiceError::field(
        "lines",
        "length",
        format!("between 1 and {MAX_LINES} products"),
    )
}

fn check_entered(lines: &[EnteredCount]) -> ServiceResult<BTreeMap<Uuid, Option<i64>>> {
    let mut entered = BTreeMap::new();
    for line in lines {
        if line
            .counted
            .is_some_and(|counted| !(0..=MAX_QUANTITY).contains(&counted))
        {
            let text = format!("a count lies between 0 and {MAX_QUANTITY}");
            return Err(ServiceError::field("lines", "quantity_out_of_range", text));
        }
        if entered.insert(line.product_id, line.counted).is_some() {
            let text = "a product is entered once";
            return Err(ServiceError::field("lines", "duplicate", text));
        }
    }
    Ok(entered)
}

/// The open sheet of a store whose row is locked, and whether it was opened now.
async fn open_sheet(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    store_id: Uuid,
) -> ServiceResult<(count_sheet::Model, bool)> {
    let organization_id = ctx.organization_id();
    if let Some(sheet) = counts::find_open_locked(db, organization_id, store_id).await? {
        return Ok((sheet, false));
    }
    let sheet = count_sheet::Model {
        id: Uuid::now_v7(),
        organization_id,
        store_id,
        status: CountSheetStatus::Counting,
        opened_by: ctx.actor.user_id,
        opened_at: moment(ctx),
        handed_in_by: None,
        handed_in_at: None,
        decided_by: None,
        decided_at: None,
        decision_note: None,
        difference_minor: None,
        count_id: None,
        version: 1,
    };
    counts::insert_sheet(db, &sheet).await?;
    Ok((sheet, true))
}

fn blank(sheet: &count_sheet::Model, product_id: Uuid) -> count_sheet_line::Model {
    count_sheet_line::Model {
        sheet_id: sheet.id,
        product_id,
        organization_id: sheet.organization_id,
        counted: None,
        counted_at: None,
        counted_by: None,
        first_counted: None,
        recount: false,
    }
}

/// A line with what was found, or nothing where a later number stands there.
fn entered(
    ctx: &Ctx,
    sheet: &count_sheet::Model,
    line: Option<&count_sheet_line::Model>,
    (product_id, counted): (Uuid, Option<i64>),
    at: DateTime<Utc>,
) -> Option<count_sheet_line::Model> {
    let mut line = line.map_or_else(|| blank(sheet, product_id), Clone::clone);
    if line.counted_at.is_some_and(|before| before > at) {
        return None;
    }
    if line.recount {
        line.first_counted = line.first_counted.or(line.counted);
        // What a device without a network counted before somebody was asked is no second count.
        let is_again = sheet.handed_in_at.is_none_or(|asked_at| at > asked_at);
        line.recount = counted.is_none() || !is_again;
    }
    line.counted = counted;
    line.counted_at = Some(at);
    line.counted_by = ctx.actor.user_id;
    Some(line)
}
