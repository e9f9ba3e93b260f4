//! Which line of which ticket a row is, and which rows repeat each other: questions about the whole file.
//!
//! A ticket line is known as `CODE` for the first row of a product on a ticket, `CODE~2` for the second, and so on.
//! Rows that are rejected for another reason count as well, so that a line keeps its name when a corrected row is sent
//! again; a rejects file names the line in a column of its own for the same purpose.
//!
//! Rows are sorted by a fingerprint of (store, ticket); the rows of one ticket then lie together, however far apart
//! they stand in the file, and memory holds one ticket at a time.

use crate::fault::{Fault, Reason};
use crate::layout::Column;
use crate::moment::{TICKET_SPAN, When};
use crate::row::Values;
use crate::sort::{Sorted, Sorter};
use sha2::{Digest, Sha256};
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io;
use std::path::Path;

/// Most lines of one ticket.
pub const MAX_TICKET_LINES: u32 = 1_000;

/// Ticket (16 bytes), row (8), product (8), content (16), minutes (8), claimed line (4).
const ROW_RECORD: usize = 60;

/// Row (8), kind (1), argument (8).
const MARK_RECORD: usize = 17;

/// What the whole file says about one row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// The row is the n-th line of its product on its ticket.
    Line(u32),
    /// The row repeats an earlier one.
    DuplicateOf(u64),
    /// The ticket's number was used by that earlier row for another ticket.
    Reused(u64),
    /// Beyond [`MAX_TICKET_LINES`].
    TooMany,
    /// An earlier row claims the same line.
    Taken(u64),
}

impl Mark {
    /// The fault, where the mark is one.
    #[must_use]
    pub fn fault(self, transaction_id: &str) -> Option<Fault> {
        match self {
            Self::Line(_) => None,
            Self::DuplicateOf(row) => Some(Fault::of_row(Reason::DuplicateInFile).with(row)),
            Self::Reused(row) => Some(
                Fault::new(
                    Column::TransactionId.name(),
                    transaction_id,
                    Reason::TransactionReused,
                )
                .with(row),
            ),
            Self::TooMany => Some(Fault::of_row(Reason::TooManyLines)),
            Self::Taken(row) => Some(Fault::of_row(Reason::LineTaken).with(row)),
        }
    }
}

fn fingerprint<'a>(parts: impl IntoIterator<Item = &'a str>) -> [u8; 16] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
    let mut short = [0; 16];
    short.copy_from_slice(&hash.finalize()[..16]);
    short
}

/// Collects the rows of a file.
#[derive(Debug)]
pub struct Identities {
    rows: Sorter<ROW_RECORD>,
    marks: Sorter<MARK_RECORD>,
}

#[derive(Clone, Copy, Debug)]
struct TicketRow {
    row: u64,
    product: u64,
    content: [u8; 16],
    minutes: i64,
    claimed: u32,
}

impl Identities {
    /// Sorts in memory as long as it suffices, else in temporary files of the directory.
    #[must_use]
    pub fn new(directory: &Path) -> Self {
        Self {
            rows: Sorter::new(directory),
            marks: Sorter::new(directory),
        }
    }

    /// Takes note of a row whose ticket, store and product can be read.
    ///
    /// # Errors
    /// When temporary files cannot be written.
    pub fn push(&mut self, row: u64, values: &Values<'_>) -> io::Result<()> {
        let ticket = fingerprint([
            values.get(Column::StoreId),
            values.get(Column::TransactionId),
        ]);
        let mut product = DefaultHasher::new();
        values.get(Column::ProductId).hash(&mut product);
        // A row without a readable time is rejected by itself and cannot tell tickets apart.
        let minutes = When::parse(values.get(Column::Timestamp)).map_or(i64::MIN, |w| w.minutes());
        let claimed = values.ordinal().ok().flatten().unwrap_or(0);
        let mut record = [0; ROW_RECORD];
        record[..16].copy_from_slice(&ticket);
        record[16..24].copy_from_slice(&row.to_be_bytes());
        record[24..32].copy_from_slice(&product.finish().to_be_bytes());
        record[32..48].copy_from_slice(&fingerprint(values.all()));
        record[48..56].copy_from_slice(&minutes.to_be_bytes());
        record[56..].copy_from_slice(&claimed.to_be_bytes());
        self.rows.push(record)
    }

    /// The marks of all rows that are not plainly the first line of their product, ascending by row.
    ///
    /// # Errors
    /// When temporary files cannot be written or read.
    pub fn finish(self) -> io::Result<Marks> {
        let Self { rows, mut marks } = self;
        let mut rows = rows.finish()?;
        let mut ticket = [0; 16];
        let mut lines: Vec<TicketRow> = Vec::new();
        while let Some(record) = rows.next_record()? {
            let row = decode(&record);
            if record[..16] != ticket {
                mark_ticket(&lines, &mut marks)?;
                lines.clear();
                ticket.copy_from_slice(&record[..16]);
            }
            if lines.len() < MAX_TICKET_LINES as usize {
                lines.push(row);
            } else {
                marks.push(encode(row.row, Mark::TooMany))?;
            }
        }
        mark_ticket(&lines, &mut marks)?;
        let mut marks = Marks {
            sorted: marks.finish()?,
            next: None,
        };
        marks.advance()?;
        Ok(marks)
    }
}

fn mark_ticket(lines: &[TicketRow], marks: &mut Sorter<MARK_RECORD>) -> io::Result<()> {
    let Some(first) = lines.first() else {
        return Ok(());
    };
    if lines.len() == 1 {
        return if first.claimed > 1 {
            marks.push(encode(first.row, Mark::Line(first.claimed)))
        } else {
            Ok(())
        };
    }
    let begun = lines.iter().find(|l| l.minutes != i64::MIN).copied();
    let mut contents: HashMap<[u8; 16], u64> = HashMap::with_capacity(lines.len());
    let mut claimed: HashMap<(u64, u32), u64> = HashMap::new();
    let mut standing: Vec<&TicketRow> = Vec::with_capacity(lines.len());
    for line in lines {
        let original = *contents.entry(line.content).or_insert(line.row);
        if original != line.row {
            marks.push(encode(line.row, Mark::DuplicateOf(original)))?;
            continue;
        }
        if let Some(begun) = begun
            && line.minutes != i64::MIN
            && (line.minutes - begun.minutes).abs() > TICKET_SPAN.num_minutes()
        {
            marks.push(encode(line.row, Mark::Reused(begun.row)))?;
            continue;
        }
        if line.claimed > 0 {
            let owner = *claimed
                .entry((line.product, line.claimed))
                .or_insert(line.row);
            let mark = if owner == line.row {
                Mark::Line(line.claimed)
            } else {
                Mark::Taken(owner)
            };
            marks.push(encode(line.row, mark))?;
            continue;
        }
        standing.push(line);
    }
    let mut given: HashMap<u64, u32> = HashMap::new();
    for line in standing {
        let ordinal = given.entry(line.product).or_insert(0);
        *ordinal += 1;
        while claimed.contains_key(&(line.product, *ordinal)) {
            *ordinal += 1;
        }
        if *ordinal > 1 {
            marks.push(encode(line.row, Mark::Line(*ordinal)))?;
        }
    }
    Ok(())
}

fn bytes<const N: usize>(slice: &[u8]) -> [u8; N] {
    let mut array = [0; N];
    array.copy_from_slice(slice);
    array
}

fn decode(record: &[u8; ROW_RECORD]) -> TicketRow {
    TicketRow {
        row: u64::from_be_bytes(bytes(&record[16..24])),
        product: u64::from_be_bytes(bytes(&record[24..32])),
        content: bytes(&record[32..48]),
        minutes: i64::from_be_bytes(bytes(&record[48..56])),
        claimed: u32::from_be_bytes(bytes(&record[56..])),
    }
}

fn encode(row: u64, mark: Mark) -> [u8; MARK_RECORD] {
    let (kind, argument) = match mark {
        Mark::Line(n) => (0, u64::from(n)),
        Mark::DuplicateOf(row) => (1, row),
        Mark::Reused(row) => (2, row),
        Mark::TooMany => (3, 0),
        Mark::Taken(row) => (4, row),
    };
    let mut record = [0; MARK_RECORD];
    record[..8].copy_from_slice(&row.to_be_bytes());
    record[8] = kind;
    record[9..].copy_from_slice(&argument.to_be_bytes());
    record
}

/// Marks in the order of the rows.
#[derive(Debug)]
pub struct Marks {
    sorted: Sorted<MARK_RECORD>,
    next: Option<(u64, Mark)>,
}

impl Marks {
    fn advance(&mut self) -> io::Result<()> {
        self.next = self.sorted.next_record()?.map(|record| {
            let argument = u64::from_be_bytes(bytes(&record[9..]));
            let mark = match record[8] {
                0 => Mark::Line(u32::try_from(argument).unwrap_or(u32::MAX)),
                1 => Mark::DuplicateOf(argument),
                2 => Mark::Reused(argument),
                3 => Mark::TooMany,
                _ => Mark::Taken(argument),
            };
            (u64::from_be_bytes(bytes(&record[..8])), mark)
        });
        Ok(())
    }

    /// The mark of a row; ask in ascending order. Without one the row is the first line of its product.
    ///
    /// # Errors
    /// When temporary files cannot be read.
    pub fn of(&mut self, row: u64) -> io::Result<Option<Mark>> {
        while let Some((marked, mark)) = self.next {
            if marked > row {
                return Ok(None);
            }
            self.advance()?;
            if marked == row {
                return Ok(Some(mark));
            }
        }
        Ok(None)
    }
}

/// The line's name.
#[must_use]
pub fn line_name(sku: &str, ordinal: u32) -> String {
    if ordinal <= 1 {
        sku.to_owned()
    } else {
        format!("{sku}~{ordinal}")
    }
}
