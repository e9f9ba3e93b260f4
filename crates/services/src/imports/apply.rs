//! Taking the good rows: chunk by chunk, each chunk with everything that follows from it in one transaction.

use super::directory::Directory;
use super::first_stock;
use super::reader::{self, Batch, Message, Request};
use super::run::{Advance, Run, reader_died};
use super::views::{Problem, READ_FAILED};
use crate::audit::{self, Change};
use crate::ledger;
use crate::sales::standing;
use crate::sales::taking::{self, Origin};
use crate::store::imports as rows;
use crate::{ServiceError, ServiceResult};
use domain::{ImportStatus, SaleSource};
use ingest::ReadError;
use serde_json::json;
use std::sync::Arc;

pub(super) async fn apply(run: &mut Run<'_>) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    let directory =
        Arc::new(Directory::read(&db.of(run.ctx.organization_id()), &run.import).await?);
    let mut marker = run.import.bytes_done;
    let mut messages = reader::start(Request {
        path: run.path(),
        temporary: run.temporary(),
        directory: directory.clone(),
        now: run.import.created_at,
        behind: marker,
        batch_rows: run.imports.batch_rows,
    });
    while let Some(message) = messages.recv().await {
        match message {
            Message::Scanned(_) => {}
            Message::Shelves(last_sales) => {
                first_stock::count_empty_shelves(run, &directory, &last_sales).await?
            }
            Message::Batch(batch) => {
                if !run.take_chunk() {
                    return Ok(Advance::Stopped);
                }
                let tell = run.event_due();
                if !db.retry(|| take(run, &batch, marker, tell)).await? {
                    return Ok(Advance::Elsewhere);
                }
                if tell {
                    run.told();
                }
                marker = batch.end;
            }
            Message::Failed(error) => return Err(cannot_read(run, error).await?),
            Message::End => return finish(run).await,
        }
    }
    Err(reader_died())
}

/// Notes on the import that its file cannot be read; its state stays, so that the work goes on when the file is back.
async fn cannot_read(run: &Run<'_>, error: ReadError) -> ServiceResult<ServiceError> {
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    rows::set_error(
        &*tx,
        run.import.id,
        Some(Problem::new(READ_FAILED, "").to_text()),
        run.now(),
    )
    .await?;
    run.tell(&*tx, ImportStatus::Applying).await?;
    tx.commit().await?;
    Ok(ServiceError::Unavailable {
        message: "The stored file cannot be read. What was taken stays taken; the rest follows when the file is back.".into(),
        source: Some(Box::new(error)),
    })
}

/// One chunk. False when somebody else has moved the marker.
async fn take(run: &Run<'_>, batch: &Batch, from: i64, tell: bool) -> ServiceResult<bool> {
    let (import, now) = (&run.import, run.now());
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_marker(
        &*tx,
        import.id,
        ImportStatus::Applying,
        from,
        batch.end,
        now,
    )
    .await?
    {
        return Ok(false);
    }
    let organization_id = import.organization_id;
    let lines = || batch.candidates.iter().map(|candidate| &candidate.sold);
    // Shelves before tickets, as tills do: who sends the same ticket meanwhile waits at its shelves.
    let shelves = lines().map(|line| (line.store_id, line.product_id));
    ledger::lock_levels(&*tx, organization_id, now, shelves).await?;
    let stored = standing::lock_tickets(&*tx, organization_id, lines()).await?;
    let origin = Origin {
        source: SaleSource::Import,
        import_id: Some(import.id),
        actor_id: import.created_by,
    };
    let taken = taking::take(&*tx, organization_id, now, origin, lines(), &stored).await?;
    if taken > 0 {
        rows::add_applied(&*tx, import.id, taken).await?;
    }
    if tell {
        run.tell(&*tx, ImportStatus::Applying).await?;
    }
    tx.commit().await?;
    Ok(true)
}

async fn finish(run: &Run<'_>) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    let done = db.retry(|| finish_once(run)).await?;
    Ok(if done {
        Advance::Done(ImportStatus::Applied)
    } else {
        Advance::Elsewhere
    })
}

async fn finish_once(run: &Run<'_>) -> ServiceResult<bool> {
    let id = run.import.id;
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_state(
        &*tx,
        id,
        &[ImportStatus::Applying],
        ImportStatus::Applied,
        run.now(),
    )
    .await?
    {
        return Ok(false);
    }
    rows::set_error(&*tx, id, None, run.now()).await?;
    run.tell(&*tx, ImportStatus::Applied).await?;
    run.tell_shelves(&*tx).await?;
    let row = rows::get(&*tx, run.import.organization_id, id).await?;
    audit::record(
        &*tx,
        run.ctx,
        Change {
            action: "imports.applied",
            subject_kind: "import",
            subject_id: id,
            before: None,
            after: Some(json!({
                "rows_applied": row.rows_applied,
                "first_date": row.first_date,
                "last_date": row.last_date,
            })),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
