//! The check: the whole file is read and judged, and nothing but the import's own rows is written.

use super::directory::Directory;
use super::reader::{self, Batch, Candidate, Message, Rejected, Request};
use super::rejects::Detail;
use super::run::{Advance, Run, reader_died};
use super::views::{Problem, READ_FAILED, THRESHOLD_EXCEEDED};
use crate::ServiceResult;
use crate::audit::{self, Change};
use crate::sales::standing::{self, Standing};
use crate::store::import_rejects;
use crate::store::imports::{self as rows, Counts};
use chrono::NaiveDate;
use domain::ImportStatus;
use entity::import_reject;
use ingest::layout::Column;
use ingest::{Fault, ReadError};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rejected rows that are kept for looking at; more are only counted.
const MAX_KEPT_ROWS: i64 = 100_000;

/// Unknown promotion codes that are kept.
const MAX_KEPT_CODES: usize = 1_000;

/// Faults that are written at a time.
const FAULTS_PER_WRITE: usize = 1_000;

#[derive(Default)]
struct Findings {
    counts: Counts,
    dates: Option<(NaiveDate, NaiveDate)>,
    kept_rows: i64,
    /// Faults not written yet.
    pending: Vec<import_reject::Model>,
    /// By code: how many rows, and the first of them.
    promotions: BTreeMap<String, (i64, i64)>,
}

impl Findings {
    fn good(&mut self, candidate: &Candidate) {
        self.counts.good += 1;
        let date = candidate.sold.business_date;
        self.dates = Some(self.dates.map_or((date, date), |(first, last)| {
            (first.min(date), last.max(date))
        }));
        if let Some(code) = candidate
            .sold
            .promotion_code
            .as_ref()
            .filter(|_| !candidate.promotion_known)
            && (self.promotions.len() < MAX_KEPT_CODES || self.promotions.contains_key(code))
        {
            self.promotions
                .entry(code.clone())
                .or_insert((0, candidate.row))
                .0 += 1;
        }
    }

    fn bad(&mut self, run: &Run<'_>, row: i64, line: &str, raw: &str, faults: &[Fault]) {
        self.counts.rejected += 1;
        if self.kept_rows >= MAX_KEPT_ROWS {
            return;
        }
        self.kept_rows += 1;
        self.pending.extend(faults.iter().map(|fault| {
            import_reject::Model {
                import_id: run.import.id,
                row_number: row,
                column_name: fault.column.to_owned(),
                organization_id: run.import.organization_id,
                value: fault.value.clone(),
                reason: fault.reason.as_str().to_owned(),
                detail: Some(
                    json!(Detail {
                        argument: fault.argument.clone(),
                        line: line.to_owned()
                    })
                    .to_string(),
                ),
                raw_line: raw.to_owned(),
            }
        }));
    }

    fn warnings(&self, run: &Run<'_>) -> Vec<import_reject::Model> {
        let rows = self
            .promotions
            .iter()
            .map(|(code, (count, first))| import_reject::Model {
                import_id: run.import.id,
                row_number: *first,
                column_name: Column::PromotionAppliedId.name().to_owned(),
                organization_id: run.import.organization_id,
                value: code.clone(),
                reason: import_rejects::WARNING.to_owned(),
                detail: Some(count.to_string()),
                raw_line: String::new(),
            });
        rows.collect()
    }
}

/// The first reading is a quarter of the work.
fn scanned(bytes: i64) -> i64 {
    bytes / 4
}

fn judged(size: i64, end: i64) -> i64 {
    (size / 4 + end - end / 4).min(size)
}

pub(super) async fn check(run: &mut Run<'_>) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    if !db.retry(|| begin(run)).await? {
        return Ok(Advance::Elsewhere);
    }
    let directory =
        Arc::new(Directory::read(&db.of(run.ctx.organization_id()), &run.import).await?);
    let mut messages = reader::start(Request {
        path: run.path(),
        temporary: run.temporary(),
        directory,
        now: run.import.created_at,
        behind: 0,
        batch_rows: run.imports.batch_rows,
    });
    let mut findings = Findings::default();
    let mut marker = 0;
    while let Some(message) = messages.recv().await {
        let next = match message {
            Message::Scanned(bytes) => scanned(bytes),
            Message::Shelves(_) => marker,
            Message::Batch(batch) => {
                if !run.take_chunk() {
                    return Ok(Advance::Stopped);
                }
                let end = batch.end;
                judge(run, &mut findings, batch).await?;
                judged(run.import.size_bytes, end)
            }
            Message::Failed(ReadError::File(fault, argument)) => {
                let problem = Problem::new(fault.as_str(), argument);
                return finish(run, findings, marker, ImportStatus::Refused, Some(problem)).await;
            }
            Message::Failed(ReadError::Io(error)) => {
                tracing::error!(import_id = %run.import.id, %error, "the stored file cannot be read");
                return finish(
                    run,
                    findings,
                    marker,
                    ImportStatus::Failed,
                    Some(Problem::new(READ_FAILED, "")),
                )
                .await;
            }
            Message::End => {
                let problem = over_threshold(findings.counts, run.import.threshold_bp);
                let status = if problem.is_some() {
                    ImportStatus::Refused
                } else {
                    ImportStatus::Checked
                };
                return finish(run, findings, marker, status, problem).await;
            }
        };
        if run.event_due() || findings.pending.len() >= FAULTS_PER_WRITE {
            if !db.retry(|| write(run, &findings, marker, next)).await? {
                return Ok(Advance::Elsewhere);
            }
            findings.pending.clear();
            marker = next;
            run.told();
        }
    }
    Err(reader_died())
}

/// Rejected rows against all rows that are not stored already.
fn over_threshold(counts: Counts, threshold_bp: i32) -> Option<Problem> {
    let considered = i128::from(counts.total - counts.duplicate);
    let rejected = i128::from(counts.rejected);
    if rejected * 10_000 <= i128::from(threshold_bp) * considered {
        return None;
    }
    let share = rejected * 1_000 / considered.max(1);
    Some(Problem::new(
        THRESHOLD_EXCEEDED,
        format!("{}.{}", share / 10, share % 10),
    ))
}

/// Starts over: what an earlier attempt found is forgotten.
async fn begin(run: &Run<'_>) -> ServiceResult<bool> {
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    let open = [ImportStatus::Uploaded, ImportStatus::Checking];
    if !rows::move_state(
        &*tx,
        run.import.id,
        &open,
        ImportStatus::Checking,
        run.now(),
    )
    .await?
    {
        return Ok(false);
    }
    import_rejects::delete(&*tx, run.import.id).await?;
    rows::set_counts(&*tx, run.import.id, Counts::default()).await?;
    rows::set_outcome(&*tx, run.import.id, None, None).await?;
    run.tell(&*tx, ImportStatus::Checking).await?;
    tx.commit().await?;
    Ok(true)
}

async fn judge(run: &Run<'_>, findings: &mut Findings, batch: Batch) -> ServiceResult<()> {
    let db = &run.imports.services.db().of(run.ctx.organization_id());
    let tickets = standing::find_tickets(
        db,
        run.import.organization_id,
        batch.candidates.iter().map(|c| &c.sold),
    )
    .await?;
    findings.counts.total +=
        i64::try_from(batch.candidates.len() + batch.rejected.len()).unwrap_or(i64::MAX);
    for candidate in &batch.candidates {
        match standing::compare(&candidate.sold, &tickets) {
            Standing::New(_) => findings.good(candidate),
            Standing::Stored => findings.counts.duplicate += 1,
            Standing::Conflicting(fault) => findings.bad(
                run,
                candidate.row,
                &candidate.sold.line,
                &candidate.raw,
                &[fault],
            ),
        }
    }
    for Rejected {
        row,
        line,
        raw,
        faults,
    } in &batch.rejected
    {
        findings.bad(run, *row, line, raw, faults);
    }
    Ok(())
}

async fn write(run: &Run<'_>, findings: &Findings, from: i64, to: i64) -> ServiceResult<bool> {
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_marker(
        &*tx,
        run.import.id,
        ImportStatus::Checking,
        from,
        to,
        run.now(),
    )
    .await?
    {
        return Ok(false);
    }
    import_rejects::insert(&*tx, &findings.pending).await?;
    rows::set_counts(&*tx, run.import.id, findings.counts).await?;
    run.tell(&*tx, ImportStatus::Checking).await?;
    tx.commit().await?;
    Ok(true)
}

async fn finish(
    run: &Run<'_>,
    findings: Findings,
    marker: i64,
    status: ImportStatus,
    problem: Option<Problem>,
) -> ServiceResult<Advance> {
    let db = run.imports.services.db();
    let done = db
        .retry(|| finish_once(run, &findings, marker, status, problem.as_ref()))
        .await?;
    Ok(if done {
        Advance::Done(status)
    } else {
        Advance::Elsewhere
    })
}

async fn finish_once(
    run: &Run<'_>,
    findings: &Findings,
    marker: i64,
    status: ImportStatus,
    problem: Option<&Problem>,
) -> ServiceResult<bool> {
    let id = run.import.id;
    let tx = run
        .imports
        .services
        .db()
        .begin_for(run.ctx.organization_id())
        .await?;
    if !rows::move_marker(&*tx, id, ImportStatus::Checking, marker, marker, run.now()).await? {
        return Ok(false);
    }
    import_rejects::insert(&*tx, &findings.pending).await?;
    import_rejects::insert(&*tx, &findings.warnings(run)).await?;
    rows::set_counts(&*tx, id, findings.counts).await?;
    rows::set_outcome(&*tx, id, problem.map(Problem::to_text), findings.dates).await?;
    rows::move_state(&*tx, id, &[ImportStatus::Checking], status, run.now()).await?;
    run.tell(&*tx, status).await?;
    let counts = findings.counts;
    audit::record(
        &*tx,
        run.ctx,
        Change {
            action: "imports.check",
            subject_kind: "import",
            subject_id: id,
            before: None,
            after: Some(json!({
                "status": status,
                "rows_total": counts.total,
                "rows_good": counts.good,
                "rows_rejected": counts.rejected,
                "rows_duplicate": counts.duplicate,
                "problem": problem,
            })),
        },
    )
    .await?;
    tx.commit().await?;
    Ok(true)
}
