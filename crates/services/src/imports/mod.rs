//! Imports of sales: a file is stored, checked in full, taken in chunks, and can be undone as a whole.
//!
//! A command (`create`, `apply`, `undo`, `discard`) changes the import's state in one transaction and answers at once;
//! [`Imports::advance`] then does the work that the state asks for, chunk by chunk. Each chunk is one transaction that
//! moves the import's marker and the books together, so that a crash anywhere loses nothing and repeats nothing: who
//! runs next, goes on behind the marker. Two runners of one import cannot both move it.
//!
//! The file is read again for taking; repetitions inside of it are found again in the same way, so nothing but the file
//! and the marker has to survive a crash.
//!
//! What counts as the same line: store, ticket number and line (see `ingest::identity`). Stored with the same product,
//! quantity, price and total, the row is a duplicate and left out in silence; stored differently, it is rejected. A
//! promotion code that the catalog does not know is no reason to forget a sale: the row is taken, the code is reported.

mod apply;
mod check;
mod decide;
mod directory;
mod first_stock;
mod reader;
mod reading;
mod rejects;
mod run;
mod undo;
mod upload;
mod views;

pub use run::{Advance, Leftover};
pub use upload::MAX_FILE_NAME_CHARS;

use crate::Services;

/// The template, with two lines to show how it is meant.
pub const TEMPLATE_CSV: &str = "transaction_id,timestamp,store_id,product_id,quantity_sold,price_unit,total_amount,promotion_applied_id\r\n\
    T-0001,2026-03-14T08:31,S01,CROISSANT,2,1.40,2.80,\r\n\
    T-0001,2026-03-14T08:31,S01,BAGUETTE,1,1.10,1.10,SPRING\r\n";

/// Rows that one transaction takes.
const BATCH_ROWS: usize = 4_000;

/// Imports of sales, see [`Services::imports`].
#[derive(Clone, Debug)]
pub struct Imports<'a> {
    services: &'a Services,
    batch_rows: usize,
}

impl Services {
    /// Imports of sales.
    #[must_use]
    pub fn imports(&self) -> Imports<'_> {
        Imports {
            services: self,
            batch_rows: BATCH_ROWS,
        }
    }
}

impl Imports<'_> {
    /// With another number of rows a transaction.
    #[must_use]
    pub fn with_batch_rows(mut self, rows: usize) -> Self {
        self.batch_rows = rows.max(1);
        self
    }
}
