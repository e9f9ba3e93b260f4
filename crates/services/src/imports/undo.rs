//! Undoing an import: its lines go, its movements are reversed, and who trained on it can see that it is gone.

use super::run::{Advance, Run};
use crate::ServiceResult;
use crate::audit::{self, Change};
use crate::ledger::{self, NewMovement};
use crate::store::days::{self, DayChange};
use crate::store::imports as rows;
use crate::store::tickets;
use chrono::NaiveDate;
use domain::{ImportStatus, MovementKind};
use serde_json::json;
use std::collections::BTreeMap;
use uuid::Uuid;

/// What one chunk did.
enum Step {
    Removed(i64),
    NothingLeft,
    Elsewhere,
}

pub(super) async fn undo(run: &mut Run<'_>) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    let mut marker = run.import.bytes_done;
    loop {
        if !run.take_chunk() {
            return Ok(Advance::Stopped);
        }
        let tell = run.event_due();
        match db.retry(|| remove(run, marker, tell)).await? {
            Step::Removed(lines) => marker += lines,
            Step::NothingLeft => return finish(run).await,
            Step::Elsewhere => return Ok(Advance::Elsewhere),
        }
        if tell {
            run.told();
        }
    }
}

/// One chunk; the marker counts the lines that are gone.
async fn remove(run: &Run<'_>, marker: i64, tell: bool) -> ServiceResult<Step> {
    let (import, now) = (&run.import, run.now());
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_marker(&*tx, import.id, ImportStatus::Undoing, marker, marker, now).await? {
        return Ok(Step::Elsewhere);
    }
    let limit = u64::try_from(run.imports.batch_rows).unwrap_or(u64::MAX);
    let sales: Vec<Uuid> = tickets::list_tickets_of(&*tx, import.id, limit)
        .await?
        .into_iter()
        .collect();
    if sales.is_empty() {
        return Ok(Step::NothingLeft);
    }
    let lines = tickets::list_lines_of(&*tx, import.id, &sales).await?;
    // Shelves before tickets, as who sells; then nobody adds a line to a ticket that is about to go.
    let shelves = lines.iter().map(|line| (line.store_id, line.product_id));
    ledger::lock_levels(&*tx, import.organization_id, now, shelves).await?;
    tickets::lock(&*tx, import.organization_id, &sales).await?;
    let mut changes: BTreeMap<(Uuid, Uuid, NaiveDate), DayChange> = BTreeMap::new();
    for line in &lines {
        let day = changes
            .entry((line.store_id, line.product_id, line.business_date))
            .or_default();
        day.take_line(line.quantity, line.total_minor);
    }
    let movements = tickets::list_movements_of(&*tx, import.id, &sales).await?;
    let reversals = movements
        .into_iter()
        .map(|m| {
            let shelf = (m.store_id, m.product_id);
            let mut reversal = NewMovement::new(
                shelf,
                MovementKind::Reversal,
                -m.quantity,
                m.occurred_at,
                m.business_date,
            );
            reversal.reverses_id = Some(m.id);
            reversal.sale_id = m.sale_id;
            reversal.import_id = Some(import.id);
            reversal.actor_id = run.ctx.actor.user_id;
            reversal
        })
        .collect();
    tickets::delete_lines_of(&*tx, import.id, &sales).await?;
    days::add(&*tx, import.organization_id, now, &changes).await?;
    days::settle(&*tx, changes.into_keys()).await?;
    ledger::post(&*tx, import.organization_id, now, reversals).await?;
    let removed = i64::try_from(lines.len()).unwrap_or(i64::MAX);
    rows::add_applied(&*tx, import.id, -removed).await?;
    rows::move_marker(
        &*tx,
        import.id,
        ImportStatus::Undoing,
        marker,
        marker + removed,
        now,
    )
    .await?;
    if tell {
        run.tell(&*tx, ImportStatus::Undoing).await?;
    }
    tx.commit().await?;
    Ok(Step::Removed(removed))
}

async fn finish(run: &Run<'_>) -> ServiceResult<Advance> {
    let done = run.imports.services.db().retry(|| finish_once(run)).await?;
    Ok(if done {
        Advance::Done(ImportStatus::Undone)
    } else {
        Advance::Elsewhere
    })
}

async fn finish_once(run: &Run<'_>) -> ServiceResult<bool> {
    let import = &run.import;
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_state(
        &*tx,
        import.id,
        &[ImportStatus::Undoing],
        ImportStatus::Undone,
        run.now(),
    )
    .await?
    {
        return Ok(false);
    }
    run.tell(&*tx, ImportStatus::Undone).await?;
    run.tell_shelves(&*tx).await?;
    audit::record(
        &*tx,
        run.ctx,
        Change {
            action: "imports.undone",
            subject_kind: "import",
            subject_id: import.id,
            before: None,
            // Models that were trained while these sales were stored have seen them.
            after: Some(json!({
                "data_withdrawn": { "store_id": import.store_id, "from": import.first_date, "until": import.last_date },
            })),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
