//! A whole file: opened, looked at once for what concerns all of it, then read row by row.

use crate::fault::{Fault, FileFault};
use crate::identity::{Identities, Mark, Marks, line_name};
use crate::layout::{self, Column, Layout};
use crate::lines::Lines;
use crate::moment::When;
use crate::row::{SaleRow, Values};
use std::io::{self, Read};
use std::ops::ControlFlow;
use std::path::Path;

/// Why reading ended early.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file is not what it should be; the text is the fault's argument.
    #[error("{}", .0.sentence(.1))]
    File(FileFault, String),
    /// The file or the temporary folder could not be read or written.
    #[error("the file could not be read")]
    Io(#[from] io::Error),
}

/// One row after all checks that need no database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// As an editor counts; the header is usually row 1.
    pub row: u64,
    /// Position in the file behind this row.
    pub end: u64,
    /// The row as it stands in the file, with what is not text replaced.
    pub raw: String,
    /// Which line of its ticket the row is; empty where that cannot be told.
    pub line: String,
    /// The sale, or everything that is wrong with it.
    pub outcome: Result<SaleRow, Vec<Fault>>,
}

/// A row seen on the first reading.
#[derive(Debug)]
pub struct Scanned<'a> {
    pub row: u64,
    pub end: u64,
    pub store_code: &'a str,
    pub sku: &'a str,
    pub when: Option<When>,
}

/// A file after the first reading, ready for the second.
#[derive(Debug)]
pub struct SalesFile {
    pub layout: Layout,
    /// How many rows there are below the header, blank lines apart.
    pub rows: u64,
    marks: Marks,
}

impl SalesFile {
    /// The first reading: layout, repetitions and lines of tickets. `seen` hears of every row that can be split, and
    /// may break off.
    ///
    /// # Errors
    /// [`ReadError`]; breaking off is an interrupted read.
    pub fn scan<R: Read>(
        reader: R,
        temporary: &Path,
        mut seen: impl FnMut(&Scanned<'_>) -> ControlFlow<()>,
    ) -> Result<Self, ReadError> {
        let mut lines = Lines::new(reader)?;
        let layout = layout::open(&mut lines)?
            .map_err(|(fault, argument)| ReadError::File(fault, argument))?;
        let mut identities = Identities::new(temporary);
        let mut rows = 0;
        while let Some(line) = lines.next_line()? {
            if layout::is_blank(line.bytes) {
                continue;
            }
            rows += 1;
            let mut parts = Vec::with_capacity(layout.header.len());
            let Ok(values) = Values::read(&line, &layout, &mut parts) else {
                continue;
            };
            let of = |column| values.get(column);
            if of(Column::StoreId).is_empty()
                || of(Column::TransactionId).is_empty()
                || of(Column::ProductId).is_empty()
            {
                continue;
            }
            identities.push(line.row, &values)?;
            let scanned = Scanned {
                row: line.row,
                end: line.end,
                store_code: of(Column::StoreId),
                sku: of(Column::ProductId),
                when: When::parse(of(Column::Timestamp)).ok(),
            };
            if seen(&scanned).is_break() {
                return Err(ReadError::Io(io::ErrorKind::Interrupted.into()));
            }
        }
        if rows == 0 {
            return Err(ReadError::File(FileFault::OnlyHeader, String::new()));
        }
        Ok(Self {
            layout,
            rows,
            marks: identities.finish()?,
        })
    }

    /// The second reading, of the same bytes, from behind a position: every row with its outcome.
    ///
    /// # Errors
    /// [`ReadError`]; breaking off is no error.
    pub fn read<R: Read>(
        mut self,
        reader: R,
        behind: u64,
        mut each: impl FnMut(Entry) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut lines = Lines::new(reader)?;
        layout::open(&mut lines)?.map_err(|(fault, argument)| ReadError::File(fault, argument))?;
        while let Some(line) = lines.next_line()? {
            if line.end <= behind || layout::is_blank(line.bytes) {
                continue;
            }
            let mut parts = Vec::with_capacity(self.layout.header.len());
            let (outcome, name) = match Values::read(&line, &self.layout, &mut parts) {
                Err(fault) => (Err(vec![fault]), String::new()),
                Ok(values) => {
                    let mark = self.marks.of(line.row)?;
                    let mut outcome = values.check();
                    let others = mark
                        .and_then(|m| m.fault(values.get(Column::TransactionId)))
                        .into_iter()
                        .chain(values.ordinal().err());
                    for fault in others {
                        match &mut outcome {
                            Ok(_) => outcome = Err(vec![fault]),
                            Err(faults) if faults.iter().any(|f| f.column == fault.column) => {}
                            Err(faults) => faults.push(fault),
                        }
                    }
                    let name = match mark {
                        None => line_name(values.get(Column::ProductId), 1),
                        Some(Mark::Line(n)) => line_name(values.get(Column::ProductId), n),
                        Some(_) => String::new(),
                    };
                    (outcome, name)
                }
            };
            let raw = clean(line.bytes);
            let entry = Entry {
                row: line.row,
                end: line.end,
                raw,
                line: name,
                outcome,
            };
            if each(entry).is_break() {
                return Ok(());
            }
        }
        Ok(())
    }
}

/// Text that every database and terminal can hold.
fn clean(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if text.chars().any(|c| c.is_control() && c != '\t') {
        text.chars()
            .map(|c| {
                if c.is_control() && c != '\t' {
                    '\u{fffd}'
                } else {
                    c
                }
            })
            .collect()
    } else {
        text.into_owned()
    }
}
