//! Bytes of a sales file in; rows and rejects out. No database, no network, no clock.
//!
//! A file may be far larger than memory: lines are read one by one, and what must be known about the whole file at
//! once (which rows repeat each other, which line of its ticket a row is) is found by sorting fingerprints on disk.
//!
//! One physical line is one row. A quoted field therefore cannot hold a line break, which none of the template's
//! columns needs; in return a forgotten quote spoils its own row and not the rest of the file, and the row numbers in
//! a report are the ones that an editor shows.

pub mod amount;
pub mod dataset_folder;
pub mod fault;
pub mod fields;
pub mod identity;
pub mod layout;
pub mod lines;
pub mod moment;
pub mod rejects;
pub mod row;
pub mod sales;
pub mod sort;

pub use fault::{Fault, FileFault, Reason};
pub use layout::{Column, Layout, TEMPLATE};
pub use moment::When;
pub use row::SaleRow;
pub use sales::{Entry, ReadError, SalesFile, Scanned};
