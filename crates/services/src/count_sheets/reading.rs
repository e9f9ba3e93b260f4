//! The sheet as people see it.

use super::approving::{Difference, may_agree, weigh};
use super::closing::total_worth;
use super::{CountSheets, limits};
use crate::store::{counts, shelves, stock};
use crate::{Ctx, ServiceResult};
use contract::counts::{CountDesk, CountSheetView, SheetLine};
use domain::counts::{Approval, worth};
use domain::stock::count_difference;
use domain::{CountSheetStatus, Permission, Unit};
use entity::{count_sheet, count_sheet_line};
use sea_orm::ConnectionTrait;
use std::collections::{BTreeMap, BTreeSet};
use uuid::Uuid;

/// A line with what the books say of it.
pub(super) struct Found {
    pub line: count_sheet_line::Model,
    pub sku: String,
    pub product_name: String,
    pub unit: Unit,
    /// What was there by the books when it was counted.
    pub expected: Option<i64>,
    pub difference: i64,
    pub worth_minor: i64,
}

/// Lines of a sheet with what the books say of them, by name.
pub(super) async fn found(
    db: &impl ConnectionTrait,
    sheet: &count_sheet::Model,
    lines: BTreeMap<Uuid, count_sheet_line::Model>,
) -> ServiceResult<Vec<Found>> {
    let organization_id = sheet.organization_id;
    let shelves = || lines.keys().map(|product_id| (sheet.store_id, *product_id));
    let names = shelves::list_names(db, organization_id, shelves()).await?;
    let levels = stock::list_levels_of(db, organization_id, shelves()).await?;
    let moved = counts::list_moved_since(db, sheet).await?;
    let mut found = Vec::with_capacity(lines.len());
    for (product_id, line) in &lines {
        let product = names.product(*product_id)?;
        let level = levels.get(&(sheet.store_id, *product_id)).copied();
        let expected = line
            .counted
            .map(|_| level.unwrap_or(0) - moved.get(product_id).copied().unwrap_or(0));
        let difference = match (line.counted, expected) {
            (Some(counted), Some(expected)) => count_difference(counted, expected),
            _ => 0,
        };
        found.push(Found {
            sku: product.sku.clone(),
            product_name: product.name.clone(),
            unit: product.unit,
            expected,
            difference,
            worth_minor: worth(difference, product.unit_cost_minor),
            line: line.clone(),
        });
    }
    found.sort_by(|a, b| (&a.product_name, &a.sku).cmp(&(&b.product_name, &b.sku)));
    Ok(found)
}

/// Whose numbers stand on these lines.
pub(super) fn entered_by(lines: &[Found]) -> BTreeSet<Uuid> {
    let counted = lines.iter().filter(|found| found.line.counted.is_some());
    counted.filter_map(|found| found.line.counted_by).collect()
}

/// Counted less expected, of what is counted.
pub(super) fn differences_of(lines: &[Found]) -> Vec<Difference> {
    let difference = |found: &Found| {
        Some(Difference {
            product_id: found.line.product_id,
            counted_at: found.line.counted_at?,
            quantity: found.difference,
        })
    };
    lines.iter().filter_map(difference).collect()
}

impl CountSheets<'_> {
    /// The open sheet of a store, if there is one.
    ///
    /// # Errors
    /// Forbidden, not found.
    pub async fn read(&self, ctx: &Ctx, store_id: Uuid) -> ServiceResult<CountDesk> {
        ctx.require(Permission::StockCount)?;
        ctx.require_store(store_id)?;
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        shelves::get_store(db, organization_id, store_id).await?;
        let sheet = match counts::find_open(db, organization_id, store_id).await? {
            Some(sheet) => Some(self.view(ctx, sheet).await?),
            None => None,
        };
        Ok(CountDesk { store_id, sheet })
    }

    async fn view(&self, ctx: &Ctx, sheet: count_sheet::Model) -> ServiceResult<CountSheetView> {
        let (db, organization_id) = (
            &self.services.db().of(ctx.organization_id()),
            ctx.organization_id(),
        );
        let lines = counts::list_lines(db, &sheet, None).await?;
        let lines = found(db, &sheet, lines).await?;
        let limits = limits(db, organization_id).await?;
        let people: BTreeSet<Uuid> = lines
            .iter()
            .filter_map(|found| found.line.counted_by)
            .chain(sheet.opened_by)
            .chain(sheet.handed_in_by)
            .collect();
        let people = shelves::list_people(db, organization_id, people).await?;
        let person = |id: Option<Uuid>| id.and_then(|id| people.get(&id).cloned());
        let worth_minor = total_worth(&lines);
        let entered = entered_by(&lines);
        let weighed_minor = if limits.approval_minor.is_some() {
            weigh(db, ctx, sheet.store_id, &differences_of(&lines), &entered).await?
        } else {
            worth_minor
        };
        let approval = may_agree(db, ctx, sheet.store_id, &entered).await?;
        // To decide about what somebody handed in takes the right itself.
        let may_decide = sheet.status != CountSheetStatus::Waiting
            || ctx.actor.permissions.contains(&Permission::StockApprove);
        Ok(CountSheetView {
            id: sheet.id,
            status: sheet.status,
            version: sheet.version,
            opened_at: sheet.opened_at,
            opened_by: person(sheet.opened_by),
            handed_in_at: sheet.handed_in_at,
            handed_in_by: person(sheet.handed_in_by),
            decision_note: sheet.decision_note,
            lines: lines
                .into_iter()
                .map(|found| SheetLine {
                    product_id: found.line.product_id,
                    sku: found.sku,
                    product_name: found.product_name,
                    unit: found.unit,
                    counted: found.line.counted,
                    counted_at: found.line.counted_at,
                    counted_by: person(found.line.counted_by),
                    first_counted: found.line.first_counted,
                    recount: found.line.recount,
                    expected: found.expected,
                    difference: found.difference,
                    worth_minor: found.worth_minor,
                })
                .collect(),
            worth_minor,
            weighed_minor,
            needs_approval: limits.wants_approval(weighed_minor),
            may_approve: approval != Approval::Refused && may_decide,
        })
    }
}
