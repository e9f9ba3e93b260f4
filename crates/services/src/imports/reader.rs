//! Reading a file on a thread of its own, which feeds the database side through a short queue.

use super::directory::Directory;
use crate::ledger::Shelf;
use crate::sales::taking::SoldLine;
use chrono::{DateTime, NaiveDate, Utc};
use ingest::layout::Column;
use ingest::moment::is_future;
use ingest::{Entry, Fault, ReadError, Reason, SaleRow, SalesFile, Scanned};
use std::collections::HashMap;
use std::fs::File;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Batches that wait for the database.
const BATCHES_IN_FLIGHT: usize = 2;

/// How often the first reading says how far it is, in rows.
const SCAN_REPORT_ROWS: u64 = 50_000;

/// A row that is good as far as the file and the catalog can tell.
#[derive(Clone, Debug)]
pub(super) struct Candidate {
    pub row: i64,
    pub raw: String,
    pub promotion_known: bool,
    pub sold: SoldLine,
}

/// A row that is not taken.
#[derive(Clone, Debug)]
pub(super) struct Rejected {
    pub row: i64,
    pub line: String,
    pub raw: String,
    pub faults: Vec<Fault>,
}

/// Consecutive rows of a file.
#[derive(Debug, Default)]
pub(super) struct Batch {
    pub candidates: Vec<Candidate>,
    pub rejected: Vec<Rejected>,
    /// Position in the file behind the last of them.
    pub end: i64,
}

/// The last sale of each shelf that the file names, up to now.
pub(super) type LastSales = HashMap<Shelf, (DateTime<Utc>, NaiveDate)>;

/// What the reading thread says.
#[derive(Debug)]
pub(super) enum Message {
    /// The first reading came so far.
    Scanned(i64),
    /// The first reading is over.
    Shelves(LastSales),
    Batch(Batch),
    Failed(ReadError),
    /// All rows were sent. A queue that closes without this word belongs to a thread that died.
    End,
}

/// What is to be read.
#[derive(Clone, Debug)]
pub(super) struct Request {
    pub path: PathBuf,
    pub temporary: PathBuf,
    pub directory: Arc<Directory>,
    /// Sales after this moment are future ones.
    pub now: DateTime<Utc>,
    /// Rows up to this position were read before.
    pub behind: i64,
    pub batch_rows: usize,
}

/// Begins to read.
pub(super) fn start(request: Request) -> mpsc::Receiver<Message> {
    let (sender, receiver) = mpsc::channel(BATCHES_IN_FLIGHT);
    tokio::task::spawn_blocking(move || {
        let last = match read(&request, &sender) {
            Ok(()) => Message::End,
            Err(error) => Message::Failed(error),
        };
        // The receiver may have gone away, which ends the reading as well.
        let _ = sender.blocking_send(last);
    });
    receiver
}

fn read(request: &Request, sender: &mpsc::Sender<Message>) -> Result<(), ReadError> {
    let send = |message| match sender.blocking_send(message) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    };
    let mut last_sales = LastSales::new();
    let file = SalesFile::scan(File::open(&request.path)?, &request.temporary, |scanned| {
        note_last_sale(&mut last_sales, request, scanned);
        if scanned.row.is_multiple_of(SCAN_REPORT_ROWS) {
            send(Message::Scanned(position(scanned.end)))
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if send(Message::Shelves(last_sales)).is_break() {
        return Ok(());
    }
    let mut batch = Batch::default();
    let behind = u64::try_from(request.behind).unwrap_or(0);
    file.read(File::open(&request.path)?, behind, |entry| {
        batch.end = position(entry.end);
        match judge(entry, request) {
            Ok(candidate) => batch.candidates.push(candidate),
            Err(rejected) => batch.rejected.push(rejected),
        }
        if batch.candidates.len() + batch.rejected.len() >= request.batch_rows {
            send(Message::Batch(std::mem::take(&mut batch)))
        } else {
            ControlFlow::Continue(())
        }
    })?;
    if batch.end > 0 {
        let _ = send(Message::Batch(batch));
    }
    Ok(())
}

fn position(bytes: u64) -> i64 {
    i64::try_from(bytes).unwrap_or(i64::MAX)
}

fn note_last_sale(last_sales: &mut LastSales, request: &Request, scanned: &Scanned<'_>) {
    let directory = &request.directory;
    if directory
        .chosen
        .as_ref()
        .is_some_and(|code| code != scanned.store_code)
    {
        return;
    }
    let (Some(when), Some(store), Some(product_id)) = (
        scanned.when,
        directory.stores.get(scanned.store_code),
        directory.products.get(scanned.sku),
    ) else {
        return;
    };
    let placed = when.place(store.zone);
    if is_future(placed.0, request.now) {
        return;
    }
    let last = last_sales.entry((store.id, *product_id)).or_insert(placed);
    if placed.0 > last.0 {
        *last = placed;
    }
}

/// The checks that need the catalog.
fn judge(entry: Entry, request: &Request) -> Result<Candidate, Rejected> {
    let Entry {
        row,
        raw,
        line,
        outcome,
        ..
    } = entry;
    let row = position(row);
    let sale = match outcome {
        Ok(sale) => sale,
        Err(faults) => {
            return Err(Rejected {
                row,
                line,
                raw,
                faults,
            });
        }
    };
    let directory = &request.directory;
    let mut faults = Vec::new();
    let store = directory.stores.get(&sale.store_code);
    match &directory.chosen {
        Some(code) if *code != sale.store_code => {
            faults.push(
                Fault::new(Column::StoreId.name(), &sale.store_code, Reason::OtherStore).with(code),
            );
        }
        _ if store.is_none() => faults.push(Fault::new(
            Column::StoreId.name(),
            &sale.store_code,
            Reason::UnknownStore,
        )),
        _ => {}
    }
    let product = directory.products.get(&sale.sku);
    if product.is_none() {
        faults.push(Fault::new(
            Column::ProductId.name(),
            &sale.sku,
            Reason::UnknownProduct,
        ));
    }
    let placed = store.map(|s| sale.when.place(s.zone));
    if placed.is_some_and(|(at, _)| is_future(at, request.now)) {
        faults.push(Fault::new(
            Column::Timestamp.name(),
            &sale.when.written().to_string(),
            Reason::FutureDate,
        ));
    }
    match (store, product, placed) {
        (Some(store), Some(product_id), Some((sold_at, business_date))) if faults.is_empty() => {
            let SaleRow {
                transaction_id,
                quantity,
                unit_price_minor,
                total_minor,
                promotion_code,
                ..
            } = sale;
            let promotion_known = promotion_code
                .as_ref()
                .is_none_or(|code| directory.promotions.contains(code));
            Ok(Candidate {
                row,
                raw,
                promotion_known,
                sold: SoldLine {
                    transaction_id,
                    line,
                    store_id: store.id,
                    product_id: *product_id,
                    sold_at,
                    business_date,
                    quantity,
                    unit_price_minor,
                    total_minor,
                    promotion_code,
                    payment_method: None,
                    return_to: None,
                },
            })
        }
        _ => Err(Rejected {
            row,
            line,
            raw,
            faults,
        }),
    }
}
