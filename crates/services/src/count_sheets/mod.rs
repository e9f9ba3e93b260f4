//! Counting a store together: one sheet that several people fill, looked at before it changes the books.
//!
//! Order of locks: the store's row (where a sheet may have to be opened), the sheet's row, level rows, the audit head.

pub(crate) mod approving;
mod closing;
mod entering;
mod reading;

use crate::production_orders::moment;
use crate::store::organizations;
use crate::{Ctx, ServiceError, ServiceResult, Services, audit, live};
use contract::counts::SheetAnswer;
use contract::stock::CountView;
use domain::counts::{CountLimits, NoSuchMove};
use entity::count_sheet;
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};
use uuid::Uuid;

/// Counts stores.
#[derive(Debug)]
pub struct CountSheets<'a> {
    services: &'a Services,
}

impl Services {
    /// Counting stores together.
    #[must_use]
    pub fn count_sheets(&self) -> CountSheets<'_> {
        CountSheets { services: self }
    }
}

/// The organization's limits on differences.
pub(crate) async fn limits(
    db: &impl ConnectionTrait,
    organization_id: Uuid,
) -> ServiceResult<CountLimits> {
    let organization = organizations::get(db, organization_id).await?;
    Ok(CountLimits {
        recount_minor: organization.count_recount_minor,
        approval_minor: organization.count_approval_minor,
    })
}

fn moved_on(error: NoSuchMove) -> ServiceError {
    ServiceError::Conflict {
        reason: "count.moved_on",
        message: error.to_string(),
    }
}

/// Key of the alert that a store's count waits for approval.
fn waiting_key(store_id: Uuid) -> String {
    format!("count_waiting:{store_id}")
}

fn snapshot(sheet: &count_sheet::Model) -> Value {
    json!({
        "store_id": sheet.store_id, "status": sheet.status, "difference_minor": sheet.difference_minor,
        "decision_note": sheet.decision_note, "count_id": sheet.count_id, "version": sheet.version,
    })
}

/// Tells the screens of the store that its sheet changed.
async fn tell(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    sheet: &count_sheet::Model,
) -> ServiceResult<()> {
    live::emit(
        db,
        ctx.organization_id(),
        moment(ctx),
        Some(sheet.store_id),
        "counts",
        Some(sheet.id),
        json!({ "status": sheet.status, "version": sheet.version }),
    )
    .await
}

/// Tells the audit log that a sheet was opened, handed in, decided or dropped. Single numbers are not told: the count is, when it is
/// booked. Call it last before the receipt and the commit.
async fn record(
    db: &impl ConnectionTrait,
    ctx: &Ctx,
    action: &'static str,
    before: Option<Value>,
    sheet: &count_sheet::Model,
) -> ServiceResult<()> {
    let change = audit::Change {
        action,
        subject_kind: "count_sheet",
        subject_id: sheet.id,
        before,
        after: Some(snapshot(sheet)),
    };
    audit::record(db, ctx, change).await
}

fn answer(
    sheet: &count_sheet::Model,
    to_recount: Vec<Uuid>,
    count: Option<CountView>,
) -> SheetAnswer {
    SheetAnswer {
        sheet_id: sheet.id,
        status: sheet.status,
        version: sheet.version,
        to_recount,
        count,
    }
}
