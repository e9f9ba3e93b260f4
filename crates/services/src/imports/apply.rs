//! Taking the good rows: chunk by chunk, each chunk with everything that follows from it in one transaction.

use super::directory::Directory;
use super::first_stock;
use super::reader::{self, Batch, Message, Request};
use super::run::{Advance, Run, reader_died};
use super::standing::{self, Standing};
use super::views::{Problem, READ_FAILED};
use crate::audit::{self, Change};
use crate::ledger::{self, NewMovement};
use crate::store::days::{self, DayChange};
use crate::store::imports as rows;
use crate::store::tickets::{self, NewLine, NewTicket};
use crate::{ServiceError, ServiceResult};
use chrono::{DateTime, NaiveDate, Utc};
use domain::{ImportStatus, MovementKind};
use ingest::ReadError;
use serde_json::json;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use uuid::Uuid;

pub(super) async fn apply(run: &mut Run<'_>) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    let directory = Arc::new(Directory::read(db.connection(), &run.import).await?);
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
    let tx = run.imports.services.db().begin().await?;
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
    let tx = run.imports.services.db().begin().await?;
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
    let stored = standing::find_tickets(&*tx, import.organization_id, &batch.candidates).await?;
    let chunk = collect(import.id, import.created_by, batch, &stored);
    if !chunk.lines.is_empty() {
        tickets::insert_tickets(
            &*tx,
            import.organization_id,
            now,
            import.id,
            &chunk.new_tickets,
        )
        .await?;
        tickets::add_to_tickets(
            &*tx,
            import.organization_id,
            now,
            import.id,
            &chunk.old_tickets,
        )
        .await?;
        tickets::insert_lines(&*tx, import.organization_id, import.id, &chunk.lines).await?;
        days::add(&*tx, import.organization_id, now, &chunk.days).await?;
        let taken = i64::try_from(chunk.lines.len()).unwrap_or(i64::MAX);
        ledger::post(&*tx, import.organization_id, now, chunk.movements).await?;
        rows::add_applied(&*tx, import.id, taken).await?;
    }
    if tell {
        run.tell(&*tx, ImportStatus::Applying).await?;
    }
    tx.commit().await?;
    Ok(true)
}

/// What a chunk writes.
#[derive(Default)]
struct Chunk {
    new_tickets: Vec<NewTicket>,
    /// Tickets that are there already, with what is added to them.
    old_tickets: Vec<NewTicket>,
    lines: Vec<NewLine>,
    days: BTreeMap<(Uuid, Uuid, NaiveDate), DayChange>,
    movements: Vec<NewMovement>,
}

fn collect(
    import_id: Uuid,
    actor_id: Option<Uuid>,
    batch: &Batch,
    stored: &standing::Tickets,
) -> Chunk {
    let mut chunk = Chunk::default();
    let mut seen: HashMap<(Uuid, &str), (bool, usize)> = HashMap::new();
    let mut last_price: HashMap<(Uuid, Uuid, NaiveDate), DateTime<Utc>> = HashMap::new();
    for c in &batch.candidates {
        let Standing::New(ticket_id) = standing::compare(c, stored) else {
            continue;
        };
        let (old, index) = *seen
            .entry((c.store_id, &c.transaction_id))
            .or_insert_with(|| {
                let tickets = if ticket_id.is_some() {
                    &mut chunk.old_tickets
                } else {
                    &mut chunk.new_tickets
                };
                tickets.push(NewTicket {
                    id: ticket_id.unwrap_or_else(Uuid::now_v7),
                    store_id: c.store_id,
                    transaction_id: c.transaction_id.clone(),
                    business_date: c.business_date,
                    sold_at: c.sold_at,
                    total_minor: 0,
                });
                (ticket_id.is_some(), tickets.len() - 1)
            });
        let ticket = if old {
            &mut chunk.old_tickets[index]
        } else {
            &mut chunk.new_tickets[index]
        };
        ticket.total_minor += c.total_minor;
        let sale_id = ticket.id;
        chunk.lines.push(NewLine {
            sale_id,
            line: c.line.clone(),
            store_id: c.store_id,
            product_id: c.product_id,
            business_date: c.business_date,
            quantity: c.quantity,
            unit_price_minor: c.unit_price_minor,
            total_minor: c.total_minor,
            promotion_code: c.promotion_code.clone(),
        });
        let key = (c.store_id, c.product_id, c.business_date);
        let day = chunk.days.entry(key).or_default();
        day.quantity += c.quantity;
        day.revenue_minor += c.total_minor;
        let last = last_price.entry(key).or_insert(c.sold_at);
        if c.sold_at >= *last {
            *last = c.sold_at;
            day.unit_price_minor = Some(c.unit_price_minor);
        }
        if c.promotion_code.is_some() {
            day.promotion.clone_from(&c.promotion_code);
        }
        let shelf = (c.store_id, c.product_id);
        let mut movement = NewMovement::new(
            shelf,
            MovementKind::Sale,
            -c.quantity,
            c.sold_at,
            c.business_date,
        );
        movement.sale_id = Some(sale_id);
        movement.import_id = Some(import_id);
        movement.actor_id = actor_id;
        chunk.movements.push(movement);
    }
    chunk
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
    let tx = run.imports.services.db().begin().await?;
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
