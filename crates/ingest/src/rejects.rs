//! The file of rejected rows: the original columns, untouched, and beside them what is wrong; once corrected it can be
//! sent as it is, since the added columns are known and ignored.

use crate::fields;
use crate::layout::{LINE_COLUMN, Layout, REPORT_COLUMNS};

/// A rejected row with all that is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reject {
    pub row: u64,
    pub raw: String,
    /// The ticket line, empty where unknown.
    pub line: String,
    /// Columns, keys of the reasons, and sentences, one each a fault.
    pub faults: Vec<(String, String, String)>,
}

/// Writes rejects in the dialect of the file that they come from.
#[derive(Clone, Debug)]
pub struct RejectsWriter {
    layout: Layout,
}

impl RejectsWriter {
    /// For rejects of a file with this layout.
    #[must_use]
    pub fn new(layout: Layout) -> Self {
        Self { layout }
    }

    fn record<'a>(&self, fields: impl IntoIterator<Item = &'a str>, out: &mut Vec<u8>) {
        let mut writer = csv::WriterBuilder::new()
            .delimiter(self.layout.delimiter)
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(out);
        writer
            .write_record(fields)
            .expect("writing to memory does not fail");
        writer.flush().expect("writing to memory does not fail");
    }

    /// The columns that belong to the sale, by position.
    fn original(&self) -> impl Iterator<Item = (usize, &String)> {
        let added = |name: &str| name == LINE_COLUMN || REPORT_COLUMNS.contains(&name);
        self.layout
            .header
            .iter()
            .enumerate()
            .filter(move |(_, name)| !added(name))
    }

    /// The header, with the mark by which spreadsheets know UTF-8.
    pub fn header(&self, out: &mut Vec<u8>) {
        out.extend_from_slice("\u{feff}".as_bytes());
        self.record(
            self.original()
                .map(|(_, n)| n.as_str())
                .chain([LINE_COLUMN])
                .chain(REPORT_COLUMNS),
            out,
        );
    }

    /// One rejected row.
    pub fn reject(&self, reject: &Reject, out: &mut Vec<u8>) {
        let mut parts = Vec::new();
        // What stands behind a broken quote stays together in the last field.
        let _ = fields::split(&reject.raw, self.layout.delimiter, &mut parts);
        let row = reject.row.to_string();
        let join = |of: fn(&(String, String, String)) -> &str| {
            reject
                .faults
                .iter()
                .map(of)
                .filter(|t| !t.is_empty())
                .collect::<Vec<_>>()
                .join(" | ")
        };
        let (columns, reasons, messages) = (join(|f| &f.0), join(|f| &f.1), join(|f| &f.2));
        let original = self
            .original()
            .map(|(position, _)| parts.get(position).map_or("", AsRef::as_ref));
        self.record(
            original.chain([reject.line.as_str(), &row, &columns, &reasons, &messages]),
            out,
        );
    }
}
